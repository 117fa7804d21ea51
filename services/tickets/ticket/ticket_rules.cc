#include "services/tickets/ticket/ticket_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/state.h"
#include "services/tickets/policy/policy_rules.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {
namespace {

using resource::CheckState;
using v1::Decision;
using v1::Ticket;

// Some systems know only the day on which a thing happened.
constexpr absl::Duration kOccurBehindReceiveMax = absl::Hours(24);

std::string Shown(const google::protobuf::Timestamp& time) {
  return absl::FormatTime(absl::RFC3339_sec, FromProtoTime(time), absl::UTCTimeZone());
}

void SetHeard(Ticket& ticket, const Act& act) {
  if (ticket.has_hear_time()) return;
  *ticket.mutable_hear_time() = ToProtoTime(act.time);
  ticket.set_heard_by(act.by);
  ticket.set_heard_in_bulk(act.in_bulk);
}

void SetDecided(Ticket& ticket, Decision::Kind kind, const Act& act) {
  SetHeard(ticket, act);
  if (ticket.has_decide_time()) return;
  *ticket.mutable_decide_time() = ToProtoTime(act.time);
  ticket.set_decide_acceptance(ticket.acceptance());
  ticket.set_first_decision(kind);
}

bool IsResolved(const Ticket& ticket) {
  return ticket.disposition() >= Ticket::INFORMED && ticket.disposition() <= Ticket::WITHDRAWN;
}

// The decision that stands is the first one, as far as the ticket remembers.
bool IsFirstDecision(const Ticket& ticket) {
  if (ticket.has_answer_time()) return FromProtoTime(ticket.answer_time()) == FromProtoTime(ticket.decide_time());
  return ticket.first_decision() == Decision::DECLINED && ticket.decide_acceptance() == ticket.acceptance() &&
         ticket.reopen_count() == 0;
}

bool IsAnswered(const Ticket& ticket) { return ticket.state() == Ticket::ANSWERED || ticket.state() == Ticket::CLOSED; }

void ClearAnswer(Ticket& ticket) {
  ticket.clear_decision();
  ticket.clear_disposition();
  ticket.clear_answer_time();
  ticket.clear_told_time();
  ticket.clear_close_time();
}

// The next link, or none any more: whatever was said of the last one is of the past.
void BeginNextLink(TicketRow& row) {
  Ticket& ticket = row.ticket;
  ticket.set_acceptance(std::max(ticket.acceptance() + 1, row.least_acceptance));
  ticket.clear_confirm_time();
  ticket.clear_late();
  ticket.clear_recurrence();
  row.before_acceptance.clear();
}

// What Accept changes of a ticket, so that a refusal can give it back.
std::string BeforeAcceptance(const Ticket& ticket) {
  Ticket before;
  before.set_state(ticket.state());
  before.set_disposition(ticket.disposition());
  before.set_severity(ticket.severity());
  if (ticket.has_decision()) *before.mutable_decision() = ticket.decision();
  if (ticket.has_hear_time()) *before.mutable_hear_time() = ticket.hear_time();
  before.set_heard_by(ticket.heard_by());
  before.set_heard_in_bulk(ticket.heard_in_bulk());
  if (ticket.has_decide_time()) *before.mutable_decide_time() = ticket.decide_time();
  if (ticket.has_decide_due_time()) *before.mutable_decide_due_time() = ticket.decide_due_time();
  if (ticket.has_answer_time()) *before.mutable_answer_time() = ticket.answer_time();
  if (ticket.has_told_time()) *before.mutable_told_time() = ticket.told_time();
  if (ticket.has_close_due_time()) *before.mutable_close_due_time() = ticket.close_due_time();
  if (ticket.has_close_time()) *before.mutable_close_time() = ticket.close_time();
  return before.SerializeAsString();
}

}  // namespace

