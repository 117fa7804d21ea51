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

// The number that so many digits make; nothing: one is no digit.
std::optional<int> Digits(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::string ShownCivilDay(absl::CivilDay day) {
  return fmt::format("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
}

std::optional<absl::CivilDay> ParseCivilDay(std::string_view text) {
  // By hand: the library's parser takes more forms than one, and a hundred times as long.
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::optional<int> year = Digits(text.substr(0, 4));
  const std::optional<int> month = Digits(text.substr(5, 2));
  const std::optional<int> number = Digits(text.substr(8));
  if (!year || !month || !number) return std::nullopt;
  const absl::CivilDay day(*year, *month, *number);
  // The 30th of February is another day.
  return day.month() == *month && day.day() == *number ? std::optional(day) : std::nullopt;
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
  if (text.size() == 5 && text[2] == ':') {
    const std::optional<int> hour = Digits(text.substr(0, 2));
    const std::optional<int> minute = Digits(text.substr(3));
    if (hour && minute && *hour < 24 && *minute < 60) return *hour * 60 + *minute;
  }
  return InvalidField(field, fmt::format("{} is no time of day. Send one as HH:MM, such as 12:00.", ShownValue(text)));
}

}  // namespace dangol
