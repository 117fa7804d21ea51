#include "common/base/civil.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol {
namespace {

// The library takes a path below the folder of zones, and words of its own; only names of zones are wanted.
bool IsZoneName(std::string_view name) {
  const bool known = std::ranges::all_of(name, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '+' || c == '-' || c == '/';
  });
  return known && !name.empty() && !name.starts_with("Fixed") && name != "localtime" &&
         (name == "UTC" || absl::ascii_isupper(static_cast<unsigned char>(name.front())));
}

}  // namespace

std::string ShownCivilDay(absl::CivilDay day) {
  return fmt::format("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
}

std::optional<absl::CivilDay> ParseCivilDay(std::string_view text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(std::string(text), &day)) return std::nullopt;
  // The parser takes more forms than one.
  return ShownCivilDay(day) == text && text.size() == 10 && text[0] != '-' ? std::optional(day) : std::nullopt;
}

absl::StatusOr<absl::TimeZone> ZoneIn(std::string_view field, std::string_view text) {
  absl::TimeZone zone;
  if (IsZoneName(text) && absl::LoadTimeZone(std::string(text), &zone)) return zone;
  return InvalidField(
      field, fmt::format("{} is no time zone. Send one of the IANA names, such as Asia/Seoul.", ShownValue(text)));
}

absl::StatusOr<absl::CivilDay> CivilDayIn(std::string_view field, std::string_view text) {
  if (const std::optional<absl::CivilDay> day = ParseCivilDay(text)) return *day;
  return InvalidField(field,
                      fmt::format("{} is no day. Send one as YYYY-MM-DD, such as 2026-11-24.", ShownValue(text)));
}

absl::StatusOr<int> MinutesIn(std::string_view field, std::string_view text) {
  const auto number = [&](size_t at) {
    const auto digit = [&](size_t index) { return absl::ascii_isdigit(static_cast<unsigned char>(text[index])); };
    return digit(at) && digit(at + 1) ? (text[at] - '0') * 10 + (text[at + 1] - '0') : 60;
  };
  const bool formed = text.size() == 5 && text[2] == ':';
  if (formed && number(0) < 24 && number(3) < 60) return number(0) * 60 + number(3);
  return InvalidField(field, fmt::format("{} is no time of day. Send one as HH:MM, such as 12:00.", ShownValue(text)));
}

}  // namespace dangol
