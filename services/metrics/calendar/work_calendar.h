// The calendar of an engine with its closed days: its own, or those of the company's triage policy.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "services/metrics/calendar/calendar.h"

namespace dangol::metrics {

class WorkCalendar : public Calendar {
 public:
  // On which days nobody works.
  struct ClosedDays {
    absl::Time from;                    // they hold for the days that begin from then on
    std::array<bool, 7> weekdays = {};  // 0: Monday
    std::set<int64_t> days = {};

    bool Contains(int64_t day) const;
  };

  // `policies` are what was ever said for the whole company, in order; an engine with closed days of its own has no use
  // for them.
  WorkCalendar(const v1::Engine& engine, std::vector<ClosedDays> policies);

  // Somebody works on it.
  bool IsOpen(int64_t day) const;
  // Until when a day's number is to be entered: so many minutes after midnight, as clocks show it, of the next open
  // day. Within ten years; what would be due later is due then.
  absl::Time DueTime(int64_t day, int minutes) const;

 private:
  struct Rule {
    int64_t first_day;
    ClosedDays closed;
  };

  std::vector<Rule> rules_;  // by first_day; of one day the last holds. The first holds for all days before it, too.
};

// With the policies that are known by now.
absl::StatusOr<WorkCalendar> ReadWorkCalendar(storage::Snapshot& snapshot, const v1::Engine& engine);

// The engine names closed days of its own, or says that it has none.
bool HasOwnClosedDays(const v1::Engine& engine);

}  // namespace dangol::metrics
