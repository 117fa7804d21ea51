#include "services/backlog/customer/customer_store.h"

#include <algorithm>
#include <vector>

#include "absl/time/civil_time.h"

#include "common/base/status_macros.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using storage::Row;

constexpr int64_t kRecentDays = 90;

absl::StatusOr<std::string> RootOf(storage::Snapshot& snapshot, std::string_view customer_id) {
  std::string root(customer_id);
  RETURN_IF_ERROR(snapshot.Query("SELECT root_id FROM customer_alias WHERE customer_id = $1", {customer_id},
                                 [&](const Row& row) { root = row.Text(0); }));
  return root;
}

absl::StatusOr<std::string> SegmentOf(storage::Snapshot& snapshot, std::string_view root) {
  ASSIGN_OR_RETURN(const std::vector<std::string> segments,
                   snapshot.QueryTexts("SELECT segment FROM customer_segment WHERE customer_id = $1", {root}));
  return segments.empty() ? "" : segments[0];
}

absl::Status AddToDay(storage::Transaction& transaction, std::string_view change_id, int64_t day, int64_t customers,
                      int64_t anonymous) {
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO change_day (change_id, day, customers, anonymous) VALUES ($1, $2, $3, $4)
      ON CONFLICT (change_id, day) DO UPDATE SET customers = change_day.customers + excluded.customers,
        anonymous = change_day.anonymous + excluded.anonymous)",
                                      {change_id, day, customers, anonymous}));
  if (customers + anonymous > 0) return absl::OkStatus();
  return transaction.Execute(
      "DELETE FROM change_day WHERE change_id = $1 AND day = $2 AND customers = 0 AND anonymous = 0", {change_id, day});
}

absl::Status AddToSegment(storage::Transaction& transaction, std::string_view change_id, std::string_view segment,
                          int64_t customers) {
  if (segment.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO change_segment (change_id, segment, customers) VALUES ($1, $2, $3)
      ON CONFLICT (change_id, segment) DO UPDATE SET customers = change_segment.customers + excluded.customers)",
                                      {change_id, segment, customers}));
  if (customers > 0) return absl::OkStatus();
  return transaction.Execute("DELETE FROM change_segment WHERE change_id = $1 AND segment = $2 AND customers = 0",
                             {change_id, segment});
}

// What is known of one customer who asks for one change.
struct Asker {
  int64_t demands = 0;
  int64_t last_day = 0;
};
absl::StatusOr<Asker> FindAsker(storage::Snapshot& snapshot, std::string_view change_id, std::string_view root) {
  Asker asker;
  RETURN_IF_ERROR(snapshot.Query("SELECT demands, last_day FROM change_customer WHERE change_id = $1 AND root_id = $2",
                                 {change_id, root}, [&](const Row& row) {
                                   asker = {row.Integer(0), row.Integer(1)};
                                 }));
  return asker;
}

absl::Status StoreAsker(storage::Transaction& transaction, std::string_view change_id, std::string_view root,
                        const Asker& before, const Asker& asker) {
  RETURN_IF_ERROR(transaction.Execute(
      "UPDATE change_customer SET demands = $3, last_day = $4 WHERE change_id = $1 AND root_id = $2",
      {change_id, root, asker.demands, asker.last_day}));
  if (before.last_day == asker.last_day) return absl::OkStatus();
  RETURN_IF_ERROR(AddToDay(transaction, change_id, before.last_day, -1, 0));
  return AddToDay(transaction, change_id, asker.last_day, 1, 0);
}

// All ids that the customer's demands came with.
absl::StatusOr<std::vector<std::string>> NamesOf(storage::Snapshot& snapshot, const std::string& root) {
  ASSIGN_OR_RETURN(
      std::vector<std::string> names,
      snapshot.QueryTexts("SELECT customer_id FROM customer_alias WHERE root_id = $1 ORDER BY customer_id", {root}));
  names.push_back(root);
  return names;
}

