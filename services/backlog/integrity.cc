#include "services/backlog/integrity.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/backlog/v1/change.pb.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/fan_out.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using service::Findings;
using storage::Row;
using storage::Snapshot;
using v1::Change;

constexpr int64_t kSliceRows = 250;
constexpr int64_t kSliceEvents = 20;  // of up to 400 resources
// A snapshot is too short for more, and a recount needs one.
constexpr int64_t kRecountMost = 200'000;

// `ID NUMBER`, for the tables whose keys are an id and a number.
std::pair<std::string, int64_t> ParsePosition(const std::string& position) {
  const size_t space = position.find(' ');
  if (space == std::string::npos) return {"", 0};
  return {position.substr(0, space), std::strtoll(position.c_str() + space, nullptr, 10)};
}

// A state and the times, the kind and the decision that belong to it.
absl::StatusOr<std::string> StatesAreWhole(Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT c.change_id, c.state, c.kind, c.plan_time, c.start_time, c.ship_time, c.version, c.details, "
      "e.last_ordinal, c.merged_into, m.state "
      "FROM change AS c LEFT JOIN evidence AS e ON e.change_id = c.change_id "
      "LEFT JOIN change AS m ON m.change_id = c.merged_into WHERE c.change_id > $1 ORDER BY c.change_id LIMIT $2",
      {position, kSliceRows}, [&](const Row& row) {
        ++rows;
        last = row.Text(0);
        const auto state = static_cast<Change::State>(row.Integer(1));
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds)
            findings.Violation(kChangePattern.Name(last), fmt::format("is {} and {}", Change::State_Name(state), what));
        };
        Change details;
        require(details.ParseFromArray(row.Bytes(7).data(), static_cast<int>(row.Bytes(7).size())),
                "has details that do not parse");
        require(Change::State_IsValid(static_cast<int>(row.Integer(1))) && state != Change::STATE_UNSPECIFIED,
                "that is no state");
        const bool undecided = state == Change::PROPOSED || state == Change::DROPPED || state == Change::MERGED;
        require(undecided || details.has_decision(), "has no decision");
        require(undecided || row.Integer(2) != 0, "has no kind");
        require(state != Change::REGRESSED || details.has_regression(), "nothing says why");
        require((state == Change::MERGED) == !row.IsNull(9), "what took its place does not fit");
        require(row.IsNull(9) || (!row.IsNull(10) && row.Integer(10) != Change::MERGED),
                "what took its place is not there, or MERGED too");
        require((state == Change::DROPPED) == details.has_drop(), "its reason to be dropped does not fit");
        if (state == Change::PLANNED) require(!row.IsNull(3), "lacks when it was planned");
        if (state == Change::IN_PROGRESS) require(!row.IsNull(4), "lacks when it began");
        if (state == Change::SHIPPED || state == Change::VERIFIED) require(!row.IsNull(5), "lacks when it shipped");
        require(row.Integer(6) >= 1, "has no version");
        require(!row.IsNull(8), "has no evidence");
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

// Invariant 3, as far as the backlog can see: what is ACTIVE is the ticket's newest link, in a change that takes it.
absl::StatusOr<std::string> DemandsAreWhole(Snapshot& snapshot, const std::string& position, Findings& findings) {
  const auto [change_id, ordinal] = ParsePosition(position);
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      R"(
      SELECT d.change_id, d.ordinal, d.ticket_id, d.state, d.acceptance, d.shipment, d.version, c.state AS change_state,
        e.last_ordinal, l.acceptance AS newest_acceptance, l.revision, f.ordinal_max,
        (SELECT COUNT(*) FROM demand AS o WHERE o.ticket_id = d.ticket_id AND o.state = $4) AS active
      FROM demand AS d
      JOIN change AS c ON c.change_id = d.change_id
      JOIN evidence AS e ON e.change_id = d.change_id
      LEFT JOIN ticket_link AS l ON l.ticket_id = d.ticket_id
      LEFT JOIN fan_out AS f ON f.change_id = d.change_id
      WHERE (d.change_id, d.ordinal) > ($1, $2)
      ORDER BY d.change_id, d.ordinal
      LIMIT $3)",
      {change_id, ordinal, kSliceRows, v1::Demand::ACTIVE}, [&](const Row& row) {
        ++rows;
        const auto number = [&](const char* column) { return row.Integer(row.Find(column)); };
        const auto is_null = [&](const char* column) { return row.IsNull(row.Find(column)); };
        last = fmt::format("{} {}", row.Bytes(0), number("ordinal"));
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds) findings.Violation(kDemandPattern.Name(row.Bytes(0), row.Bytes(2)), what);
        };
        require(number("version") >= 1 && number("ordinal") >= 1 && number("ordinal") <= number("last_ordinal"),
                "its version or ordinal was never given");
        require(!is_null("newest_acceptance") && number("newest_acceptance") >= number("acceptance"),
                "its ticket's link is older");
        require(number("active") <= 1, "its ticket has more than one ACTIVE demand");
        if (number("state") != v1::Demand::ACTIVE) {
          return require(is_null("shipment"), "it is answered, and does not count");
        }
        require(number("newest_acceptance") == number("acceptance"), "it is ACTIVE, and its ticket has a newer link");
        require(number("revision") >= 1, "it is ACTIVE, and nothing was ever said about it");
        // Until the drop or the merge has reached it.
        const bool awaited = number("ordinal") <= number("ordinal_max");
        require(number("change_state") != Change::MERGED || awaited, "it is ACTIVE in a MERGED change");
        require(number("change_state") != Change::DROPPED || !is_null("shipment") || awaited,
                "it is ACTIVE and unanswered in a DROPPED change");
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

