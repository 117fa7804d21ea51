// What may be true of a member: pure. Each changes the member in place, or returns why not and leaves it as it was.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/metrics/v1/member.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"

namespace dangol::metrics {

// Makes a caller's member a new one: ACTIVE unless it has left.
absl::Status Admit(v1::Member& member, absl::Time now);

// Applies an update; a member who leaves or comes back gets or loses the time of it.
absl::Status Change(v1::Member& member, const v1::UpdateMemberRequest& request, absl::Time now);

// One who decides about a stage or works on changes: customers whom such a member hears have reached who can change
// something.
bool MakesProduct(const v1::Member& member);

// Who does the member's work on this day: the member, or the deputy. `members/{member}`
const std::string& WorkerOn(const v1::Member& member, int64_t day);

}  // namespace dangol::metrics
