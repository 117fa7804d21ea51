#include "services/tickets/ticket/follow_rules.h"

#include <algorithm>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "services/tickets/ticket/ticket_rules.h"

namespace dangol::tickets {
namespace {

using backlog::v1::DemandsUpdated;
using v1::AcceptanceRefusal;
using v1::Ticket;
using v1::TicketsFollowed;

// It stays accepted, or was: its change has it.
void Confirm(TicketRow& row, absl::Time now) {
  if (!row.ticket.has_confirm_time()) *row.ticket.mutable_confirm_time() = ToProtoTime(now);
  row.before_acceptance.clear();
}

// Where it was accepted first, what its change decided is its first decision, whatever becomes of the two later.
void Settle(Ticket& ticket, const v1::FollowedFacts& facts) {
  if (ticket.first_decision() != v1::Decision::ACCEPTED) return;
  ticket.set_first_decision(facts.change_undecided() ? v1::Decision::DECLINED : v1::Decision::CHANGE_DECIDED);
  // One that comes late was accepted after that.
  if (!facts.has_change_decide_time()) return;
  *ticket.mutable_decide_time() =
      ToProtoTime(std::max(FromProtoTime(ticket.decide_time()), FromProtoTime(facts.change_decide_time())));
}

void Answer(TicketRow& row, const TicketsFollowed& followed, absl::Time now) {
  Confirm(row, now);
  Ticket& ticket = row.ticket;
  Settle(ticket, followed.facts());
  ticket.set_state(Ticket::ANSWERED);
  ticket.set_disposition(Ticket::CHANGED);
  ticket.set_shipment(followed.shipment());
  ticket.set_late(followed.effect() == TicketsFollowed::ANSWERED_LATE);
  *ticket.mutable_answer_time() = ToProtoTime(now);
}

void Recur(TicketRow& row, absl::Time now) {
  Confirm(row, now);
  row.ticket.set_recurrence(true);
  // A link comes back once, though the customer, its change and one that it was moved to may each say so.
  if (row.recurrence_acceptance == row.ticket.acceptance()) return;
  row.recurrence_acceptance = row.ticket.acceptance();
  row.ticket.set_recurrence_count(row.ticket.recurrence_count() + 1);
}

// It is linked to nothing any more.
void ClearLink(TicketRow& row) {
  row.ticket.clear_change();
  row.ticket.clear_accepted_by();
  row.ticket.clear_confirm_time();
  row.ticket.clear_late();
  row.ticket.clear_recurrence();
}

static_assert(static_cast<int>(v1::Decision::UNSUSTAINABLE) == static_cast<int>(backlog::v1::Drop::UNSUSTAINABLE) &&
                  static_cast<int>(v1::Decision::BEYOND_CAPABILITY) ==
                      static_cast<int>(backlog::v1::Drop::BEYOND_CAPABILITY),
              "a reason to drop a change is one to decline a ticket");

// The decision about its change is its own now.
void Return(TicketRow& row, const TicketsFollowed& followed) {
  ClearLink(row);
  row.before_acceptance.clear();
  row.ticket.set_state(Ticket::NOT_YET);
  row.ticket.set_owes_reply(true);
  row.ticket.clear_decision();
  Settle(row.ticket, followed.facts());
  if (followed.facts().decline_reason() == v1::Decision::DECLINE_REASON_UNSPECIFIED) return;
  v1::Decision& decision = *row.ticket.mutable_decision();
  decision.set_decline_reason(followed.facts().decline_reason());
  decision.set_capability_gap(followed.facts().capability_gap());
  decision.set_decided_by(followed.facts().decided_by());
  if (followed.facts().has_revisit_time()) *decision.mutable_revisit_time() = followed.facts().revisit_time();
}

// It waits again, as if that shipment had not been.
void Revert(TicketRow& row) {
  Ticket& ticket = row.ticket;
  ticket.set_state(Ticket::ACCEPTED);
  ticket.clear_disposition();
  ticket.clear_answer_time();
  ticket.clear_told_time();
  ticket.clear_close_due_time();
  ticket.clear_close_time();
  ticket.clear_late();
  ticket.set_owes_reply(true);
}

void Move(TicketRow& row, const TicketsFollowed& followed, absl::Time now) {
  Confirm(row, now);
  row.ticket.set_change(followed.change());
  row.ticket.clear_late();
  row.ticket.clear_recurrence();
}

// It is again what it was before it was accepted: nobody heard or decided it by an acceptance that does not hold. One
// that had come back from its change is HEARD, for a person to decide anew, and our turn.
void Refuse(TicketRow& row, const TicketsFollowed& followed, absl::Time now) {
  ClearLink(row);
  Ticket& ticket = row.ticket;
  Ticket before;
  const bool has_before = !row.before_acceptance.empty() && before.ParseFromString(row.before_acceptance);
  row.before_acceptance.clear();
  ticket.set_state(Ticket::HEARD);
  if (has_before) {
    ticket.clear_hear_time();
    ticket.clear_heard_by();
    ticket.clear_heard_in_bulk();
    ticket.clear_decide_time();
    // Of a severity that was corrected since, the clock begins anew.
    if (before.severity() != ticket.severity()) before.clear_decide_due_time();
    before.clear_severity();
    ticket.MergeFrom(before);
    if (!ticket.has_decide_time()) ClearFirstDecision(ticket);
  } else {
    OweWord(ticket);
  }
  AcceptanceRefusal& refusal = *ticket.mutable_acceptance_refusal();
  refusal.set_change(followed.change());
  refusal.set_reason(followed.refusal());
  *refusal.mutable_time() = ToProtoTime(now);
}

}  // namespace

absl::StatusOr<TicketsFollowed> FollowedBy(const DemandsUpdated& decided) {
  TicketsFollowed followed;
  followed.set_change(decided.change());
  switch (decided.outcome()) {
    case DemandsUpdated::CONFIRMED:
      followed.set_effect(TicketsFollowed::CONFIRMED);
      return followed;
    case DemandsUpdated::ANSWERED:
      followed.set_effect(TicketsFollowed::ANSWERED);
      followed.set_shipment(decided.shipment());
      *followed.mutable_facts()->mutable_change_decide_time() = decided.decide_time();
      return followed;
    case DemandsUpdated::LATE:
      followed.set_effect(TicketsFollowed::ANSWERED_LATE);
      followed.set_shipment(decided.shipment());
      return followed;
    case DemandsUpdated::RECURRENCE:
      followed.set_effect(TicketsFollowed::RECURRED);
      return followed;
    case DemandsUpdated::RETURNED:
      followed.set_effect(TicketsFollowed::RETURNED);
      followed.mutable_facts()->set_decline_reason(static_cast<v1::Decision::DeclineReason>(decided.decline_reason()));
      followed.mutable_facts()->set_capability_gap(decided.capability_gap());
      followed.mutable_facts()->set_decided_by(decided.decided_by());
      *followed.mutable_facts()->mutable_change_decide_time() = decided.decide_time();
      followed.mutable_facts()->set_change_undecided(decided.undecided());
      if (decided.has_revisit_time()) *followed.mutable_facts()->mutable_revisit_time() = decided.revisit_time();
      return followed;
    case DemandsUpdated::MOVED:
      followed.set_effect(TicketsFollowed::MOVED);
      followed.set_change(decided.destination());
      return followed;
    case DemandsUpdated::REFUSED:
      followed.set_effect(TicketsFollowed::REFUSED);
      followed.set_refusal(decided.refusal() == DemandsUpdated::CHANGE_DROPPED ? AcceptanceRefusal::CHANGE_DROPPED
                                                                               : AcceptanceRefusal::CHANGE_NOT_FOUND);
      return followed;
    case DemandsUpdated::REVERTED:
      followed.set_effect(TicketsFollowed::REVERTED);
      followed.set_shipment(decided.shipment());
      return followed;
    default:  // what this version does not know
      return Error(absl::StatusCode::kUnimplemented, "OUTCOME_UNKNOWN",
                   fmt::format("The outcome {} of the backlog is not known to this version. Use a newer one.",
                               static_cast<int>(decided.outcome())));
  }
}

bool Concerns(const TicketRow& row, TicketsFollowed::Effect effect, int64_t acceptance, int64_t revision) {
  const Ticket& ticket = row.ticket;
  const bool answered = ticket.disposition() == Ticket::CHANGED &&
                        (ticket.state() == Ticket::ANSWERED || ticket.state() == Ticket::CLOSED);
  const bool follows = ticket.state() == Ticket::ACCEPTED || (effect == TicketsFollowed::REVERTED && answered);
  return follows && ticket.acceptance() == acceptance && row.demand_revision < revision;
}

void Follow(TicketRow& row, const TicketsFollowed& followed, int64_t revision, absl::Time now) {
  row.demand_revision = revision;
  switch (followed.effect()) {
    case TicketsFollowed::CONFIRMED:
      return Confirm(row, now);
    case TicketsFollowed::ANSWERED:
    case TicketsFollowed::ANSWERED_LATE:
      return Answer(row, followed, now);
    case TicketsFollowed::RECURRED:
      return Recur(row, now);
    case TicketsFollowed::RETURNED:
      return Return(row, followed);
    case TicketsFollowed::MOVED:
      return Move(row, followed, now);
    case TicketsFollowed::REFUSED:
      return Refuse(row, followed, now);
    case TicketsFollowed::REVERTED:
      return Revert(row);
    case TicketsFollowed::EFFECT_UNSPECIFIED:
    case v1::TicketsFollowed_Effect_TicketsFollowed_Effect_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::TicketsFollowed_Effect_TicketsFollowed_Effect_INT_MAX_SENTINEL_DO_NOT_USE_:
      return;
  }
}

v1::FollowedFacts FollowedFactsOf(const TicketsFollowed& followed, const Ticket& ticket) {
  v1::FollowedFacts facts;
  facts.set_state(ticket.state());
  facts.set_disposition(ticket.disposition());
  facts.set_change(ticket.change());
  facts.set_late(ticket.late());
  facts.set_owes_reply(followed.effect() == TicketsFollowed::RETURNED ||
                       followed.effect() == TicketsFollowed::REVERTED);
  facts.set_shipment(followed.shipment());
  if (ticket.has_answer_time()) *facts.mutable_answer_time() = ticket.answer_time();
  facts.set_decline_reason(ticket.decision().decline_reason());
  facts.set_capability_gap(ticket.decision().capability_gap());
  if (facts.decline_reason() != v1::Decision::DECLINE_REASON_UNSPECIFIED) {
    facts.set_decided_by(ticket.decision().decided_by());
  }
  if (followed.facts().has_change_decide_time()) {
    *facts.mutable_change_decide_time() = followed.facts().change_decide_time();
  }
  facts.set_change_undecided(followed.facts().change_undecided());
  if (followed.facts().has_revisit_time()) *facts.mutable_revisit_time() = followed.facts().revisit_time();
  return facts;
}

}  // namespace dangol::tickets
