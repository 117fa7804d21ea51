#include "services/tickets/ticket/mark_handlers.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/caller.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/import/import_store.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/ticket/duplicate_store.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

Act ActOf(const rpc::Call& call) { return {call.now(), CallerMember(call)}; }

// Whether one may stand for the other.
absl::Status CheckCanonical(storage::Snapshot& snapshot, const Ticket& ticket, const Ticket& canonical) {
  if (ticket.name() == canonical.name()) {
    return InvalidField("canonical", fmt::format("{} is the ticket itself. Name another.", ticket.name()));
  }
  if (canonical.state() == Ticket::DUPLICATE || canonical.state() == Ticket::SPAM) {
    return Error(absl::StatusCode::kFailedPrecondition, "CANONICAL_STANDS_FOR_NOTHING",
                 fmt::format("{} is {}: name {}.", canonical.name(), Ticket::State_Name(canonical.state()),
                             canonical.canonical().empty() ? "another ticket" : canonical.canonical()));
  }
  ASSIGN_OR_RETURN(const v1::Customer customer, ReadCustomer(snapshot, ticket.customer()));
  ASSIGN_OR_RETURN(const v1::Customer other, ReadCustomer(snapshot, canonical.customer()));
  if (customer.name() == other.name()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "OTHER_CUSTOMER",
               fmt::format("{} is another customer's than {}. Accept both into the same change, or merge the customers "
                           "if they are one.",
                           canonical.name(), ticket.name()));
}

// The duplicates of a ticket that stands for them no longer.
absl::Status MoveDuplicates(storage::Transaction& transaction, const rpc::Call& call,
                            const std::vector<std::string>& duplicates, const Ticket& canonical) {
  for (const std::string& name : duplicates) {
    ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, name));
    RETURN_IF_ERROR(RemoveDuplicate(transaction, ticket.row.ticket));
    ticket.row.ticket.set_canonical(canonical.name());
    RETURN_IF_ERROR(AddDuplicate(transaction, ticket.row.ticket));
    RETURN_IF_ERROR(StoreMarked(transaction, call, ticket));
  }
  return absl::OkStatus();
}

// The oldest takes the place of the ticket that stood for them.
absl::Status PromoteOldest(storage::Transaction& transaction, const rpc::Call& call, std::vector<std::string> names) {
  if (names.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(LoadedTicket oldest, LoadTicketHead(transaction, names.front()));
  RETURN_IF_ERROR(RemoveDuplicate(transaction, oldest.row.ticket));
  RETURN_IF_ERROR(Restore(oldest.row.ticket));
  RETURN_IF_ERROR(StoreMarked(transaction, call, oldest));
  names.erase(names.begin());
  return MoveDuplicates(transaction, call, names, oldest.row.ticket);
}

}  // namespace

absl::Status StoreMarked(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket) {
  v1::TicketEvent event;
  event.mutable_ticket_marked();
  return StoreTicket(transaction, call, ticket, std::move(event));
}

absl::StatusOr<Ticket> MarkTicketDuplicate(storage::Transaction& transaction, const rpc::Call& call,
                                           const v1::MarkTicketDuplicateRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const LoadedTicket canonical, LoadTicketHead(transaction, request.canonical()));
  RETURN_IF_ERROR(CheckCanonical(transaction, ticket.row.ticket, canonical.row.ticket));
  RETURN_IF_ERROR(MarkDuplicate(ticket.row.ticket, request.canonical(), ActOf(call)));
  ASSIGN_OR_RETURN(const std::vector<std::string> duplicates, ListDuplicates(transaction, request.name()));
  RETURN_IF_ERROR(MoveDuplicates(transaction, call, duplicates, canonical.row.ticket));
  RETURN_IF_ERROR(AddDuplicate(transaction, ticket.row.ticket));
  RETURN_IF_ERROR(StoreMarked(transaction, call, ticket));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> MarkTicketSpam(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::MarkTicketSpamRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(MarkSpam(ticket.row.ticket, ActOf(call)));
  ASSIGN_OR_RETURN(std::vector<std::string> duplicates, ListDuplicates(transaction, request.name()));
  RETURN_IF_ERROR(PromoteOldest(transaction, call, std::move(duplicates)));
  RETURN_IF_ERROR(StoreMarked(transaction, call, ticket));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> RestoreTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::RestoreTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  const Ticket before = ticket.row.ticket;
  RETURN_IF_ERROR(Restore(ticket.row.ticket));
  if (!before.canonical().empty()) RETURN_IF_ERROR(RemoveDuplicate(transaction, before));
  RETURN_IF_ERROR(NoteWorkedOn(transaction, ticket.row.ticket));
  RETURN_IF_ERROR(StoreMarked(transaction, call, ticket));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> RateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::RateTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Rate(ticket.row.ticket, request.outcome_rating(), request.handling_rating()));
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket.row.ticket, v1::Message::CUSTOMER, "", request.note()));
  v1::TicketEvent event;
  event.mutable_ticket_rated();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> RecordPreviewAnswer(storage::Transaction& transaction, const rpc::Call& call,
                                           const v1::RecordPreviewAnswerRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(AnswerPreview(ticket.row.ticket, request.change()));
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket.row.ticket, v1::Message::CUSTOMER, "", request.body()));
  v1::TicketEvent event;
  v1::PreviewAnswered& answered = *event.mutable_preview_answered();
  answered.set_change(request.change());
  answered.set_answer(request.answer() == v1::RecordPreviewAnswerRequest::FIXED ? v1::PreviewAnswered::FIXED
                                                                                : v1::PreviewAnswered::NOT_FIXED);
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

}  // namespace dangol::tickets
