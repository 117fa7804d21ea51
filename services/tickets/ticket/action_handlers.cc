#include "services/tickets/ticket/action_handlers.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "google/protobuf/util/message_differencer.h"

#include "common/base/status_macros.h"
#include "common/rpc/authorization.h"
#include "services/tickets/caller.h"
#include "services/tickets/import/import_store.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/reason/reason_store.h"
#include "services/tickets/ticket/label_store.h"
#include "services/tickets/ticket/remedy_limit.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"
#include "services/tickets/ticket/update_rules.h"

namespace dangol::tickets {

using v1::Message;
using v1::Ticket;
using v1::TicketEvent;

namespace {

absl::Status CheckGiven(storage::Snapshot& snapshot, const rpc::Call& call, std::string_view stage,
                        const v1::Remedy& remedy) {
  if (remedy.amount() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(snapshot));
  return CheckLimit(triage->policy, call, stage, remedy);
}

// What a customer says, anybody may bring. That it was a mistake, a person says who could have decided so.
absl::Status CheckReopen(const rpc::Call& call, const Ticket& ticket, v1::ReopenTicketRequest::Cause cause) {
  if (cause != v1::ReopenTicketRequest::MISTAKE) return absl::OkStatus();
  if (ticket.state() != Ticket::NOT_YET) return rpc::CheckPermission(call.principal(), "tickets.hear");
  return rpc::CheckStage(call.principal(), "tickets.decide", ticket.stage());
}

}  // namespace

absl::StatusOr<Ticket> AcknowledgeTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::AcknowledgeTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  const Act act{call.now(), request.heard_by().empty() ? CallerMember(call) : request.heard_by()};
  RETURN_IF_ERROR(Acknowledge(ticket.row.ticket, request.heard_summary(), act));
  TicketEvent event;
  event.mutable_ticket_acknowledged();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::Status DeclineLoaded(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                           const v1::DeclineTicketRequest& request, bool in_bulk) {
  RETURN_IF_ERROR(rpc::CheckStage(call.principal(), "tickets.decide", ticket.row.ticket.stage()));
  RETURN_IF_ERROR(Decline(ticket.row.ticket, request, {call.now(), request.decided_by(), in_bulk}));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket.row.ticket, Message::PUBLIC, request.decided_by(), request.reply()));
  TicketEvent event;
  event.mutable_ticket_declined()->set_in_bulk(in_bulk);
  return StoreTicket(transaction, call, ticket, std::move(event));
}

absl::Status ResolveLoaded(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                           const v1::ResolveTicketRequest& request, bool in_bulk) {
  RETURN_IF_ERROR(CheckGiven(transaction, call, ticket.row.ticket.stage(), request.remedy()));
  RETURN_IF_ERROR(Resolve(ticket.row.ticket, request, {call.now(), request.decided_by(), in_bulk}));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket.row.ticket, Message::PUBLIC, request.decided_by(), request.reply()));
  TicketEvent event;
  event.mutable_ticket_resolved()->set_in_bulk(in_bulk);
  return StoreTicket(transaction, call, ticket, std::move(event));
}

absl::Status CorrectLoaded(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                           const Ticket& patch, const google::protobuf::FieldMask& mask) {
  Ticket before;
  *before.mutable_labels() = ticket.row.ticket.labels();
  before.set_name(ticket.row.ticket.name());
  // As they were: what a request changes does not decide whether it may.
  const v1::Remedy given_before = ticket.row.ticket.remedy();
  const std::string stage_before = ticket.row.ticket.stage();
  *before.mutable_receive_time() = ticket.row.ticket.receive_time();
  ASSIGN_OR_RETURN(const bool changed, Correct(ticket.row.ticket, patch, mask));
  if (!changed) return absl::OkStatus();
  const v1::Remedy& remedy = ticket.row.ticket.remedy();
  if (!google::protobuf::util::MessageDifferencer::Equals(remedy, given_before))
    RETURN_IF_ERROR(CheckGiven(transaction, call, stage_before, remedy));
  ASSIGN_OR_RETURN(Resolved reason, ResolveReason(transaction, ticket.row.ticket.contact_reason()));
  ticket.row.ticket.set_contact_reason(std::move(reason.path));
  if (IsPerson(call)) RETURN_IF_ERROR(NoteWorkedOn(transaction, ticket.row.ticket));
  RETURN_IF_ERROR(RemoveLabels(transaction, before));
  RETURN_IF_ERROR(AddLabels(transaction, ticket.row.ticket));
  TicketEvent event;
  event.mutable_ticket_updated();
  return StoreTicket(transaction, call, ticket, std::move(event));
}

absl::StatusOr<Ticket> DeclineTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::DeclineTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(DeclineLoaded(transaction, call, ticket, request, false));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> ResolveTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::ResolveTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(ResolveLoaded(transaction, call, ticket, request, false));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> ReopenTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::ReopenTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(CheckReopen(call, ticket.row.ticket, request.cause()));
  ticket.row.least_acceptance = transaction.NextVersion(0);
  RETURN_IF_ERROR(Reopen(ticket.row, request.cause()));
  const bool is_ours = request.cause() == v1::ReopenTicketRequest::MISTAKE;
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket.row.ticket,
                                     is_ours ? Message::INTERNAL : Message::CUSTOMER,
                                     is_ours ? call.principal().name : std::string(), request.body()));
  OweWord(ticket.row.ticket);
  TicketEvent event;
  event.mutable_ticket_reopened()->set_cause(request.cause());
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> UnlinkTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UnlinkTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  TicketEvent event;
  event.mutable_ticket_unlinked()->set_change(ticket.row.ticket.change());
  ticket.row.least_acceptance = transaction.NextVersion(0);
  RETURN_IF_ERROR(Unlink(ticket.row));
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket.row.ticket, Message::INTERNAL, call.principal().name,
                                     request.note()));
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> CloseTicket(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::CloseTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Close(ticket.row.ticket, call.now()));
  TicketEvent event;
  v1::TicketsClosed& closed = *event.mutable_tickets_closed();
  closed.set_confirmed(true);
  closed.add_tickets()->set_ticket(ticket.row.ticket.name());
  closed.mutable_tickets(0)->set_version(transaction.NextVersion(Version(ticket.row.ticket)));
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> DismissWaiting(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::DismissWaitingRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> newest,
                   NewestMessageTime(transaction, kTicketPattern.Id(request.name())));
  RETURN_IF_ERROR(Dismiss(ticket.row, newest));
  TicketEvent event;
  event.mutable_ticket_updated();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> UpdateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UpdateTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(CorrectLoaded(transaction, call, ticket, request.ticket(), request.update_mask()));
  return std::move(ticket.row.ticket);
}

}  // namespace dangol::tickets