absl::Status Receive(Ticket& ticket, absl::Time now, std::string_view path) {
  if (ticket.subject().empty() && ticket.body().empty()) {
    return InvalidField(fmt::format("{}.subject", path), "the subject or the body must be set.");
  }
  if (ticket.has_occur_time() && ticket.has_receive_time() &&
      FromProtoTime(ticket.occur_time()) > FromProtoTime(ticket.receive_time()) + kOccurBehindReceiveMax) {
    return InvalidField(
        fmt::format("{}.occur_time", path),
        fmt::format("{} is more than a day behind the receive_time, {}. Send when it happened, or leave it empty.",
                    Shown(ticket.occur_time()), Shown(ticket.receive_time())));
  }
  if (ticket.kind() == Ticket::KIND_UNSPECIFIED) ticket.set_kind(Ticket::COMPLAINT);
  if (ticket.severity() == Ticket::SEVERITY_UNSPECIFIED) ticket.set_severity(Ticket::NORMAL);
  *ticket.mutable_receive_time() = ToProtoTime(ticket.has_receive_time() ? FromProtoTime(ticket.receive_time()) : now);
  *ticket.mutable_occur_time() =
      ToProtoTime(FromProtoTime(ticket.has_occur_time() ? ticket.occur_time() : ticket.receive_time()));
  *ticket.mutable_waiting_since_time() = ticket.receive_time();
  *ticket.mutable_create_time() = ToProtoTime(now);
  *ticket.mutable_update_time() = ToProtoTime(now);
  ticket.set_state(Ticket::RECEIVED);
  return absl::OkStatus();
}

absl::Status MakeHistory(Ticket& ticket, const v1::History& history, std::string_view path) {
  if (history.has_close_time() && FromProtoTime(history.close_time()) < FromProtoTime(ticket.receive_time())) {
    return InvalidField(fmt::format("{}.close_time", path),
                        fmt::format("{} is before the receive_time, {}. Send when it was closed, or leave it empty.",
                                    Shown(history.close_time()), Shown(ticket.receive_time())));
  }
  *ticket.mutable_close_time() =
      ToProtoTime(FromProtoTime(history.has_close_time() ? history.close_time() : ticket.receive_time()));
  ticket.set_state(Ticket::CLOSED);
  ticket.set_disposition(Ticket::IMPORTED);
  ticket.set_imported(true);
  ticket.clear_waiting_since_time();
  return absl::OkStatus();
}

absl::Status RequireWords(const Ticket& ticket) {
  if (!ticket.erased()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "TICKET_ERASED",
               fmt::format("{} was erased with its customer: nothing can be said about it any more. Send no text.",
                           ticket.name()),
               {{"name", ticket.name()}});
}

absl::Status Acknowledge(Ticket& ticket, std::string_view heard_summary, const Act& act) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED}, "AcknowledgeTicket"));
  if (!heard_summary.empty()) RETURN_IF_ERROR(RequireWords(ticket));
  ticket.set_state(Ticket::HEARD);
  ticket.set_heard_summary(std::string(heard_summary));
  SetHeard(ticket, act);
  return absl::OkStatus();
}

void ClearFirstDecision(Ticket& ticket) {
  ticket.clear_decide_time();
  ticket.clear_decide_acceptance();
  ticket.clear_first_decision();
}

absl::Status Decline(Ticket& ticket, const v1::DeclineTicketRequest& request, const Act& act) {
  if (request.reason() == Decision::BEYOND_CAPABILITY && request.capability_gap().empty()) {
    return InvalidField("capability_gap", "is empty and must be set for BEYOND_CAPABILITY: name what is missing.");
  }
  if (request.reason() == Decision::UNSUSTAINABLE && !request.capability_gap().empty()) {
    return InvalidField("capability_gap",
                        fmt::format("{} is set, and the reason is UNSUSTAINABLE: leave it empty, or use the "
                                    "reason BEYOND_CAPABILITY.",
                                    ShownValue(request.capability_gap())));
  }
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED, Ticket::HEARD}, "DeclineTicket"));
  ticket.set_state(Ticket::NOT_YET);
  SetDecided(ticket, Decision::DECLINED, act);
  Decision& decision = *ticket.mutable_decision();
  decision.set_decline_reason(request.reason());
  decision.set_capability_gap(request.capability_gap());
  decision.set_revisit_condition(request.revisit_condition());
  if (request.has_revisit_time()) *decision.mutable_revisit_time() = request.revisit_time();
  decision.set_decided_by(request.decided_by());
  return absl::OkStatus();
}

