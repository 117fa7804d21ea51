#include "services/tickets/ticket/ticket_store.h"

#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "common/storage/timers.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/ticket/label_store.h"
#include "services/tickets/ticket/topic_store.h"
#include "services/tickets/ticket/waiting_store.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {
namespace {

using resource::Column;
using resource::kFixed;
using resource::kIndexed;
using resource::kLater;
using resource::kLong;
using resource::kUpdate;
using resource::NullableColumn;
using resource::ReferenceColumn;
using storage::Row;
using v1::Ticket;

#define TICKET(field) MEMBER_OF(TicketRow, ticket) / FIELD_OF(v1::Ticket, field)
#define OF_SOURCE(field) TICKET(source) / FIELD_OF(v1::Source, field)
#define OF_DECISION(field) TICKET(decision) / FIELD_OF(v1::Decision, field)
#define OF_REFUSAL(field) TICKET(acceptance_refusal) / FIELD_OF(v1::AcceptanceRefusal, field)
#define IN_DETAILS(field) FIELD_OF(v1::Ticket, field)

// What is long stands last: to read what is behind it, all of it is read.
// clang-format off
constexpr auto kTicketTable = resource::Table<TicketRow>(
    "ticket", std::tuple(
        resource::KeyColumn(kTicketPattern, 0, TICKET(name), "ticket_id"),
        resource::VersionColumn(TICKET(etag)),
        Column<kUpdate | kIndexed>(TICKET(state)),
        Column<kUpdate>(TICKET(disposition)),
        Column<kUpdate>(TICKET(kind)),
        Column<kUpdate>(TICKET(severity)),
        Column(OF_SOURCE(channel)),
        Column(OF_SOURCE(connection)),
        Column(OF_SOURCE(external_id)),
        Column<kUpdate>(TICKET(contact_reason)),
        Column<kUpdate>(TICKET(stage)),
        Column<kUpdate | kIndexed>(TICKET(assignee)),
        Column<kUpdate>(TICKET(may_ask)),
        Column(TICKET(imported)),
        ReferenceColumn<kFixed, resource::Null::kNever>(kCustomerPattern, TICKET(customer), "customer_id"),
        Column(TICKET(anonymous)),
        Column(TICKET(internal)),
        Column(TICKET(segment)),
        Column<kUpdate | kLater>(TICKET(erased)),
        ReferenceColumn<kUpdate | kIndexed | kLater>(kChangePattern, TICKET(change), "change_id"),
        Column<kUpdate | kLater>(TICKET(acceptance)),
        Column<kUpdate | kLater>(MEMBER_OF(TicketRow, demand_revision)),
        Column<kUpdate | kLater>(TICKET(decide_acceptance)),
        Column<kUpdate | kLater>(TICKET(first_decision)),
        Column<kUpdate | kLater>(MEMBER_OF(TicketRow, recurrence_acceptance)),
        NullableColumn<kUpdate | kLater | resource::kBlob>(MEMBER_OF(TicketRow, before_acceptance)),
        Column<kUpdate | kLater>(TICKET(recurrence)),
        Column<kUpdate | kLater>(TICKET(recurrence_count)),
        Column<kUpdate | kLater>(TICKET(reopen_count)),
        NullableColumn<kUpdate | kLater>(TICKET(shipment)),
        Column<kUpdate | kLater>(TICKET(late)),
        ReferenceColumn<kUpdate | kLater>(kChangePattern, OF_REFUSAL(change), "refusal_change_id"),
        NullableColumn<kUpdate | kLater>(OF_REFUSAL(reason), "refusal_reason"),
        NullableColumn<kUpdate | kLater>(OF_REFUSAL(time), "refusal_time"),
        NullableColumn<kUpdate | kLater>(OF_DECISION(decline_reason)),
        NullableColumn<kUpdate | kLater>(OF_DECISION(capability_gap)),
        NullableColumn<kUpdate | kLater>(OF_DECISION(decided_by)),
        Column(TICKET(occur_time)),
        Column(TICKET(receive_time)),
        NullableColumn<kUpdate | kLater>(TICKET(hear_time)),
        NullableColumn<kUpdate | kLater>(TICKET(heard_by)),
        Column<kUpdate | kLater>(TICKET(heard_in_bulk)),
        NullableColumn<kUpdate | kLater>(TICKET(accepted_by)),
        NullableColumn<kUpdate | kLater>(TICKET(first_response_time)),
        NullableColumn<kUpdate | kLater>(TICKET(decide_time)),
        NullableColumn<kUpdate>(TICKET(waiting_since_time)),
        Column<kUpdate | kLater>(TICKET(owes_reply)),
        NullableColumn<kUpdate | kLater>(MEMBER_OF(TicketRow, dismiss_time)),
        Column<kUpdate | kIndexed | kLater>(MEMBER_OF(TicketRow, recalled)),
        NullableColumn<kUpdate | kLater>(TICKET(confirm_time)),
        NullableColumn<kUpdate | kLater>(TICKET(answer_time)),
        ReferenceColumn<kUpdate | kLater>(kTicketPattern, TICKET(canonical), "canonical_id"),
        Column<kUpdate | kLater>(TICKET(outcome_rating)),
        Column<kUpdate | kLater>(TICKET(handling_rating)),
        NullableColumn<kUpdate | kLater>(TICKET(told_time)),
        NullableColumn<kUpdate | kLater>(TICKET(close_due_time)),
        NullableColumn<kUpdate>(TICKET(close_time)),
        Column(TICKET(create_time)),
        Column<kUpdate>(TICKET(update_time)),
        NullableColumn<kUpdate>(TICKET(reply_due_time)),
        NullableColumn<kUpdate>(TICKET(decide_due_time)),
        NullableColumn<kUpdate | kLater>(OF_DECISION(revisit_time)),
        Column<kUpdate | kIndexed>(MEMBER_OF(TicketRow, agenda)),
        NullableColumn<kUpdate | kIndexed>(MEMBER_OF(TicketRow, agenda_time)),
        NullableColumn<kUpdate | kLater>(OF_DECISION(revisit_condition)),
        Column<kLong>(TICKET(subject)),
        resource::Rest(MEMBER_OF(TicketRow, ticket), IN_DETAILS(source) / FIELD_OF(v1::Source, url),
                       IN_DETAILS(language), IN_DETAILS(product), IN_DETAILS(order),
                       IN_DETAILS(product_version), IN_DETAILS(labels), IN_DETAILS(attributes),
                       IN_DETAILS(file_links), IN_DETAILS(remedy_sought), IN_DETAILS(underlying_need),
                       IN_DETAILS(remedy_given), IN_DETAILS(remedy), IN_DETAILS(abusive),
                       IN_DETAILS(heard_summary), IN_DETAILS(split_from), IN_DETAILS(split_into),
                       IN_DETAILS(import_name)),
        Column<kLong>(TICKET(body))));
// clang-format on

// It follows from the others, and is not stored.
void ShowDueTime(Ticket& ticket) {
  if (const std::optional<absl::Time> due_time = DueTimeOf(ticket)) *ticket.mutable_due_time() = ToProtoTime(*due_time);
}

absl::Status SetClocks(storage::Transaction& transaction, const rpc::Call& call, TicketRow& row) {
  if (StopClocks(row.ticket)) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(transaction));
    StartClocks(row.ticket, *triage, call.now());
  }
  SetAgenda(row);
  if (!row.ticket.has_close_due_time()) return absl::OkStatus();
  return storage::SetTimerNoLater(transaction, FromProtoTime(row.ticket.close_due_time()), kCloseTimer, "");
}

}  // namespace

