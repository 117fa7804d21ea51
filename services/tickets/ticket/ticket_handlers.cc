#include "services/tickets/ticket/ticket_handlers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/import/import_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/intake.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

// An id twice in a batch is one ticket only where both say the same.
absl::Status CheckSame(const v1::CreateTicketRequest& first, const v1::CreateTicketRequest& second, int first_index,
                       std::string_view id_path) {
  if (google::protobuf::util::MessageDifferencer::Equals(first, second)) return absl::OkStatus();
  return InvalidField(
      id_path,
      fmt::format("{} is the ticket_id of requests[{}], too, which says something else. Send one of them, "
                  "or give one another id.",
                  ShownValue(second.ticket_id()), first_index),
      "TICKET_ID_REPEATED");
}

// Rows that one error names.
constexpr size_t kNotSkippedMost = 20;

// Why a request is not skipped though a ticket has its id; empty: it is. An erased ticket does not say what it was.
absl::StatusOr<std::string> SkipProblem(storage::Snapshot& snapshot, const v1::CreateTicketRequest& request) {
  ASSIGN_OR_RETURN(const LoadedTicket loaded, LoadTicketHead(snapshot, kTicketPattern.Name(request.ticket_id())));
  const Ticket& there = loaded.row.ticket;
  if (there.erased()) return "";
  const v1::Source& source = request.ticket().source();
  if (there.source().connection() != source.connection() || there.source().external_id() != source.external_id()) {
    return fmt::format(
        "{} is there already, and is of another source or of another id there. Give this one another "
        "id, such as by another --source of `dangol import`.",
        there.name());
  }
  if (!IsWithdrawn(there)) return "";
  ASSIGN_OR_RETURN(const Ticket whole, ReadTicket(snapshot, there.name()));
  if (whole.import_name().empty()) return "";
  return fmt::format("{} was taken back with {}: dangol import restore {}", there.name(), whole.import_name(),
                     kImportPattern.Id(whole.import_name()));
}

}  // namespace

absl::StatusOr<Ticket> CreateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateTicketRequest& request) {
  ASSIGN_OR_RETURN(Intake intake, BeginIntake(transaction));
  ASSIGN_OR_RETURN(Ticket ticket, TakeIn(transaction, call, request, IntakePaths(), intake));
  RETURN_IF_ERROR(FinishIntake(transaction, intake));
  return ticket;
}

absl::StatusOr<v1::BatchCreateTicketsResponse> BatchCreateTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchCreateTicketsRequest& request) {
  v1::BatchCreateTicketsResponse response;
  ASSIGN_OR_RETURN(Intake intake, BeginIntake(transaction));
  intake.import_name = request.import_name();
  if (!intake.import_name.empty()) RETURN_IF_ERROR(RequireNotUndone(transaction, intake.import_name));
  absl::flat_hash_map<std::string_view, int> first_with_id;  // where existing ones are skipped
  std::vector<FieldViolation> not_skipped;
  for (int i = 0; i < request.requests_size() && not_skipped.size() < kNotSkippedMost; ++i) {
    const v1::CreateTicketRequest& one = request.requests(i);
    const IntakePaths path(fmt::format("requests[{}].", i));
    if (!one.request_id().empty()) {
      return InvalidField(path.request_id,
                          fmt::format("{} is set: the batch has a request_id of its own. Leave this one empty.",
                                      ShownValue(one.request_id())));
    }
    if (request.skip_existing() && !one.ticket_id().empty()) {
      const auto [first, is_new] = first_with_id.try_emplace(one.ticket_id(), i);
      if (!is_new) RETURN_IF_ERROR(CheckSame(request.requests(first->second), one, first->second, path.id));
    }
    absl::StatusOr<Ticket> ticket = TakeIn(transaction, call, one, path, intake);
    if (absl::IsAlreadyExists(ticket.status()) && request.skip_existing()) {  // nothing was changed by it
      ASSIGN_OR_RETURN(std::string problem, SkipProblem(transaction, one));
      if (!problem.empty()) not_skipped.push_back({path.id, std::move(problem)});
      continue;
    }
    if (!ticket.ok()) return std::move(ticket).status();
    *response.add_tickets() = *std::move(ticket);
  }
  if (!not_skipped.empty()) return InvalidFields(std::move(not_skipped));
  RETURN_IF_ERROR(FinishIntake(transaction, intake));
  if (!intake.import_name.empty())
    RETURN_IF_ERROR(CountImported(transaction, call, intake.import_name, response.tickets_size()));
  return response;
}

absl::StatusOr<Ticket> SplitTicket(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::SplitTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const v1::CreateTicketRequest create, Split(ticket.row.ticket, request));
  ASSIGN_OR_RETURN(Intake intake, BeginIntake(transaction));
  ASSIGN_OR_RETURN(Ticket other, TakeIn(transaction, call, create, IntakePaths(), intake));
  RETURN_IF_ERROR(FinishIntake(transaction, intake));
  ticket.row.ticket.add_split_into(other.name());
  RETURN_IF_ERROR(NoteWorkedOn(transaction, ticket.row.ticket));
  v1::TicketEvent event;
  event.mutable_ticket_updated();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return other;
}

absl::StatusOr<Ticket> GetTicket(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetTicketRequest& request) {
  return ReadTicket(snapshot, request.name());
}

}  // namespace dangol::tickets
