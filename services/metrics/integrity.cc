#include "services/metrics/integrity.h"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/gap/gap_counts.h"
#include "services/metrics/loop/counts.h"
#include "services/metrics/loop/loop_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/rollup.h"
#include "services/metrics/system/system_integrity.h"

namespace dangol::metrics {
namespace {

using service::Findings;
using storage::Row;
using tickets::v1::ReopenTicketRequest;
using tickets::v1::Ticket;
using v1::Step;

constexpr int64_t kSliceRows = 250;

// A ticket's row says what its steps say.
absl::StatusOr<std::string> LoopsAreTheirSteps(storage::Snapshot& snapshot, const std::string& position,
                                               Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      R"(
      SELECT l.ticket_id, l.version, l.state, l.recurrence_count, l.reopen_count, l.first_response_time, l.change_id,
        (SELECT s.entered_state FROM ticket_step AS s
         WHERE s.ticket_id = l.ticket_id AND s.entered_state IS NOT NULL
         ORDER BY s.version DESC, s.part DESC LIMIT 1) AS entered_state,
        (SELECT MAX(s.version) FROM ticket_step AS s WHERE s.ticket_id = l.ticket_id) AS newest_step,
        (SELECT COUNT(*) FROM ticket_step AS s WHERE s.ticket_id = l.ticket_id AND s.kind = $3) AS recurrences,
        (SELECT COUNT(*) FROM ticket_step AS s WHERE s.ticket_id = l.ticket_id AND s.kind = $4
           AND s.detail <> $6) AS reopenings,
        (SELECT MIN(s.time) FROM ticket_step AS s WHERE s.ticket_id = l.ticket_id AND s.kind = $5) AS first_reply
      FROM ticket_loop AS l
      WHERE l.ticket_id > $1
      ORDER BY l.ticket_id
      LIMIT $2)",
      // A mistake of ours is a step, and counts as no reopening.
      {position, kSliceRows, v1::Step::RECURRED, v1::Step::REOPENED, v1::Step::REPLIED,
       ReopenTicketRequest::Cause_Name(ReopenTicketRequest::MISTAKE)},
      [&](const Row& row) {
        ++rows;
        last = row.Text(0);
        const auto number = [&](const char* column) { return row.Integer(row.Find(column)); };
        const auto is_null = [&](const char* column) { return row.IsNull(row.Find(column)); };
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds) findings.Violation(kLoopPattern.Name(last), what);
        };
        const int64_t state = number("state");
        require(state == number("entered_state"), "its state is not the one of its newest step");
        require(number("version") >= number("newest_step"), "it has a step of a version that it does not know");
        require(number("recurrence_count") == number("recurrences"),
                "it came back another number of times than its steps say");
        require(number("reopen_count") == number("reopenings"),
                "it was opened again another number of times than its steps say");
        require(is_null("first_response_time") == is_null("first_reply") &&
                    number("first_response_time") == number("first_reply"),
                "its first response is not its first reply");
        const bool may_be_linked = state == Ticket::ANSWERED || state == Ticket::CLOSED;
        require(state != Ticket::ACCEPTED || !is_null("change_id"), "it is ACCEPTED without a change");
        require(is_null("change_id") || state == Ticket::ACCEPTED || may_be_linked,
                "it has a change that its state does not allow");
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

// Counts of a day are a recount of its steps. A slice is a day.
absl::StatusOr<std::string> StateCountsAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                               Findings& findings) {
  const int64_t after = position.empty() ? INT64_MIN : std::strtoll(position.c_str(), nullptr, 10);
  std::optional<int64_t> day;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT MIN(day) FROM (SELECT (SELECT MIN(day) FROM state_count WHERE day > $1) AS day UNION ALL "
      "SELECT (SELECT MIN(day) FROM ticket_step WHERE day > $1 AND entered_state IS NOT NULL) AS day) AS days",
      {after}, [&](const Row& row) {
        if (!row.IsNull(0)) day = row.Integer(0);
      }));
  if (!day) return "";
  ASSIGN_OR_RETURN(const int64_t steps,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM ticket_step "
                                         "WHERE day = $1 AND entered_state IS NOT NULL LIMIT $2) AS s",
                                         {*day, service::kCountMost + 1}));
  if (steps > service::kCountMost) {
    findings.LeftOut();
    return std::to_string(*day);
  }
  std::map<int, std::pair<int64_t, int64_t>> recount;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT entered_state, left_state, COUNT(*) FROM ticket_step WHERE day = $1 AND entered_state IS NOT NULL "
      "GROUP BY entered_state, left_state ORDER BY entered_state, left_state",
      {*day}, [&](const Row& row) {
        recount[static_cast<int>(row.Integer(0))].first += row.Integer(2);
        if (row.Integer(1) != Ticket::STATE_UNSPECIFIED)
          recount[static_cast<int>(row.Integer(1))].second += row.Integer(2);
      }));
  ASSIGN_OR_RETURN(const std::vector<StateCountRow> counts,
                   ReadStateCounts(snapshot, resource::PairKey{*day, 0}, *day, Ticket::State_ARRAYSIZE));
  for (const auto& [_, count] : counts) {
    if (recount[count.state()] != std::pair(count.entered(), count.left())) {
      findings.Violation("", fmt::format("{} {}: {} entered and {} left are counted, and the steps say {} and {}",
                                         ShownDay(*day), Ticket::State_Name(count.state()), count.entered(),
                                         count.left(), recount[count.state()].first, recount[count.state()].second));
    }
    recount.erase(count.state());
  }
  for (const auto& [state, tickets] : recount) {
    findings.Violation(
        "", fmt::format("{} {}: {} entered and {} left, and nothing is counted", ShownDay(*day),
                        Ticket::State_Name(static_cast<Ticket::State>(state)), tickets.first, tickets.second));
  }
  findings.Examined(1);
  return std::to_string(*day);
}

