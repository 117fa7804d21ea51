// When a team works, by its policy. Pure.
#pragma once

#include "common/base/working_time.h"
#include "dangol/tickets/v1/policy.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::tickets {

// Of a policy that CheckPolicy found well; with the days of its calendars as they are built in.
OpeningHours HoursOf(const v1::TriagePolicy& policy);

// What feeds tell of it.
v1::WorkingHours FactsOf(const OpeningHours& hours);

}  // namespace dangol::tickets