int64_t Version(const Ticket& ticket) { return resource::VersionOfEtag(ticket.etag()); }

absl::StatusOr<Ticket> ReadTicket(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(TicketRow row, resource::Read<kTicketTable>(snapshot, name));
  ShowDueTime(row.ticket);
  return std::move(row.ticket);
}

absl::StatusOr<LoadedTicket> LoadTicket(storage::Snapshot& snapshot, std::string_view name, std::string_view etag,
                                        resource::Part part) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, resource::Load<kTicketTable>(snapshot, name, etag, part));
  ShowDueTime(ticket.row.ticket);
  ticket.row.counted = CountedOf(ticket.row.ticket);
  ticket.row.listed_wait = ListedWaitOf(ticket.row.ticket);
  return ticket;
}

absl::StatusOr<LoadedTicket> LoadTicketHead(storage::Snapshot& snapshot, std::string_view name) {
  return LoadTicket(snapshot, name, {}, resource::Part::kHead);
}

absl::StatusOr<v1::TicketResult> ReadTicketResult(storage::Snapshot& snapshot, std::string_view name) {
  v1::TicketResult result;
  result.set_name(std::string(name));
  RETURN_IF_ERROR(snapshot.Query("SELECT state, change_id FROM ticket WHERE ticket_id = $1", {kTicketPattern.Id(name)},
                                 [&](const Row& row) {
                                   result.set_state(static_cast<Ticket::State>(row.Integer(0)));
                                   if (!row.IsNull(1)) result.set_change(kChangePattern.Name(row.Bytes(1)));
                                 }));
  return result;
}

