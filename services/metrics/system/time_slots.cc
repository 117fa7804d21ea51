#include "services/metrics/system/time_slots.h"

#include <optional>

#include "common/base/status_macros.h"
#include "services/metrics/day.h"
#include "services/metrics/loop/counts.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_rules.h"

namespace dangol::metrics {
namespace {

using storage::Row;

// 32 slots for each doubling of the time: some 600 are all that there can be below a year.
constexpr int kSlotBits = 5;

absl::Status AddToSlot(storage::Transaction& transaction, v1::Granularity granularity, const TimeSlotKey& key,
                       int64_t tickets) {
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO time_slot (engine_id, kpi_id, granularity, first_day, slot, tickets) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (engine_id, kpi_id, granularity, first_day, slot) DO UPDATE SET
        tickets = time_slot.tickets + excluded.tickets)",
                                      {key.engine_id, key.kpi_id, granularity, key.first_day, key.slot, tickets}));
  if (tickets > 0) return absl::OkStatus();
  return transaction.Execute(R"(
      DELETE FROM time_slot
      WHERE engine_id = $1 AND kpi_id = $2 AND granularity = $3 AND first_day = $4 AND slot = $5 AND tickets = 0)",
                             {key.engine_id, key.kpi_id, granularity, key.first_day, key.slot});
}

// The longest time of the share of a period's complaints that took the shortest, in seconds.
int64_t Quantile(const std::map<int64_t, int64_t>& slots, int64_t percent) {
  int64_t tickets = 0;
  for (const auto& [_, count] : slots) tickets += count;
  int64_t below = 0;
  for (const auto& [slot, count] : slots) {
    below += count;
    if (below * 100 >= tickets * percent) return SlotMost(slot, kSlotBits);
  }
  return 0;
}

}  // namespace

int64_t SlotOf(int64_t seconds) { return TimeSlot(seconds, kSlotBits); }

void AddTo(TimeSlots& slots, const TimeSlotKey& key, int64_t tickets) {
  const auto slot = slots.try_emplace(key, 0).first;
  slot->second += tickets;
  if (slot->second == 0) slots.erase(slot);
}

absl::Status AddToTimeSlot(storage::Transaction& transaction, const Calendar& calendar, const TimeSlotKey& day,
                           int64_t tickets) {
  for (const v1::Granularity granularity : {v1::DAY, v1::WEEK, v1::MONTH}) {
    TimeSlotKey key = day;
    key.first_day = calendar.PeriodOf(day.first_day, granularity).first;
    RETURN_IF_ERROR(AddToSlot(transaction, granularity, key, tickets));
  }
  return absl::OkStatus();
}

absl::StatusOr<TimeSlots> ReadTimeSlots(storage::Snapshot& snapshot, std::string_view engine_id,
                                        std::string_view kpi_id, v1::Granularity granularity, Period range) {
  TimeSlots slots;
  TimeSlotKey key{std::string(engine_id), std::string(kpi_id)};
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT first_day, slot, tickets FROM time_slot
      WHERE engine_id = $1 AND kpi_id = $2 AND granularity = $3 AND first_day BETWEEN $4 AND $5
      ORDER BY first_day, slot)",
                                 {engine_id, kpi_id, granularity, range.first, range.last}, [&](const Row& row) {
                                   key.first_day = row.Integer(0);
                                   key.slot = row.Integer(1);
                                   slots.emplace_hint(slots.end(), key, row.Integer(2));
                                 }));
  return slots;
}

TimeSlots PutTogether(const TimeSlots& days, const Calendar& calendar, v1::Granularity granularity) {
  TimeSlots slots;
  for (const auto& [day, tickets] : days) {
    TimeSlotKey key = day;
    key.first_day = calendar.PeriodOf(key.first_day, granularity).first;
    AddTo(slots, key, tickets);
  }
  return slots;
}

absl::Status CountWeekSlotsAnew(storage::Transaction& transaction, const v1::Engine& engine) {
  const std::string_view engine_id = kEnginePattern.Id(engine.name());
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM time_slot WHERE engine_id = $1 AND granularity = $2", {engine_id, v1::WEEK}));
  TimeSlots days;
  RETURN_IF_ERROR(
      transaction.Query(R"(
      SELECT kpi_id, first_day, slot, tickets FROM time_slot
      WHERE engine_id = $1 AND granularity = $2
      ORDER BY kpi_id, first_day, slot)",
                        {engine_id, v1::DAY}, [&](const Row& row) {
                          days[{std::string(engine_id), row.Text(0), row.Integer(1), row.Integer(2)}] = row.Integer(3);
                        }));
  for (const auto& [key, tickets] : PutTogether(days, Calendar(engine), v1::WEEK))
    RETURN_IF_ERROR(AddToSlot(transaction, v1::WEEK, key, tickets));
  return absl::OkStatus();
}

absl::Status SetQuantiles(storage::Snapshot& snapshot, const v1::Kpi& kpi, v1::Granularity granularity,
                          std::span<v1::Point> points) {
  const std::optional<absl::Duration> unit = UnitOf(kpi.system());
  if (!unit || points.empty()) return absl::OkStatus();
  const Period range{ParseDay(points.front().first_day()).value_or(0), ParseDay(points.back().first_day()).value_or(0)};
  ASSIGN_OR_RETURN(const TimeSlots slots, ReadTimeSlots(snapshot, kKpiPattern.Id(kpi.name()),
                                                        kKpiPattern.Id(kpi.name(), 1), granularity, range));
  std::map<int64_t, std::map<int64_t, int64_t>> by_period;
  for (const auto& [key, tickets] : slots) by_period[key.first_day][key.slot] = tickets;
  for (v1::Point& point : points) {
    const auto found = by_period.find(ParseDay(point.first_day()).value_or(0));
    if (found == by_period.end()) continue;
    point.set_p50(absl::FDivDuration(absl::Seconds(Quantile(found->second, 50)), *unit));
    point.set_p90(absl::FDivDuration(absl::Seconds(Quantile(found->second, 90)), *unit));
  }
  return absl::OkStatus();
}

}  // namespace dangol::metrics
