#include "services/tickets/store.h"

#include <algorithm>
#include <cstdlib>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"

namespace dangol::tickets {
namespace {

using storage::Param;
using storage::Row;
using v1::Message;
using v1::Ticket;

// What is short; a decision reads no more.
#define TICKET_HEAD_COLUMNS                                                                                           \
  "ticket_id, version, state, disposition, kind, severity, channel, connection, external_id, contact_reason, stage, " \
  "assignee, change_id, acceptance, recurrence_count, reopen_count, shipment, late, refusal_change_id, "              \
  "refusal_reason, refusal_time, decline_reason, capability_gap, decided_by, occur_time, receive_time, hear_time, "   \
  "first_response_time, decide_time, waiting_since_time, owes_reply, confirm_time, answer_time, close_time, "         \
  "create_time, update_time, revisit_condition"

#define TICKET_COLUMNS TICKET_HEAD_COLUMNS ", subject, details, body"

#define MESSAGE_COLUMNS "ticket_id, message_id, kind, author, create_time, body"

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

void SetLink(Ticket& ticket, const Row& row) {
  if (!row.IsNull(12)) ticket.set_change(ChangeName(row.Bytes(12)));
  ticket.set_acceptance(row.Integer(13));
  ticket.set_recurrence_count(static_cast<int32_t>(row.Integer(14)));
  ticket.set_reopen_count(static_cast<int32_t>(row.Integer(15)));
  ticket.set_shipment(row.Text(16));
  ticket.set_late(row.Integer(17) != 0);
  if (!row.IsNull(19)) {
    v1::AcceptanceRefusal& refusal = *ticket.mutable_acceptance_refusal();
    refusal.set_change(ChangeName(row.Bytes(18)));
    refusal.set_reason(static_cast<v1::AcceptanceRefusal::Reason>(row.Integer(19)));
    *refusal.mutable_time() = ToProtoTime(row.Time(20));
  }
}

void SetDecision(Ticket& ticket, const Row& row) {
  if (row.IsNull(21)) return;
  v1::Decision& decision = *ticket.mutable_decision();
  decision.set_decline_reason(static_cast<v1::Decision::DeclineReason>(row.Integer(21)));
  decision.set_capability_gap(row.Text(22));
  decision.set_decided_by(row.Text(23));
  decision.set_revisit_condition(row.Text(36));
}

void SetTimes(Ticket& ticket, const Row& row) {
  const auto set = [&](int column, google::protobuf::Timestamp* (Ticket::*field)()) {
    if (auto time = row.OptionalTime(column)) *(ticket.*field)() = ToProtoTime(*time);
  };
  set(24, &Ticket::mutable_occur_time);
  set(25, &Ticket::mutable_receive_time);
  set(26, &Ticket::mutable_hear_time);
  set(27, &Ticket::mutable_first_response_time);
  set(28, &Ticket::mutable_decide_time);
  set(29, &Ticket::mutable_waiting_since_time);
  set(31, &Ticket::mutable_confirm_time);
  set(32, &Ticket::mutable_answer_time);
  set(33, &Ticket::mutable_close_time);
  set(34, &Ticket::mutable_create_time);
  set(35, &Ticket::mutable_update_time);
}

void SetHead(Ticket& ticket, const Row& row) {
  ticket.set_name(TicketName(row.Bytes(0)));
  ticket.set_etag(std::to_string(row.Integer(1)));
  ticket.set_state(static_cast<Ticket::State>(row.Integer(2)));
  ticket.set_disposition(static_cast<Ticket::Disposition>(row.Integer(3)));
  ticket.set_kind(static_cast<Ticket::Kind>(row.Integer(4)));
  ticket.set_severity(static_cast<Ticket::Severity>(row.Integer(5)));
  const auto set_source = [&](int column, void (*set)(v1::Source&, std::string)) {
    if (!row.Bytes(column).empty()) set(*ticket.mutable_source(), row.Text(column));
  };
  set_source(6, [](v1::Source& source, std::string text) { source.set_channel(std::move(text)); });
  set_source(7, [](v1::Source& source, std::string text) { source.set_connection(std::move(text)); });
  set_source(8, [](v1::Source& source, std::string text) { source.set_external_id(std::move(text)); });
  ticket.set_contact_reason(row.Text(9));
  ticket.set_stage(row.Text(10));
  ticket.set_assignee(row.Text(11));
  ticket.set_owes_reply(row.Integer(30) != 0);
  SetLink(ticket, row);
  SetDecision(ticket, row);
  SetTimes(ticket, row);
}

absl::StatusOr<Ticket> TicketFromRow(const Row& row) {
  Ticket ticket;
  if (!ticket.ParseFromArray(row.Bytes(38).data(), static_cast<int>(row.Bytes(38).size()))) {
    return InternalError(fmt::format("details of ticket {} do not parse", row.Bytes(0)));
  }
  SetHead(ticket, row);
  ticket.set_subject(row.Text(37));
  ticket.set_body(row.Text(39));
  return ticket;
}

Message MessageFromRow(const Row& row) {
  Message message;
  message.set_name(MessageName(row.Bytes(0), row.Bytes(1)));
  message.set_kind(static_cast<Message::Kind>(row.Integer(2)));
  message.set_author(row.Text(3));
  *message.mutable_create_time() = ToProtoTime(row.Time(4));
  message.set_body(row.Text(5));
  return message;
}

// The last segment of a name.
std::string_view LastId(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::string TicketName(std::string_view ticket_id) { return fmt::format("tickets/{}", ticket_id); }

std::string ChangeName(std::string_view change_id) { return fmt::format("changes/{}", change_id); }

std::string_view ChangeId(std::string_view name) { return LastId(name); }

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

absl::StatusOr<Ticket> ReadTicketHead(storage::Snapshot& snapshot, std::string_view name) {
  std::optional<Ticket> ticket;
  RETURN_IF_ERROR(snapshot.Query("SELECT " TICKET_HEAD_COLUMNS " FROM ticket WHERE ticket_id = $1", {TicketId(name)},
                                 [&](const Row& row) { SetHead(ticket.emplace(), row); }));
  if (!ticket) return NotFound(name);
  return *std::move(ticket);
}

absl::StatusOr<v1::TicketResult> ReadTicketResult(storage::Snapshot& snapshot, std::string_view name) {
  v1::TicketResult result;
  result.set_name(std::string(name));
  RETURN_IF_ERROR(
      snapshot.Query("SELECT state, change_id FROM ticket WHERE ticket_id = $1", {TicketId(name)}, [&](const Row& row) {
        result.set_state(static_cast<Ticket::State>(row.Integer(0)));
        if (!row.IsNull(1)) result.set_change(ChangeName(row.Bytes(1)));
      }));
  return result;
}

absl::StatusOr<Message> ReadMessage(storage::Snapshot& snapshot, std::string_view name) {
  std::optional<Message> message;
  RETURN_IF_ERROR(snapshot.Query("SELECT " MESSAGE_COLUMNS " FROM message WHERE ticket_id = $1 AND message_id = $2",
                                 {TicketId(name), LastId(name)},
                                 [&](const Row& row) { message = MessageFromRow(row); }));
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
      ", demand_revision, recurrence_acceptance) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, 0, 0, "
      "0, NULL, 0, NULL, "
      "NULL, NULL, NULL, NULL, NULL, $12, $13, NULL, NULL, NULL, $14, 0, NULL, NULL, $15, $16, $16, NULL, $17, $18, "
      "$19, 0, 0)",
      {TicketId(ticket.name()), ticket.state(), ticket.disposition(), ticket.kind(), ticket.severity(),
       ticket.source().channel(), ticket.source().connection(), ticket.source().external_id(), ticket.contact_reason(),
       ticket.stage(), ticket.assignee(), FromProtoTime(ticket.occur_time()), FromProtoTime(ticket.receive_time()),
       OptionalTime(ticket.has_waiting_since_time(), ticket.waiting_since_time()),
       OptionalTime(ticket.has_close_time(), ticket.close_time()), FromProtoTime(ticket.create_time()),
       ticket.subject(), Param::Blob(Details(ticket)), ticket.body()});
}

namespace {

// `details` is null where they stay as they are.
absl::Status Update(storage::Transaction& transaction, Ticket& ticket, absl::Time now, Param details) {
  ticket.set_etag(std::to_string(Version(ticket) + 1));
  *ticket.mutable_update_time() = ToProtoTime(now);
  const v1::Decision& decision = ticket.decision();
  const v1::AcceptanceRefusal& refusal = ticket.acceptance_refusal();
  const auto where = [](bool holds, Param value) { return holds ? value : Param(nullptr); };
  return transaction.Execute(
      "UPDATE ticket SET version = $2, state = $3, disposition = $4, change_id = $5, acceptance = $6, "
      "recurrence_acceptance = CASE WHEN recurrence_count < $7 THEN $6 ELSE recurrence_acceptance END, "
      "recurrence_count = $7, "
      "reopen_count = $8, late = $9, refusal_change_id = $10, refusal_reason = $11, refusal_time = $12, decline_reason "
      "= $13, "
      "capability_gap = $14, decided_by = $15, revisit_condition = $16, hear_time = $17, first_response_time = $18, "
      "decide_time = $19, "
      "waiting_since_time = $20, owes_reply = $21, confirm_time = $22, answer_time = $23, close_time = $24, "
      "update_time = $25, "
      "details = COALESCE($26, details) WHERE ticket_id = $1",
      {TicketId(ticket.name()),
       Version(ticket),
       ticket.state(),
       ticket.disposition(),
       where(!ticket.change().empty(), ChangeId(ticket.change())),
       ticket.acceptance(),
       ticket.recurrence_count(),
       ticket.reopen_count(),
       ticket.late(),
       where(ticket.has_acceptance_refusal(), ChangeId(refusal.change())),
       where(ticket.has_acceptance_refusal(), refusal.reason()),
       OptionalTime(ticket.has_acceptance_refusal(), refusal.time()),
       where(ticket.has_decision(), decision.decline_reason()),
       where(ticket.has_decision(), decision.capability_gap()),
       where(ticket.has_decision(), decision.decided_by()),
       where(ticket.has_decision(), decision.revisit_condition()),
       OptionalTime(ticket.has_hear_time(), ticket.hear_time()),
       OptionalTime(ticket.has_first_response_time(), ticket.first_response_time()),
       OptionalTime(ticket.has_decide_time(), ticket.decide_time()),
       OptionalTime(ticket.has_waiting_since_time(), ticket.waiting_since_time()),
       ticket.owes_reply(),
       OptionalTime(ticket.has_confirm_time(), ticket.confirm_time()),
       OptionalTime(ticket.has_answer_time(), ticket.answer_time()),
       OptionalTime(ticket.has_close_time(), ticket.close_time()),
       now,
       details});
}

}  // namespace

absl::Status UpdateTicket(storage::Transaction& transaction, Ticket& ticket, absl::Time now) {
  return Update(transaction, ticket, now, nullptr);
}

absl::Status UpdateTicketAndTexts(storage::Transaction& transaction, Ticket& ticket, absl::Time now) {
  return Update(transaction, ticket, now, Param::Blob(Details(ticket)));
}

absl::StatusOr<absl::Time> NextMessageTime(storage::Snapshot& snapshot, std::string_view ticket_id, absl::Time now) {
  std::optional<absl::Time> newest;
  RETURN_IF_ERROR(snapshot.Query("SELECT MAX(create_time) FROM message WHERE ticket_id = $1", {ticket_id},
                                 [&](const Row& row) { newest = row.OptionalTime(0); }));
  return newest ? std::max(now, *newest + absl::Microseconds(1)) : now;
}

absl::Status InsertMessage(storage::Transaction& transaction, const Message& message) {
  bool inserted = false;
  RETURN_IF_ERROR(transaction.Query("INSERT INTO message (" MESSAGE_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6) "
                                    "ON CONFLICT (ticket_id, message_id) DO NOTHING RETURNING kind",
                                    {TicketId(message.name()), LastId(message.name()), message.kind(), message.author(),
                                     FromProtoTime(message.create_time()), message.body()},
                                    [&](const Row&) { inserted = true; }));
  return inserted ? absl::OkStatus() : AlreadyExists(message.name());
}

absl::StatusOr<std::vector<rpc::PageKey>> ListTicketKeys(storage::Snapshot& snapshot, Ticket::State state,
                                                         const std::optional<rpc::PageKey>& after, int64_t most) {
  std::vector<rpc::PageKey> keys;
  const auto take = [&](const Row& row) { keys.push_back({row.Time(0), row.Text(1)}); };
  if (after) {
    RETURN_IF_ERROR(snapshot.Query(
        "SELECT receive_time, ticket_id FROM ticket WHERE state = $1 AND (receive_time, ticket_id) < ($2, $3) "
        "ORDER BY receive_time DESC, ticket_id DESC LIMIT $4",
        {state, after->time, after->id, most}, take));
  } else {
    RETURN_IF_ERROR(
        snapshot.Query("SELECT receive_time, ticket_id FROM ticket WHERE state = $1 "
                       "ORDER BY receive_time DESC, ticket_id DESC LIMIT $2",
                       {state, most}, take));
  }
  return keys;
}

absl::StatusOr<std::vector<rpc::PageKey>> ListMessageKeys(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                          const std::optional<rpc::PageKey>& after, int64_t most) {
  std::vector<rpc::PageKey> keys;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT create_time, message_id FROM message "
      "WHERE ticket_id = $1 AND (create_time, message_id) > ($2, $3) "
      "ORDER BY create_time, message_id LIMIT $4",
      {ticket_id, after ? after->time : absl::FromUnixMicros(0), after ? after->id : "", most}, [&](const Row& row) {
        keys.push_back({row.Time(0), row.Text(1)});
      }));
  return keys;
}

}  // namespace dangol::tickets
