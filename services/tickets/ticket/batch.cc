#include "services/tickets/ticket/batch.h"

#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::tickets {
namespace {

absl::Status CheckEachOnce(const TicketNames& names) {
  absl::flat_hash_set<std::string_view> seen;
  for (int i = 0; i < names.size(); ++i) {
    if (seen.insert(names[i]).second) continue;
    return InvalidField(fmt::format("names[{}]", i),
                        fmt::format("{} is there twice: name each ticket once.", ShownValue(names[i])));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ActOnEach(storage::Transaction& transaction, const TicketNames& names, resource::Part part,
                       absl::FunctionRef<absl::Status(LoadedTicket&)> act, TicketResults& results) {
  RETURN_IF_ERROR(CheckEachOnce(names));
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
