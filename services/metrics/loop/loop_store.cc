#include "services/metrics/loop/loop_store.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/day.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::kIndexed;
using resource::kKey;
using resource::kUpdate;
using resource::Null;
using resource::NullableColumn;
using resource::ReferenceColumn;
using resource::Tail;
using storage::Row;
using tickets::v1::Ticket;
using v1::Loop;
using v1::LoopSummary;
using v1::StateCount;
using v1::Step;

// A step with the ticket or the change that it is of, and its place among those of one event.
struct TicketStepRow {
  std::string ticket_id;
  ChainStep step;
  int part = 0;
  int64_t day = 0;
};
struct ChangeStepRow {
  std::string change_id;
  ChainStep step;
};

#define LOOP(field) MEMBER_OF(Chain, loop) / FIELD_OF(Loop, field)
#define SUMMARY(field) MEMBER_OF(KnownChange, summary) / FIELD_OF(LoopSummary, field)
#define TICKET_STEP(field) MEMBER_OF(TicketStepRow, step) / MEMBER_OF(ChainStep, step) / FIELD_OF(Step, field)
#define CHANGE_STEP(field) MEMBER_OF(ChangeStepRow, step) / MEMBER_OF(ChainStep, step) / FIELD_OF(Step, field)
#define COUNT(field) MEMBER_OF(StateCountRow, count) / FIELD_OF(StateCount, field)

// clang-format off
constexpr auto kLoopTable = resource::Table<Chain>(
    "ticket_loop", std::tuple(
        resource::KeyColumn(kLoopPattern, 0, LOOP(name), "ticket_id"),
        Column<kUpdate>(MEMBER_OF(Chain, version)),
        Column<kUpdate | kIndexed>(LOOP(kind)),
        Column<kUpdate>(LOOP(severity)),
        Column<kUpdate>(LOOP(contact_reason)),
        Column<kUpdate>(LOOP(channel)),
        Column<kUpdate>(LOOP(state)),
        Column<kUpdate>(LOOP(disposition)),
        ReferenceColumn<kUpdate | kIndexed>(kChangePattern, LOOP(change), "change_id"),
        Column<kUpdate>(LOOP(shipment)),
        Column<kUpdate>(LOOP(late)),
        Column<kUpdate>(MEMBER_OF(Chain, recurrence)),
        Column<kUpdate>(LOOP(recurrence_count)),
        Column<kUpdate>(LOOP(reopen_count)),
        NullableColumn<kUpdate>(LOOP(occur_time)),
        NullableColumn<kUpdate | kIndexed>(LOOP(receive_time)),
        NullableColumn<kUpdate>(LOOP(hear_time)),
        NullableColumn<kUpdate>(LOOP(first_response_time)),
        NullableColumn<kUpdate>(LOOP(decide_time)),
        NullableColumn<kUpdate>(LOOP(answer_time)),
        NullableColumn<kUpdate>(LOOP(close_time)),
        Column<kUpdate>(MEMBER_OF(Chain, stage)),
        Column<kUpdate | kIndexed>(MEMBER_OF(Chain, internal)),
        Column<kUpdate | kIndexed>(MEMBER_OF(Chain, imported)),
        Column<kUpdate | kIndexed>(MEMBER_OF(Chain, capability_gap)),
        Column<kUpdate>(MEMBER_OF(Chain, customer_id)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, told_time)),
        Column<kUpdate>(MEMBER_OF(Chain, first_decision)),
        NullableColumn<kUpdate | kIndexed>(MEMBER_OF(Chain, change_decide_time)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, first_answer_time)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, reopen_time)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, first_decline_time)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, appeal_time)),
        Column<kUpdate>(MEMBER_OF(Chain, outcome_rating)),
        Column<kUpdate>(MEMBER_OF(Chain, handling_rating)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, rate_time)),
        Column<kUpdate>(MEMBER_OF(Chain, rated_answer)),
        Column<kUpdate>(MEMBER_OF(Chain, may_ask)),
        Column<kUpdate>(MEMBER_OF(Chain, found_mended)),
        Column<kUpdate | kIndexed>(MEMBER_OF(Chain, heard_by)),
        Column<kUpdate | kIndexed>(MEMBER_OF(Chain, by_maker)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, response_work)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, decision_work)),
        NullableColumn<kUpdate>(MEMBER_OF(Chain, loop_work))));

