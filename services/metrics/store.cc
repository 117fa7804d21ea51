#include "services/metrics/store.h"

#include <algorithm>

#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/day.h"

namespace dangol::metrics {
namespace {

using google::protobuf::Timestamp;
using storage::Param;
using storage::Row;
using tickets::v1::Ticket;
using v1::Loop;
using v1::Step;

std::optional<absl::Time> OptionalTime(bool set, const Timestamp& time) {
  return set ? std::optional(FromProtoTime(time)) : std::nullopt;
}

Param OptionalId(std::string_view name) { return name.empty() ? Param(nullptr) : Param(IdOf(name)); }

std::string OptionalChangeName(std::string_view change_id) { return change_id.empty() ? "" : ChangeName(change_id); }

Chain ChainFromRow(std::string_view ticket_id, const Row& row) {
  Chain chain;
  Loop& loop = chain.loop;
  loop.set_name(LoopName(ticket_id));
  loop.set_ticket(TicketName(ticket_id));
  chain.version = row.Integer(0);
  loop.set_kind(static_cast<Ticket::Kind>(row.Integer(1)));
  loop.set_severity(static_cast<Ticket::Severity>(row.Integer(2)));
  loop.set_contact_reason(row.Text(3));
  loop.set_channel(row.Text(4));
  loop.set_state(static_cast<Ticket::State>(row.Integer(5)));
  loop.set_disposition(static_cast<Ticket::Disposition>(row.Integer(6)));
  loop.set_change(OptionalChangeName(row.Bytes(7)));
  loop.set_shipment(row.Text(8));
  loop.set_late(row.Integer(9) != 0);
  chain.recurred = row.Integer(10) != 0;
  chain.recurrence_counted = row.Integer(11) != 0;
  loop.set_recurrence_count(static_cast<int32_t>(row.Integer(12)));
  loop.set_reopen_count(static_cast<int32_t>(row.Integer(13)));
  if (auto time = row.OptionalTime(14)) *loop.mutable_occur_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(15)) *loop.mutable_receive_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(16)) *loop.mutable_hear_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(17)) *loop.mutable_first_response_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(18)) *loop.mutable_decide_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(19)) *loop.mutable_answer_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(20)) *loop.mutable_close_time() = ToProtoTime(*time);
  return chain;
}

}  // namespace

std::string_view IdOf(std::string_view name) {
  name.remove_prefix(name.find('/') + 1);
  return name.substr(0, name.find('/'));
}

std::string TicketName(std::string_view ticket_id) { return fmt::format("tickets/{}", ticket_id); }

std::string LoopName(std::string_view ticket_id) { return fmt::format("loops/{}", ticket_id); }

std::string ChangeName(std::string_view change_id) { return fmt::format("changes/{}", change_id); }

absl::StatusOr<std::optional<Chain>> ReadChain(storage::Snapshot& snapshot, std::string_view ticket_id) {
  std::optional<Chain> chain;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT version, kind, severity, contact_reason, channel, state, disposition, change_id, "
                     "shipment, late, recurred, "
                     "recurrence_counted, recurrence_count, reopen_count, occur_time, receive_time, hear_time, "
                     "first_response_time, decide_time, "
                     "answer_time, close_time FROM ticket_loop WHERE ticket_id = $1",
                     {ticket_id}, [&](const Row& row) { chain = ChainFromRow(ticket_id, row); }));
  return chain;
}