absl::Status AddTicket(storage::Transaction& transaction, const rpc::Call& call, Ticket& ticket, const Triage& triage) {
  resource::SetFirstVersion(transaction, ticket);
  TicketRow row;
  row.ticket = std::move(ticket);
  StartClocks(row.ticket, triage, call.now());
  SetAgenda(row);
  const absl::StatusOr<bool> inserted = resource::InsertIfFree<kTicketTable>(transaction, row);
  ticket = std::move(row.ticket);
  RETURN_IF_ERROR(inserted.status());
  if (!*inserted) return AlreadyExists(ticket.name());
  RETURN_IF_ERROR(AddLabels(transaction, ticket));
  RETURN_IF_ERROR(AddTopics(transaction, ticket));
  transaction.Shared<TicketCounts>().Add(CountedOf(ticket), 1);
  v1::TicketEvent event;
  v1::TicketCreated& created = *event.mutable_ticket_created();
  if (!ticket.split_from().empty()) created.set_split_from(ticket.split_from());
  *event.mutable_facts() = FactsOf(ticket);
  std::vector<feed::Touched> touched = {{ticket.name(), Version(ticket)}};
  if (ticket.anonymous()) touched.push_back({ticket.customer(), 1});  // no other event tells of that customer
  return feed::Append(transaction, call, event, touched);
}

absl::Status StoreTicketUntold(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket) {
  TicketRow& row = ticket.row;
  RETURN_IF_ERROR(SetClocks(transaction, call, row));
  row.recalled = row.ticket.state() > Ticket::HEARD && TurnOf(row.ticket) == Turn::kOurs;
  Counted now = CountedOf(row.ticket);
  TicketCounts& counts = transaction.Shared<TicketCounts>();
  counts.Add(row.counted, -1);
  counts.Add(now, 1);
  RETURN_IF_ERROR(MoveTopics(transaction, row.ticket, row.counted));
  row.counted = std::move(now);
  const std::optional<absl::Time> wait = ListedWaitOf(row.ticket);
  RETURN_IF_ERROR(MoveWait(transaction, kTicketPattern.Id(row.ticket.name()), row.listed_wait, wait));
  row.listed_wait = wait;
  return resource::Store<kTicketTable>(transaction, ticket, row.ticket.mutable_update_time(), call.now());
}

absl::Status StoreTicket(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                         v1::TicketEvent event, std::vector<feed::Touched> touched) {
  RETURN_IF_ERROR(StoreTicketUntold(transaction, call, ticket));
  *event.mutable_facts() = FactsOf(ticket.row.ticket);
  touched.push_back({ticket.row.ticket.name(), Version(ticket.row.ticket)});
  return feed::Append(transaction, call, event, touched);
}

// To set a text allocates it, even an empty one.
#define COPY_TEXT(field, from) \
  if (!(from).empty()) facts.set_##field(from)
