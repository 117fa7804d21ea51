#include "cli/output/times.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "common/base/proto_time.h"

namespace dangol::cli {
namespace {

// What `--utc` says, for the whole command.
bool utc = false;

std::string ZoneName(absl::Time time) { return ShownZone().At(time).zone_abbr; }

const std::string& ZoneNameNow() {
  static const auto& name = *new std::string(ZoneName(absl::Now()));
  return name;
}

// absl knows zones by name alone. A rule of POSIX without summer time, such as KST-9, is an offset.
absl::TimeZone LocalZone() {
  const char* name = std::getenv("TZ");
  absl::TimeZone zone;
  if (name == nullptr || name[0] == '\0' || absl::LoadTimeZone(name, &zone)) return absl::LocalTimeZone();
  tzset();
  return daylight == 0 ? absl::FixedTimeZone(static_cast<int>(-timezone)) : absl::LocalTimeZone();
}

}  // namespace

void AddUtcFlag(CLI::App& app) {
  app.add_flag_callback(
      "--utc", [] { utc = true; }, "Times in UTC, not in the zone of this computer");
}

const absl::TimeZone& ShownZone() {
  static const auto& local = *new absl::TimeZone(LocalZone());
  static const auto& universal = *new absl::TimeZone(absl::UTCTimeZone());
  return utc ? universal : local;
}

std::string TimeHead(std::string_view name) { return fmt::format("{} ({})", name, ZoneNameNow()); }

std::string ShownTime(const google::protobuf::Timestamp& timestamp) {
  const absl::Time time = FromProtoTime(timestamp);
  const std::string zone = ZoneName(time);
  return absl::FormatTime("%Y-%m-%d %H:%M", time, ShownZone()) + (zone == ZoneNameNow() ? "" : " " + zone);
}

std::string TimeWithZone(const google::protobuf::Timestamp& timestamp) {
  const absl::Time time = FromProtoTime(timestamp);
  return fmt::format("{} {}", absl::FormatTime("%Y-%m-%d %H:%M:%S", time, ShownZone()), ZoneName(time));
}

std::string ShownDuration(absl::Duration duration, const std::string& language) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(duration));
  const int64_t minutes = seconds / 60;
  const int64_t hours = minutes / 60;
  if (language == "ko") {
    if (minutes == 0) return fmt::format("{}초", seconds);
    if (hours == 0) return fmt::format("{}분 {}초", minutes, seconds % 60);
    if (hours < 24) return fmt::format("{}시간 {}분", hours, minutes % 60);
    return fmt::format("{}일 {}시간", hours / 24, hours % 24);
  }
  if (minutes == 0) return fmt::format("{} s", seconds);
  if (hours == 0) return fmt::format("{} min {} s", minutes, seconds % 60);
  if (hours < 24) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

}  // namespace dangol::cli
