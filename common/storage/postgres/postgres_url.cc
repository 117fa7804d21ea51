#include "common/storage/postgres/postgres_url.h"

#include <algorithm>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include <libpq-fe.h>

#include "common/base/error.h"

namespace dangol::storage {
namespace {

std::vector<std::string> SplitList(const std::string& text) {
  if (text.empty()) return {};
  return absl::StrSplit(text, ',');
}

// A list of one serves every host.
std::string At(const std::vector<std::string>& list, size_t index) {
  if (list.size() == 1) return list[0];
  return index < list.size() ? list[index] : "";
}

}  // namespace

absl::StatusOr<PostgresUrl> PostgresUrl::Parse(std::string_view url) {
  char* raw_problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(url).c_str(), &raw_problem), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> problem(raw_problem, PQfreemem);
  if (options == nullptr) {
    // libpq's text may repeat a part of the URL.
    return Error(absl::StatusCode::kInvalidArgument, "DATABASE_URL",
                 "The database URL is not one that PostgreSQL's library understands: use "
                 "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE, with %-escapes for special characters.");
  }
  std::map<std::string, std::string> given;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) given[option->keyword] = option->val;
  }
  PostgresUrl parsed;
  if (int seconds = 0; absl::SimpleAtoi(given["connect_timeout"], &seconds) && seconds > 0) {
    parsed.connect_time_max_ = absl::Seconds(seconds);
  }
  const std::vector<std::string> names = SplitList(given["host"]);
  const std::vector<std::string> addresses = SplitList(given["hostaddr"]);
  const std::vector<std::string> ports = SplitList(given["port"]);
  for (const char* keyword : {"host", "hostaddr", "port", "connect_timeout", "target_session_attrs"})
    given.erase(keyword);
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::max({names.size(), addresses.size(), size_t{1}}); ++i) {
    Host host{.shown = "", .parameters = given};
    const auto set = [&](const char* keyword, const std::string& value) {
      if (!value.empty()) host.parameters[keyword] = value;
      return value;
    };
    const std::string name = set("host", At(names, i));
    const std::string address = set("hostaddr", At(addresses, i));
    const std::string port = set("port", At(ports, i));
    host.shown = name.empty() ? address : name;
    if (!port.empty()) host.shown += ":" + port;
    shown.push_back(host.shown);
    parsed.hosts_.push_back(std::move(host));
  }
  const std::string user = given.contains("user") ? given["user"] + "@" : "";
  parsed.shown_ = fmt::format("postgresql://{}{}/{}", user, absl::StrJoin(shown, ","), given["dbname"]);
  return parsed;
}

}  // namespace dangol::storage
