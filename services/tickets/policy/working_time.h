// The time within a team's opening hours. Pure.
#pragma once

#include <array>
#include <set>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::tickets {

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

  bool IsWorkday(absl::CivilDay day) const;

  absl::TimeZone zone_;
  std::array<std::vector<Span>, 7> spans_;  // by absl::Weekday, each day's in order
  std::vector<v1::HolidayCalendar> calendars_;
  std::set<absl::CivilDay> extra_holidays_;
};

}  // namespace dangol::tickets
