#include "services/tickets/ticket/intake.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/customer/ticket_customer.h"
#include "services/tickets/import/import_store.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/reason/reason_store.h"
#include "services/tickets/ticket/remedy_limit.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

// It lands where its contact reason has moved to, and goes to whom the policy says.
absl::Status Place(storage::Transaction& transaction, Intake& intake, bool has_severity, Ticket& ticket) {
  ASSIGN_OR_RETURN(Resolved reason, ResolveReason(transaction, ticket.contact_reason()));
  ticket.set_contact_reason(std::move(reason.path));
  if (!ticket.imported()) {
    RETURN_IF_ERROR(Assign(
        intake.triage->policy, has_severity,
        [&](const v1::AssignmentRule& rule) { return intake.turns.Next(transaction, rule); }, ticket));
  }
  if (ticket.stage().empty()) ticket.set_stage(std::move(reason.stage));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Intake> BeginIntake(storage::Transaction& transaction) {
  Intake intake;
  ASSIGN_OR_RETURN(intake.triage, ReadTriage(transaction));
  return intake;
}

absl::Status FinishIntake(storage::Transaction& transaction, const Intake& intake) {
  return intake.turns.Write(transaction);
}

absl::StatusOr<Ticket> TakeIn(storage::Transaction& transaction, const rpc::Call& call,
                              const v1::CreateTicketRequest& request, const IntakePaths& path, Intake& intake) {
  Ticket ticket = request.ticket();
  RETURN_IF_ERROR(Receive(ticket, call.now(), path.ticket));
  if (request.has_history()) RETURN_IF_ERROR(MakeHistory(ticket, request.history(), path.history));
  RETURN_IF_ERROR(CheckRemedy(ticket.remedy(), path.ticket + ".remedy"));
  RETURN_IF_ERROR(Place(transaction, intake, request.ticket().severity() != Ticket::SEVERITY_UNSPECIFIED, ticket));
  ticket.set_name(kTicketPattern.Name(request.ticket_id().empty() ? call.NewId() : request.ticket_id()));
  if (!intake.import_name.empty()) ticket.set_import_name(intake.import_name);
  ASSIGN_OR_RETURN(TicketCustomer customer,
                   IdentifyCustomer(transaction, call, request, ticket, path.ticket, path.sender));
  absl::Status added = AddTicket(transaction, call, ticket, *intake.triage);
  if (absl::IsAlreadyExists(added)) {
    intake.turns.Drop();
    return AtField(std::move(added), path.id);
  }
  RETURN_IF_ERROR(std::move(added));
  // Asked of a new ticket alone: one that is there may be skipped.
  if (!ticket.imported()) RETURN_IF_ERROR(CheckLimit(intake.triage->policy, call, ticket.stage(), ticket.remedy()));
  intake.turns.Take();
  if (!intake.import_name.empty()) RETURN_IF_ERROR(AddImportTicket(transaction, ticket));
  RETURN_IF_ERROR(KeepCustomer(transaction, call, ticket, customer));
  return ticket;
}

}  // namespace dangol::tickets
