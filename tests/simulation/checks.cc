#include "tests/simulation/checks.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "fmt/format.h"
#include <sqlite3.h>

#include "dangol/api/v1/audit.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::simulation {
namespace {

// Of the actions that may be sent with an etag, the kinds of their events.
const std::map<std::string, std::vector<std::string>> kKindsOfAction = {
    {"AcknowledgeTicket", {"ticket_acknowledged"}},
    {"DeclineTicket", {"ticket_declined"}},
    {"AcceptTicket", {"ticket_accepted"}},
    {"ResolveTicket", {"ticket_resolved"}},
    {"ReopenTicket", {"ticket_reopened"}},
    {"UnlinkTicket", {"ticket_unlinked"}},
    {"CloseTicket", {"tickets_closed"}},
    {"PlanChange", {"change_planned"}},
    {"StartChange", {"change_started"}},
    {"ShipChange", {"change_shipped"}},
    {"DropChange", {"change_dropped"}},
    {"UpdateChange", {"change_updated"}},
    {"ReconsiderChange", {"change_reconsidered"}},
    {"ConcludeChange", {"change_verified", "change_regressed"}},
    {"RevertShipment", {"shipment_reverted"}},
};
// Those that may find all as it should be, and those whose answers name another resource than the one that they change.
const std::set<std::string> kMakeNoVersion = {"UpdateTicket", "DismissWaiting", "SplitTicket", "MergeChanges"};

// What one row leaves to be found: where, and how often.
struct Found {
  int count = 0;
  std::string name;
};

class DatabaseFile {
 public:
  explicit DatabaseFile(const char* path) { sqlite3_open(path, &handle_); }
  ~DatabaseFile() { sqlite3_close(handle_); }
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;

  std::string Query(const char* sql, const std::function<void(const DatabaseRow&)>& each) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) return sqlite3_errmsg(handle_);
    int code;
    DatabaseRow row(static_cast<size_t>(sqlite3_column_count(statement)));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      for (size_t i = 0; i < row.size(); ++i) {
        const auto column = static_cast<int>(i);
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        row[i].assign(bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
      }
      each(row);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? "" : sqlite3_errmsg(handle_);
  }

 private:
  sqlite3* handle_ = nullptr;
};

class Check {
 public:
  Check(const QueryDatabase& query, Ledger& ledger) : query_(query), ledger_(ledger) {}

  void Pages() {
    Run("PRAGMA integrity_check", [&](const DatabaseRow& row) {
      if (row[0] != "ok") ledger_.Violation("integrity_check: " + row[0]);
    });
  }

  void ReadTables() {
    Run("SELECT ticket_id, version, subject, details, COALESCE(revisit_condition, '') FROM ticket ORDER BY ticket_id",
        [&](const DatabaseRow& row) {
          const std::string name = "tickets/" + row[0];
          version_[name] = Integer(row[1]);
          tickets::v1::Ticket details;
          details.ParseFromString(row[3]);
          for (const std::string& marker : {row[2], details.heard_summary(), row[4]}) Mark(marker, name);
        });
    Run("SELECT customer_id, version FROM customer",
        [&](const DatabaseRow& row) { version_["customers/" + row[0]] = Integer(row[1]); });
    Run("SELECT ticket_id, message_id, body FROM message ORDER BY ticket_id, message_id", [&](const DatabaseRow& row) {
      const std::string name = fmt::format("tickets/{}/messages/{}", row[0], row[1]);
      version_[name] = 1;
      Mark(row[2], name);
    });
  }

  // Invariants 1 and 2: acknowledged is there, once; refused is not there, unless a second copy of the request was
  // executed when the state had changed; of unknown outcome is there once or not, and whole.
  void Operations() {
    for (const Operation& operation : ledger_.operations) {
      int all = 0;
      for (size_t i = 0; i < operation.markers.size(); ++i) {
        const Found& found = found_[operation.markers[i]];
        all += found.count > 0 ? 1 : 0;
        const bool promised = !operation.request_id.empty();
        const bool wrong = operation.outcome == Outcome::kAcknowledged
                               ? found.count < 1 || (promised && found.count > 1)
                           : operation.outcome == Outcome::kRefused && !ledger_.doubled ? promised && found.count > 0
                                                                                        : promised && found.count > 1;
        if (wrong) Wrong(operation, fmt::format("is there {} times", found.count));
        const bool named = operation.outcome != Outcome::kAcknowledged || !promised || i >= operation.names.size() ||
                           found.name == operation.names[i] ||
                           found.name.starts_with(operation.names[i] + "/messages/");
        if (!named) Wrong(operation, fmt::format("was answered with {} and is {}", operation.names[i], found.name));
      }
      if (all != 0 && all != static_cast<int>(operation.markers.size())) Wrong(operation, "is there in part");
    }
  }

  // Who did what: each acknowledged write that changed something, once.
  void AuditLog() {
    std::map<std::string, int> entries;
    Run("SELECT content FROM audit ORDER BY number", [&](const DatabaseRow& row) {
      api::v1::AuditEntry entry;
      if (!entry.ParseFromString(row[0])) ledger_.Violation("an entry of the audit log does not parse");
      ++entries[entry.request_id()];
    });
    for (const Operation& operation : ledger_.operations) {
      if (operation.outcome != Outcome::kAcknowledged || operation.request_id.empty()) continue;
      const int found = entries[operation.request_id];
      if (found == 1 || (found == 0 && !AlwaysChangesSomething(operation))) continue;
      Wrong(operation, fmt::format("is in the audit log {} times", found));
    }
  }

