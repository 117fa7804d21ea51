#include "services/backlog/evidence/evidence_integrity.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/backlog/v1/change.pb.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/customer/customer_store.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using service::Findings;
using storage::Row;
using storage::Snapshot;
using v1::Change;

constexpr int64_t kSliceRows = 250;

using Day = int64_t;
struct AskersOfDay {
  int64_t customers = 0;
  int64_t anonymous = 0;

  friend bool operator==(const AskersOfDay&, const AskersOfDay&) = default;
};

struct Recount {
  EvidenceTally tally;
  std::optional<int64_t> first;
  std::optional<int64_t> last;
  std::map<int64_t, int64_t> answered_by;  // shipment
  std::map<Day, AskersOfDay> days;
  std::map<std::string, int64_t> segments;
};

// Who asks, each once, by the day of the newest complaint and by segment.
absl::Status CountAskers(Snapshot& snapshot, std::string_view change_id, Recount& count) {
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT COALESCE(a.root_id, d.customer_id) AS root_id, MAX(d.receive_time), MAX(s.segment)
      FROM demand AS d
      LEFT JOIN customer_alias AS a ON a.customer_id = d.customer_id
      LEFT JOIN customer_segment AS s ON s.customer_id = COALESCE(a.root_id, d.customer_id)
      WHERE d.change_id = $1 AND d.state = $2 AND d.customer_id IS NOT NULL
      GROUP BY COALESCE(a.root_id, d.customer_id)
      ORDER BY root_id)",
                                 {change_id, v1::Demand::ACTIVE}, [&](const Row& row) {
                                   ++count.tally.customers;
                                   ++count.days[DayOf(row.Time(1))].customers;
                                   if (!row.Bytes(2).empty()) ++count.segments[row.Text(2)];
                                 }));
  return snapshot.Query(R"(
      SELECT receive_time FROM demand WHERE change_id = $1 AND state = $2 AND customer_id IS NULL
      ORDER BY receive_time)",
                        {change_id, v1::Demand::ACTIVE}, [&](const Row& row) {
                          ++count.tally.anonymous;
                          ++count.days[DayOf(row.Time(0))].anonymous;
                        });
}

absl::StatusOr<Recount> CountAgain(Snapshot& snapshot, std::string_view change_id) {
  Recount count;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT state, shipment, late, recurrence, COUNT(*), MIN(receive_time), MAX(receive_time), "
                     "may_ask, CASE WHEN preview_round > 0 THEN 1 ELSE 0 END AS invited, preview_answer FROM demand "
                     "WHERE change_id = $1 "
                     "GROUP BY state, shipment, late, recurrence, may_ask, invited, preview_answer "
                     "ORDER BY state, shipment, late, recurrence, may_ask, invited, preview_answer",
                     {change_id}, [&](const Row& row) {
                       count.first = std::min(count.first.value_or(row.Integer(5)), row.Integer(5));
                       count.last = std::max(count.last.value_or(row.Integer(6)), row.Integer(6));
                       if (row.Integer(0) != v1::Demand::ACTIVE) return;
                       const int64_t rows = row.Integer(4);
                       count.tally.demands += rows;
                       if (!row.IsNull(1)) count.tally.answered += rows, count.answered_by[row.Integer(1)] += rows;
                       if (row.Integer(2) != 0) count.tally.late += rows;
                       if (row.Integer(3) != 0) count.tally.recurrences += rows;
                       if (row.Integer(7) != 0) count.tally.may_ask += rows;
                       if (row.Integer(8) != 0) count.tally.invited += rows;
                       if (row.Integer(9) == v1::Demand::FIXED) count.tally.fixed += rows;
                       if (row.Integer(9) == v1::Demand::NOT_FIXED) count.tally.not_fixed += rows;
                     }));
  RETURN_IF_ERROR(CountAskers(snapshot, change_id, count));
  return count;
}

absl::Status CheckAskers(Snapshot& snapshot, const std::string& change_id, const Recount& count, Findings& findings) {
  std::map<Day, AskersOfDay> days;
  std::map<std::string, int64_t> segments;
  RETURN_IF_ERROR(snapshot.Query("SELECT day, customers, anonymous FROM change_day WHERE change_id = $1 ORDER BY day",
                                 {change_id}, [&](const Row& row) {
                                   days[row.Integer(0)] = {row.Integer(1), row.Integer(2)};
                                 }));
  RETURN_IF_ERROR(snapshot.Query("SELECT segment, customers FROM change_segment WHERE change_id = $1 ORDER BY segment",
                                 {change_id}, [&](const Row& row) { segments[row.Text(0)] = row.Integer(1); }));
  const std::string name = kChangePattern.Name(change_id);
  if (days != count.days) findings.Violation(name, "who asks for it is not counted on the days on which they did");
  if (segments != count.segments) findings.Violation(name, "who asks for it is not counted by their segments");
  return absl::OkStatus();
}

