#include "services/tickets/ticket/waiting_store.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {

using v1::Ticket;

std::optional<absl::Time> ListedWaitOf(const Ticket& ticket) {
  const bool listed = ticket.state() != Ticket::RECEIVED && TurnOf(ticket) == Turn::kOurs;
  if (!listed || !ticket.has_waiting_since_time()) return std::nullopt;
  return FromProtoTime(ticket.waiting_since_time());
}

absl::Status MoveWait(storage::Transaction& transaction, std::string_view ticket_id, std::optional<absl::Time> before,
                      std::optional<absl::Time> now) {
  if (before == now) return absl::OkStatus();
  if (before) {
    RETURN_IF_ERROR(transaction.Execute("DELETE FROM ticket_wait WHERE waiting_since_time = $1 AND ticket_id = $2",
                                        {*before, ticket_id}));
  }
  if (!now) return absl::OkStatus();
  return transaction.Execute("INSERT INTO ticket_wait (waiting_since_time, ticket_id) VALUES ($1, $2)",
                             {*now, ticket_id});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListWaitKeys(storage::Snapshot& snapshot, const resource::TimeKey& after,
                                                            int64_t most) {
  return resource::ListTimeKeys(snapshot, R"(
      SELECT waiting_since_time, ticket_id FROM ticket_wait
      WHERE (waiting_since_time, ticket_id) > ($1, $2)
      ORDER BY waiting_since_time, ticket_id
      LIMIT $3)",
                                {after.time, after.id, most});
}

}  // namespace dangol::tickets
