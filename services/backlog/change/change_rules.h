// What may happen to a change: pure transitions, without SQL, clock or identity. Each changes it in place, or returns
// why not and leaves it as it was.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/backlog/v1/change.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

// Makes a caller's change a new one: PROPOSED. `path` is its field path in the request; output-only fields are expected
// to be clear.
absl::Status Propose(v1::Change& change, absl::Time now, std::string_view path);

// PROPOSED, IN_PROGRESS, REGRESSED → PLANNED.
absl::Status Plan(v1::Change& change, const v1::PlanChangeRequest& request, absl::Time now);

// PROPOSED, PLANNED, REGRESSED → IN_PROGRESS.
absl::Status Start(v1::Change& change, const v1::StartChangeRequest& request, absl::Time now);

// PROPOSED, PLANNED, IN_PROGRESS, REGRESSED → SHIPPED; with tickets → IN_PROGRESS.
absl::Status Ship(v1::Change& change, const v1::ShipChangeRequest& request, absl::Time now);

// PROPOSED, PLANNED, IN_PROGRESS, REGRESSED → DROPPED.
absl::Status Drop(v1::Change& change, const v1::DropChangeRequest& request, absl::Time now);

// What becomes of a ticket that comes to a change in this state, which last shipped for everyone at `ship_time`.
v1::DemandsUpdated::Outcome Reception(v1::Change::State state, absl::Time ship_time, absl::Time occur_time);

}  // namespace dangol::backlog
