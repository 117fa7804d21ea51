// The time within a team's opening hours.
#pragma once

#include <array>
#include <set>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace dangol {

// When a team works.
struct OpeningHours {
  struct Span {
    int open = 0;  // minutes since midnight, as clocks show them
    int close = 0;
  };

  absl::TimeZone zone = absl::UTCTimeZone();
  std::array<std::vector<Span>, 7> spans = {};  // by absl::Weekday; those of a day do not overlap
  std::set<absl::CivilDay> closed_days = {};
};

// Not thread-safe: it remembers the days that it was asked about last, since tickets of one day ask about the same
// ones.
class WorkingTime {
 public:
  explicit WorkingTime(OpeningHours hours);

  // When so much work has been done that begins at `start`, or once somebody works then. Within ten years; what would
  // take longer is due then.
  absl::Time After(absl::Time start, absl::Duration work) const;

  // How much of the time between them is working time; nothing where `end` is no later. Looks at ten years at most.
  absl::Duration Between(absl::Time start, absl::Time end) const;

  // The first moment of the next day there.
  absl::Time EndOfDay(absl::Time time) const;

 private:
  struct Open {
    absl::Time start;
    absl::Time end;
  };
  // From the day `first` on, which is [begin, end): the hours of the days before it have ended.
  struct Days {
    absl::Time begin;
    absl::Time end;
    absl::CivilDay first;
    absl::CivilDay next;     // the first whose hours are not in `open` yet
    std::vector<Open> open;  // in order
  };

  Days DaysFrom(absl::Time start) const;
  // The hours of a day, in order, behind those that are there.
  void AddHours(absl::CivilDay day, std::vector<Open>& open) const;

  OpeningHours hours_;
  mutable Days days_;
};

}  // namespace dangol
