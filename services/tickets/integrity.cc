#include "services/tickets/integrity.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "fmt/format.h"
#include "services/tickets/store.h"

namespace dangol::tickets {
namespace {

using service::Findings;
using storage::Row;
using v1::Ticket;

constexpr int64_t kSliceRows = 250;

// A state and the times and decision that belong to it.
absl::StatusOr<std::string> StatesAreWhole(storage::Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT ticket_id, state, hear_time, decide_time, decline_reason, receive_time, version FROM ticket WHERE ticket_id > $1 "
      "ORDER BY ticket_id LIMIT $2",
      {position, kSliceRows}, [&](const Row& row) {
        ++rows;
        last = row.Text(0);
        const auto state = static_cast<Ticket::State>(row.Integer(1));
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds) findings.Violation(TicketName(last), fmt::format("is {} and {}", Ticket::State_Name(state), what));
        };
        require(Ticket::State_IsValid(static_cast<int>(row.Integer(1))) && state != Ticket::STATE_UNSPECIFIED, "that is no state");
        if (state == Ticket::RECEIVED) require(row.IsNull(2), "has been heard");
        if (state == Ticket::HEARD) require(!row.IsNull(2), "has never been heard");
        require((state == Ticket::NOT_YET) == !row.IsNull(4), "has a decision that does not fit");
        if (state == Ticket::NOT_YET) require(!row.IsNull(2) && !row.IsNull(3), "lacks the time that it was heard or decided");
        require(row.Integer(6) >= 1, "has no version");
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

// `waiting_since` is the oldest message of the customer, or the ticket itself, without a public reply behind it.
absl::StatusOr<std::string> WaitingIsTrue(storage::Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT t.ticket_id, t.waiting_since_time, t.first_response_time, t.receive_time, "
      "(SELECT MIN(m.create_time) FROM message AS m WHERE m.ticket_id = t.ticket_id AND m.kind = 1), "
      "(SELECT MAX(m.create_time) FROM message AS m WHERE m.ticket_id = t.ticket_id AND m.kind = 1), "
      "(SELECT MAX(m.create_time) FROM message AS m WHERE m.ticket_id = t.ticket_id AND m.kind = 3) "
      "FROM ticket AS t WHERE t.ticket_id > $1 ORDER BY t.ticket_id LIMIT $2",
      {position, kSliceRows}, [&](const Row& row) {
        ++rows;
        last = row.Text(0);
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds) findings.Violation(TicketName(last), what);
        };
        require(row.IsNull(2) == row.IsNull(4) && row.Integer(2) == row.Integer(4),
                "its first response is not its first public message");
        if (row.IsNull(5)) {
          require(row.Integer(1) == row.Integer(3), "nobody has answered, and it does not wait since it was received");
        } else if (row.Integer(6) > row.Integer(5)) {
          require(!row.IsNull(1), "the customer wrote after the last reply, and it does not wait");
        } else if (row.Integer(6) < row.Integer(5)) {
          require(row.IsNull(1), "the last word is a reply, and it still waits");
        }
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

// What an event says was made is there.
absl::StatusOr<std::string> EventsHaveRows(storage::Snapshot& snapshot, const std::string& position, Findings& findings) {
  const int64_t after = position.empty() ? 0 : std::strtoll(position.c_str(), nullptr, 10);
  ASSIGN_OR_RETURN(const int64_t head, snapshot.QueryInteger("SELECT last_seq FROM feed_head", {}));
  // `tickets/ID@1` without its first 8 and last 2 characters is the ID.
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT f.seq, f.resources FROM feed AS f WHERE f.seq > $1 AND f.seq <= $2 AND f.kind = 'ticket_created' AND NOT EXISTS "
      "(SELECT 1 FROM ticket AS t WHERE t.ticket_id = SUBSTR(f.resources, 9, LENGTH(f.resources) - 10)) ORDER BY f.seq",
      {after, after + kSliceRows}, [&](const Row& row) {
        findings.Violation(row.Text(1), fmt::format("event {} tells of a ticket that is not there", row.Integer(0)));
      }));
  findings.Examined(std::min(kSliceRows, std::max<int64_t>(head - after, 0)));
  return after + kSliceRows < head ? std::to_string(after + kSliceRows) : "";
}

}  // namespace

std::vector<service::IntegrityCheck> TicketsIntegrityChecks() {
  return {{"ticket-states", StatesAreWhole}, {"ticket-waiting", WaitingIsTrue}, {"ticket-events", EventsHaveRows}};
}

}  // namespace dangol::tickets
