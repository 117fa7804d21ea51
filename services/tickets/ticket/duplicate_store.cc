#include "services/tickets/ticket/duplicate_store.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/tickets/names.h"

namespace dangol::tickets {

absl::Status AddDuplicate(storage::Transaction& transaction, const v1::Ticket& ticket) {
  return transaction.Execute(
      "INSERT INTO duplicate (canonical_id, receive_time, ticket_id) VALUES ($1, $2, $3)",
      {kTicketPattern.Id(ticket.canonical()), FromProtoTime(ticket.receive_time()), kTicketPattern.Id(ticket.name())});
}

absl::Status RemoveDuplicate(storage::Transaction& transaction, const v1::Ticket& ticket) {
  return transaction.Execute(
      "DELETE FROM duplicate WHERE canonical_id = $1 AND receive_time = $2 AND ticket_id = $3",
      {kTicketPattern.Id(ticket.canonical()), FromProtoTime(ticket.receive_time()), kTicketPattern.Id(ticket.name())});
}

absl::StatusOr<std::vector<std::string>> ListDuplicates(storage::Snapshot& snapshot, std::string_view canonical) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT ticket_id FROM duplicate WHERE canonical_id = $1 ORDER BY receive_time, ticket_id",
                     {kTicketPattern.Id(canonical)},
                     [&](const storage::Row& row) { names.push_back(kTicketPattern.Name(row.Bytes(0))); }));
  return names;
}

absl::StatusOr<std::vector<resource::TimeKey>> ListDuplicateKeys(storage::Snapshot& snapshot,
                                                                 std::string_view canonical,
                                                                 const resource::TimeKey& after, int64_t most) {
  return resource::ListTimeKeys(snapshot, R"(
      SELECT receive_time, ticket_id FROM duplicate
      WHERE canonical_id = $1 AND (receive_time, ticket_id) < ($2, $3)
      ORDER BY receive_time DESC, ticket_id DESC
      LIMIT $4)",
                                {kTicketPattern.Id(canonical), after.time, after.id, most});
}

}  // namespace dangol::tickets