#define COPY(field) facts.set_##field(ticket.field())
#define COPY_TIME(field) \
  if (ticket.has_##field()) *facts.mutable_##field() = ticket.field()

namespace {

void CopyCustomer(const Ticket& ticket, v1::CustomerKey& key) {
  key.set_customer(ticket.customer());
  key.set_anonymous(ticket.anonymous());
  key.set_audience(ticket.internal() ? v1::CustomerKey::INTERNAL : v1::CustomerKey::EXTERNAL);
  if (!ticket.segment().empty()) key.set_segment(ticket.segment());
}

}  // namespace

v1::TicketFacts FactsOf(const Ticket& ticket) {
  v1::TicketFacts facts;
  facts.set_ticket(ticket.name());
  facts.set_version(Version(ticket));
  COPY(state);
  COPY(disposition);
  COPY(kind);
  COPY(severity);
  COPY_TEXT(contact_reason, ticket.contact_reason());
  COPY_TEXT(stage, ticket.stage());
  COPY_TEXT(channel, ticket.source().channel());
  COPY_TEXT(connection, ticket.source().connection());
  COPY_TEXT(assignee, ticket.assignee());
  COPY(may_ask);
  COPY(imported);
  COPY_TEXT(change, ticket.change());
  COPY(acceptance);
  COPY_TEXT(shipment, ticket.shipment());
  COPY(late);
  COPY(recurrence);
  COPY(recurrence_count);
  COPY(reopen_count);
  COPY(owes_reply);
  COPY(first_decision);
  CopyCustomer(ticket, *facts.mutable_customer());
  facts.set_decline_reason(ticket.decision().decline_reason());
  COPY_TEXT(capability_gap, ticket.decision().capability_gap());
  COPY_TEXT(decided_by, ticket.decision().decided_by());
  COPY_TEXT(heard_by, ticket.heard_by());
  COPY(heard_in_bulk);
  COPY_TEXT(accepted_by, ticket.accepted_by());
  COPY_TEXT(canonical, ticket.canonical());
  COPY(outcome_rating);
  COPY(handling_rating);
  COPY_TIME(occur_time);
  COPY_TIME(receive_time);
  COPY_TIME(hear_time);
  COPY_TIME(first_response_time);
  COPY_TIME(decide_time);
  COPY_TIME(waiting_since_time);
  COPY_TIME(confirm_time);
  COPY_TIME(answer_time);
  COPY_TIME(told_time);
  COPY_TIME(close_time);
  return facts;
}

#define NEWEST_FIRST                                            \
  "receive_time >= $3 AND (receive_time, ticket_id) < ($1, $2)" \
  " ORDER BY receive_time DESC, ticket_id DESC LIMIT $4"

absl::StatusOr<std::vector<TicketRow>> ListTicketHeads(storage::Snapshot& snapshot, const TicketRange& range,
                                                       const resource::TimeKey& after, absl::Time bound, int64_t most) {
  using resource::ListHeads;
  using resource::Tail;
  if (range.agenda != Agenda::kNothing) {
    return ListHeads<kTicketTable, Tail(" WHERE agenda = $5 AND agenda <> 0 AND agenda_time < $3"
                                        " AND (agenda_time, ticket_id) > ($1, $2)"
                                        " ORDER BY agenda_time, ticket_id LIMIT $4")>(
        snapshot, {after.time, after.id, bound, most, static_cast<int>(range.agenda)});
  }
  if (range.waiting) {
    ASSIGN_OR_RETURN(const std::vector<resource::TimeKey> keys, ListWaitKeys(snapshot, after, most));
    std::vector<TicketRow> rows;
    for (const resource::TimeKey& key : keys) {
      ASSIGN_OR_RETURN(rows.emplace_back(),
                       resource::Read<kTicketTable>(snapshot, kTicketPattern.Name(key.id), resource::Part::kHead));
    }
    return rows;
  }
  if (range.oldest_first) {
    return ListHeads<kTicketTable, Tail(" WHERE state = $3 AND (receive_time, ticket_id) > ($1, $2)"
                                        " ORDER BY receive_time, ticket_id LIMIT $4")>(
        snapshot, {after.time, after.id, range.state, most});
  }
  if (range.recalled && !range.assignee.empty()) {
    return ListHeads<kTicketTable, Tail(" WHERE recalled = 1 AND assignee = $5 AND " NEWEST_FIRST)>(
        snapshot, {after.time, after.id, bound, most, range.assignee});
  }
  if (range.recalled) {
    return ListHeads<kTicketTable, Tail(" WHERE recalled = 1 AND " NEWEST_FIRST)>(snapshot,
                                                                                  {after.time, after.id, bound, most});
  }
  if (!range.change.empty()) {
    const std::string_view change_id = kChangePattern.Id(range.change);
    return ListHeads<kTicketTable, Tail(" WHERE change_id = $5 AND change_id IS NOT NULL AND " NEWEST_FIRST)>(
        snapshot, {after.time, after.id, bound, most, change_id});
  }
  if (!range.assignee.empty()) {
    return ListHeads<kTicketTable, Tail(" WHERE assignee = $5 AND assignee <> '' AND state = $6 AND " NEWEST_FIRST)>(
        snapshot, {after.time, after.id, bound, most, range.assignee, range.state});
  }
  return ListHeads<kTicketTable, Tail(" WHERE state = $5 AND " NEWEST_FIRST)>(
      snapshot, {after.time, after.id, bound, most, range.state});
}

#undef NEWEST_FIRST

absl::StatusOr<std::vector<TicketRow>> ListTicketHeads(storage::Snapshot& snapshot, std::string_view after_id,
                                                       int64_t most) {
  return resource::ListHeads<kTicketTable, resource::Tail(" WHERE ticket_id > $1 ORDER BY ticket_id LIMIT $2")>(
      snapshot, {after_id, most});
}

}  // namespace dangol::tickets