struct Recount {
  EvidenceTally tally;
  std::optional<int64_t> first;
  std::optional<int64_t> last;
  std::map<int64_t, int64_t> answered_by;  // shipment
};

absl::StatusOr<Recount> CountAgain(Snapshot& snapshot, std::string_view change_id) {
  Recount count;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT state, shipment, late, recurrence, COUNT(*), MIN(receive_time), MAX(receive_time) FROM "
                     "demand WHERE change_id = $1 "
                     "GROUP BY state, shipment, late, recurrence ORDER BY state, shipment, late, recurrence",
                     {change_id}, [&](const Row& row) {
                       count.first = std::min(count.first.value_or(row.Integer(5)), row.Integer(5));
                       count.last = std::max(count.last.value_or(row.Integer(6)), row.Integer(6));
                       if (row.Integer(0) != v1::Demand::ACTIVE) return;
                       const int64_t rows = row.Integer(4);
                       count.tally.demands += rows;
                       if (!row.IsNull(1)) count.tally.answered += rows, count.answered_by[row.Integer(1)] += rows;
                       if (row.Integer(2) != 0) count.tally.late += rows;
                       if (row.Integer(3) != 0) count.tally.recurrences += rows;
                     }));
  RETURN_IF_ERROR(
      snapshot.Query("SELECT COUNT(DISTINCT COALESCE(a.root_id, d.customer_id)), COUNT(*) - COUNT(d.customer_id) "
                     "FROM demand AS d LEFT JOIN customer_alias AS a ON a.customer_id = d.customer_id "
                     "WHERE d.change_id = $1 AND d.state = $2",
                     {change_id, v1::Demand::ACTIVE}, [&](const Row& row) {
                       count.tally.customers = row.Integer(0);
                       count.tally.anonymous = row.Integer(1);
                     }));
  return count;
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

// Invariants 4 and 5: evidence and shipments count what is there.
absl::StatusOr<std::string> EvidenceIsTrue(Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last = position;
  int64_t examined = 0;
  for (int64_t demands = 0; demands < kSliceRows && examined < kSliceRows; ++examined) {
    std::string change_id;
    int64_t ordinals = 0;
    Recount told;
    RETURN_IF_ERROR(snapshot.Query(
        "SELECT change_id, last_ordinal, demands, answered, late, recurrences, first_receive_time, last_receive_time, "
        "customers, anonymous FROM evidence "
        "WHERE change_id > $1 ORDER BY change_id LIMIT 1",
        {last}, [&](const Row& row) {
          change_id = row.Text(0);
          ordinals = row.Integer(1);
          told.tally = {row.Integer(2), row.Integer(8), row.Integer(9), row.Integer(3), row.Integer(4), row.Integer(5)};
          if (!row.IsNull(6)) told.first = row.Integer(6);
          if (!row.IsNull(7)) told.last = row.Integer(7);
        }));
    if (change_id.empty()) {
      findings.Examined(examined);
      return "";
    }
    if (examined > 0 && ordinals > kSliceRows) break;  // it gets a slice of its own
    last = change_id;
    if (ordinals > kRecountMost) continue;
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
    require(told.first == count.first, "first received", told.first.value_or(0), count.first.value_or(0));
    require(told.last == count.last, "last received", told.last.value_or(0), count.last.value_or(0));
    RETURN_IF_ERROR(CheckShipments(snapshot, change_id, count, findings));
  }
  findings.Examined(examined);
  return last;
}

// What lists go by is what the change says, and the score what its terms and its demands make.
absl::StatusOr<std::string> ListsAreTrue(Snapshot& snapshot, const std::string& position, Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      R"(
      SELECT c.change_id, c.state = e.state AND c.stage = e.stage AND c.owner = e.owner
          AND c.create_time = e.create_time AS same,
        (e.customers + e.anonymous) * e.weight / e.effort = e.score AS scored, e.release_label, e.target_time, e.keep_due_time, e.weight,
        e.effort, c.details
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
                    is_copied("keep_due_time", details.has_keep_due_time(), details.keep_due_time()),
                "lists do not find it as it is");
        require(row.Integer(column("weight")) == terms.weight && row.Integer(column("effort")) == terms.effort &&
                    row.Integer(column("scored")) != 0,
                "its score is not that of its estimate and its demands");
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

