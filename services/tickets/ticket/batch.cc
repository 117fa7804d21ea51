#include "services/tickets/ticket/batch.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::tickets {

absl::Status ActOnEach(storage::Transaction& transaction, const TicketNames& names, resource::Part part,
                       absl::FunctionRef<absl::Status(LoadedTicket&)> act, TicketResults& results) {
  for (const std::string& name : names) {
    v1::TicketResult& result = *results.Add();
    result.set_name(name);
    absl::StatusOr<LoadedTicket> ticket = LoadTicket(transaction, name, {}, part);
    const v1::Ticket::State state_before = ticket.ok() ? ticket->row.ticket.state() : v1::Ticket::STATE_UNSPECIFIED;
    const absl::Status status = ticket.ok() ? act(*ticket) : ticket.status();
    if (absl::IsNotFound(status) || absl::IsFailedPrecondition(status)) {
      result.set_skip_reason(ErrorReason(status));
    } else if (!status.ok()) {
      return status;
    }
    if (!ticket.ok()) continue;
    // What was refused may have got so far in memory, and is what it was.
    result.set_state(status.ok() ? ticket->row.ticket.state() : state_before);
    result.set_change(ticket->row.ticket.change());
  }
  return absl::OkStatus();
}

}  // namespace dangol::tickets
