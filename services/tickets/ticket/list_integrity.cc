#include "services/tickets/ticket/list_integrity.h"

#include <cstdint>
#include <map>
#include <utility>

#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using storage::Row;
using v1::Ticket;

absl::Status CheckWaits(storage::Snapshot& snapshot, service::Findings& findings) {
  std::map<std::pair<std::string, int64_t>, int> waits;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT ticket_id, waiting_since_time FROM ticket
      WHERE waiting_since_time IS NOT NULL AND state NOT IN ($1, $2, $3)
      ORDER BY ticket_id)",
                                 {Ticket::RECEIVED, Ticket::DUPLICATE, Ticket::SPAM}, [&](const Row& row) {
                                   ++waits[{row.Text(0), row.Integer(1)}];
                                 }));
  RETURN_IF_ERROR(
      snapshot.Query("SELECT ticket_id, waiting_since_time FROM ticket_wait ORDER BY waiting_since_time, ticket_id", {},
                     [&](const Row& row) {
                       --waits[{row.Text(0), row.Integer(1)}];
                     }));
  for (const auto& [key, difference] : waits) {
    if (difference == 0) continue;
    findings.Violation(kTicketPattern.Name(key.first), difference > 0 ? "waits, and is not in the list of who waits"
                                                                      : "is in the list of who waits, and does not");
  }
  return absl::OkStatus();
}

absl::Status CheckImports(storage::Snapshot& snapshot, service::Findings& findings) {
  std::map<std::string, int64_t> counts;
  RETURN_IF_ERROR(snapshot.Query("SELECT import_id, tickets FROM ticket_import ORDER BY import_id", {},
                                 [&](const Row& row) { counts[row.Text(0)] += row.Integer(1); }));
  RETURN_IF_ERROR(snapshot.Query("SELECT import_id, COUNT(*) FROM import_ticket GROUP BY import_id ORDER BY import_id",
                                 {}, [&](const Row& row) { counts[row.Text(0)] -= row.Integer(1); }));
  for (const auto& [id, difference] : counts) {
    if (difference == 0) continue;
    findings.Violation(kImportPattern.Name(id), fmt::format("counts {} tickets too many", difference));
  }
  return absl::OkStatus();
}

absl::Status CheckAttachments(storage::Snapshot& snapshot, service::Findings& findings) {
  return snapshot.Query(R"(
      SELECT a.ticket_id, a.attachment_id FROM attachment AS a
      WHERE a.redact_time IS NULL AND (
        (a.finish_time IS NOT NULL AND a.received_bytes <> a.size_bytes) OR
        a.received_bytes <> (
          SELECT COALESCE(SUM(LENGTH(c.bytes)), 0) FROM attachment_chunk AS c
          WHERE c.ticket_id = a.ticket_id AND c.attachment_id = a.attachment_id))
      ORDER BY a.ticket_id, a.attachment_id)",
                        {}, [&](const Row& row) {
                          findings.Violation(kAttachmentPattern.Name(row.Bytes(0), row.Bytes(1)),
                                             "has not the bytes that it should have");
                        });
}

}  // namespace

absl::StatusOr<int64_t> CountToRecount(storage::Snapshot& snapshot) {
  return snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM ticket LIMIT $1) AS t", {kRecountMost + 1});
}

absl::StatusOr<std::string> ListsAreTrue(storage::Snapshot& snapshot, const std::string&, service::Findings& findings) {
  ASSIGN_OR_RETURN(const int64_t tickets, CountToRecount(snapshot));
  if (tickets > kRecountMost) return "";
  RETURN_IF_ERROR(CheckWaits(snapshot, findings));
  RETURN_IF_ERROR(CheckImports(snapshot, findings));
  RETURN_IF_ERROR(CheckAttachments(snapshot, findings));
  findings.Examined(tickets);
  return "";
}

}  // namespace dangol::tickets
