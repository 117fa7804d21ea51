// How long complaints took, in slots, so that half and nine tenths of a week or month can be told without going through
// them: the slots of days cannot be put together from their medians. A time is told too long by 1/32 at most.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/calendar.h"

namespace dangol::metrics {

struct TimeSlotKey {
  std::string engine_id;
  std::string kpi_id;
  int64_t first_day = 0;  // of the day, week or month
  int64_t slot = 0;

  friend auto operator<=>(const TimeSlotKey&, const TimeSlotKey&) = default;
};
// With the number of complaints.
using TimeSlots = std::map<TimeSlotKey, int64_t>;

int64_t SlotOf(int64_t seconds);
// Keeps no slot with 0.
void AddTo(TimeSlots& slots, const TimeSlotKey& key, int64_t tickets);

// Adds to the slot of the day, and to those of its week and month.
absl::Status AddToTimeSlot(storage::Transaction& transaction, const Calendar& calendar, const TimeSlotKey& day,
                           int64_t tickets);
absl::StatusOr<TimeSlots> ReadTimeSlots(storage::Snapshot& snapshot, std::string_view engine_id,
                                        std::string_view kpi_id, v1::Granularity granularity, Period range);
// What slots of days make of weeks or months.
TimeSlots PutTogether(const TimeSlots& days, const Calendar& calendar, v1::Granularity granularity);
// After an engine has moved the beginning of its week.
absl::Status CountWeekSlotsAnew(storage::Transaction& transaction, const v1::Engine& engine);

// Sets p50 and p90 of points of one granularity, in order; of a KPI that is no time nothing happens.
absl::Status SetQuantiles(storage::Snapshot& snapshot, const v1::Kpi& kpi, v1::Granularity granularity,
                          std::span<v1::Point> points);

}  // namespace dangol::metrics
