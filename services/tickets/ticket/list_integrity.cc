#include "services/tickets/ticket/list_integrity.h"

#include <cstdint>
#include <map>
#include <utility>

#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/names.h"
#include "services/tickets/reason/reason_path.h"

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

absl::Status CheckTopics(storage::Snapshot& snapshot, service::Findings& findings) {
  std::map<std::pair<std::string, std::string>, int> topics;  // by ticket and topic
  RETURN_IF_ERROR(
      snapshot.Query("SELECT ticket_id, contact_reason, stage FROM ticket ORDER BY ticket_id", {}, [&](const Row& row) {
        if (!row.Bytes(1).empty()) ++topics[{row.Text(0), ReasonKey(row.Bytes(1))}];
        if (!row.Bytes(2).empty()) ++topics[{row.Text(0), row.Text(2)}];
      }));
  RETURN_IF_ERROR(snapshot.Query("SELECT ticket_id, topic FROM ticket_topic ORDER BY topic, receive_time, ticket_id",
                                 {}, [&](const Row& row) {
                                   --topics[{row.Text(0), row.Text(1)}];
                                 }));
  for (const auto& [key, difference] : topics) {
    if (difference == 0) continue;
    findings.Violation(
        kTicketPattern.Name(key.first),
        fmt::format("{} in the list of what is about '{}'", difference > 0 ? "is not" : "is wrongly", key.second));
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

// What a ticket is a duplicate of stands for itself, is of the same person, and has it in its list.
absl::Status CheckDuplicates(storage::Snapshot& snapshot, service::Findings& findings) {
  int64_t duplicates = 0;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT t.ticket_id, k.ticket_id, k.state,
        COALESCE(a.merged_into, a.customer_id) = COALESCE(b.merged_into, b.customer_id),
        (SELECT COUNT(*) FROM duplicate AS d
         WHERE d.canonical_id = t.canonical_id AND d.receive_time = t.receive_time AND d.ticket_id = t.ticket_id)
      FROM ticket AS t
        JOIN customer AS a ON a.customer_id = t.customer_id
        LEFT JOIN ticket AS k ON k.ticket_id = t.canonical_id
        LEFT JOIN customer AS b ON b.customer_id = k.customer_id
      WHERE t.state = $1
      ORDER BY t.ticket_id)",
                                 {Ticket::DUPLICATE}, [&](const Row& row) {
                                   ++duplicates;
                                   const auto require = [&](bool holds, std::string_view what) {
                                     if (!holds) findings.Violation(kTicketPattern.Name(row.Bytes(0)), what);
                                   };
                                   const bool is_there = !row.IsNull(1);
                                   require(is_there, "is a duplicate of what is not there");
                                   require(!is_there ||
                                               (row.Integer(2) != Ticket::DUPLICATE && row.Integer(2) != Ticket::SPAM),
                                           "is a duplicate of what stands for nothing");
                                   require(!is_there || row.Integer(3) != 0, "is a duplicate of another customer's");
                                   require(row.Integer(4) == 1, "is not in the list of duplicates");
                                 }));
  ASSIGN_OR_RETURN(const int64_t listed, snapshot.QueryInteger("SELECT COUNT(*) FROM duplicate", {}));
  if (listed > duplicates)
    findings.Violation("tickets", fmt::format("{} too many are in the list of duplicates", listed - duplicates));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<int64_t>> CountToRecount(storage::Snapshot& snapshot, service::Findings& findings) {
  ASSIGN_OR_RETURN(
      const int64_t tickets,
      snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM ticket LIMIT $1) AS t", {service::kRecountMost + 1}));
  if (tickets <= service::kRecountMost) return tickets;
  findings.LeftOut();
  return std::nullopt;
}

absl::StatusOr<std::string> ListsAreTrue(storage::Snapshot& snapshot, const std::string&, service::Findings& findings) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> tickets, CountToRecount(snapshot, findings));
  if (!tickets) return "";
  RETURN_IF_ERROR(CheckWaits(snapshot, findings));
  RETURN_IF_ERROR(CheckTopics(snapshot, findings));
  RETURN_IF_ERROR(CheckImports(snapshot, findings));
  RETURN_IF_ERROR(CheckAttachments(snapshot, findings));
  RETURN_IF_ERROR(CheckDuplicates(snapshot, findings));
  findings.Examined(*tickets);
  return "";
}

}  // namespace dangol::tickets
