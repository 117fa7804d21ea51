// Sums of weeks and months, kept with each observation, so that no read goes through days.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/observation/observation_rules.h"

namespace dangol::metrics {

struct Rollup {
  int64_t numerator = 0;  // of days with a number
  int64_t denominator = 0;
  int64_t recorded = 0;                    // days with a number
  int64_t not_applicable = 0;              // days
  std::optional<absl::Time> restate_time;  // the last time that a day was said differently than before
  std::string restated_by;                 // `members/{member}`

  // Adds what is known of a day, `times` times, which may be -1.
  void Add(const Known& known, int64_t times);
  // A day of it was corrected; the newest correction stays.
  void Restate(absl::Time time, std::string_view member);

  friend bool operator==(const Rollup&, const Rollup&) = default;
};
// By the first day of the period.
using Rollups = std::map<int64_t, Rollup>;

// Adds to the period of the KPI that begins on this day.
absl::Status AddToRollup(storage::Transaction& transaction, std::string_view engine_id, std::string_view kpi_id,
                         v1::Granularity granularity, int64_t first_day, const Rollup& difference);

// Periods that begin in this range.
absl::StatusOr<Rollups> ReadRollups(storage::Snapshot& snapshot, std::string_view engine_id, std::string_view kpi_id,
                                    v1::Granularity granularity, Period range);
// The same from the observations: what is kept has to be this.
absl::StatusOr<Rollups> CountRollups(storage::Snapshot& snapshot, std::string_view engine_id, std::string_view kpi_id,
                                     v1::Granularity granularity, const Calendar& calendar);

// After an engine has moved the beginning of its week.
absl::Status CountWeeksAnew(storage::Transaction& transaction, const v1::Engine& engine);

}  // namespace dangol::metrics
