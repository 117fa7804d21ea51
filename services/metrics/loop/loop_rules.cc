#include "services/metrics/loop/loop_rules.h"

#include <algorithm>
#include <utility>

#include "common/base/proto_time.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using backlog::v1::Change;
using backlog::v1::ChangeEvent;
using tickets::v1::AcceptanceRefusal;
using tickets::v1::Decision;
using tickets::v1::Message;
using tickets::v1::ReopenTicketRequest;
using tickets::v1::Ticket;
using tickets::v1::TicketEvent;
using tickets::v1::TicketsFollowed;
using v1::Loop;
using v1::Step;

template <typename Event>
Step NewStep(const Event& event, Step::Kind kind) {
  Step step;
  step.set_kind(kind);
  *step.mutable_time() = event.envelope().time();
  return step;
}

void AddStep(ChainSteps& steps, Step step, Ticket::State left, Ticket::State entered) {
  ChainStep& added = steps.emplace_back();
  added.step = std::move(step);
  if (left == entered) return;
  added.left = left;
  added.entered = entered;
}

// A ticket that was made came to RECEIVED when the company received it, wherever that was; history also came to its
// end. `before`: unspecified, but of one that the service made anew, behind a restore that lost it.
ChainSteps StepsOfCreation(const TicketEvent& event, Ticket::State before, const Loop& loop) {
  ChainSteps steps;
  Step received = NewStep(event, Step::RECEIVED);
  *received.mutable_time() = loop.receive_time();
  AddStep(steps, std::move(received), before, Ticket::RECEIVED);
  if (loop.state() == Ticket::RECEIVED) return steps;
  Step closed = NewStep(event, Step::CLOSED);
  if (loop.has_close_time()) *closed.mutable_time() = loop.close_time();
  closed.set_detail(Ticket::Disposition_Name(loop.disposition()));
  AddStep(steps, std::move(closed), Ticket::RECEIVED, loop.state());
  return steps;
}

Step StepOfDecline(const TicketEvent& event) {
  Step step = NewStep(event, Step::DECLINED);
  const tickets::v1::TicketFacts& facts = event.facts();
  step.set_decided_by(facts.decided_by());
  step.set_detail(facts.capability_gap().empty() ? Decision::DeclineReason_Name(facts.decline_reason())
                                                 : facts.capability_gap());
  return step;
}

Step StepOfResolution(const TicketEvent& event) {
  Step step = NewStep(event, Step::RESOLVED);
  step.set_decided_by(event.facts().decided_by());
  step.set_detail(Ticket::Disposition_Name(event.facts().disposition()));
  return step;
}

Step StepOfReopening(const TicketEvent& event) {
  const ReopenTicketRequest::Cause cause = event.ticket_reopened().cause();
  const bool recurred = cause == ReopenTicketRequest::NOT_FIXED;
  Step step = NewStep(event, recurred ? Step::RECURRED : Step::REOPENED);
  if (recurred) step.set_change(event.facts().change());
  step.set_detail(ReopenTicketRequest::Cause_Name(cause));
  return step;
}

// A step with the change that it is about.
Step StepWithChange(const TicketEvent& event, Step::Kind kind, const std::string& change) {
  Step step = NewStep(event, kind);
  step.set_change(change);
  return step;
}

Step::Kind KindOf(TicketsFollowed::Effect effect, bool counted_before) {
  switch (effect) {
    case TicketsFollowed::CONFIRMED:
      return Step::CONFIRMED;
    case TicketsFollowed::ANSWERED:
    case TicketsFollowed::ANSWERED_LATE:
      return Step::ANSWERED;
    case TicketsFollowed::RECURRED:
      // A link comes back once, though the customer, its change and one that it was moved to may each say so.
      return counted_before ? Step::CONFIRMED : Step::RECURRED;
    case TicketsFollowed::RETURNED:
      return Step::RETURNED;
    case TicketsFollowed::MOVED:
      return Step::MOVED;
    case TicketsFollowed::REFUSED:
      return Step::REFUSED;
    case TicketsFollowed::REVERTED:
      return Step::REVERTED;
    default:  // one that this version does not know
      return Step::UPDATED;
  }
}

Step StepOfFollowing(const TicketEvent& event, const Chain& before, const Chain& after) {
  const TicketsFollowed& followed = event.tickets_followed();
  const bool counted_before = before.loop.recurrence_count() == after.loop.recurrence_count();
  Step step = StepWithChange(event, KindOf(followed.effect(), counted_before), followed.change());
  step.set_shipment(followed.shipment());
  if (followed.effect() == TicketsFollowed::ANSWERED_LATE) step.set_detail("LATE");
  if (followed.effect() == TicketsFollowed::REFUSED) {
    step.set_detail(AcceptanceRefusal::Reason_Name(followed.refusal()));
  }
  return step;
}