// The day of the newest of the customer's other demands.
absl::StatusOr<int64_t> NewestDay(storage::Snapshot& snapshot, const Asking& leaving, const std::string& root) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(snapshot, root));
  absl::Time newest = absl::InfinitePast();
  for (const std::string& name : names) {
    RETURN_IF_ERROR(snapshot.Query(R"(
        SELECT receive_time FROM demand WHERE change_id = $1 AND customer_id = $2 AND state = $3 AND ordinal <> $4
        ORDER BY receive_time DESC
        LIMIT 1)",
                                   {leaving.change_id, name, v1::Demand::ACTIVE, leaving.ordinal},
                                   [&](const Row& row) { newest = std::max(newest, row.Time(0)); }));
  }
  return DayOf(newest);
}

absl::StatusOr<int64_t> Enters(storage::Transaction& transaction, const Asking& asking, const std::string& root) {
  const int64_t day = DayOf(asking.receive_time);
  ASSIGN_OR_RETURN(const Asker before, FindAsker(transaction, asking.change_id, root));
  if (before.demands > 0) {
    RETURN_IF_ERROR(
        StoreAsker(transaction, asking.change_id, root, before, {before.demands + 1, std::max(before.last_day, day)}));
    return 0;
  }
  RETURN_IF_ERROR(
      transaction.Execute("INSERT INTO change_customer (change_id, root_id, demands, last_day) VALUES ($1, $2, 1, $3)",
                          {asking.change_id, root, day}));
  RETURN_IF_ERROR(AddToDay(transaction, asking.change_id, day, 1, 0));
  ASSIGN_OR_RETURN(const std::string segment, SegmentOf(transaction, root));
  RETURN_IF_ERROR(AddToSegment(transaction, asking.change_id, segment, 1));
  return 1;
}

absl::StatusOr<int64_t> Leaves(storage::Transaction& transaction, const Asking& asking, const std::string& root) {
  ASSIGN_OR_RETURN(const Asker before, FindAsker(transaction, asking.change_id, root));
  if (before.demands > 1) {
    Asker asker{before.demands - 1, before.last_day};
    if (DayOf(asking.receive_time) == before.last_day) {
      ASSIGN_OR_RETURN(asker.last_day, NewestDay(transaction, asking, root));
    }
    RETURN_IF_ERROR(StoreAsker(transaction, asking.change_id, root, before, asker));
    return 0;
  }
  RETURN_IF_ERROR(transaction.Execute("DELETE FROM change_customer WHERE change_id = $1 AND root_id = $2",
                                      {asking.change_id, root}));
  RETURN_IF_ERROR(AddToDay(transaction, asking.change_id, before.last_day, -1, 0));
  ASSIGN_OR_RETURN(const std::string segment, SegmentOf(transaction, root));
  RETURN_IF_ERROR(AddToSegment(transaction, asking.change_id, segment, -1));
  return -1;
}

// The changes that a customer asks for.
absl::StatusOr<std::vector<std::string>> ChangesOf(storage::Snapshot& snapshot, std::string_view root) {
  return snapshot.QueryTexts("SELECT change_id FROM change_customer WHERE root_id = $1 ORDER BY change_id", {root});
}

// The demands of one change that were the merged customer's. Where the kept one asks for it, too, one customer fewer
// does.
absl::Status MergeInChange(storage::Transaction& transaction, std::string_view change_id, std::string_view kept,
                           std::string_view merged) {
  ASSIGN_OR_RETURN(const std::string segment, SegmentOf(transaction, merged));
  RETURN_IF_ERROR(AddToSegment(transaction, change_id, segment, -1));
  ASSIGN_OR_RETURN(const Asker one, FindAsker(transaction, change_id, kept));
  ASSIGN_OR_RETURN(const Asker other, FindAsker(transaction, change_id, merged));
  if (one.demands == 0) {
    ASSIGN_OR_RETURN(const std::string of_kept, SegmentOf(transaction, kept));
    RETURN_IF_ERROR(AddToSegment(transaction, change_id, of_kept, 1));
    return transaction.Execute("UPDATE change_customer SET root_id = $2 WHERE change_id = $1 AND root_id = $3",
                               {change_id, kept, merged});
  }
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM change_customer WHERE change_id = $1 AND root_id = $2", {change_id, merged}));
  RETURN_IF_ERROR(AddToDay(transaction, change_id, other.last_day, -1, 0));
  RETURN_IF_ERROR(StoreAsker(transaction, change_id, kept, one,
                             {one.demands + other.demands, std::max(one.last_day, other.last_day)}));
  return AddEvidence(transaction, change_id, {.customers = -1});
}

