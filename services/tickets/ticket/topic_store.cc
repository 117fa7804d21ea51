#include "services/tickets/ticket/topic_store.h"

#include <algorithm>
#include <tuple>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/tickets/names.h"
#include "services/tickets/reason/reason_path.h"
#include "services/tickets/reason/reason_store.h"

namespace dangol::tickets {
namespace {

using resource::TimeKey;
using v1::Ticket;

// Each is a range of its own, of which a whole page is read.
constexpr int64_t kKeysMost = 16;

// A stage's name has a `/`, the key of a reason has none.
absl::Status Add(storage::Transaction& transaction, std::string_view key, const Ticket& ticket) {
  if (key.empty()) return absl::OkStatus();
  return transaction.Execute("INSERT INTO ticket_topic (topic, receive_time, ticket_id) VALUES ($1, $2, $3)",
                             {key, FromProtoTime(ticket.receive_time()), kTicketPattern.Id(ticket.name())});
}

absl::Status Move(storage::Transaction& transaction, std::string_view before, std::string_view now,
                  const Ticket& ticket) {
  if (before == now) return absl::OkStatus();
  if (!before.empty()) {
    RETURN_IF_ERROR(
        transaction.Execute("DELETE FROM ticket_topic WHERE topic = $1 AND receive_time = $2 AND ticket_id = $3",
                            {before, FromProtoTime(ticket.receive_time()), kTicketPattern.Id(ticket.name())}));
  }
  return Add(transaction, now, ticket);
}

}  // namespace

absl::StatusOr<Topic> ReadReasonTopic(storage::Snapshot& snapshot, std::string_view path) {
  Topic topic;
  RETURN_IF_ERROR(
      ListReasonCounts(snapshot, path, kKeysMost + 1, [&](std::string_view key, int64_t tickets, int64_t open_tickets) {
        topic.keys.emplace_back(key);
        topic.tickets += tickets;
        topic.open_tickets += open_tickets;
      }));
  if (static_cast<int64_t>(topic.keys.size()) > kKeysMost) topic.keys.clear();
  return topic;
}

absl::StatusOr<Topic> ReadStageTopic(storage::Snapshot& snapshot, std::string_view stage) {
  Topic topic;
  topic.keys.emplace_back(stage);
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT COALESCE(SUM(tickets), 0), COALESCE(SUM(CASE WHEN state <= $2 THEN tickets ELSE 0 END), 0)
      FROM ticket_count
      WHERE stage = $1)",
                                 {stage, kLastOpen}, [&](const storage::Row& row) {
                                   topic.tickets = row.Integer(0);
                                   topic.open_tickets = row.Integer(1);
                                 }));
  return topic;
}

absl::Status AddTopics(storage::Transaction& transaction, const Ticket& ticket) {
  RETURN_IF_ERROR(Add(transaction, ReasonKey(ticket.contact_reason()), ticket));
  return Add(transaction, ticket.stage(), ticket);
}

absl::Status MoveTopics(storage::Transaction& transaction, const Ticket& ticket, const Counted& before) {
  if (before.contact_reason != ticket.contact_reason()) {
    RETURN_IF_ERROR(Move(transaction, ReasonKey(before.contact_reason), ReasonKey(ticket.contact_reason()), ticket));
  }
  return Move(transaction, before.key.stage, ticket.stage(), ticket);
}

absl::StatusOr<std::vector<TimeKey>> ListTopicKeys(storage::Snapshot& snapshot, std::span<const std::string> keys,
                                                   const TimeKey& after, absl::Time from, int64_t most) {
  std::vector<TimeKey> found;
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(std::vector<TimeKey> of_key, resource::ListTimeKeys(snapshot, R"(
        SELECT receive_time, ticket_id FROM ticket_topic
        WHERE topic = $1 AND receive_time >= $4 AND (receive_time, ticket_id) < ($2, $3)
        ORDER BY receive_time DESC, ticket_id DESC
        LIMIT $5)",
                                                                         {key, after.time, after.id, from, most}));
    std::ranges::move(of_key, std::back_inserter(found));
  }
  std::ranges::sort(found,
                    [](const TimeKey& a, const TimeKey& b) { return std::tie(a.time, a.id) > std::tie(b.time, b.id); });
  if (static_cast<int64_t>(found.size()) > most) found.resize(static_cast<size_t>(most));
  return found;
}

}  // namespace dangol::tickets
