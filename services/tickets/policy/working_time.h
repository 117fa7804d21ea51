// The time within a team's opening hours.
#pragma once

#include <array>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::tickets {

// Not thread-safe: it remembers the days that it was asked about last, since tickets of one day ask about the same
// ones.
class WorkingTime {
 public:
  // Of a policy that CheckPolicy found well.
  explicit WorkingTime(const v1::TriagePolicy& policy);

  // When so much work has been done that begins at `start`, or once somebody works then. Within ten years; what would
  // take longer is due then.
  absl::Time After(absl::Time start, absl::Duration work) const;

  // The first moment of the next day there.
  absl::Time EndOfDay(absl::Time time) const;

 private:
  struct Span {
    int open = 0;  // minutes since midnight, as clocks show them
    int close = 0;
  };

  // From the day `first` on, which is [begin, end): the hours of the days before it have ended.
  struct Days {
    absl::Time begin;
    absl::Time end;
    absl::CivilDay first;
    absl::CivilDay next;                                  // the first whose hours are not in `open` yet
    std::vector<std::pair<absl::Time, absl::Time>> open;  // in order
  };

  bool IsWorkday(absl::CivilDay day) const;
  Days DaysFrom(absl::Time start) const;
  void AddNext(Days& days) const;

  absl::TimeZone zone_;
  std::array<std::vector<Span>, 7> spans_;  // by absl::Weekday, each day's in order
  std::vector<v1::HolidayCalendar> calendars_;
  std::set<absl::CivilDay> extra_holidays_;
  mutable Days days_;
};

}  // namespace dangol::tickets