// The same of what came back: the newest time counts.
absl::Status MergeRecurrences(storage::Transaction& transaction, std::string_view kept, std::string_view merged) {
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO change_recurrence (change_id, who, time)
      SELECT m.change_id, $1, m.time FROM change_recurrence AS m WHERE m.who = $2
      ON CONFLICT (change_id, who) DO UPDATE SET time = excluded.time WHERE change_recurrence.time < excluded.time)",
                                      {kept, merged}));
  return transaction.Execute("DELETE FROM change_recurrence WHERE who = $1", {merged});
}

std::string WhoOf(std::string_view customer_id) { return kCustomerPattern.Name(customer_id); }

// Whether another complaint of the customer came back to the change: one that is there, or one of which the customer
// said so.
absl::StatusOr<bool> CameBackOtherwise(storage::Snapshot& snapshot, std::string_view change_id, const std::string& root,
                                       std::string_view ticket_id) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(snapshot, root));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const int64_t others, snapshot.QueryInteger(R"(
        SELECT COUNT(*) FROM demand
        WHERE change_id = $1 AND customer_id = $2 AND ticket_id <> $3
          AND ((state = $4 AND recurrence = 1) OR came_back IS NOT NULL))",
                                                                 {change_id, name, ticket_id, v1::Demand::ACTIVE}));
    if (others > 0) return true;
  }
  return false;
}

}  // namespace

int64_t DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()) - absl::CivilDay(1970, 1, 1); }

absl::StatusOr<int64_t> CountAsking(storage::Transaction& transaction, const Asking& asking, int64_t sign) {
  if (asking.customer_id.empty()) {
    RETURN_IF_ERROR(AddToDay(transaction, asking.change_id, DayOf(asking.receive_time), 0, sign));
    return 0;
  }
  ASSIGN_OR_RETURN(const std::string root, RootOf(transaction, asking.customer_id));
  return sign > 0 ? Enters(transaction, asking, root) : Leaves(transaction, asking, root);
}

absl::Status SetSegment(storage::Transaction& transaction, std::string_view customer_id, const std::string& segment,
                        int64_t version) {
  ASSIGN_OR_RETURN(const std::string before, SegmentOf(transaction, customer_id));
  // Most never have one, and have no row.
  const storage::Sql sql = segment.empty() ? storage::Sql(R"(
      UPDATE customer_segment SET segment = $2, version = $3 WHERE customer_id = $1 AND version < $3)")
                                           : storage::Sql(R"(
      INSERT INTO customer_segment (customer_id, segment, version) VALUES ($1, $2, $3)
      ON CONFLICT (customer_id) DO UPDATE SET segment = excluded.segment, version = excluded.version
      WHERE customer_segment.version < excluded.version)");
  ASSIGN_OR_RETURN(const int64_t newer, transaction.Change(sql, {customer_id, segment, version}));
  if (newer == 0 || before == segment) return absl::OkStatus();
  // Of one that was merged no change counts anything.
  ASSIGN_OR_RETURN(const std::vector<std::string> changes, ChangesOf(transaction, customer_id));
  for (const std::string& change_id : changes) {
    RETURN_IF_ERROR(AddToSegment(transaction, change_id, before, -1));
    RETURN_IF_ERROR(AddToSegment(transaction, change_id, segment, 1));
  }
  return absl::OkStatus();
}

