#include "services/metrics/rules.h"

#include <algorithm>
#include <utility>

#include "common/base/proto_time.h"

namespace dangol::metrics {
namespace {

using backlog::v1::Change;
using google::protobuf::Timestamp;
using tickets::v1::Decision;
using tickets::v1::Message;
using tickets::v1::Ticket;
using tickets::v1::TicketsFollowed;
using v1::Loop;
using v1::Step;

absl::Time TimeOf(bool set, const Timestamp& time, absl::Time otherwise) {
  return set ? FromProtoTime(time) : otherwise;
}

Step& AddStep(ChainSteps& steps, Step::Kind kind, absl::Time time) {
  Step& step = steps.emplace_back().step;
  step.set_kind(kind);
  *step.mutable_time() = ToProtoTime(time);
  return step;
}

Step& AddStep(Chain& chain, ChainSteps& steps, Step::Kind kind, absl::Time time, Ticket::State state) {
  Step& step = AddStep(steps, kind, time);
  if (chain.loop.state() != state) {
    steps.back().left = chain.loop.state();
    steps.back().entered = state;
    chain.loop.set_state(state);
  }
  return step;
}

// Whoever does anything with a ticket has heard it.
void SetHeard(Loop& loop, absl::Time time) {
  if (!loop.has_hear_time()) *loop.mutable_hear_time() = ToProtoTime(time);
}

void SetDecided(Loop& loop, absl::Time time) {
  SetHeard(loop, time);
  if (!loop.has_decide_time()) *loop.mutable_decide_time() = ToProtoTime(time);
}

void ClearAnswer(Loop& loop) {
  loop.clear_disposition();
  loop.clear_answer_time();
  loop.clear_close_time();
}

// Another link, or none.
void Link(Chain& chain, const std::string& change) {
  chain.loop.set_change(change);
  chain.loop.set_late(false);
  chain.recurred = false;
}

void Recur(Chain& chain) {
  chain.recurred = true;
  chain.recurrence_counted = true;
  chain.loop.set_recurrence_count(chain.loop.recurrence_count() + 1);
}

}  // namespace

void Take(Chain& chain, const tickets::v1::TicketCreated& event, absl::Time time, ChainSteps& steps) {
  Loop& loop = chain.loop;
  loop.set_kind(event.kind());
  loop.set_severity(event.severity());
  loop.set_contact_reason(event.contact_reason());
  loop.set_channel(event.channel());
  const absl::Time receive_time = TimeOf(event.has_receive_time(), event.receive_time(), time);
  *loop.mutable_receive_time() = ToProtoTime(receive_time);
  *loop.mutable_occur_time() = ToProtoTime(TimeOf(event.has_occur_time(), event.occur_time(), receive_time));
  AddStep(chain, steps, Step::RECEIVED, receive_time, Ticket::RECEIVED);
  if (event.state() != Ticket::CLOSED) return;
  const absl::Time close_time = TimeOf(event.has_close_time(), event.close_time(), receive_time);
  *loop.mutable_close_time() = ToProtoTime(close_time);
  loop.set_disposition(event.disposition());
  AddStep(chain, steps, Step::CLOSED, close_time, Ticket::CLOSED)
      .set_detail(Ticket::Disposition_Name(event.disposition()));
}

void Take(Chain& chain, const tickets::v1::TicketAcknowledged& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_hear_time(), event.hear_time(), time);
  SetHeard(chain.loop, time);
  AddStep(chain, steps, Step::HEARD, time, Ticket::HEARD);
}

void Take(Chain& chain, const tickets::v1::TicketDeclined& event, absl::Time time, ChainSteps& steps) {
  // A ticket's decide_time is that of its first decision, which after an appeal was another.
  time = std::max(time, TimeOf(event.has_decide_time(), event.decide_time(), time));
  SetDecided(chain.loop, TimeOf(event.has_decide_time(), event.decide_time(), time));
  Step& step = AddStep(chain, steps, Step::DECLINED, time, Ticket::NOT_YET);
  step.set_decided_by(event.decided_by());
  step.set_detail(event.capability_gap().empty() ? Decision::DeclineReason_Name(event.reason())
                                                 : event.capability_gap());
}

