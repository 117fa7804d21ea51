#include "services/tickets/rules.h"

#include <string>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "fmt/format.h"

namespace dangol::tickets {
namespace {

using v1::Decision;
using v1::Message;
using v1::Ticket;

// Clocks of other systems run ahead, and some know only the day.
constexpr absl::Duration kFutureMost = absl::Hours(24);

absl::Status CheckNotFuture(bool set, const google::protobuf::Timestamp& time, absl::Time now, const std::string& path) {
  if (!set || FromProtoTime(time) <= now + kFutureMost) return absl::OkStatus();
  return InvalidField(path, fmt::format("{} is more than a day from now. Send when it was.",
                                        absl::FormatTime(absl::RFC3339_sec, FromProtoTime(time), absl::UTCTimeZone())));
}

absl::Status CheckState(const Ticket& ticket, std::initializer_list<Ticket::State> allowed, std::string_view action) {
  std::string names;
  for (Ticket::State state : allowed) {
    if (ticket.state() == state) return absl::OkStatus();
    names += (names.empty() ? "" : ", ") + Ticket::State_Name(state);
  }
  return WrongState(ticket.name(), Ticket::State_Name(ticket.state()), action, names);
}

void SetHeard(Ticket& ticket, absl::Time now) {
  if (!ticket.has_hear_time()) *ticket.mutable_hear_time() = ToProtoTime(now);
}

}  // namespace

absl::Status Receive(Ticket& ticket, absl::Time now, std::string_view path) {
  if (ticket.subject().empty() && ticket.body().empty()) {
    return InvalidField(fmt::format("{}.subject", path), "the subject or the body must be set.");
  }
  RETURN_IF_ERROR(
      CheckNotFuture(ticket.has_receive_time(), ticket.receive_time(), now, fmt::format("{}.receive_time", path)));
  RETURN_IF_ERROR(CheckNotFuture(ticket.has_occur_time(), ticket.occur_time(), now, fmt::format("{}.occur_time", path)));
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

absl::Status Acknowledge(Ticket& ticket, std::string_view heard_summary, absl::Time now) {
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED}, "AcknowledgeTicket"));
  ticket.set_state(Ticket::HEARD);
  ticket.set_heard_summary(std::string(heard_summary));
  SetHeard(ticket, now);
  return absl::OkStatus();
}

absl::Status Decline(Ticket& ticket, const v1::DeclineTicketRequest& request, absl::Time now) {
  if (request.reason() == Decision::BEYOND_CAPABILITY && request.capability_gap().empty()) {
    return InvalidField("capability_gap", "is empty and must be set for BEYOND_CAPABILITY: name what is missing.");
  }
  if (request.reason() == Decision::UNSUSTAINABLE && !request.capability_gap().empty()) {
    return InvalidField("capability_gap", fmt::format("{} is set, and the reason is UNSUSTAINABLE: leave it empty, or use the "
                                                      "reason BEYOND_CAPABILITY.",
                                                      ShownValue(request.capability_gap())));
  }
  RETURN_IF_ERROR(CheckState(ticket, {Ticket::RECEIVED, Ticket::HEARD}, "DeclineTicket"));
  ticket.set_state(Ticket::NOT_YET);
  SetHeard(ticket, now);
  if (!ticket.has_decide_time()) *ticket.mutable_decide_time() = ToProtoTime(now);
  Decision& decision = *ticket.mutable_decision();
  decision.set_decline_reason(request.reason());
  decision.set_capability_gap(request.capability_gap());
  decision.set_revisit_condition(request.revisit_condition());
  decision.set_decided_by(request.decided_by());
  return absl::OkStatus();
}

bool TakeMessage(Ticket& ticket, Message::Kind kind, absl::Time now) {
  if (kind == Message::CUSTOMER) {
    if (ticket.has_waiting_since_time()) return false;
    *ticket.mutable_waiting_since_time() = ToProtoTime(now);
    return true;
  }
  if (kind != Message::PUBLIC) return false;
  if (ticket.has_first_response_time() && !ticket.has_waiting_since_time() && !ticket.owes_reply()) return false;
  if (!ticket.has_first_response_time()) *ticket.mutable_first_response_time() = ToProtoTime(now);
  ticket.clear_waiting_since_time();
  ticket.set_owes_reply(false);
  return true;
}

absl::Status CheckEtag(const Ticket& ticket, std::string_view etag) {
  if (etag.empty() || etag == ticket.etag()) return absl::OkStatus();
  return EtagMismatch(ticket.name(), etag, ticket.etag());
}

}  // namespace dangol::tickets