absl::Status WriteChain(storage::Transaction& transaction, const Chain& chain) {
  const Loop& loop = chain.loop;
  return transaction.Execute(
      "INSERT INTO ticket_loop (ticket_id, version, kind, severity, contact_reason, channel, state, disposition, "
      "change_id, shipment, "
      "late, recurred, recurrence_counted, recurrence_count, reopen_count, occur_time, receive_time, hear_time, "
      "first_response_time, "
      "decide_time, answer_time, close_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
      "$16, $17, $18, "
      "$19, $20, $21, $22) ON CONFLICT (ticket_id) DO UPDATE SET version = excluded.version, kind = excluded.kind, "
      "severity = excluded.severity, contact_reason = excluded.contact_reason, channel = excluded.channel, state = "
      "excluded.state, "
      "disposition = excluded.disposition, change_id = excluded.change_id, shipment = excluded.shipment, late = "
      "excluded.late, "
      "recurred = excluded.recurred, recurrence_counted = excluded.recurrence_counted, "
      "recurrence_count = excluded.recurrence_count, reopen_count = excluded.reopen_count, occur_time = "
      "excluded.occur_time, "
      "receive_time = excluded.receive_time, hear_time = excluded.hear_time, first_response_time = "
      "excluded.first_response_time, "
      "decide_time = excluded.decide_time, answer_time = excluded.answer_time, close_time = excluded.close_time",
      {IdOf(loop.ticket()),
       chain.version,
       loop.kind(),
       loop.severity(),
       loop.contact_reason(),
       loop.channel(),
       loop.state(),
       loop.disposition(),
       OptionalId(loop.change()),
       loop.shipment(),
       loop.late(),
       chain.recurred,
       chain.recurrence_counted,
       loop.recurrence_count(),
       loop.reopen_count(),
       OptionalTime(loop.has_occur_time(), loop.occur_time()),
       OptionalTime(loop.has_receive_time(), loop.receive_time()),
       OptionalTime(loop.has_hear_time(), loop.hear_time()),
       OptionalTime(loop.has_first_response_time(), loop.first_response_time()),
       OptionalTime(loop.has_decide_time(), loop.decide_time()),
       OptionalTime(loop.has_answer_time(), loop.answer_time()),
       OptionalTime(loop.has_close_time(), loop.close_time())});
}

absl::Status WriteProgress(storage::Transaction& transaction, const Chain& chain) {
  const Loop& loop = chain.loop;
  return transaction.Execute(
      "UPDATE ticket_loop SET version = $2, state = $3, disposition = $4, shipment = $5, late = $6, recurred = $7, "
      "recurrence_counted = $8, recurrence_count = $9, reopen_count = $10, hear_time = $11, first_response_time = $12, "
      "decide_time = $13, answer_time = $14, close_time = $15 WHERE ticket_id = $1",
      {IdOf(loop.ticket()), chain.version, loop.state(), loop.disposition(), loop.shipment(), loop.late(),
       chain.recurred, chain.recurrence_counted, loop.recurrence_count(), loop.reopen_count(),
       OptionalTime(loop.has_hear_time(), loop.hear_time()),
       OptionalTime(loop.has_first_response_time(), loop.first_response_time()),
       OptionalTime(loop.has_decide_time(), loop.decide_time()),
       OptionalTime(loop.has_answer_time(), loop.answer_time()),
       OptionalTime(loop.has_close_time(), loop.close_time())});
}

absl::Status AddTicketStep(storage::Transaction& transaction, std::string_view ticket_id, const ChainStep& step,
                           int part) {
  const absl::Time time = FromProtoTime(step.step.time());
  return transaction.Execute(
      "INSERT INTO ticket_step (ticket_id, time, sequence, part, version, kind, day, entered_state, left_state, "
      "change_id, "
      "shipment, decided_by, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
      "ON CONFLICT (ticket_id, time, sequence, part) DO NOTHING",
      {ticket_id, time, step.sequence, part, step.version, step.step.kind(), DayOf(time),
       step.entered ? Param(*step.entered) : Param(nullptr), step.left ? Param(*step.left) : Param(nullptr),
       IdOf(step.step.change()), step.step.shipment(), step.step.decided_by(), step.step.detail()});
}