void Take(Chain& chain, const tickets::v1::TicketAccepted& event, absl::Time time, ChainSteps& steps) {
  Loop& loop = chain.loop;
  time = TimeOf(event.has_accept_time(), event.accept_time(), time);
  loop.set_kind(event.kind());
  loop.set_severity(event.severity());
  loop.set_contact_reason(event.contact_reason());
  if (event.has_receive_time()) *loop.mutable_receive_time() = ToProtoTime(FromProtoTime(event.receive_time()));
  if (event.has_occur_time()) *loop.mutable_occur_time() = ToProtoTime(FromProtoTime(event.occur_time()));
  SetDecided(loop, time);
  ClearAnswer(loop);
  Link(chain, event.change());
  chain.recurrence_counted = false;
  AddStep(chain, steps, Step::ACCEPTED, time, Ticket::ACCEPTED).set_change(event.change());
}

void Take(Chain& chain, const tickets::v1::TicketResolved& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_answer_time(), event.answer_time(), time);
  SetDecided(chain.loop, time);
  chain.loop.set_disposition(event.disposition());
  *chain.loop.mutable_answer_time() = ToProtoTime(time);
  Step& step = AddStep(chain, steps, Step::RESOLVED, time, Ticket::ANSWERED);
  step.set_decided_by(event.decided_by());
  step.set_detail(Ticket::Disposition_Name(event.disposition()));
}

void Take(Chain& chain, const tickets::v1::TicketReopened& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_reopen_time(), event.reopen_time(), time);
  ClearAnswer(chain.loop);
  if (event.recurrence()) {
    Link(chain, event.change());
    Recur(chain);
    Step& step = AddStep(chain, steps, Step::RECURRED, time, Ticket::ACCEPTED);
    step.set_change(event.change());
    step.set_detail("NOT_FIXED");
    return;
  }
  chain.loop.set_reopen_count(chain.loop.reopen_count() + 1);
  const bool appeal = chain.loop.state() == Ticket::NOT_YET;
  AddStep(chain, steps, Step::REOPENED, time, event.state()).set_detail(appeal ? "APPEAL" : "NOT_SATISFIED");
}

void Take(Chain& chain, const tickets::v1::TicketUnlinked& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_unlink_time(), event.unlink_time(), time);
  Link(chain, "");
  chain.recurrence_counted = false;
  AddStep(chain, steps, Step::UNLINKED, time, Ticket::HEARD).set_change(event.change());
}

namespace {

void TakeAnswer(Chain& chain, const TicketsFollowed& event, absl::Time time, ChainSteps& steps) {
  const bool late = event.effect() == TicketsFollowed::ANSWERED_LATE;
  chain.loop.set_disposition(Ticket::CHANGED);
  chain.loop.set_shipment(event.shipment());
  chain.loop.set_late(late);
  *chain.loop.mutable_answer_time() = ToProtoTime(time);
  Step& step = AddStep(chain, steps, Step::ANSWERED, time, Ticket::ANSWERED);
  step.set_shipment(event.shipment());
  if (late) step.set_detail("LATE");
}

void TakeRecurrence(Chain& chain, absl::Time time, ChainSteps& steps) {
  // A link comes back once, though the customer, its change and one that it was moved to may each say so.
  const bool counted = chain.recurrence_counted;
  if (!counted) Recur(chain);
  chain.recurred = true;
  AddStep(chain, steps, counted ? Step::CONFIRMED : Step::RECURRED, time, Ticket::ACCEPTED);
}

}  // namespace