  // Invariant 7: dense, and each version of each resource once and in order. Invariant 9: no word of a customer.
  void Feed(const std::vector<std::vector<SeenEvent>>& followers) {
    std::vector<SeenEvent> events;
    std::map<std::string, int64_t> told;
    Run("SELECT seq, kind, resources, payload FROM feed ORDER BY seq", [&](const DatabaseRow& row) {
      events.push_back({row[1], row[2]});
      if (Integer(row[0]) != static_cast<int64_t>(events.size())) {
        ledger_.Violation(fmt::format("event {} stands at {}", Integer(row[0]), events.size()));
      }
      if ((row[2] + row[3]).find("marker-") != std::string::npos) {
        ledger_.Violation(fmt::format("event {} holds a customer's words", events.size()));
      }
      Versions(events.back(), told);
    });
    if (told != version_) ledger_.Violation("the feed does not tell of the versions that the tables have");
    Run("SELECT last_seq FROM feed_head", [&](const DatabaseRow& row) {
      if (Integer(row[0]) != static_cast<int64_t>(events.size())) {
        ledger_.Violation(fmt::format("the head is at {}, the feed has {} events", Integer(row[0]), events.size()));
      }
    });
    for (const auto& follower : followers) Follower(follower, events);
    CheckEtags(ledger_.operations, transitions_, ledger_.violations);
  }

 private:
  static int64_t Integer(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

  void Run(const char* sql, const std::function<void(const DatabaseRow&)>& each) {
    const std::string error = query_(sql, each);
    if (!error.empty()) ledger_.Violation(fmt::format("{}: {}", sql, error));
  }

  void Mark(const std::string& marker, const std::string& name) {
    if (marker.starts_with("marker-")) found_[marker] = {found_[marker].count + 1, name};
  }

  void Wrong(const Operation& operation, std::string_view what) {
    constexpr const char* kOutcomes[] = {"pending", "acknowledged", "refused", "of unknown outcome"};
    ledger_.Violation(fmt::format("operation {} ({}), {}, {}", operation.number, operation.method,
                                  kOutcomes[static_cast<int>(operation.outcome)], what));
  }

  void Versions(const SeenEvent& event, std::map<std::string, int64_t>& told) {
    for (size_t begin = 0; begin < event.resources.size();) {
      const size_t end = std::min(event.resources.find(' ', begin), event.resources.size());
      const std::string touched = event.resources.substr(begin, end - begin);
      const std::string name = touched.substr(0, touched.rfind('@'));
      const int64_t version = std::strtoll(touched.c_str() + touched.rfind('@') + 1, nullptr, 10);
      if (version != ++told[name])
        ledger_.Violation(fmt::format("the feed tells of {} behind version {}", touched, told[name] - 1));
      transitions_[{event.kind, name}].insert(version);
      begin = end + 1;
    }
  }

  void Follower(const std::vector<SeenEvent>& seen, const std::vector<SeenEvent>& events) {
    if (seen.size() != events.size()) {
      ledger_.Violation(fmt::format("a follower saw {} events of {}", seen.size(), events.size()));
      return;
    }
    for (size_t i = 0; i < seen.size(); ++i) {
      if (seen[i].kind != events[i].kind || seen[i].resources != events[i].resources) {
        ledger_.Violation(fmt::format("a follower saw {} {} at {}, where {} {} stands", seen[i].kind, seen[i].resources,
                                      i + 1, events[i].kind, events[i].resources));
      }
    }
  }

  const QueryDatabase& query_;
  Ledger& ledger_;
  std::map<std::string, Found> found_;
  std::map<std::string, int64_t> version_;
  Transitions transitions_;
};

}  // namespace

void CheckEtags(const std::deque<Operation>& operations, const Transitions& transitions,
                std::vector<std::string>& violations) {
  for (const Operation& operation : operations) {
    if (operation.outcome != Outcome::kAcknowledged || operation.etag_sent.empty()) continue;
    const std::string action = operation.method.substr(operation.method.rfind('/') + 1);
    if (kMakeNoVersion.contains(action)) continue;
    const int64_t version = std::strtoll(operation.etag_sent.c_str(), nullptr, 10) + 1;
    const auto made = [&](const std::string& kind) {
      const auto found = transitions.find({kind, operation.names[0]});
      return found != transitions.end() && found->second.contains(version);
    };
    if (std::ranges::any_of(kKindsOfAction.at(action), made)) continue;
    violations.push_back(fmt::format("operation {} ({}) sent the etag {} of {} and did not make version {}",
                                     operation.number, operation.method, operation.etag_sent, operation.names[0],
                                     version));
  }
}

QueryDatabase QueryFile(const char* path) {
  return [file = std::make_shared<DatabaseFile>(path)](const char* sql, const auto& each) {
    return file->Query(sql, each);
  };
}

void CheckDatabase(const QueryDatabase& query, Ledger& ledger, const std::vector<std::vector<SeenEvent>>& followers) {
  Check check(query, ledger);
  check.ReadTables();
  check.Operations();
  check.AuditLog();
  check.Feed(followers);
}

void CheckDatabase(const char* path, Ledger& ledger, const std::vector<std::vector<SeenEvent>>& followers) {
  const QueryDatabase query = QueryFile(path);
  Check(query, ledger).Pages();
  CheckDatabase(query, ledger, followers);
}

}  // namespace dangol::simulation
