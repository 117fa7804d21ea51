// What may happen to a change: pure transitions, without SQL, clock or identity. Each changes it in place, or returns
// why not and leaves it as it was.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/backlog/v1/change.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::backlog {

// Makes a caller's change a new one: PROPOSED. `path` is its field path in the request; output-only fields are expected
// to be clear.
absl::Status Propose(v1::Change& change, absl::Time now, std::string_view path);

// Corrects what a caller may set, in any state but MERGED.
absl::Status Update(v1::Change& change, const v1::UpdateChangeRequest& request);

// PROPOSED, IN_PROGRESS, REGRESSED → PLANNED.
absl::Status Plan(v1::Change& change, const v1::PlanChangeRequest& request, absl::Time now);

// PROPOSED, PLANNED, REGRESSED → IN_PROGRESS.
absl::Status Start(v1::Change& change, const v1::StartChangeRequest& request, absl::Time now);

// PROPOSED, PLANNED, IN_PROGRESS, REGRESSED → SHIPPED; with tickets → IN_PROGRESS.
absl::Status Ship(v1::Change& change, const v1::ShipChangeRequest& request, absl::Time now);

// PROPOSED, PLANNED, IN_PROGRESS, REGRESSED → DROPPED.
absl::Status Drop(v1::Change& change, const v1::DropChangeRequest& request, absl::Time now);

// DROPPED → PROPOSED.
absl::Status Reconsider(v1::Change& change, const v1::ReconsiderChangeRequest& request, absl::Time now);

// The newest shipment is taken back: SHIPPED, VERIFIED → REGRESSED; a `partial` one from IN_PROGRESS, which stays.
absl::Status Revert(v1::Change& change, const v1::RevertShipmentRequest& request, bool partial, absl::Time now);

// It did not hold: SHIPPED, VERIFIED → REGRESSED, which the caller has made sure of.
void Regress(v1::Change& change, v1::Regression::Cause cause, std::string_view shipment, absl::Time now);

// SHIPPED → VERIFIED or REGRESSED. `shipment` is its newest.
absl::Status Conclude(v1::Change& change, const v1::ConcludeChangeRequest& request, std::string_view shipment,
                      absl::Time now);

// A check of a SHIPPED change, with what was said last of its complaints: → VERIFIED where all that was expected came,
// → REGRESSED where something did not; else it is checked again later, or a person is asked. `shipment` is its newest.
void Check(v1::Change& change, v1::EffectVerdict verdict, std::string_view shipment, absl::Time now);

// PROPOSED, PLANNED, IN_PROGRESS without any of `shipment_count` shipments → MERGED.
absl::Status Merge(v1::Change& change, std::string_view survivor, int32_t shipment_count);

// The score in hundredths is reach × weight ÷ effort.
struct ScoreTerms {
  int64_t weight = 0;  // impact × confidence, each in hundredths
  int64_t effort = 1;  // in hundredths
};
ScoreTerms TermsOf(const v1::Change& change);
int64_t ScoreOf(int64_t reach, const ScoreTerms& terms);

// One of the answers of its decision is NO.
bool IsAgainstSustainability(const v1::Change& change);

// Some of those who ask for it are invited to try it: PROPOSED, PLANNED, IN_PROGRESS, REGRESSED.
absl::Status Invite(v1::Change& change);

// By when a change has to be decided that is first asked for at this time.
absl::Time DecideDueTime(absl::Time first_demand_time);

// Complaints of so many customers that come back within the window regress a change.
inline constexpr int64_t kRecurrencesMost = 3;
inline constexpr absl::Duration kRecurrenceWindow = absl::Hours(28 * 24);
// It is there for everyone: SHIPPED, VERIFIED.
bool IsThere(v1::Change::State state);

// What becomes of a ticket that comes to a change in this state, which last shipped for everyone at `ship_time`. The
// word of the person who accepts it comes before its time.
v1::DemandsUpdated::Outcome Reception(v1::Change::State state, absl::Time ship_time, absl::Time occur_time,
                                      tickets::v1::Happened happened = tickets::v1::HAPPENED_UNSPECIFIED);

}  // namespace dangol::backlog