absl::Status ReadRecent(storage::Snapshot& snapshot, absl::Time now, v1::Change& change) {
  v1::Evidence& evidence = *change.mutable_evidence();
  const std::string_view change_id = kChangePattern.Id(change.name());
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT CAST(COALESCE(SUM(customers), 0) AS BIGINT), CAST(COALESCE(SUM(anonymous), 0) AS BIGINT) FROM change_day WHERE change_id = $1 AND day > $2",
      {change_id, DayOf(now) - kRecentDays}, [&](const Row& row) {
        evidence.set_recent_customers(row.Integer(0));
        evidence.set_recent_anonymous(row.Integer(1));
      }));
  return snapshot.Query(
      "SELECT segment, customers FROM change_segment WHERE change_id = $1 ORDER BY customers DESC, segment",
      {change_id}, [&](const Row& row) {
        v1::SegmentEvidence& segment = *evidence.add_segments();
        segment.set_segment(row.Text(0));
        segment.set_customers(row.Integer(1));
      });
}

absl::Status MergeCustomers(storage::Transaction& transaction, std::string_view kept_id, std::string_view merged_id) {
  ASSIGN_OR_RETURN(const std::string kept, RootOf(transaction, kept_id));
  ASSIGN_OR_RETURN(const std::string merged, RootOf(transaction, merged_id));
  if (kept == merged) return absl::OkStatus();
  RETURN_IF_ERROR(transaction.Execute("UPDATE customer_alias SET root_id = $1 WHERE root_id = $2", {kept, merged}));
  RETURN_IF_ERROR(
      transaction.Execute("INSERT INTO customer_alias (customer_id, root_id) VALUES ($1, $2)", {merged, kept}));
  ASSIGN_OR_RETURN(const std::vector<std::string> changes, ChangesOf(transaction, merged));
  for (const std::string& change_id : changes) {
    RETURN_IF_ERROR(MergeInChange(transaction, change_id, kept, merged));
  }
  return MergeRecurrences(transaction, WhoOf(kept), WhoOf(merged));
}

absl::StatusOr<int64_t> CountRecurrence(storage::Transaction& transaction, std::string_view change_id,
                                        const Complainant& who, absl::Time time, absl::Duration window,
                                        absl::Time since) {
  std::string name = kTicketPattern.Name(who.ticket_id);
  if (!who.customer_id.empty()) {
    ASSIGN_OR_RETURN(const std::string root, RootOf(transaction, who.customer_id));
    name = WhoOf(root);
  }
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO change_recurrence (change_id, who, time) VALUES ($1, $2, $3)
      ON CONFLICT (change_id, who) DO UPDATE SET time = excluded.time WHERE change_recurrence.time < excluded.time)",
                                      {change_id, name, time}));
  std::vector<absl::Time> times;
  RETURN_IF_ERROR(transaction.Query(
      "SELECT time FROM change_recurrence WHERE change_id = $1 AND time >= $2 AND time <= $3 ORDER BY time",
      {change_id, std::max(time - window, since), time + window},
      [&](const Row& row) { times.push_back(row.Time(0)); }));
  int64_t most = 0;
  for (auto first = times.begin(), end = first; end != times.end(); ++end) {
    while (*end - *first > window) ++first;
    most = std::max<int64_t>(most, end - first + 1);
  }
  return most;
}

absl::Status ForgetRecurrence(storage::Transaction& transaction, std::string_view change_id, const Complainant& who) {
  std::string name = kTicketPattern.Name(who.ticket_id);
  if (!who.customer_id.empty()) {
    ASSIGN_OR_RETURN(const std::string root, RootOf(transaction, who.customer_id));
    ASSIGN_OR_RETURN(const bool stays, CameBackOtherwise(transaction, change_id, root, who.ticket_id));
    if (stays) return absl::OkStatus();
    name = WhoOf(root);
  }
  return transaction.Execute("DELETE FROM change_recurrence WHERE change_id = $1 AND who = $2", {change_id, name});
}

}  // namespace dangol::backlog
