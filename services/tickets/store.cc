#include "services/tickets/store.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "fmt/format.h"

namespace dangol::tickets {
namespace {

using storage::Param;
using storage::Row;
using v1::Message;
using v1::Ticket;

#define TICKET_COLUMNS                                                                                              \
  "ticket_id, version, state, kind, severity, channel, connection, external_id, contact_reason, stage, assignee, " \
  "subject, body, details, decline_reason, capability_gap, revisit_condition, decided_by, occur_time, "            \
  "receive_time, hear_time, first_response_time, decide_time, waiting_since_time, owes_reply, create_time, "       \
  "update_time"

#define MESSAGE_COLUMNS "ticket_id, message_id, kind, author, body, create_time"

std::optional<absl::Time> OptionalTime(bool set, const google::protobuf::Timestamp& time) {
  return set ? std::optional(FromProtoTime(time)) : std::nullopt;
}

// The fields that no query looks at, together.
std::string Details(const Ticket& ticket) {
  Ticket details;
  if (!ticket.source().url().empty()) details.mutable_source()->set_url(ticket.source().url());
  details.set_language(ticket.language());
  details.set_product(ticket.product());
  details.set_order(ticket.order());
  details.set_product_version(ticket.product_version());
  *details.mutable_labels() = ticket.labels();
  *details.mutable_attributes() = ticket.attributes();
  *details.mutable_attachments() = ticket.attachments();
  details.set_remedy_sought(ticket.remedy_sought());
  details.set_underlying_need(ticket.underlying_need());
  details.set_remedy_given(ticket.remedy_given());
  details.set_may_ask(ticket.may_ask());
  details.set_abusive(ticket.abusive());
  details.set_heard_summary(ticket.heard_summary());
  return details.SerializeAsString();
}

absl::StatusOr<Ticket> TicketFromRow(const Row& row) {
  Ticket ticket;
  if (!ticket.ParseFromArray(row.Bytes(13).data(), static_cast<int>(row.Bytes(13).size()))) {
    return InternalError(fmt::format("details of ticket {} do not parse", row.Bytes(0)));
  }
  ticket.set_name(TicketName(row.Bytes(0)));
  ticket.set_etag(std::to_string(row.Integer(1)));
  ticket.set_state(static_cast<Ticket::State>(row.Integer(2)));
  ticket.set_kind(static_cast<Ticket::Kind>(row.Integer(3)));
  ticket.set_severity(static_cast<Ticket::Severity>(row.Integer(4)));
  const auto set_source = [&](int column, void (*set)(v1::Source&, std::string)) {
    if (!row.Bytes(column).empty()) set(*ticket.mutable_source(), row.Text(column));
  };
  set_source(5, [](v1::Source& source, std::string text) { source.set_channel(std::move(text)); });
  set_source(6, [](v1::Source& source, std::string text) { source.set_connection(std::move(text)); });
  set_source(7, [](v1::Source& source, std::string text) { source.set_external_id(std::move(text)); });
  ticket.set_contact_reason(row.Text(8));
  ticket.set_stage(row.Text(9));
  ticket.set_assignee(row.Text(10));
  ticket.set_subject(row.Text(11));
  ticket.set_body(row.Text(12));
  if (!row.IsNull(14)) {
    ticket.mutable_decision()->set_decline_reason(static_cast<v1::Decision::DeclineReason>(row.Integer(14)));
    ticket.mutable_decision()->set_capability_gap(row.Text(15));
    ticket.mutable_decision()->set_revisit_condition(row.Text(16));
    ticket.mutable_decision()->set_decided_by(row.Text(17));
  }
  *ticket.mutable_occur_time() = ToProtoTime(row.Time(18));
  *ticket.mutable_receive_time() = ToProtoTime(row.Time(19));
  if (auto time = row.OptionalTime(20)) *ticket.mutable_hear_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(21)) *ticket.mutable_first_response_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(22)) *ticket.mutable_decide_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(23)) *ticket.mutable_waiting_since_time() = ToProtoTime(*time);
  ticket.set_owes_reply(row.Integer(24) != 0);
  *ticket.mutable_create_time() = ToProtoTime(row.Time(25));
  *ticket.mutable_update_time() = ToProtoTime(row.Time(26));
  return ticket;
}

