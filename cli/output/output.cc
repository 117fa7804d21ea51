#include "cli/output/output.h"

#include <algorithm>
#include <array>
#include <vector>

#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"

#include "common/base/error.h"

namespace dangol::cli {
namespace {

std::vector<google::rpc::BadRequest::FieldViolation> WrongFields(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (!payload || !bad_request.ParseFromString(std::string(*payload))) return {};
  return {bad_request.field_violations().begin(), bad_request.field_violations().end()};
}

// `tickets[3]` is of the flag of `tickets`.
std::string NameOf(const std::string& path, const FlagNames& names) {
  const auto found = names.find(path.substr(0, path.find('[')));
  return found == names.end() ? path : found->second;
}

// It is no flag, and has some: `ticket`, of which --subject is.
bool HasFlags(const std::string& path, const FlagNames& names) {
  const auto first = names.lower_bound(path + ".");
  return !names.contains(path) && first != names.end() && first->first.starts_with(path + ".");
}

}  // namespace

void AddFormatFlag(CLI::App& app, Format& format) {
  const auto set = [&format](const std::string& text) { format = text == "json" ? Format::kJson : Format::kTable; };
  app.add_option_function<std::string>("-o,--output", set, "table, or json: one object a line")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->default_str("table");
}

void AddLanguageFlag(CLI::App& app, std::string& language) {
  app.add_option("--language", language, "ko or en; that of the terminal unless given")
      ->type_name("")
      ->check(CLI::IsMember({"ko", "en"}).description(""));
}

std::string ShownBytes(int64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // What would be shown as 1024.0 is 1.0 of the next unit.
  while (amount >= 1023.95 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string Explanation(const absl::Status& status, const FlagNames& names) {
  const std::string reason = ErrorReason(status);
  const std::string message(status.message());
  const auto fields = WrongFields(status);
  std::string text(absl::StatusCodeToString(status.code()));
  if (!reason.empty()) text += fmt::format(" ({})", reason);
  // Often the message is the list of the wrong fields, which is easier to read a line each.
  const bool listed = !fields.empty() && std::ranges::all_of(fields, [&](const auto& field) {
    return message.find(fmt::format("{}: {}", field.field(), field.description())) != std::string::npos;
  });
  if (!message.empty() && !listed) text += fmt::format(": {}", message);
  for (const auto& field : fields) {
    text += fmt::format("\n  {}: {}", NameOf(field.field(), names), field.description());
    if (HasFlags(field.field(), names)) text += " Flags say what it is: see --help.";
  }
  const absl::Duration delay = RetryDelay(status);
  if (delay > absl::ZeroDuration()) text += fmt::format("\n  Try again in {}.", absl::FormatDuration(delay));
  return text;
}

int Fail(std::string_view command, const absl::Status& status, const FlagNames& names) {
  PrintError(fmt::format("dangol {}: {}\n", command, Explanation(status, names)));
  return 1;
}

}  // namespace dangol::cli
