#include "services/backlog/integrity.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/backlog/v1/change.pb.h"
#include "services/backlog/effect/effect_checks.h"
#include "services/backlog/evidence/evidence_integrity.h"
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
      "e.last_ordinal, c.merged_into, m.state, c.check_due_time "
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
        require((state == Change::SHIPPED) == (!row.IsNull(11) || details.has_conclude_due_time()),
                "when it is checked or concluded does not fit");
        require((state == Change::VERIFIED) == details.has_verify_time(), "when it was verified does not fit");
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

// What is to be checked is: one timer stands for all of it.
absl::StatusOr<std::string> ChecksGoOn(Snapshot& snapshot, const std::string&, Findings& findings) {
  ASSIGN_OR_RETURN(const int64_t waiting,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM change WHERE check_due_time IS NOT NULL", {}));
  // One that has failed has a timer of its own.
  ASSIGN_OR_RETURN(const int64_t timers,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM timer WHERE kind = $1", {kCheckTimer}));
  if (waiting > 0 && timers == 0)
    findings.Violation("", fmt::format("{} changes wait for a check, and no timer is set", waiting));
  findings.Examined(waiting);
  return "";
}

// The version of a resource of this service that events name; 0: it is not there. Nothing where it is no resource of
// ours.
absl::StatusOr<std::optional<int64_t>> VersionOf(Snapshot& snapshot, std::string_view name) {
  const std::string_view change_id = kChangePattern.Id(name);
  if (change_id.empty()) return std::nullopt;
  if (const std::string_view id = kCommentPattern.Id(name, 1); !id.empty()) {
    return snapshot.QueryInteger("SELECT COUNT(*) FROM comment WHERE change_id = $1 AND comment_id = $2",
                                 {change_id, id});
  }
  if (const std::string_view id = kDemandPattern.Id(name, 1); !id.empty()) {
    return snapshot.QueryInteger("SELECT version FROM demand WHERE change_id = $1 AND ticket_id = $2", {change_id, id});
  }
  return snapshot.QueryInteger("SELECT version FROM change WHERE change_id = $1", {change_id});
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
      std::optional<int64_t> version;
      if (told) {
        ASSIGN_OR_RETURN(version, VersionOf(snapshot, told->name));
      }
      if (!version) {
        findings.Violation(resource, fmt::format("event {} tells of what is no resource of this service", sequence));
      } else if (*version < told->version) {
        findings.Violation(told->name,
                           fmt::format("event {} tells of {}, and it is at {}", sequence, resource, *version));
      }
    }
  }
  findings.Examined(static_cast<int64_t>(events.size()));
  return after + kSliceEvents < head ? std::to_string(after + kSliceEvents) : "";
}

}  // namespace

std::vector<service::IntegrityCheck> BacklogIntegrityChecks() {
  return {{"change-states", StatesAreWhole}, {"change-demands", DemandsAreWhole}, {"change-evidence", EvidenceIsTrue},
          {"change-lists", ListsAreTrue},    {"change-fan-outs", FanOutsGoOn},    {"change-checks", ChecksGoOn},
          {"change-events", EventsHaveRows}};
}

}  // namespace dangol::backlog
