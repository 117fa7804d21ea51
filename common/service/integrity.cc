#include "common/service/integrity.h"

#include <cstdlib>
#include <set>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "common/storage/audit_log.h"

namespace dangol::service {
namespace {

constexpr int64_t kSliceRows = 250;
constexpr int kViolationsMax = 100;

// Invariant 7: 1, 2, 3 … without a gap, up to the head.
absl::StatusOr<std::string> FeedIsDense(storage::Snapshot& snapshot, const std::string& position, Findings& findings) {
  int64_t expected = position.empty() ? 1 : std::strtoll(position.c_str(), nullptr, 10);
  ASSIGN_OR_RETURN(const int64_t head, snapshot.QueryInteger("SELECT last_seq FROM feed_head", {}));
  int64_t rows = 0;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT seq FROM feed WHERE seq >= $1 ORDER BY seq LIMIT $2", {expected, kSliceRows},
                     [&](const storage::Row& row) {
                       ++rows;
                       const int64_t sequence = row.Integer(0);
                       if (sequence != expected) {
                         findings.Violation(fmt::format("feed {}", expected),
                                            fmt::format("the feed goes on at {} instead of {}", sequence, expected));
                       }
                       if (sequence > head) {
                         findings.Violation(fmt::format("feed {}", sequence),
                                            fmt::format("the event is behind the head, which is at {}", head));
                       }
                       expected = sequence + 1;
                     }));
  findings.Examined(rows);
  if (rows == kSliceRows) return std::to_string(expected);
  ASSIGN_OR_RETURN(const int64_t wrong,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM feed_head h JOIN feed f ON f.seq = h.last_seq "
                                         "WHERE f.commit_id <> h.commit_id",
                                         {}));
  if (wrong > 0) findings.Violation("feed", fmt::format("the head is of another commit than event {}", head));
  if (expected != head + 1)
    findings.Violation("feed", fmt::format("the head is at {}, the last event at {}", head, expected - 1));
  return "";
}

// A position without a feed that it is of, or before the first event, would skip or repeat events.
absl::StatusOr<std::string> SubscriptionsAreSane(storage::Snapshot& snapshot, const std::string&, Findings& findings) {
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT feed, incarnation, seq, epoch FROM subscription ORDER BY feed", {}, [&](const storage::Row& row) {
        findings.Examined(1);
        const int64_t sequence = row.Integer(2);
        const bool known = !row.Bytes(1).empty();
        if (sequence < 0 || (sequence > 0 && !known) || row.Integer(3) < 1) {
          findings.Violation(
              fmt::format("subscription {}", row.Text(0)),
              fmt::format("position {} of the incarnation '{}' with epoch {}", sequence, row.Text(1), row.Integer(3)));
        }
      }));
  return "";
}

struct ParkedRow {
  int64_t number = 0;
  std::string id;
  int64_t waits = 0;
  bool settled = false;
  std::set<std::string> resources;
  bool ahead = false;  // of the position up to which its feed was applied
};

absl::Status CheckParked(storage::Snapshot& snapshot, const ParkedRow& parked, Findings& findings) {
  const std::string name = "parkedEvents/" + parked.id;
  if ((parked.waits == 1) == parked.settled) findings.Violation(name, "it waits and was settled, or neither");
  if (parked.ahead) findings.Violation(name, "it is parked, and the subscription has not come to it");
  std::set<std::string> held;
  RETURN_IF_ERROR(snapshot.Query("SELECT resource FROM parked_resource WHERE number = $1 ORDER BY resource",
                                 {parked.number}, [&](const storage::Row& row) { held.insert(row.Text(0)); }));
  if (held != (parked.waits == 1 ? parked.resources : std::set<std::string>())) {
    findings.Violation(name, fmt::format("it holds {} resources and touches {}", held.size(), parked.resources.size()));
  }
  return absl::OkStatus();
}