absl::Status Accept(TicketRow& row, std::string_view change, const Act& act) {
  Ticket& ticket = row.ticket;
  const bool open = ticket.state() == Ticket::RECEIVED || ticket.state() == Ticket::HEARD;
  const bool ended = IsAnswered(ticket) && (IsResolved(ticket) || ticket.disposition() == Ticket::IMPORTED);
  if (!open && !ended && ticket.state() != Ticket::NOT_YET) {
    return WrongState(ticket.name(), Ticket::State_Name(ticket.state()), "AcceptTicket",
                      "RECEIVED, HEARD, NOT_YET, ANSWERED or CLOSED by ResolveTicket, CLOSED as IMPORTED");
  }
  std::string before = BeforeAcceptance(ticket);
  ClearAnswer(ticket);
  BeginNextLink(row);
  row.before_acceptance = std::move(before);
  ticket.clear_acceptance_refusal();
  ticket.set_state(Ticket::ACCEPTED);
  ticket.set_change(std::string(change));
  ticket.set_accepted_by(act.by);
  SetDecided(ticket, Decision::ACCEPTED, act);
  return absl::OkStatus();
}

absl::Status Resolve(Ticket& ticket, const v1::ResolveTicketRequest& request, const Act& act) {
  if (request.disposition() == Ticket::CHANGED || request.disposition() == Ticket::IMPORTED) {
    return InvalidField(
        "disposition",
        fmt::format("{} is not for ResolveTicket: use INFORMED, RELIEF_GIVEN, THANKED, NOT_OURS or WITHDRAWN.",
                    Ticket::Disposition_Name(request.disposition())));
  }
  const bool says_relief = !request.remedy_given().empty() || request.has_remedy();
  if (request.disposition() == Ticket::RELIEF_GIVEN && !says_relief && ticket.remedy_given().empty() &&
      !ticket.has_remedy()) {
    return InvalidField("remedy_given", "is empty. For RELIEF_GIVEN say what was given, here or in remedy.");
  }
  RETURN_IF_ERROR(CheckRemedy(request.remedy(), "remedy"));
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED, Ticket::HEARD}, "ResolveTicket"));
  if (!request.remedy_given().empty()) RETURN_IF_ERROR(RequireWords(ticket));
  ticket.set_state(Ticket::ANSWERED);
  ticket.set_disposition(request.disposition());
  ticket.mutable_decision()->set_decided_by(request.decided_by());
  if (!request.remedy_given().empty()) ticket.set_remedy_given(request.remedy_given());
  if (request.has_remedy()) *ticket.mutable_remedy() = request.remedy();
  SetDecided(ticket, Decision::RESOLVED, act);
  *ticket.mutable_answer_time() = ToProtoTime(act.time);
  return absl::OkStatus();
}

