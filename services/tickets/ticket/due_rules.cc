#include "services/tickets/ticket/due_rules.h"

#include <algorithm>

#include "common/base/proto_time.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

struct Next {
  Agenda agenda = Agenda::kNothing;
  std::optional<absl::Time> time;
};

Next NextOf(const Ticket& ticket, std::optional<absl::Time> due_time) {
  if (due_time) return {Agenda::kDue, due_time};
  if (ticket.has_close_due_time()) return {Agenda::kClose, FromProtoTime(ticket.close_due_time())};
  if (ticket.state() == Ticket::NOT_YET && ticket.decision().has_revisit_time())
    return {Agenda::kRevisit, FromProtoTime(ticket.decision().revisit_time())};
  return {};
}

}  // namespace

bool RunsReplyClock(const Ticket& ticket) { return TurnOf(ticket) == Turn::kOurs; }

bool RunsDecideClock(const Ticket& ticket) {
  const bool undecided = ticket.state() == Ticket::RECEIVED || ticket.state() == Ticket::HEARD;
  return undecided && (ticket.kind() == Ticket::COMPLAINT || ticket.kind() == Ticket::REQUEST);
}

bool RunsCloseClock(const Ticket& ticket) {
  return ticket.state() == Ticket::ANSWERED && ticket.has_told_time() && !OwesWord(ticket);
}

bool StopClocks(Ticket& ticket) {
  if (!RunsReplyClock(ticket)) ticket.clear_reply_due_time();
  if (!RunsDecideClock(ticket)) ticket.clear_decide_due_time();
  if (!RunsCloseClock(ticket)) ticket.clear_close_due_time();
  return (RunsReplyClock(ticket) && !ticket.has_reply_due_time()) ||
         (RunsDecideClock(ticket) && !ticket.has_decide_due_time()) ||
         (RunsCloseClock(ticket) && !ticket.has_close_due_time());
}

void StartClocks(Ticket& ticket, const Triage& triage, absl::Time now) {
  const v1::ResponseTimes& times = TimesOf(triage.policy, ticket.severity());
  if (RunsReplyClock(ticket) && !ticket.has_reply_due_time()) {
    // A word that we owe of our own accord is owed from now on.
    const absl::Time start = ticket.has_waiting_since_time() ? FromProtoTime(ticket.waiting_since_time()) : now;
    *ticket.mutable_reply_due_time() =
        ToProtoTime(triage.working_time.After(start, absl::Minutes(times.reply_minutes())));
  }
  if (RunsDecideClock(ticket) && !ticket.has_decide_due_time()) {
    // One that was decided before and came back is to be decided anew.
    const absl::Time start = ticket.has_decide_time() ? now : FromProtoTime(ticket.receive_time());
    *ticket.mutable_decide_due_time() =
        ToProtoTime(triage.working_time.After(start, absl::Minutes(times.decide_minutes())));
  }
  if (RunsCloseClock(ticket) && !ticket.has_close_due_time())
    *ticket.mutable_close_due_time() = ToProtoTime(now + absl::Hours(triage.policy.close_after_hours()));
}

std::optional<absl::Time> DueTimeOf(const Ticket& ticket) {
  if (TurnOf(ticket) == Turn::kCustomer) return std::nullopt;
  std::optional<absl::Time> due;
  if (ticket.has_reply_due_time()) due = FromProtoTime(ticket.reply_due_time());
  if (!ticket.has_decide_due_time()) return due;
  const absl::Time decide = FromProtoTime(ticket.decide_due_time());
  return due ? std::min(*due, decide) : decide;
}

void SetAgenda(TicketRow& row) {
  const std::optional<absl::Time> due_time = DueTimeOf(row.ticket);
  row.ticket.clear_due_time();
  if (due_time) *row.ticket.mutable_due_time() = ToProtoTime(*due_time);
  const Next next = NextOf(row.ticket, due_time);
  row.agenda = static_cast<int>(next.agenda);
  row.agenda_time = next.time;
}

}  // namespace dangol::tickets