absl::StatusOr<int64_t> CountTickets(storage::Snapshot& snapshot, std::string_view change_id) {
  return snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM ticket_loop WHERE change_id = $1 LIMIT $2) AS l",
                               {change_id, service::kCountMost + 1});
}

absl::StatusOr<Tally> Recount(storage::Snapshot& snapshot, std::string_view change_id) {
  Tally tally;
  Chain chain;
  chain.loop.set_change(kChangePattern.Name(change_id));
  RETURN_IF_ERROR(
      snapshot.Query("SELECT state, recurrence, disposition, late, receive_time, answer_time, may_ask FROM ticket_loop "
                     "WHERE change_id = $1 "
                     "ORDER BY receive_time, ticket_id",
                     {change_id}, [&](const Row& row) {
                       chain.loop.set_state(static_cast<Ticket::State>(row.Integer(0)));
                       chain.recurrence = row.Integer(1) != 0;
                       chain.loop.set_disposition(static_cast<Ticket::Disposition>(row.Integer(2)));
                       chain.loop.set_late(row.Integer(3) != 0);
                       chain.loop.clear_receive_time();
                       if (auto time = row.OptionalTime(4)) *chain.loop.mutable_receive_time() = ToProtoTime(*time);
                       *chain.loop.mutable_answer_time() = ToProtoTime(row.Time(5));
                       chain.may_ask = row.Integer(6) != 0;
                       AddTo(tally, chain, 1);
                     }));
  return tally;
}

// Counts of a change are a recount of its tickets; of a large one their number alone. A slice is a change.
absl::StatusOr<std::string> TalliesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                           Findings& findings) {
  std::string change_id;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT MIN(change_id) FROM (SELECT (SELECT MIN(change_id) FROM change_tally WHERE change_id > "
                     "$1) AS change_id UNION ALL "
                     "SELECT (SELECT MIN(change_id) FROM ticket_loop WHERE change_id > $1) AS change_id) AS changes",
                     {position}, [&](const Row& row) { change_id = row.Text(0); }));
  if (change_id.empty()) return "";
  ASSIGN_OR_RETURN(const int64_t tickets, CountTickets(snapshot, change_id));
  ASSIGN_OR_RETURN(const Tally tally, ReadTally(snapshot, change_id));
  v1::LoopSummary summary;
  Summarize(tally, summary);
  bool holds = summary.tickets() == tickets || tickets > service::kCountMost;
  if (tickets > service::kRecountMost) findings.LeftOut();
  if (holds && tickets <= service::kRecountMost) {
    ASSIGN_OR_RETURN(const Tally recount, Recount(snapshot, change_id));
    holds = recount == tally;
  }
  if (!holds) findings.Violation(kChangePattern.Name(change_id), "its counts are not those of its tickets");
  findings.Examined(1);
  return change_id;
}

// Sums of weeks and months are a recount of the days. A slice is a KPI.
absl::StatusOr<std::string> RollupsAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                           Findings& findings) {
  std::string name;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT engine_id, kpi_id FROM kpi
      WHERE (engine_id, kpi_id) > ($1, $2)
      ORDER BY engine_id, kpi_id
      LIMIT 1)",
                                 {kKpiPattern.Id(position), kKpiPattern.Id(position, 1)},
                                 [&](const Row& row) { name = kKpiPattern.Name(row.Bytes(0), row.Bytes(1)); }));
  if (name.empty()) return "";
  const std::string_view engine_id = kKpiPattern.Id(name);
  const std::string_view kpi_id = kKpiPattern.Id(name, 1);
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, kEnginePattern.Name(engine_id)));
  for (const v1::Granularity granularity : {v1::WEEK, v1::MONTH}) {
    ASSIGN_OR_RETURN(const Rollups kept, ReadRollups(snapshot, engine_id, kpi_id, granularity, {INT64_MIN, INT64_MAX}));
    ASSIGN_OR_RETURN(const Rollups counted, CountRollups(snapshot, engine_id, kpi_id, granularity, Calendar(engine)));
    if (kept == counted) continue;
    findings.Violation(name,
                       fmt::format("the sums by {} are not those of its days", v1::Granularity_Name(granularity)));
  }
  findings.Examined(1);
  return name;
}

}  // namespace

std::vector<service::IntegrityCheck> MetricsIntegrityChecks() {
  return {{"loop-steps", LoopsAreTheirSteps},
          {"loop-state-counts", StateCountsAreTrue},
          {"loop-change-tallies", TalliesAreTrue},
          {"kpi-rollups", RollupsAreTrue},
          {"kpi-system", SystemKpisAreTrue},
          {"kpi-copies", CopiesAreTrue},
          {"gaps", GapsAreTrue}};
}

}  // namespace dangol::metrics