// A shipment or drop that goes on will go on: it has its timer. One that does not has finished.
absl::StatusOr<std::string> FanOutsGoOn(Snapshot& snapshot, const std::string& position, Findings& findings) {
  int64_t rows = 0;
  if (position.empty()) {
    RETURN_IF_ERROR(snapshot.Query(
        "SELECT f.change_id, (SELECT COUNT(*) FROM timer AS t WHERE t.kind = $1 AND t.resource = 'changes/' || "
        "f.change_id), "
        "(SELECT COUNT(*) FROM shipment AS s WHERE s.change_id = f.change_id AND s.number = f.shipment AND "
        "f.kind <> $2 AND s.finish_time IS NOT NULL) "
        "FROM fan_out AS f ORDER BY f.change_id",
        {kFanOutTimer, static_cast<int64_t>(FanOutKind::kRevert)}, [&](const Row& row) {
          ++rows;
          if (row.Integer(1) != 1)
            findings.Violation(kChangePattern.Name(row.Bytes(0)),
                               "its tickets are being told, and no timer goes on with it");
          if (row.Integer(2) != 0)
            findings.Violation(kChangePattern.Name(row.Bytes(0)),
                               "its tickets are being told of a shipment that has finished");
        }));
  }
  const auto [change_id, number] = ParsePosition(position);
  std::string last;
  int64_t shipments = 0;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT s.change_id, s.number, s.finish_time, f.shipment FROM shipment AS s LEFT JOIN fan_out AS f ON "
      "f.change_id = s.change_id AND "
      "f.shipment = s.number WHERE (s.change_id, s.number) > ($1, $2) ORDER BY s.change_id, s.number LIMIT $3",
      {change_id, number, kSliceRows}, [&](const Row& row) {
        ++shipments;
        last = fmt::format("{} {}", row.Bytes(0), row.Integer(1));
        if (row.IsNull(2) && row.IsNull(3)) {
          findings.Violation(kShipmentPattern.Name(row.Bytes(0), row.Integer(1)),
                             "it has not finished, and nothing goes on with it");
        }
      }));
  findings.Examined(rows + shipments);
  return shipments == kSliceRows ? last : "";
}

// The version of a resource that events name; 0: there is none.
absl::StatusOr<int64_t> VersionOf(Snapshot& snapshot, std::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(name), '/');
  if (parts.size() == 2) return snapshot.QueryInteger("SELECT version FROM change WHERE change_id = $1", {parts[1]});
  if (parts.size() != 4) return 0;
  if (parts[2] == "comments") {
    return snapshot.QueryInteger("SELECT COUNT(*) FROM comment WHERE change_id = $1 AND comment_id = $2",
                                 {parts[1], parts[3]});
  }
  return snapshot.QueryInteger("SELECT version FROM demand WHERE change_id = $1 AND ticket_id = $2",
                               {parts[1], parts[3]});
}

// What an event says was made or changed is there, in that version or a later one.
absl::StatusOr<std::string> EventsHaveRows(Snapshot& snapshot, const std::string& position, Findings& findings) {
  const int64_t after = position.empty() ? 0 : std::strtoll(position.c_str(), nullptr, 10);
  ASSIGN_OR_RETURN(const int64_t head, snapshot.QueryInteger("SELECT last_seq FROM feed_head", {}));
  std::vector<std::pair<int64_t, std::string>> events;
  RETURN_IF_ERROR(snapshot.Query("SELECT seq, resources FROM feed WHERE seq > $1 AND seq <= $2 ORDER BY seq",
                                 {after, after + kSliceEvents},
                                 [&](const Row& row) { events.emplace_back(row.Integer(0), row.Text(1)); }));
  for (const auto& [sequence, resources] : events) {
    const std::vector<std::string> touched = absl::StrSplit(resources, ' ', absl::SkipEmpty());
    for (const std::string& resource : touched) {
      const std::optional<feed::Touched> told = service::ParseTouched(resource);
      if (!told) {
        findings.Violation(resource, fmt::format("event {} tells of what is no resource", sequence));
        continue;
      }
      ASSIGN_OR_RETURN(const int64_t version, VersionOf(snapshot, told->name));
      if (version >= told->version) continue;
      findings.Violation(told->name, fmt::format("event {} tells of {}, and it is at {}", sequence, resource, version));
    }
  }
  findings.Examined(static_cast<int64_t>(events.size()));
  return after + kSliceEvents < head ? std::to_string(after + kSliceEvents) : "";
}

}  // namespace

std::vector<service::IntegrityCheck> BacklogIntegrityChecks() {
  return {{"change-states", StatesAreWhole}, {"change-demands", DemandsAreWhole}, {"change-evidence", EvidenceIsTrue},
          {"change-lists", ListsAreTrue},    {"change-fan-outs", FanOutsGoOn},    {"change-events", EventsHaveRows}};
}

}  // namespace dangol::backlog
