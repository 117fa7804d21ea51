#include "services/tickets/customer/erase_rows.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/attachment/attachment_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/label_store.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

// The oldest first.
absl::StatusOr<std::vector<std::string>> TicketsLeft(storage::Snapshot& snapshot, std::string_view customer_id,
                                                     int64_t most) {
  return snapshot.QueryTexts(R"(
      SELECT k.ticket_id
      FROM customer AS c
        JOIN customer_ticket AS k ON k.customer_id = c.customer_id
        JOIN ticket AS t ON t.ticket_id = k.ticket_id
      WHERE (c.customer_id = $1 OR c.merged_into = $1) AND t.erased = 0
      ORDER BY k.receive_time, k.ticket_id
      LIMIT $2)",
                             {customer_id, most});
}

// A row of bytes of a file is as much work as so many others.
constexpr int64_t kRowsOfChunk = 50;

absl::StatusOr<int64_t> EraseFiles(storage::Transaction& transaction, const rpc::Call& call, std::string_view ticket_id,
                                   int64_t most) {
  const int64_t chunks_most = std::max<int64_t>(most / kRowsOfChunk, 1);
  ASSIGN_OR_RETURN(const int64_t chunks, EraseAttachments(transaction, ticket_id, call.now(), chunks_most));
  return chunks == chunks_most ? most : chunks * kRowsOfChunk;
}

absl::StatusOr<int64_t> EraseMessages(storage::Transaction& transaction, std::string_view ticket_id, int64_t most) {
  return transaction.Change(R"(
      UPDATE message SET author = '', body = ''
      WHERE ticket_id = $1 AND message_id IN (
        SELECT message_id FROM message WHERE ticket_id = $1 AND body <> '' ORDER BY message_id LIMIT $2))",
                            {ticket_id, most});
}

// What was said before an acceptance that is not settled yet comes back with a refusal.
absl::Status ForgetWords(TicketRow& row) {
  row.ticket.mutable_decision()->clear_revisit_condition();
  if (row.before_acceptance.empty()) return absl::OkStatus();
  v1::Ticket before;
  if (!before.ParseFromString(row.before_acceptance)) return InternalError("before_acceptance does not parse");
  if (before.has_decision()) before.mutable_decision()->clear_revisit_condition();
  before.SerializeToString(&row.before_acceptance);
  return absl::OkStatus();
}

absl::Status EraseTicket(storage::Transaction& transaction, const rpc::Call& call, const std::string& ticket_id) {
  ASSIGN_OR_RETURN(LoadedTicket loaded, LoadTicketHead(transaction, kTicketPattern.Name(ticket_id)));
  ASSIGN_OR_RETURN(const v1::Ticket whole, ReadTicket(transaction, loaded.row.ticket.name()));
  RETURN_IF_ERROR(RemoveLabels(transaction, whole));
  const bool has_decision = loaded.row.ticket.has_decision();
  RETURN_IF_ERROR(ForgetWords(loaded.row));
  if (!has_decision) loaded.row.ticket.clear_decision();
  loaded.row.ticket.set_erased(true);
  // Of what a ticket never changes otherwise. An empty text is details in which nothing is set.
  RETURN_IF_ERROR(transaction.Execute(
      "UPDATE ticket SET subject = '', body = '', external_id = '', details = $2 WHERE ticket_id = $1",
      {ticket_id, storage::Param::Blob("")}));
  v1::TicketEvent event;
  event.mutable_ticket_updated();
  return StoreTicket(transaction, call, loaded, std::move(event));
}

}  // namespace

absl::StatusOr<int64_t> EraseRows(storage::Transaction& transaction, const rpc::Call& call,
                                  std::string_view customer_id, int64_t most) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tickets, TicketsLeft(transaction, customer_id, most));
  int64_t erased = 0;
  for (const std::string& ticket_id : tickets) {
    if (erased == most) break;
    ASSIGN_OR_RETURN(const int64_t messages, EraseMessages(transaction, ticket_id, most - erased));
    erased += messages;
    if (erased == most) break;
    ASSIGN_OR_RETURN(const int64_t files, EraseFiles(transaction, call, ticket_id, most - erased));
    erased += files;
    if (erased == most) break;
    RETURN_IF_ERROR(EraseTicket(transaction, call, ticket_id));
    ++erased;
  }
  return erased;
}

}  // namespace dangol::tickets