absl::Status Reopen(TicketRow& row, v1::ReopenTicketRequest::Cause cause) {
  Ticket& ticket = row.ticket;
  const auto refuse = [&](std::string_view allowed) {
    return WrongState(ticket.name(), Ticket::State_Name(ticket.state()),
                      fmt::format("ReopenTicket ({})", v1::ReopenTicketRequest::Cause_Name(cause)), allowed);
  };
  if (cause == v1::ReopenTicketRequest::NOT_FIXED) {
    if (!IsAnswered(ticket) || ticket.disposition() != Ticket::CHANGED) return refuse("ANSWERED or CLOSED by a change");
    ClearAnswer(ticket);
    BeginNextLink(row);
    ticket.set_state(Ticket::ACCEPTED);
    ticket.set_recurrence(true);
    ticket.set_recurrence_count(ticket.recurrence_count() + 1);
    row.recurrence_acceptance = ticket.acceptance();
    return absl::OkStatus();
  }
  if (cause == v1::ReopenTicketRequest::NOT_SATISFIED && !(IsAnswered(ticket) && IsResolved(ticket))) {
    return refuse("ANSWERED or CLOSED by ResolveTicket");
  }
  if (cause == v1::ReopenTicketRequest::APPEAL && ticket.state() != Ticket::NOT_YET) return refuse("NOT_YET");
  const bool is_mistake = cause == v1::ReopenTicketRequest::MISTAKE;
  if (is_mistake && ticket.state() != Ticket::NOT_YET && !(ticket.state() == Ticket::ANSWERED && IsResolved(ticket))) {
    return refuse("NOT_YET, ANSWERED by ResolveTicket");
  }
  if (is_mistake && IsFirstDecision(ticket)) ClearFirstDecision(ticket);
  ClearAnswer(ticket);
  ticket.set_state(Ticket::HEARD);
  if (!is_mistake) ticket.set_reopen_count(ticket.reopen_count() + 1);
  return absl::OkStatus();
}

void OweWord(Ticket& ticket) {
  if (ticket.state() == Ticket::HEARD && !OwesWord(ticket)) ticket.set_owes_reply(true);
}

absl::Status Unlink(TicketRow& row) {
  Ticket& ticket = row.ticket;
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::ACCEPTED}, "UnlinkTicket"));
  // An acceptance that is undone was no decision.
  if (ticket.first_decision() == Decision::ACCEPTED) ClearFirstDecision(ticket);
  BeginNextLink(row);
  ticket.set_state(Ticket::HEARD);
  ticket.clear_change();
  ticket.clear_accepted_by();
  OweWord(ticket);
  return absl::OkStatus();
}

absl::Status MarkDuplicate(Ticket& ticket, std::string_view canonical, const Act& act) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED, Ticket::HEARD}, "MarkTicketDuplicate"));
  SetHeard(ticket, act);
  ticket.set_state(Ticket::DUPLICATE);
  ticket.set_canonical(std::string(canonical));
  return absl::OkStatus();
}

absl::Status MarkSpam(Ticket& ticket, const Act& act) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED, Ticket::HEARD}, "MarkTicketSpam"));
  SetHeard(ticket, act);
  ticket.set_state(Ticket::SPAM);
  return absl::OkStatus();
}

absl::Status Restore(Ticket& ticket) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::DUPLICATE, Ticket::SPAM}, "RestoreTicket"));
  const bool is_history = ticket.disposition() == Ticket::IMPORTED;
  ticket.set_state(!IsWithdrawn(ticket) ? Ticket::HEARD : is_history ? Ticket::CLOSED : Ticket::RECEIVED);
  ticket.clear_canonical();
  return absl::OkStatus();
}

bool CanWithdraw(const Ticket& ticket) {
  const bool unread = ticket.state() == Ticket::RECEIVED ||
                      (ticket.state() == Ticket::CLOSED && ticket.disposition() == Ticket::IMPORTED);
  const bool rated = ticket.outcome_rating() != 0 || ticket.handling_rating() != 0;
  return unread && !rated && ticket.acceptance() == 0;
}

void Withdraw(Ticket& ticket) { ticket.set_state(Ticket::SPAM); }

bool IsWithdrawn(const Ticket& ticket) { return ticket.state() == Ticket::SPAM && !ticket.has_hear_time(); }

