#include "services/tickets/message/message_store.h"

#include <algorithm>
#include <tuple>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using resource::Column;
using storage::Row;
using v1::Message;

#define MESSAGE(field) FIELD_OF(v1::Message, field)

// clang-format off
constexpr auto kMessageTable = resource::Table<Message>(
    "message", std::tuple(
        resource::KeyColumn(kMessagePattern, 0, MESSAGE(name), "ticket_id"),
        resource::KeyColumn(kMessagePattern, 1, MESSAGE(name), "message_id"),
        Column(MESSAGE(kind)),
        Column<resource::kUpdate>(MESSAGE(author)),
        Column(MESSAGE(automatic)),
        Column(MESSAGE(delivered)),
        Column(MESSAGE(send_time)),
        Column(MESSAGE(create_time)),
        resource::NullableColumn<resource::kUpdate>(MESSAGE(redact_time)),
        Column<resource::kUpdate>(MESSAGE(body))));
// clang-format on

}  // namespace

absl::StatusOr<Message> ReadMessage(storage::Snapshot& snapshot, std::string_view name) {
  return resource::Read<kMessageTable>(snapshot, name);
}

absl::Status InsertMessage(storage::Transaction& transaction, const Message& message) {
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kMessageTable>(transaction, message));
  return inserted ? absl::OkStatus() : AlreadyExists(message.name());
}

absl::Status StoreMessage(storage::Transaction& transaction, const Message& before, const Message& message) {
  return resource::Update<kMessageTable>(transaction, before, message);
}

absl::StatusOr<std::optional<absl::Time>> NewestMessageTime(storage::Snapshot& snapshot, std::string_view ticket_id) {
  std::optional<absl::Time> newest;
  RETURN_IF_ERROR(snapshot.Query("SELECT MAX(send_time) FROM message WHERE ticket_id = $1", {ticket_id},
                                 [&](const Row& row) { newest = row.OptionalTime(0); }));
  return newest;
}

absl::StatusOr<Words> ReadWords(storage::Snapshot& snapshot, std::string_view ticket_id,
                                std::optional<absl::Time> dismiss_time) {
  Words words;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT MIN(m.send_time), MAX(m.send_time) FROM ticket AS t JOIN message AS m USING (ticket_id) "
                     "WHERE t.ticket_id = $1 AND " IS_REPLY_SQL,
                     {ticket_id, Message::PUBLIC}, [&](const Row& row) {
                       words.first_reply = row.OptionalTime(0);
                       words.last_reply = row.OptionalTime(1);
                     }));
  const absl::Time settled = std::max(words.last_reply.value_or(absl::FromUnixMicros(INT64_MIN / 2)),
                                      dismiss_time.value_or(absl::FromUnixMicros(INT64_MIN / 2)));
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT MIN(send_time) FROM message WHERE ticket_id = $1 AND kind = $2 AND send_time > $3",
      {ticket_id, Message::CUSTOMER, settled}, [&](const Row& row) { words.first_unanswered = row.OptionalTime(0); }));
  return words;
}

absl::StatusOr<std::vector<resource::TimeKey>> ListMessageKeys(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most) {
  const resource::TimeKey from = after.value_or(resource::TimeKey::BeforeOldest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT send_time, message_id FROM message
      WHERE ticket_id = $1 AND (send_time, message_id) > ($2, $3)
      ORDER BY send_time, message_id
      LIMIT $4)",
                                {ticket_id, from.time, from.id, most});
}

}  // namespace dangol::tickets