// What is not worth a step, unless it changed the state.
std::optional<Step> StepOfMessage(const TicketEvent& event, const Loop& loop) {
  const tickets::v1::MessageCreated& message = event.message_created();
  if (message.kind() == Message::INTERNAL) return std::nullopt;
  // What a program wrote, or was said before the ticket came, is no reply: see IsReply of tickets.
  const bool is_reply = message.by_person() && FromProtoTime(message.send_time()) >= FromProtoTime(loop.receive_time());
  if (message.kind() == Message::PUBLIC && !is_reply) return std::nullopt;
  Step step = NewStep(event, message.kind() == Message::PUBLIC ? Step::REPLIED : Step::CUSTOMER_WROTE);
  *step.mutable_time() = message.send_time();
  return step;
}

std::optional<Step> StepOf(const TicketEvent& event, const Chain& before, const Chain& after) {
  switch (event.kind_case()) {
    case TicketEvent::kTicketAcknowledged:
      return NewStep(event, Step::HEARD);
    case TicketEvent::kTicketDeclined:
      return StepOfDecline(event);
    case TicketEvent::kTicketAccepted:
      return StepWithChange(event, Step::ACCEPTED, event.facts().change());
    case TicketEvent::kTicketResolved:
      return StepOfResolution(event);
    case TicketEvent::kTicketReopened:
      return StepOfReopening(event);
    case TicketEvent::kTicketUnlinked:
      return StepWithChange(event, Step::UNLINKED, event.ticket_unlinked().change());
    case TicketEvent::kTicketsFollowed:
      return StepOfFollowing(event, before, after);
    case TicketEvent::kTicketsClosed:
      return NewStep(event, Step::CLOSED);
    case TicketEvent::kMessageCreated:
      return StepOfMessage(event, before.loop);
    default:
      // What this version has no word for counts all the same.
      if (before.loop.state() == after.loop.state()) return std::nullopt;
      return NewStep(event, Step::UPDATED);
  }
}

// Of history and of what the company's own people say none is kept.
void SetGap(const std::string& gap, Ticket::State state, Chain& chain) {
  const bool waits = state == Ticket::NOT_YET && !chain.internal && !chain.imported;
  chain.capability_gap = waits ? gap : "";
}

Answer AnswerOf(const Loop& loop) {
  if (loop.state() == Ticket::NOT_YET) return Answer::kNotYet;
  if (IsAnsweredByChange(loop)) return Answer::kChanged;
  return IsResolved(loop) ? Answer::kResolved : Answer::kNone;
}

}  // namespace

bool IsResolved(const Loop& loop) {
  return loop.disposition() >= Ticket::INFORMED && loop.disposition() <= Ticket::WITHDRAWN;
}

bool IsAnsweredByChange(const Loop& loop) { return loop.disposition() == Ticket::CHANGED && loop.has_answer_time(); }

// Copies a field, or clears it where the facts have none.
#define COPY(field) loop.set_##field(facts.field())
#define COPY_TIME(field)                     \
  if (facts.has_##field()) {                 \
    *loop.mutable_##field() = facts.field(); \
  } else {                                   \
    loop.clear_##field();                    \
  }

void CopyFacts(const tickets::v1::TicketFacts& facts, Chain& chain) {
  chain.version = facts.version();
  chain.recurrence = facts.recurrence();
  chain.stage = facts.stage();
  chain.internal = facts.customer().audience() == tickets::v1::CustomerKey::INTERNAL;
  chain.imported = facts.imported();
  chain.first_decision = facts.first_decision();
  chain.customer_id = facts.customer().anonymous() ? "" : kCustomerPattern.Id(facts.customer().customer());
  SetGap(facts.capability_gap(), facts.state(), chain);
  chain.outcome_rating = facts.outcome_rating();
  chain.handling_rating = facts.handling_rating();
  chain.may_ask = facts.may_ask();
  chain.heard_by = kMemberPattern.Id(facts.heard_by());
  chain.told_time = facts.has_told_time() ? std::optional(FromProtoTime(facts.told_time())) : std::nullopt;
  Loop& loop = chain.loop;
  COPY(kind);
  COPY(severity);
  COPY(contact_reason);
  COPY(channel);
  COPY(state);
  COPY(disposition);
  COPY(change);
  COPY(shipment);
  COPY(late);
  COPY(recurrence_count);
  COPY(reopen_count);
  COPY_TIME(occur_time);
  COPY_TIME(receive_time);
  COPY_TIME(hear_time);
  COPY_TIME(first_response_time);
  COPY_TIME(decide_time);
  COPY_TIME(answer_time);
  COPY_TIME(close_time);
}