absl::Status CheckShipments(Snapshot& snapshot, const std::string& change_id, Recount& count, Findings& findings) {
  RETURN_IF_ERROR(snapshot.Query("SELECT number, answered, reopened FROM shipment WHERE change_id = $1 ORDER BY number",
                                 {change_id}, [&](const Row& row) {
                                   const int64_t demands = count.answered_by[row.Integer(0)];
                                   count.answered_by.erase(row.Integer(0));
                                   if (row.Integer(1) - row.Integer(2) == demands) return;
                                   findings.Violation(
                                       kShipmentPattern.Name(change_id, row.Integer(0)),
                                       fmt::format("it answered {}, {} came back, and {} demands name it",
                                                   row.Integer(1), row.Integer(2), demands));
                                 }));
  for (const auto& [number, demands] : count.answered_by) {
    findings.Violation(kShipmentPattern.Name(change_id, number),
                       fmt::format("{} demands name it, and it is not there", demands));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EvidenceIsTrue(Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last = position;
  int64_t examined = 0;
  for (int64_t demands = 0; demands < kSliceRows && examined < kSliceRows; ++examined) {
    std::string change_id;
    int64_t ordinals = 0;
    Recount told;
    RETURN_IF_ERROR(snapshot.Query(
        "SELECT change_id, last_ordinal, demands, answered, late, recurrences, first_receive_time, last_receive_time, "
        "customers, anonymous, may_ask, invited, fixed, not_fixed FROM evidence "
        "WHERE change_id > $1 ORDER BY change_id LIMIT 1",
        {last}, [&](const Row& row) {
          change_id = row.Text(0);
          ordinals = row.Integer(1);
          told.tally = {row.Integer(2), row.Integer(8),  row.Integer(9),  row.Integer(3),  row.Integer(4),
                        row.Integer(5), row.Integer(10), row.Integer(11), row.Integer(12), row.Integer(13)};
          if (!row.IsNull(6)) told.first = row.Integer(6);
          if (!row.IsNull(7)) told.last = row.Integer(7);
        }));
    if (change_id.empty()) {
      findings.Examined(examined);
      return "";
    }
    if (examined > 0 && ordinals > kSliceRows) break;  // it gets a slice of its own
    last = change_id;
    if (ordinals > service::kRecountMost) {
      findings.LeftOut();
      continue;
    }
    demands += ordinals;
    ASSIGN_OR_RETURN(Recount count, CountAgain(snapshot, change_id));
    const auto require = [&](bool holds, std::string_view what, int64_t stored, int64_t counted) {
      if (!holds)
        findings.Violation(kChangePattern.Name(change_id),
                           fmt::format("its evidence says {} {}, and it is {}", stored, what, counted));
    };
    require(told.tally.demands == count.tally.demands, "demands", told.tally.demands, count.tally.demands);
    require(told.tally.customers == count.tally.customers, "customers", told.tally.customers, count.tally.customers);
    require(told.tally.anonymous == count.tally.anonymous, "anonymous", told.tally.anonymous, count.tally.anonymous);
    require(told.tally.answered == count.tally.answered, "answered", told.tally.answered, count.tally.answered);
    require(told.tally.late == count.tally.late, "late", told.tally.late, count.tally.late);
    require(told.tally.recurrences == count.tally.recurrences, "recurrences", told.tally.recurrences,
            count.tally.recurrences);
    require(told.tally.may_ask == count.tally.may_ask, "that may be asked", told.tally.may_ask, count.tally.may_ask);
    require(told.tally.invited == count.tally.invited, "invited", told.tally.invited, count.tally.invited);
    require(told.tally.fixed == count.tally.fixed, "fixed", told.tally.fixed, count.tally.fixed);
    require(told.tally.not_fixed == count.tally.not_fixed, "not fixed", told.tally.not_fixed, count.tally.not_fixed);
    require(told.first == count.first, "first received", told.first.value_or(0), count.first.value_or(0));
    require(told.last == count.last, "last received", told.last.value_or(0), count.last.value_or(0));
    RETURN_IF_ERROR(CheckShipments(snapshot, change_id, count, findings));
    RETURN_IF_ERROR(CheckAskers(snapshot, change_id, count, findings));
  }
  findings.Examined(examined);
  return last;
}

absl::StatusOr<std::string> ListsAreTrue(Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      R"(
      SELECT c.change_id, c.state = e.state AND c.stage = e.stage AND c.owner = e.owner
          AND c.create_time = e.create_time AS same,
        (e.customers + e.anonymous) * e.weight / e.effort = e.score AS scored, e.release_label, e.target_time,
        e.keep_due_time, e.conclude_due_time, e.weight, e.effort, c.details,
        (SELECT COUNT(*) FROM change_reason AS r WHERE r.change_id = c.change_id) AS reasons,
        (SELECT COUNT(*) FROM change_reason AS r JOIN reason_redirect AS m ON m.path = r.contact_reason
         WHERE r.change_id = c.change_id) AS moved
      FROM change AS c
      JOIN evidence AS e ON e.change_id = c.change_id
      WHERE c.change_id > $1
      ORDER BY c.change_id
      LIMIT $2)",
      {position, kSliceRows}, [&](const Row& row) {
        ++rows;
        last = row.Text(0);
        const auto column = [&](const char* name) { return row.Find(name); };
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds) findings.Violation(kChangePattern.Name(last), what);
        };
        Change details;
        const std::string_view bytes = row.Bytes(column("details"));
        if (!details.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
        const auto is_copied = [&](const char* name, bool set, const google::protobuf::Timestamp& time) {
          return row.OptionalTime(column(name)) == (set ? std::optional(FromProtoTime(time)) : std::nullopt);
        };
        const ScoreTerms terms = TermsOf(details);
        require(row.Integer(column("same")) != 0 && row.Bytes(column("release_label")) == details.release() &&
                    is_copied("target_time", details.has_target_time(), details.target_time()) &&
                    is_copied("keep_due_time", details.has_keep_due_time(), details.keep_due_time()) &&
                    is_copied("conclude_due_time", details.has_conclude_due_time(), details.conclude_due_time()),
                "lists do not find it as it is");
        require(row.Integer(column("reasons")) == details.contact_reasons_size(),
                "it is not found by the contact reasons that it has");
        require(row.Integer(column("moved")) == 0, "it answers a contact reason that was moved");
        require(row.Integer(column("weight")) == terms.weight && row.Integer(column("effort")) == terms.effort &&
                    row.Integer(column("scored")) != 0,
                "its score is not that of its estimate and its demands");
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

}  // namespace dangol::backlog