absl::StatusOr<ChainSteps> NewestTicketSteps(storage::Snapshot& snapshot, std::string_view ticket_id, int64_t most) {
  ChainSteps steps;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT time, sequence, version, kind, change_id, shipment, decided_by, detail FROM ticket_step "
                     "WHERE ticket_id = $1 "
                     "ORDER BY time DESC, sequence DESC, part DESC LIMIT $2",
                     {ticket_id, most}, [&](const Row& row) {
                       ChainStep& each = steps.emplace_back();
                       *each.step.mutable_time() = ToProtoTime(row.Time(0));
                       each.sequence = row.Integer(1);
                       each.version = row.Integer(2);
                       each.step.set_kind(static_cast<Step::Kind>(row.Integer(3)));
                       each.step.set_change(OptionalChangeName(row.Bytes(4)));
                       each.step.set_shipment(row.Text(5));
                       each.step.set_decided_by(row.Text(6));
                       each.step.set_detail(row.Text(7));
                     }));
  std::ranges::reverse(steps);
  return steps;
}

absl::StatusOr<std::optional<KnownChange>> ReadChange(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<KnownChange> change;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT version, state, title, propose_time, plan_time, start_time, ship_time, drop_time, shipments FROM change "
      "WHERE change_id = $1",
      {change_id}, [&](const Row& row) {
        change.emplace().version = row.Integer(0);
        v1::LoopSummary& summary = change->summary;
        summary.set_change(ChangeName(change_id));
        summary.set_state(static_cast<backlog::v1::Change::State>(row.Integer(1)));
        summary.set_title(row.Text(2));
        if (auto time = row.OptionalTime(3)) *summary.mutable_propose_time() = ToProtoTime(*time);
        if (auto time = row.OptionalTime(4)) *summary.mutable_plan_time() = ToProtoTime(*time);
        if (auto time = row.OptionalTime(5)) *summary.mutable_start_time() = ToProtoTime(*time);
        if (auto time = row.OptionalTime(6)) *summary.mutable_ship_time() = ToProtoTime(*time);
        if (auto time = row.OptionalTime(7)) *summary.mutable_drop_time() = ToProtoTime(*time);
        summary.set_shipments(static_cast<int32_t>(row.Integer(8)));
      }));
  return change;
}

absl::Status WriteChange(storage::Transaction& transaction, const KnownChange& change) {
  const v1::LoopSummary& summary = change.summary;
  return transaction.Execute(
      "INSERT INTO change (change_id, version, state, title, propose_time, plan_time, start_time, ship_time, "
      "drop_time, shipments) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (change_id) DO UPDATE SET version = "
      "excluded.version, "
      "state = excluded.state, title = excluded.title, propose_time = excluded.propose_time, plan_time = "
      "excluded.plan_time, "
      "start_time = excluded.start_time, ship_time = excluded.ship_time, drop_time = excluded.drop_time, "
      "shipments = excluded.shipments",
      {IdOf(summary.change()), change.version, summary.state(), summary.title(),
       OptionalTime(summary.has_propose_time(), summary.propose_time()),
       OptionalTime(summary.has_plan_time(), summary.plan_time()),
       OptionalTime(summary.has_start_time(), summary.start_time()),
       OptionalTime(summary.has_ship_time(), summary.ship_time()),
       OptionalTime(summary.has_drop_time(), summary.drop_time()), summary.shipments()});
}

absl::Status AddChangeStep(storage::Transaction& transaction, std::string_view change_id, const ChainStep& step) {
  return transaction.Execute(
      "INSERT INTO change_step (change_id, time, sequence, version, kind, shipment, decided_by, detail) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (change_id, time, sequence) DO NOTHING",
      {change_id, FromProtoTime(step.step.time()), step.sequence, step.version, step.step.kind(), step.step.shipment(),
       step.step.decided_by(), step.step.detail()});
}