void CopyFacts(const TicketsFollowed& followed, const tickets::v1::FollowedTicket& ticket, Chain& chain) {
  if (ticket.has_facts()) return CopyFacts(ticket.facts(), chain);
  chain.version = ticket.version();
  chain.recurrence = ticket.recurrence();
  Loop& loop = chain.loop;
  loop.set_recurrence_count(ticket.recurrence_count());
  const tickets::v1::FollowedFacts& facts = followed.facts();
  COPY(state);
  SetGap(facts.capability_gap(), facts.state(), chain);
  COPY(disposition);
  COPY(change);
  COPY(late);
  if (!facts.shipment().empty()) loop.set_shipment(facts.shipment());
  // Of another answer nobody was told yet.
  const bool is_same_answer = facts.has_answer_time() == loop.has_answer_time() &&
                              FromProtoTime(facts.answer_time()) == FromProtoTime(loop.answer_time());
  if (!is_same_answer) chain.told_time.reset();
  COPY_TIME(answer_time);
  if (facts.state() != Ticket::CLOSED) loop.clear_close_time();
  if (ticket.has_decide_time()) {
    *loop.mutable_decide_time() = ticket.decide_time();
    chain.first_decision = ticket.first_decision();
  }
}

void NoteTimes(const TicketEvent& event, const Chain& before, Chain& after) {
  const absl::Time now = FromProtoTime(event.envelope().time());
  const bool is_mistake = event.ticket_reopened().cause() == ReopenTicketRequest::MISTAKE;
  const bool is_undone = is_mistake || event.tickets_followed().effect() == TicketsFollowed::REVERTED;
  const bool is_opened = after.loop.reopen_count() > before.loop.reopen_count() ||
                         after.loop.recurrence_count() > before.loop.recurrence_count();
  if (before.loop.has_answer_time()) {
    if (is_undone && before.first_answer_time == FromProtoTime(before.loop.answer_time())) {
      after.first_answer_time.reset();
    } else if (is_opened && !before.reopen_time) {
      after.reopen_time = now;
    }
  }
  if (after.loop.has_answer_time() && !after.first_answer_time)
    after.first_answer_time = FromProtoTime(after.loop.answer_time());
  if (before.loop.state() == Ticket::NOT_YET) {
    if (is_mistake && !before.appeal_time) {
      after.first_decline_time.reset();
    } else if (is_opened && !before.appeal_time) {
      after.appeal_time = now;
    }
  }
  if (after.loop.state() == Ticket::NOT_YET && !after.first_decline_time) after.first_decline_time = now;
  const bool is_rated =
      before.outcome_rating != after.outcome_rating || before.handling_rating != after.handling_rating;
  if (!is_rated) return;
  after.rate_time = now;
  after.rated_answer = AnswerOf(after.loop);
}

ChainSteps StepsOf(const TicketEvent& event, const Chain& before, const Chain& after) {
  if (event.has_ticket_created()) return StepsOfCreation(event, before.loop.state(), after.loop);
  ChainSteps steps;
  if (std::optional<Step> step = StepOf(event, before, after)) {
    AddStep(steps, *std::move(step), before.loop.state(), after.loop.state());
  }
  return steps;
}

void CopyFacts(const backlog::v1::ChangeFacts& facts, KnownChange& change) {
  change.version = facts.version();
  change.stage = facts.stage();
  change.decide_time = facts.has_decide_time() ? std::optional(FromProtoTime(facts.decide_time())) : std::nullopt;
  change.strategy = facts.strategy();
  change.effort_percent = facts.effort_percent();
  v1::LoopSummary& loop = change.summary;
  loop.set_change(facts.change());
  COPY(title);
  COPY(state);
  loop.set_shipments(facts.shipment_count());
  if (facts.has_create_time()) *loop.mutable_propose_time() = facts.create_time();
  COPY_TIME(plan_time);
  COPY_TIME(start_time);
  COPY_TIME(ship_time);
  COPY_TIME(drop_time);
}