constexpr auto kTicketStepTable = resource::Table<TicketStepRow>(
    "ticket_step", std::tuple(
        Column<kKey>(MEMBER_OF(TicketStepRow, ticket_id)),
        Column<kKey>(TICKET_STEP(time)),
        Column<kKey>(MEMBER_OF(TicketStepRow, step) / MEMBER_OF(ChainStep, sequence)),
        Column<kKey>(MEMBER_OF(TicketStepRow, part)),
        Column(MEMBER_OF(TicketStepRow, step) / MEMBER_OF(ChainStep, version)),
        Column(TICKET_STEP(kind)),
        Column(MEMBER_OF(TicketStepRow, day)),
        NullableColumn(MEMBER_OF(TicketStepRow, step) / MEMBER_OF(ChainStep, entered), "entered_state"),
        NullableColumn(MEMBER_OF(TicketStepRow, step) / MEMBER_OF(ChainStep, left), "left_state"),
        ReferenceColumn<resource::kFixed, Null::kNever>(kChangePattern, TICKET_STEP(change), "change_id"),
        Column(TICKET_STEP(shipment)),
        Column(TICKET_STEP(decided_by)),
        Column(TICKET_STEP(detail))));

constexpr auto kChangeTable = resource::Table<KnownChange>(
    "change", std::tuple(
        resource::KeyColumn(kChangePattern, 0, SUMMARY(change), "change_id"),
        Column(MEMBER_OF(KnownChange, version)),
        Column(SUMMARY(state)),
        Column(SUMMARY(title)),
        NullableColumn(SUMMARY(propose_time)),
        NullableColumn(SUMMARY(plan_time)),
        NullableColumn(SUMMARY(start_time)),
        NullableColumn(SUMMARY(ship_time)),
        NullableColumn(SUMMARY(drop_time)),
        Column(SUMMARY(shipments)),
        Column(MEMBER_OF(KnownChange, stage)),
        NullableColumn(MEMBER_OF(KnownChange, decide_time)),
        Column(MEMBER_OF(KnownChange, strategy)),
        Column(MEMBER_OF(KnownChange, effort_percent))));

constexpr auto kChangeStepTable = resource::Table<ChangeStepRow>(
    "change_step", std::tuple(
        Column<kKey>(MEMBER_OF(ChangeStepRow, change_id)),
        Column<kKey>(CHANGE_STEP(time)),
        Column<kKey>(MEMBER_OF(ChangeStepRow, step) / MEMBER_OF(ChainStep, sequence)),
        Column(MEMBER_OF(ChangeStepRow, step) / MEMBER_OF(ChainStep, version)),
        Column(CHANGE_STEP(kind)),
        Column(CHANGE_STEP(shipment)),
        Column(CHANGE_STEP(decided_by)),
        Column(CHANGE_STEP(detail))));

constexpr auto kStateCountTable = resource::Table<StateCountRow>(
    "state_count", std::tuple(
        Column<kKey>(MEMBER_OF(StateCountRow, day)),
        Column<kKey>(COUNT(state)),
        Column(COUNT(entered), "entered_tickets"),
        Column(COUNT(left), "left_tickets")));
// clang-format on

storage::Param OrNull(const std::optional<int64_t>& value) {
  return value ? storage::Param(*value) : storage::Param(nullptr);
}

}  // namespace

Chain NewChain(std::string_view ticket_id) {
  Chain chain;
  chain.loop.set_name(kLoopPattern.Name(ticket_id));
  chain.loop.set_ticket(kTicketPattern.Name(ticket_id));
  return chain;
}

absl::StatusOr<std::optional<LoadedChain>> LoadChain(storage::Snapshot& snapshot, std::string_view ticket_id) {
  ASSIGN_OR_RETURN(std::optional<LoadedChain> chain,
                   resource::FindToUpdate<kLoopTable>(snapshot, {ticket_id}, resource::Part::kHead));
  if (chain) chain->row.loop.set_ticket(kTicketPattern.Name(ticket_id));
  return chain;
}

absl::StatusOr<std::vector<Chain>> ListChainsAfter(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                   int64_t most) {
  return resource::List<kLoopTable, " WHERE ticket_id > $1 ORDER BY ticket_id LIMIT $2">(snapshot, {ticket_id, most});
}

absl::StatusOr<std::vector<Chain>> ListUndecidedChains(storage::Snapshot& snapshot, std::string_view change_id,
                                                       int64_t most) {
  constexpr Tail kUndecided(" WHERE change_id = $1 AND change_decide_time IS NULL ORDER BY ticket_id LIMIT $2");
  return resource::List<kLoopTable, kUndecided>(snapshot, {change_id, most});
}