absl::StatusOr<ChainSteps> NewestChangeSteps(storage::Snapshot& snapshot, std::string_view change_id, absl::Time until,
                                             int64_t most) {
  ChainSteps steps;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT time, sequence, version, kind, shipment, decided_by, detail FROM change_step WHERE "
                     "change_id = $1 AND time <= $2 "
                     "ORDER BY time DESC, sequence DESC LIMIT $3",
                     {change_id, until, most}, [&](const Row& row) {
                       ChainStep& each = steps.emplace_back();
                       *each.step.mutable_time() = ToProtoTime(row.Time(0));
                       each.sequence = row.Integer(1);
                       each.version = row.Integer(2);
                       each.step.set_kind(static_cast<Step::Kind>(row.Integer(3)));
                       each.step.set_change(ChangeName(change_id));
                       each.step.set_shipment(row.Text(4));
                       each.step.set_decided_by(row.Text(5));
                       each.step.set_detail(row.Text(6));
                     }));
  return steps;
}

absl::StatusOr<Tally> ReadTally(storage::Snapshot& snapshot, std::string_view change_id) {
  Tally tally;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT measure, slot, tickets FROM change_tally WHERE change_id = $1 AND tickets <> 0 ORDER BY measure, slot",
      {change_id}, [&](const Row& row) {
        tally.emplace_hint(tally.end(), std::pair(static_cast<Measure>(row.Integer(0)), row.Integer(1)),
                           row.Integer(2));
      }));
  return tally;
}

absl::Status ReadReceiveTimes(storage::Snapshot& snapshot, std::string_view change_id, v1::LoopSummary& summary) {
  // Each by itself is one look into the index.
  return snapshot.Query(
      "SELECT (SELECT MIN(receive_time) FROM ticket_loop WHERE change_id = $1), "
      "(SELECT MAX(receive_time) FROM ticket_loop WHERE change_id = $1)",
      {change_id}, [&](const Row& row) {
        if (auto time = row.OptionalTime(0)) *summary.mutable_first_receive_time() = ToProtoTime(*time);
        if (auto time = row.OptionalTime(1)) *summary.mutable_last_receive_time() = ToProtoTime(*time);
      });
}

absl::Status AddCounts(storage::Transaction& transaction, const CountChanges& counts) {
  for (const auto& [change, tally] : counts.tallies) {
    for (const auto& [key, tickets] : tally) {
      if (tickets == 0) continue;
      RETURN_IF_ERROR(transaction.Execute(
          "INSERT INTO change_tally (change_id, measure, slot, tickets) VALUES ($1, $2, $3, $4) "
          "ON CONFLICT (change_id, measure, slot) DO UPDATE SET tickets = change_tally.tickets + excluded.tickets",
          {IdOf(change), static_cast<int>(key.first), key.second, tickets}));
    }
  }
  for (const auto& [key, tickets] : counts.states) {
    RETURN_IF_ERROR(transaction.Execute(
        "INSERT INTO state_count (day, state, entered_tickets, left_tickets) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (day, state) DO UPDATE SET entered_tickets = state_count.entered_tickets + "
        "excluded.entered_tickets, "
        "left_tickets = state_count.left_tickets + excluded.left_tickets",
        {key.first, key.second, tickets.first, tickets.second}));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::StateCount>> ReadStateCounts(storage::Snapshot& snapshot, StateDay after,
                                                            int64_t last_day, int64_t most) {
  std::vector<v1::StateCount> counts;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT day, state, entered_tickets, left_tickets FROM state_count WHERE (day, state) > ($1, $2) AND day <= $3 "
      "ORDER BY day, state LIMIT $4",
      {after.day, after.state, last_day, most}, [&](const Row& row) {
        v1::StateCount& count = counts.emplace_back();
        count.set_day(ShownDay(row.Integer(0)));
        count.set_state(static_cast<Ticket::State>(row.Integer(1)));
        count.set_entered(row.Integer(2));
        count.set_left(row.Integer(3));
      }));
  return counts;
}

}  // namespace dangol::metrics
