// Observations as rows, with all that was ever said of a day.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/observation/observation_rules.h"

namespace dangol::metrics {

struct ObservationRow {
  std::string engine_id;
  std::string kpi_id;
  int64_t day = 0;
  Known known;
  int64_t revision = 0;  // 0: nothing was ever entered
  bool on_time = false;
  absl::Time first_record_time;
  absl::Time record_time;
  std::string recorded_by;  // `members/{member}`
  std::string note;
};

// Nothing where nothing was ever entered for the day.
absl::StatusOr<std::optional<ObservationRow>> FindObservation(storage::Snapshot& snapshot, std::string_view engine_id,
                                                              std::string_view kpi_id, int64_t day);
// As callers see it. NOT_FOUND.
absl::StatusOr<v1::Observation> ReadObservation(storage::Snapshot& snapshot, std::string_view name);
v1::Observation Shown(const ObservationRow& row, const v1::Kpi& kpi);
// Stores it, in place of the one there was, and beside what was said before.
absl::Status StoreObservation(storage::Transaction& transaction, const ObservationRow& row);

// Whether anything was ever entered.
absl::StatusOr<bool> HasNumbers(storage::Snapshot& snapshot, std::string_view engine_id, std::string_view kpi_id);
// Of the days of a period, in order.
absl::StatusOr<std::vector<ObservationRow>> ReadDays(storage::Snapshot& snapshot, std::string_view engine_id,
                                                     std::string_view kpi_id, Period period);
// The days of a period of which something is known.
absl::StatusOr<std::set<int64_t>> ReadKnownDays(storage::Snapshot& snapshot, std::string_view engine_id,
                                                std::string_view kpi_id, Period period);
// The number of the last day of the period that has one.
absl::StatusOr<std::optional<int64_t>> ReadLast(storage::Snapshot& snapshot, std::string_view engine_id,
                                                std::string_view kpi_id, Period period);

// What was said of a day below `before`, the newest first.
absl::StatusOr<std::vector<ObservationRow>> ReadRevisions(storage::Snapshot& snapshot, std::string_view engine_id,
                                                          std::string_view kpi_id, int64_t day,
                                                          const std::optional<resource::NumberKey>& before,
                                                          int64_t most);

}  // namespace dangol::metrics
