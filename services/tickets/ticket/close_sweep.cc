#include "services/tickets/ticket/close_sweep.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/storage/sweep.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/due_rules.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {

absl::Status CloseDueTickets(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  std::map<std::string, v1::FollowedTicket, std::less<>> closed;  // by id; a row may be closed, undone and closed again
  const auto close = [&](std::string_view id) -> absl::Status {
    ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, kTicketPattern.Name(id)));
    v1::Ticket& head = ticket.row.ticket;
    if (!head.has_close_due_time() || FromProtoTime(head.close_due_time()) > call.now()) return absl::OkStatus();
    RETURN_IF_ERROR(Close(head, call.now()));
    RETURN_IF_ERROR(StoreTicketUntold(transaction, call, ticket));
    v1::FollowedTicket& told = closed[std::string(id)];
    told.set_ticket(head.name());
    told.set_version(Version(head));
    return absl::OkStatus();
  };
  static_assert(static_cast<int>(Agenda::kClose) == 2);
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, storage::Sweep(transaction, timer, call.now(), R"(
      SELECT ticket_id, agenda_time FROM ticket WHERE agenda = 2 AND agenda <> 0
      ORDER BY agenda_time, ticket_id
      LIMIT $1)",
                                                                      close));
  v1::TicketEvent event;
  std::vector<feed::Touched> touched;
  for (const std::string& id : ids) {
    const auto found = closed.find(id);
    if (found == closed.end()) continue;
    touched.push_back({found->second.ticket(), found->second.version()});
    *event.mutable_tickets_closed()->add_tickets() = found->second;
  }
  return touched.empty() ? absl::OkStatus() : feed::Append(transaction, call, event, touched);
}

}  // namespace dangol::tickets
