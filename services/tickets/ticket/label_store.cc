#include "services/tickets/ticket/label_store.h"

#include <string>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/tickets/names.h"

namespace dangol::tickets {

absl::Status AddLabels(storage::Transaction& transaction, const v1::Ticket& ticket) {
  for (const std::string& label : ticket.labels()) {
    RETURN_IF_ERROR(
        transaction.Execute(R"(
        INSERT INTO ticket_label (label, receive_time, ticket_id) VALUES ($1, $2, $3)
        ON CONFLICT (label, receive_time, ticket_id) DO NOTHING)",
                            {label, FromProtoTime(ticket.receive_time()), kTicketPattern.Id(ticket.name())}));
  }
  return absl::OkStatus();
}

absl::Status RemoveLabels(storage::Transaction& transaction, const v1::Ticket& ticket) {
  for (const std::string& label : ticket.labels()) {
    RETURN_IF_ERROR(
        transaction.Execute("DELETE FROM ticket_label WHERE label = $1 AND receive_time = $2 AND ticket_id = $3",
                            {label, FromProtoTime(ticket.receive_time()), kTicketPattern.Id(ticket.name())}));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> HasLabel(storage::Snapshot& snapshot, std::string_view label, const resource::TimeKey& key) {
  ASSIGN_OR_RETURN(const int64_t found,
                   snapshot.QueryInteger(
                       "SELECT COUNT(*) FROM ticket_label WHERE label = $1 AND receive_time = $2 AND ticket_id = $3",
                       {label, key.time, key.id}));
  return found > 0;
}

absl::StatusOr<std::vector<resource::TimeKey>> ListLabelKeys(storage::Snapshot& snapshot, std::string_view label,
                                                             const resource::TimeKey& after, int64_t most) {
  return resource::ListTimeKeys(snapshot, R"(
      SELECT receive_time, ticket_id FROM ticket_label
      WHERE label = $1 AND (receive_time, ticket_id) < ($2, $3)
      ORDER BY receive_time DESC, ticket_id DESC
      LIMIT $4)",
                                {label, after.time, after.id, most});
}

}  // namespace dangol::tickets