absl::StatusOr<std::vector<Chain>> ListHeardChains(storage::Snapshot& snapshot, std::string_view member_id,
                                                   bool by_maker, int64_t most) {
  constexpr Tail kHeard(" WHERE heard_by = $1 AND heard_by <> '' AND by_maker = $2 ORDER BY ticket_id LIMIT $3");
  return resource::List<kLoopTable, kHeard>(snapshot, {member_id, by_maker, most});
}

absl::Status StoreCopied(storage::Transaction& transaction, const Chain& chain) {
  return transaction.Execute(R"(
      UPDATE ticket_loop SET change_decide_time = $2, by_maker = $3, response_work = $4, decision_work = $5,
        loop_work = $6
      WHERE ticket_id = $1)",
                             {kLoopPattern.Id(chain.loop.name()), chain.change_decide_time, chain.by_maker,
                              OrNull(chain.response_work), OrNull(chain.decision_work), OrNull(chain.loop_work)});
}

absl::StatusOr<std::vector<KnownChange>> ListChangesAfter(storage::Snapshot& snapshot, std::string_view change_id,
                                                          int64_t most) {
  return resource::List<kChangeTable, " WHERE change_id > $1 ORDER BY change_id LIMIT $2">(snapshot, {change_id, most});
}

absl::Status InsertChain(storage::Transaction& transaction, const Chain& chain) {
  return resource::Insert<kLoopTable>(transaction, chain);
}

absl::Status UpdateChain(storage::Transaction& transaction, const LoadedChain& chain) {
  return resource::Update<kLoopTable>(transaction, chain);
}

absl::Status AddTicketStep(storage::Transaction& transaction, std::string_view ticket_id, const ChainStep& step,
                           int part) {
  return resource::InsertUnlessThere<kTicketStepTable>(
      transaction, {std::string(ticket_id), step, part, DayOf(FromProtoTime(step.step.time()))});
}

absl::StatusOr<ChainSteps> NewestTicketSteps(storage::Snapshot& snapshot, std::string_view ticket_id, int64_t most) {
  constexpr Tail kNewest(" WHERE ticket_id = $1 ORDER BY time DESC, sequence DESC, part DESC LIMIT $2");
  ASSIGN_OR_RETURN(std::vector<TicketStepRow> rows,
                   (resource::List<kTicketStepTable, kNewest>(snapshot, {ticket_id, most})));
  ChainSteps steps;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) steps.push_back(std::move(row->step));
  return steps;
}

absl::StatusOr<std::optional<KnownChange>> ReadChange(storage::Snapshot& snapshot, std::string_view change_id) {
  return resource::Find<kChangeTable>(snapshot, {change_id});
}

absl::Status WriteChange(storage::Transaction& transaction, const KnownChange& change) {
  return resource::Replace<kChangeTable>(transaction, change);
}

absl::Status AddChangeStep(storage::Transaction& transaction, std::string_view change_id, const ChainStep& step) {
  return resource::InsertUnlessThere<kChangeStepTable>(transaction, {std::string(change_id), step});
}

absl::StatusOr<ChainSteps> NewestChangeSteps(storage::Snapshot& snapshot, std::string_view change_id, absl::Time until,
                                             int64_t most) {
  constexpr Tail kNewest(" WHERE change_id = $1 AND time <= $2 ORDER BY time DESC, sequence DESC LIMIT $3");
  ASSIGN_OR_RETURN(std::vector<ChangeStepRow> rows,
                   (resource::List<kChangeStepTable, kNewest>(snapshot, {change_id, until, most})));
  ChainSteps steps;
  for (ChangeStepRow& row : rows) {
    row.step.step.set_change(kChangePattern.Name(change_id));
    steps.push_back(std::move(row.step));
  }
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
          {kChangePattern.Id(change), static_cast<int>(key.first), key.second, tickets}));
    }
  }
  for (const auto& [key, tickets] : counts.states) {
    RETURN_IF_ERROR(transaction.Execute(
        R"(
        INSERT INTO state_count (day, state, entered_tickets, left_tickets) VALUES ($1, $2, $3, $4)
        ON CONFLICT (day, state) DO UPDATE SET
          entered_tickets = state_count.entered_tickets + excluded.entered_tickets,
          left_tickets = state_count.left_tickets + excluded.left_tickets)",
        {key.first, key.second, tickets.first, tickets.second}));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StateCountRow>> ReadStateCounts(storage::Snapshot& snapshot, const resource::PairKey& after,
                                                           int64_t last_day, int64_t most) {
  constexpr Tail kAfter(" WHERE (day, state) > ($1, $2) AND day <= $3 ORDER BY day, state LIMIT $4");
  return resource::List<kStateCountTable, kAfter>(snapshot, {after.first, after.second, last_day, most});
}

}  // namespace dangol::metrics
