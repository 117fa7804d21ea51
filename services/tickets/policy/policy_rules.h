// What a triage policy may be, and what it says of a new ticket. Pure, without SQL, clock or identity.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "dangol/tickets/v1/policy.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/policy/opening_hours.h"

namespace dangol::tickets {

// A policy, and its working time.
struct Triage {
  explicit Triage(const v1::TriagePolicy& agreed) : policy(agreed), working_time(HoursOf(agreed)) {}

  v1::TriagePolicy policy;
  WorkingTime working_time;
};

// What holds until somebody says something else.
v1::TriagePolicy DefaultPolicy();

// Makes a caller's policy one that can be kept: in order, and with what is not said filled in. INVALID_ARGUMENT that
// names the field.
absl::Status AgreeOn(v1::TriagePolicy& policy);

// `18:00` or `24:00` as minutes since midnight. INVALID_ARGUMENT that names the field.
absl::StatusOr<int> CloseMinutesIn(std::string_view field, std::string_view text);

// How soon a ticket of this severity has a reply and a decision.
const v1::ResponseTimes& TimesOf(const v1::TriagePolicy& policy, v1::Ticket::Severity severity);

// The number of the turn of a rule that names several people: 0, 1, …
using TurnOfRule = absl::FunctionRef<absl::StatusOr<int64_t>(const v1::AssignmentRule& rule)>;
// Gives a new ticket to whom the rules say, and what else they give. `has_severity`: it came with one.
absl::Status Assign(const v1::TriagePolicy& policy, bool has_severity, TurnOfRule turn, v1::Ticket& ticket);

// INVALID_ARGUMENT at `path` where it is no remedy: an amount without a currency, or of what has none.
absl::Status CheckRemedy(const v1::Remedy& remedy, std::string_view path);
// Whether it may be given to one customer without asking.
bool IsWithinLimit(const v1::TriagePolicy& policy, const v1::Remedy& remedy);

}  // namespace dangol::tickets