void Take(Chain& chain, const TicketsFollowed& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_time(), event.time(), time);
  switch (event.effect()) {
    case TicketsFollowed::CONFIRMED:
      AddStep(chain, steps, Step::CONFIRMED, time, Ticket::ACCEPTED);
      break;
    case TicketsFollowed::ANSWERED:
    case TicketsFollowed::ANSWERED_LATE:
      TakeAnswer(chain, event, time, steps);
      break;
    case TicketsFollowed::RECURRED:
      TakeRecurrence(chain, time, steps);
      break;
    case TicketsFollowed::RETURNED:
      Link(chain, "");
      AddStep(chain, steps, Step::RETURNED, time, Ticket::NOT_YET);
      break;
    case TicketsFollowed::MOVED:
      Link(chain, event.change());
      AddStep(chain, steps, Step::MOVED, time, Ticket::ACCEPTED);
      break;
    case TicketsFollowed::REFUSED:
      Link(chain, "");
      AddStep(chain, steps, Step::REFUSED, time, Ticket::HEARD)
          .set_detail(tickets::v1::AcceptanceRefusal::Reason_Name(event.refusal()));
      break;
    default:
      return;  // an effect that this version does not know
  }
  steps.back().step.set_change(event.change());
}

void Take(Chain& chain, const tickets::v1::MessageCreated& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_create_time(), event.create_time(), time);
  if (event.kind() == Message::CUSTOMER) AddStep(steps, Step::CUSTOMER_WROTE, time);
  if (event.kind() != Message::PUBLIC) return;
  Loop& loop = chain.loop;
  if (!loop.has_first_response_time() || time < FromProtoTime(loop.first_response_time())) {
    *loop.mutable_first_response_time() = ToProtoTime(time);
  }
  AddStep(steps, Step::REPLIED, time);
}

void Take(KnownChange& change, const backlog::v1::ChangeCreated& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_create_time(), event.create_time(), time);
  change.summary.set_title(event.title());
  change.summary.set_state(Change::PROPOSED);
  *change.summary.mutable_propose_time() = ToProtoTime(time);
  AddStep(steps, Step::CHANGE_PROPOSED, time).set_change(event.change());
}

void Take(KnownChange& change, const backlog::v1::ChangePlanned& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_plan_time(), event.plan_time(), time);
  change.summary.set_state(Change::PLANNED);
  *change.summary.mutable_plan_time() = ToProtoTime(time);
  Step& step = AddStep(steps, Step::CHANGE_PLANNED, time);
  step.set_change(event.change());
  step.set_decided_by(event.decided_by());
  step.set_detail(Change::Kind_Name(event.kind()));
}

void Take(KnownChange& change, const backlog::v1::ChangeStarted& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_start_time(), event.start_time(), time);
  change.summary.set_state(Change::IN_PROGRESS);
  *change.summary.mutable_start_time() = ToProtoTime(time);
  Step& step = AddStep(steps, Step::CHANGE_STARTED, time);
  step.set_change(event.change());
  step.set_decided_by(event.decided_by());
}

void Take(KnownChange& change, const backlog::v1::ChangeShipped& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_ship_time(), event.ship_time(), time);
  change.summary.set_state(event.partial() ? Change::IN_PROGRESS : Change::SHIPPED);
  change.summary.set_shipments(change.summary.shipments() + 1);
  if (!event.partial()) *change.summary.mutable_ship_time() = ToProtoTime(time);
  Step& step = AddStep(steps, Step::CHANGE_SHIPPED, time);
  step.set_change(event.change());
  step.set_shipment(event.shipment());
  step.set_decided_by(event.decided_by());
  if (event.partial()) step.set_detail("PARTIAL");
}

void Take(KnownChange& change, const backlog::v1::ChangeDropped& event, absl::Time time, ChainSteps& steps) {
  time = TimeOf(event.has_drop_time(), event.drop_time(), time);
  change.summary.set_state(Change::DROPPED);
  *change.summary.mutable_drop_time() = ToProtoTime(time);
  Step& step = AddStep(steps, Step::CHANGE_DROPPED, time);
  step.set_change(event.change());
  step.set_decided_by(event.decided_by());
  step.set_detail(event.reason());
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