Message MessageFromRow(const Row& row) {
  Message message;
  message.set_name(MessageName(row.Bytes(0), row.Bytes(1)));
  message.set_kind(static_cast<Message::Kind>(row.Integer(2)));
  message.set_author(row.Text(3));
  message.set_body(row.Text(4));
  *message.mutable_create_time() = ToProtoTime(row.Time(5));
  return message;
}

// The last segment of a name.
std::string_view LastId(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::string TicketName(std::string_view ticket_id) { return fmt::format("tickets/{}", ticket_id); }

std::string MessageName(std::string_view ticket_id, std::string_view message_id) {
  return fmt::format("tickets/{}/messages/{}", ticket_id, message_id);
}

std::string_view TicketId(std::string_view name) {
  name.remove_prefix(std::string_view("tickets/").size());
  return name.substr(0, name.find('/'));
}

int64_t Version(const Ticket& ticket) { return std::strtoll(ticket.etag().c_str(), nullptr, 10); }

absl::StatusOr<Ticket> ReadTicket(storage::Snapshot& snapshot, std::string_view name) {
  std::optional<absl::StatusOr<Ticket>> ticket;
  RETURN_IF_ERROR(snapshot.Query("SELECT " TICKET_COLUMNS " FROM ticket WHERE ticket_id = $1", {TicketId(name)},
                                 [&](const Row& row) { ticket = TicketFromRow(row); }));
  if (!ticket) return NotFound(name);
  return *std::move(ticket);
}

absl::StatusOr<Message> ReadMessage(storage::Snapshot& snapshot, std::string_view name) {
  std::optional<Message> message;
  RETURN_IF_ERROR(snapshot.Query("SELECT " MESSAGE_COLUMNS " FROM message WHERE ticket_id = $1 AND message_id = $2",
                                 {TicketId(name), LastId(name)}, [&](const Row& row) { message = MessageFromRow(row); }));
  if (!message) return NotFound(name);
  return *std::move(message);
}

absl::Status InsertTicket(storage::Transaction& transaction, Ticket& ticket, bool is_new_name) {
  if (!is_new_name) {
    ASSIGN_OR_RETURN(const int64_t taken, transaction.QueryInteger("SELECT COUNT(*) FROM ticket WHERE ticket_id = $1",
                                                                   {TicketId(ticket.name())}));
    if (taken != 0) return AlreadyExists(ticket.name());
  }
  ticket.set_etag("1");
  return transaction.Execute(
      "INSERT INTO ticket (" TICKET_COLUMNS
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL, NULL, NULL, NULL, $15, $16, NULL, NULL, "
      "NULL, $17, 0, $18, $18)",
      {TicketId(ticket.name()), Version(ticket), ticket.state(), ticket.kind(), ticket.severity(), ticket.source().channel(),
       ticket.source().connection(), ticket.source().external_id(), ticket.contact_reason(), ticket.stage(), ticket.assignee(),
       ticket.subject(), ticket.body(), Param::Blob(Details(ticket)), FromProtoTime(ticket.occur_time()),
       FromProtoTime(ticket.receive_time()), FromProtoTime(ticket.waiting_since_time()), FromProtoTime(ticket.create_time())});
}

absl::Status UpdateTicket(storage::Transaction& transaction, Ticket& ticket, absl::Time now) {
  ticket.set_etag(std::to_string(Version(ticket) + 1));
  *ticket.mutable_update_time() = ToProtoTime(now);
  const v1::Decision& decision = ticket.decision();
  const auto decided = [&](Param value) { return ticket.has_decision() ? value : Param(nullptr); };
  return transaction.Execute(
      "UPDATE ticket SET version = $2, state = $3, details = $4, decline_reason = $5, capability_gap = $6, "
      "revisit_condition = $7, decided_by = $8, hear_time = $9, first_response_time = $10, decide_time = $11, "
      "waiting_since_time = $12, owes_reply = $13, update_time = $14 WHERE ticket_id = $1",
      {TicketId(ticket.name()), Version(ticket), ticket.state(), Param::Blob(Details(ticket)), decided(decision.decline_reason()),
       decided(decision.capability_gap()), decided(decision.revisit_condition()), decided(decision.decided_by()),
       OptionalTime(ticket.has_hear_time(), ticket.hear_time()),
       OptionalTime(ticket.has_first_response_time(), ticket.first_response_time()),
       OptionalTime(ticket.has_decide_time(), ticket.decide_time()),
       OptionalTime(ticket.has_waiting_since_time(), ticket.waiting_since_time()), ticket.owes_reply(), now});
}

absl::StatusOr<absl::Time> NextMessageTime(storage::Snapshot& snapshot, std::string_view ticket_id, absl::Time now) {
  std::optional<absl::Time> newest;
  RETURN_IF_ERROR(snapshot.Query("SELECT MAX(create_time) FROM message WHERE ticket_id = $1", {ticket_id},
                                 [&](const Row& row) { newest = row.OptionalTime(0); }));
  return newest ? std::max(now, *newest + absl::Microseconds(1)) : now;
}

absl::Status InsertMessage(storage::Transaction& transaction, const Message& message) {
  bool inserted = false;
  RETURN_IF_ERROR(transaction.Query("INSERT INTO message (" MESSAGE_COLUMNS
                                    ") VALUES ($1, $2, $3, $4, $5, $6) "
                                    "ON CONFLICT (ticket_id, message_id) DO NOTHING RETURNING kind",
                                    {TicketId(message.name()), LastId(message.name()), message.kind(), message.author(),
                                     message.body(), FromProtoTime(message.create_time())},
                                    [&](const Row&) { inserted = true; }));
  return inserted ? absl::OkStatus() : AlreadyExists(message.name());
}

absl::StatusOr<std::vector<rpc::PageKey>> ListTicketKeys(storage::Snapshot& snapshot, Ticket::State state,
                                                         const std::optional<rpc::PageKey>& after, int64_t most) {
  std::vector<rpc::PageKey> keys;
  const auto take = [&](const Row& row) { keys.push_back({row.Time(0), row.Text(1)}); };
  if (after) {
    RETURN_IF_ERROR(
        snapshot.Query("SELECT receive_time, ticket_id FROM ticket WHERE state = $1 AND (receive_time, ticket_id) < ($2, $3) "
                       "ORDER BY receive_time DESC, ticket_id DESC LIMIT $4",
                       {state, after->time, after->id, most}, take));
  } else {
    RETURN_IF_ERROR(snapshot.Query("SELECT receive_time, ticket_id FROM ticket WHERE state = $1 "
                                   "ORDER BY receive_time DESC, ticket_id DESC LIMIT $2",
                                   {state, most}, take));
  }
  return keys;
}

absl::StatusOr<std::vector<rpc::PageKey>> ListMessageKeys(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                          const std::optional<rpc::PageKey>& after, int64_t most) {
  std::vector<rpc::PageKey> keys;
  RETURN_IF_ERROR(snapshot.Query("SELECT create_time, message_id FROM message "
                                 "WHERE ticket_id = $1 AND (create_time, message_id) > ($2, $3) "
                                 "ORDER BY create_time, message_id LIMIT $4",
                                 {ticket_id, after ? after->time : absl::FromUnixMicros(0), after ? after->id : "", most},
                                 [&](const Row& row) { keys.push_back({row.Time(0), row.Text(1)}); }));
  return keys;
}

}  // namespace dangol::tickets
