// Times as a person reads them: in the zone of the computer (TZ, else /etc/localtime), or in UTC with --utc.
#pragma once

#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace dangol::cli {

// `--utc`, for what is shown and for what is given without a zone. Before the flags that take times: it counts for
// those behind it.
void AddUtcFlag(CLI::App& app);
const absl::TimeZone& ShownZone();

// The head of a column of times, with the name of the zone: `RECEIVED (KST)`.
std::string TimeHead(std::string_view name);
// To the minute, below such a head; where the zone had another name then, as in summer, with that.
std::string ShownTime(const google::protobuf::Timestamp& timestamp);
// To the second, with the name of the zone, where there is no head.
std::string TimeWithZone(const google::protobuf::Timestamp& timestamp);

// In its two largest units, such as `2 h 5 min`; in Korean (`ko`) `2시간 5분`.
std::string ShownDuration(absl::Duration duration, const std::string& language = "en");

}  // namespace dangol::cli
