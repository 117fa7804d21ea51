#include "cli/output/output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"

#include "cli/output/text_width.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"

namespace dangol::cli {
namespace {

bool HasColours() {
  const char* terminal = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0 &&
         (no_colour == nullptr || *no_colour == '\0');
}

// Violations of the BadRequest, a line each.
std::vector<std::string> WrongFields(const absl::Status& status) {
  std::vector<std::string> lines;
  google::rpc::BadRequest bad_request;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (!payload || !bad_request.ParseFromString(std::string(*payload))) return lines;
  for (const auto& violation : bad_request.field_violations()) {
    lines.push_back(fmt::format("{}: {}", violation.field(), violation.description()));
  }
  return lines;
}

}  // namespace

void AddFormatFlag(CLI::App& app, Format& format) {
  const auto set = [&format](const std::string& text) { format = text == "json" ? Format::kJson : Format::kTable; };
  app.add_option_function<std::string>("-o,--output", set, "table, or json: one object a line")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->default_str("table");
}

std::string Painted(Colour colour, std::string_view text) {
  static const bool coloured = HasColours();
  if (!coloured || colour == Colour::kPlain) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", colour == Colour::kGood ? 32 : 31, text);
}

std::string Table(const std::vector<std::vector<Cell>>& rows) {
  std::vector<size_t> widths;
  return Table(rows, widths);
}

std::string Table(const std::vector<std::vector<Cell>>& rows, std::vector<size_t>& widths) {
  for (const std::vector<Cell>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
  }
  std::string table;
  for (const std::vector<Cell>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      table += Painted(row[i].colour, row[i].text);
      if (i + 1 < row.size()) table.append(widths[i] - DisplayWidth(row[i].text) + 2, ' ');
    }
    table += '\n';
  }
  return table;
}

std::string ShownTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FormatTime("%Y-%m-%d %H:%M", FromProtoTime(timestamp), absl::UTCTimeZone());
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

std::string ShownDuration(absl::Duration duration) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(duration));
  const int64_t minutes = seconds / 60;
  const int64_t hours = minutes / 60;
  if (minutes == 0) return fmt::format("{} s", seconds);
  if (hours == 0) return fmt::format("{} min {} s", minutes, seconds % 60);
  if (hours < 24) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

bool Print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  fmt::print(stderr, "dangol: standard output cannot be written: {}\n", std::strerror(errno));
  return false;
}

std::string Explanation(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  const std::string message(status.message());
  const std::vector<std::string> fields = WrongFields(status);
  std::string text(absl::StatusCodeToString(status.code()));
  if (!reason.empty()) text += fmt::format(" ({})", reason);
  // Often the message is the list of the wrong fields, which is easier to read a line each.
  const bool listed = !fields.empty() && std::all_of(fields.begin(), fields.end(), [&](const std::string& field) {
    return message.find(field) != std::string::npos;
  });
  if (!message.empty() && !listed) text += fmt::format(": {}", message);
  for (const std::string& field : fields) text += fmt::format("\n  {}", field);
  const absl::Duration delay = RetryDelay(status);
  if (delay > absl::ZeroDuration()) text += fmt::format("\n  Try again in {}.", absl::FormatDuration(delay));
  return text;
}

int Fail(std::string_view command, const absl::Status& status) {
  fmt::print(stderr, "dangol {}: {}\n", command, Explanation(status));
  return 1;
}

}  // namespace dangol::cli