absl::StatusOr<v1::CreateTicketRequest> Split(const Ticket& ticket, const v1::SplitTicketRequest& request) {
  if (request.subject().empty() && request.body().empty())
    return InvalidField("subject", "is empty, and so is body: one of them says what the other matter is.");
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED, Ticket::HEARD}, "SplitTicket"));
  RETURN_IF_ERROR(RequireWords(ticket));
  if (ticket.split_into_size() >= kSplitsMost) {
    return Error(absl::StatusCode::kFailedPrecondition, "SPLITS_EXHAUSTED",
                 fmt::format("{} tickets were split from {}, and more cannot be. Make a ticket of its own.",
                             ticket.split_into_size(), ticket.name()));
  }
  v1::CreateTicketRequest create;
  create.set_ticket_id(request.ticket_id());
  Ticket& other = *create.mutable_ticket();
  other.set_split_from(ticket.name());
  other.set_customer(ticket.customer());
  other.set_subject(request.subject());
  other.set_body(request.body());
  other.set_kind(request.kind() == Ticket::KIND_UNSPECIFIED ? ticket.kind() : request.kind());
  other.set_contact_reason(request.contact_reason());
  if (ticket.has_source()) *other.mutable_source() = ticket.source();
  other.set_language(ticket.language());
  other.set_product(ticket.product());
  other.set_product_version(ticket.product_version());
  other.set_order(ticket.order());
  other.set_may_ask(ticket.may_ask());
  *other.mutable_occur_time() = ticket.occur_time();
  *other.mutable_receive_time() = ticket.receive_time();
  return create;
}

absl::Status AnswerPreview(const Ticket& ticket, std::string_view change) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::ACCEPTED}, "RecordPreviewAnswer"));
  if (ticket.change() == change) return absl::OkStatus();
  return AtField(Error(absl::StatusCode::kFailedPrecondition, "OTHER_CHANGE",
                       fmt::format("{} is accepted into {}, and not into {}. Name the change that it is in.",
                                   ticket.name(), ticket.change(), ShownValue(change)),
                       {{"resource", ticket.name()}}),
                 "change");
}

absl::Status Rate(Ticket& ticket, int32_t outcome, int32_t handling) {
  if (outcome == 0 && handling == 0) {
    return InvalidField("outcome_rating", "is 0, and so is handling_rating: set one of them, or both.");
  }
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::ANSWERED, Ticket::CLOSED, Ticket::NOT_YET}, "RateTicket"));
  ticket.set_outcome_rating(outcome);
  ticket.set_handling_rating(handling);
  return absl::OkStatus();
}

absl::Status Close(Ticket& ticket, absl::Time now) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::ANSWERED}, "CloseTicket"));
  if (OwesWord(ticket)) {
    return Error(absl::StatusCode::kFailedPrecondition, "REPLY_OWED",
                 fmt::format("{} cannot be closed: the customer waits for a word. Reply, or say by DismissWaiting that "
                             "none is needed.",
                             ticket.name()));
  }
  ticket.set_state(Ticket::CLOSED);
  if (!ticket.has_told_time()) *ticket.mutable_told_time() = ToProtoTime(now);
  *ticket.mutable_close_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Dismiss(TicketRow& row, std::optional<absl::Time> newest) {
  Ticket& ticket = row.ticket;
  if (ticket.state() == Ticket::RECEIVED) {
    return WrongState(ticket.name(), "RECEIVED", "DismissWaiting", "any other, once somebody has read it");
  }
  if (!OwesWord(ticket)) {
    return Error(absl::StatusCode::kFailedPrecondition, "NOTHING_OWED",
                 fmt::format("Nobody waits for a word about {}. There is nothing to dismiss.", ticket.name()));
  }
  ticket.clear_waiting_since_time();
  ticket.set_owes_reply(false);
  row.dismiss_time = newest.value_or(absl::UnixEpoch());
  return absl::OkStatus();
}

}  // namespace dangol::tickets