// What waits holds up later events of the same resources, and nothing else does.
absl::StatusOr<std::string> ParkedEventsAreSane(storage::Snapshot& snapshot, const std::string& position,
                                                Findings& findings) {
  const int64_t behind = position.empty() ? 0 : std::strtoll(position.c_str(), nullptr, 10);
  std::vector<ParkedRow> rows;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT e.number, e.parked_event_id, e.state, e.settle_time, e.resources, "
      "CASE WHEN s.incarnation = e.incarnation AND s.seq < e.seq THEN 1 ELSE 0 END "
      "FROM parked_event e LEFT JOIN subscription s ON s.feed = e.feed WHERE e.number > $1 ORDER BY e.number LIMIT $2",
      {behind, kSliceRows}, [&](const storage::Row& row) {
        ParkedRow& parked = rows.emplace_back();
        parked = {row.Integer(0), row.Text(1), row.Integer(2), !row.IsNull(3), {}, row.Integer(5) == 1};
        for (const std::string& touched :
             std::vector<std::string>(absl::StrSplit(row.Text(4), ' ', absl::SkipEmpty()))) {
          parked.resources.insert(touched.substr(0, touched.rfind('@')));
        }
      }));
  for (const ParkedRow& parked : rows) RETURN_IF_ERROR(CheckParked(snapshot, parked, findings));
  findings.Examined(static_cast<int64_t>(rows.size()));
  if (rows.size() == kSliceRows) return std::to_string(rows.back().number);
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT r.resource FROM parked_resource r LEFT JOIN parked_event e ON e.number = r.number WHERE e.number IS NULL "
      "ORDER BY r.resource LIMIT 100",
      {}, [&](const storage::Row& row) {
        findings.Violation(row.Text(0), "it is held up by a parked event that is not there");
      }));
  return "";
}

// A row that was changed, taken out or moved breaks the chain.
absl::StatusOr<std::string> AuditLogHolds(storage::Snapshot& snapshot, const std::string& position,
                                          Findings& findings) {
  const int64_t last = position.empty() ? 0 : std::strtoll(position.c_str(), nullptr, 10);
  // The one before comes first, for its hash.
  ASSIGN_OR_RETURN(const std::vector<storage::AuditRow> rows,
                   storage::ListAudit(snapshot, {.resource = "", .behind = last - 1}, kSliceRows + 1));
  storage::AuditChain chain({last, ""});
  for (const storage::AuditRow& row : rows) {
    if (row.number == last) {
      chain = storage::AuditChain({last, row.hash});
      continue;
    }
    findings.Examined(1);
    if (const std::string wrong = chain.Next(row); !wrong.empty()) {
      findings.Violation(fmt::format("audit {}", row.number), wrong);
    }
  }
  if (rows.size() == kSliceRows + 1) return std::to_string(chain.previous().number);
  ASSIGN_OR_RETURN(const storage::AuditHead head, storage::ReadAuditHead(snapshot));
  if (const std::string wrong = chain.End(head); !wrong.empty()) findings.Violation("audit", wrong);
  return "";
}

}  // namespace

void Findings::Violation(std::string_view resource, std::string_view description) {
  response_.set_violation_count(response_.violation_count() + 1);
  if (response_.violations_size() >= kViolationsMax) return;
  auto* violation = response_.add_violations();
  violation->set_check(check_->name());
  violation->set_resource(std::string(resource));
  violation->set_description(std::string(description));
}

std::optional<feed::Touched> ParseTouched(std::string_view touched) {
  const size_t at = touched.rfind('@');
  int64_t version = 0;
  if (at == std::string_view::npos || !absl::SimpleAtoi(std::string(touched.substr(at + 1)), &version)) {
    return std::nullopt;
  }
  return feed::Touched{std::string(touched.substr(0, at)), version};
}

std::vector<IntegrityCheck> CoreIntegrityChecks() {
  return {{"feed-dense", FeedIsDense},
          {"subscriptions", SubscriptionsAreSane},
          {"parked-events", ParkedEventsAreSane},
          {"audit-log", AuditLogHolds}};
}

}  // namespace dangol::service