ChainSteps StepsOf(const ChangeEvent& event) {
  const auto step_of = [&](Step::Kind kind) {
    Step step = NewStep(event, kind);
    step.set_change(event.facts().change());
    step.set_decided_by(event.facts().decided_by());
    return step;
  };
  Step step;
  switch (event.kind_case()) {
    case ChangeEvent::kChangeCreated:
      step = step_of(Step::CHANGE_PROPOSED);
      step.clear_decided_by();
      break;
    case ChangeEvent::kChangePlanned:
      step = step_of(Step::CHANGE_PLANNED);
      step.set_detail(Change::Kind_Name(event.facts().kind()));
      break;
    case ChangeEvent::kChangeStarted:
      step = step_of(Step::CHANGE_STARTED);
      break;
    case ChangeEvent::kChangeShipped:
      step = step_of(Step::CHANGE_SHIPPED);
      step.set_shipment(event.change_shipped().shipment());
      if (event.change_shipped().partial()) step.set_detail("PARTIAL");
      break;
    case ChangeEvent::kChangeDropped:
      step = step_of(Step::CHANGE_DROPPED);
      step.set_decided_by(event.change_dropped().decided_by());
      step.set_detail(event.change_dropped().reason());
      break;
    case ChangeEvent::kShipmentReverted:
      step = step_of(Step::SHIPMENT_REVERTED);
      step.clear_decided_by();
      step.set_shipment(event.shipment_reverted().shipment());
      step.set_detail(event.shipment_reverted().reason());
      break;
    case ChangeEvent::kChangeRegressed:
      step = step_of(Step::CHANGE_REGRESSED);
      step.clear_decided_by();
      step.set_shipment(event.change_regressed().shipment());
      step.set_detail(backlog::v1::Regression::Cause_Name(event.change_regressed().cause()));
      break;
    case ChangeEvent::kChangeVerified:
      step = step_of(Step::CHANGE_VERIFIED);
      step.clear_decided_by();
      break;
    case ChangeEvent::kChangeReconsidered:
      step = step_of(Step::CHANGE_RECONSIDERED);
      step.clear_decided_by();
      break;
    case ChangeEvent::kChangeMerged:
      step = step_of(Step::CHANGE_MERGED);
      step.clear_decided_by();
      step.set_detail(event.change_merged().into());
      break;
    default:
      return {};
  }
  ChainSteps steps;
  steps.emplace_back().step = std::move(step);
  return steps;
}

std::map<std::string, absl::Time> ConcernedUntil(const ChainSteps& steps) {
  std::map<std::string, absl::Time> until;
  std::string linked;
  for (const ChainStep& each : steps) {
    const Step& step = each.step;
    if (step.change().empty()) continue;
    const bool ends = step.kind() == Step::UNLINKED || step.kind() == Step::REFUSED;
    if (!linked.empty() && linked != step.change()) until[linked] = FromProtoTime(step.time());
    until[step.change()] = ends ? FromProtoTime(step.time()) : absl::InfiniteFuture();
    linked = ends || step.kind() == Step::RETURNED ? "" : step.change();
  }
  return until;
}

namespace {

bool Causes(const Step& of_change, const Step& of_ticket) {
  if (of_change.change() != of_ticket.change()) return false;
  switch (of_change.kind()) {
    case Step::CHANGE_PROPOSED:
      return of_ticket.kind() == Step::ACCEPTED || of_ticket.kind() == Step::MOVED;
    case Step::CHANGE_SHIPPED:
      return of_ticket.kind() == Step::ANSWERED && of_ticket.shipment() == of_change.shipment();
    case Step::CHANGE_DROPPED:
      return of_ticket.kind() == Step::RETURNED || of_ticket.kind() == Step::REFUSED;
    case Step::SHIPMENT_REVERTED:
      return of_ticket.kind() == Step::REVERTED;
    case Step::CHANGE_MERGED:
      return of_ticket.kind() == Step::MOVED;
    default:
      return false;
  }
}

}  // namespace

std::vector<Step> Merge(const ChainSteps& of_ticket, const ChainSteps& of_changes, size_t most) {
  std::vector<Step> merged;
  auto change = of_changes.begin();
  const auto time = [](const ChainStep& step) { return FromProtoTime(step.step.time()); };
  for (const ChainStep& step : of_ticket) {
    while (change != of_changes.end() && time(*change) < time(step)) merged.push_back((change++)->step);
    // Of those that tie: up to the last that caused this one.
    auto caused = change;
    for (auto tied = change; tied != of_changes.end() && time(*tied) == time(step); ++tied) {
      if (Causes(tied->step, step.step)) caused = tied + 1;
    }
    while (change != caused) merged.push_back((change++)->step);
    merged.push_back(step.step);
  }
  while (change != of_changes.end()) merged.push_back((change++)->step);
  if (merged.size() > most) merged.erase(merged.begin(), merged.end() - static_cast<std::ptrdiff_t>(most));
  return merged;
}

}  // namespace dangol::metrics
