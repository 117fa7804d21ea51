// The KPIs that are computed, kept as numbers of their days: what tickets and changes add to them now.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/loop/loop_rules.h"
#include "services/metrics/system/system_rules.h"
#include "services/metrics/system/time_slots.h"

namespace dangol::metrics {

// One KPI that is computed.
struct SystemKpiRow {
  std::string kpi_id;
  v1::SystemKpi system = v1::SYSTEM_KPI_UNSPECIFIED;
  std::string stage;  // empty: all of the engine
  // The last ticket, or change, that was counted of those that were there before the KPI; none: they all are.
  std::optional<std::string> counted_until;
};

struct SystemEngine {
  std::string engine_id;
  Calendar calendar;
  std::vector<SystemKpiRow> kpis;
};

// What several tickets and changes add, one transaction's worth: gathered in memory, then stored. Must not outlive the
// snapshot.
class SystemCounts {
 public:
  explicit SystemCounts(storage::Snapshot& snapshot) : snapshot_(snapshot) {}

  // `sign` is 1, or -1 for what it added as it was.
  absl::Status Add(const Chain& chain, int64_t sign);
  absl::Status Add(const KnownChange& change, const Voice& voice, int64_t sign);
  // The same for one KPI that is counted for the first time.
  void AddTo(const SystemEngine& engine, const SystemKpiRow& kpi, const Chain& chain);
  void AddTo(const SystemEngine& engine, const SystemKpiRow& kpi, const KnownChange& change, const Voice& voice);

  // By engine, KPI and day: sums that differ from 0.
  using Cells = std::map<std::tuple<std::string, std::string, int64_t>, std::pair<int64_t, int64_t>>;
  const Cells& cells() const { return cells_; }
  // Of KPIs that are times, how many took about as long: counts that differ from 0.
  const TimeSlots& slots() const { return slots_; }

 private:
  absl::StatusOr<const SystemEngine*> EngineOf(std::string_view stage);
  void AddShare(const SystemEngine& engine, const SystemKpiRow& kpi, const std::optional<Share>& share, int64_t sign);

  storage::Snapshot& snapshot_;
  std::map<std::string, std::optional<SystemEngine>, std::less<>> engines_;
  std::optional<std::string> default_engine_;
  Cells cells_;
  TimeSlots slots_;
};

// Adds to a day, and to its week and month.
absl::Status AddToDay(storage::Transaction& transaction, const Calendar& calendar, const std::string& engine_id,
                      const std::string& kpi_id, int64_t day, const std::pair<int64_t, int64_t>& sum, absl::Time now);
// Adds to the days, and to their weeks and months.
absl::Status StoreSystemCounts(storage::Transaction& transaction, const SystemCounts& counts, absl::Time now);

// The engine in which counts what has no stage; empty: there is none yet.
absl::StatusOr<std::string> DefaultEngineId(storage::Snapshot& snapshot);
// Whether something with this stage counts in the engine. One that a stage names counts there, also where it is made
// later.
bool CountsIn(const SystemEngine& engine, std::string_view default_engine_id, std::string_view stage);
// With its KPIs that are computed.
absl::StatusOr<std::optional<SystemEngine>> ReadSystemEngine(storage::Snapshot& snapshot, std::string_view engine_id);

// What the feed of tickets says of a change: a complaint came back to it, which the customer said or an acceptance
// means; it was taken out of the change, and what the customer said stays said; somebody who had complained found it
// mended.
absl::Status NoteReturn(storage::Transaction& transaction, std::string_view change_id, std::string_view ticket_id,
                        absl::Time time, bool by_customer);
absl::Status ForgetReturns(storage::Transaction& transaction, std::string_view change_id, std::string_view ticket_id);
absl::Status NoteMended(storage::Transaction& transaction, std::string_view change_id, absl::Time time);
absl::StatusOr<std::optional<absl::Time>> MendedTime(storage::Snapshot& snapshot, std::string_view change_id);
// Of a change that has not shipped nothing is asked.
absl::StatusOr<Voice> ReadVoice(storage::Snapshot& snapshot, const KnownChange& change);

}  // namespace dangol::metrics
