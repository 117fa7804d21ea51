#include "services/metrics/calendar/work_calendar.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/metrics/day.h"

namespace dangol::metrics {
namespace {

using tickets::v1::WorkingHours;
using ClosedDays = WorkCalendar::ClosedDays;

constexpr int64_t kLookAheadDays = 3650;
// What was said before the newest of them is not looked at: days before are judged by the oldest one of these.
constexpr int64_t kPoliciesMost = 1000;

// Until a policy is set, the default one holds.
ClosedDays ClosedByDefault() {
  return {.from = absl::InfinitePast(), .weekdays = {false, false, false, false, false, true, true}};
}

ClosedDays OwnOf(const v1::Engine& engine) {
  ClosedDays closed{.from = absl::InfinitePast()};
  for (const int weekday : engine.closed_weekdays())
    closed.weekdays[static_cast<size_t>(IndexOf(static_cast<v1::Weekday>(weekday)))] = true;
  for (const std::string& holiday : engine.holidays()) {
    if (const auto day = ParseDay(holiday)) closed.days.insert(*day);
  }
  return closed;
}

absl::StatusOr<ClosedDays> ClosedBy(const WorkingHours& hours, absl::Time from) {
  ClosedDays closed{.from = from};
  closed.weekdays.fill(true);
  for (const WorkingHours::Span& span : hours.spans()) {
    if (span.weekday() < tickets::v1::MONDAY || span.weekday() > tickets::v1::SUNDAY)
      return InternalError("working hours of no known weekday");
    closed.weekdays[static_cast<size_t>(span.weekday() - tickets::v1::MONDAY)] = false;
  }
  for (const std::string& text : hours.closed_days()) {
    if (const auto day = ParseDay(text)) closed.days.insert(*day);
  }
  return closed;
}

// In order.
absl::StatusOr<std::vector<ClosedDays>> ReadPolicies(storage::Snapshot& snapshot) {
  std::vector<std::pair<absl::Time, std::string>> rows;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT from_time, details FROM working_hours ORDER BY from_time DESC, version DESC LIMIT $1", {kPoliciesMost},
      [&](const storage::Row& row) { rows.emplace_back(row.Time(0), std::string(row.Bytes(1))); }));
  std::ranges::reverse(rows);
  // A policy may change without its hours.
  const auto same = std::ranges::unique(
      rows, {}, [](const auto& row) -> const auto& { return row.second; });
  rows.erase(same.begin(), same.end());
  std::vector<ClosedDays> policies;
  for (const auto& [from, details] : rows) {
    WorkingHours hours;
    if (!hours.ParseFromString(details)) return InternalError("working hours do not parse");
    ASSIGN_OR_RETURN(policies.emplace_back(), ClosedBy(hours, from));
  }
  return policies;
}

}  // namespace

bool ClosedDays::Contains(int64_t day) const {
  return weekdays[static_cast<size_t>(WeekdayOf(day))] || days.contains(day);
}

WorkCalendar::WorkCalendar(const v1::Engine& engine, std::vector<ClosedDays> policies) : Calendar(engine) {
  const bool own = HasOwnClosedDays(engine);
  rules_.push_back({std::numeric_limits<int64_t>::min(), own ? OwnOf(engine) : ClosedByDefault()});
  if (own) return;
  for (ClosedDays& policy : policies) {
    const int64_t day = DayAt(policy.from);
    rules_.push_back({StartOf(day) < policy.from ? day + 1 : day, std::move(policy)});
  }
}

bool WorkCalendar::IsOpen(int64_t day) const {
  const auto behind = std::ranges::upper_bound(rules_, day, {}, &Rule::first_day);
  return !std::prev(behind)->closed.Contains(day);
}

absl::Time WorkCalendar::DueTime(int64_t day, int minutes) const {
  const int64_t end = day + kLookAheadDays;
  do {
    ++day;
  } while (day < end && !IsOpen(day));
  return TimeOn(day, minutes);
}

absl::StatusOr<WorkCalendar> ReadWorkCalendar(storage::Snapshot& snapshot, const v1::Engine& engine) {
  if (HasOwnClosedDays(engine)) return WorkCalendar(engine, {});
  ASSIGN_OR_RETURN(std::vector<ClosedDays> policies, ReadPolicies(snapshot));
  return WorkCalendar(engine, std::move(policies));
}

bool HasOwnClosedDays(const v1::Engine& engine) {
  return engine.closed_days() == v1::Engine::OWN || !engine.closed_weekdays().empty() || !engine.holidays().empty();
}

}  // namespace dangol::metrics
