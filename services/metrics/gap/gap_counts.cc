#include "services/metrics/gap/gap_counts.h"

#include <map>
#include <vector>

#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"

namespace dangol::metrics {
namespace {

using storage::Row;

constexpr int64_t kGapsMost = 1000;

absl::StatusOr<std::string> RootOf(storage::Snapshot& snapshot, std::string_view customer_id) {
  ASSIGN_OR_RETURN(const std::vector<std::string> roots,
                   snapshot.QueryTexts("SELECT root_id FROM customer_alias WHERE customer_id = $1", {customer_id}));
  return roots.empty() ? std::string(customer_id) : roots[0];
}

absl::Status AddToGap(storage::Transaction& transaction, std::string_view gap, int64_t tickets, int64_t customers,
                      int64_t anonymous) {
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO gap (capability_gap, tickets, customers, anonymous) VALUES ($1, $2, $3, $4)
      ON CONFLICT (capability_gap) DO UPDATE SET tickets = gap.tickets + excluded.tickets,
        customers = gap.customers + excluded.customers, anonymous = gap.anonymous + excluded.anonymous)",
                                      {gap, tickets, customers, anonymous}));
  return transaction.Execute("DELETE FROM gap WHERE capability_gap = $1 AND tickets = 0", {gap});
}

// So many more tickets of one customer. Returns what that adds to the customers: 1, 0 or -1.
absl::StatusOr<int64_t> AddToCustomer(storage::Transaction& transaction, std::string_view gap, std::string_view root,
                                      int64_t tickets) {
  int64_t before = 0;
  RETURN_IF_ERROR(transaction.Query("SELECT tickets FROM gap_customer WHERE capability_gap = $1 AND root_id = $2",
                                    {gap, root}, [&](const Row& row) { before = row.Integer(0); }));
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO gap_customer (capability_gap, root_id, tickets) VALUES ($1, $2, $3)
      ON CONFLICT (capability_gap, root_id) DO UPDATE SET tickets = excluded.tickets)",
                                      {gap, root, before + tickets}));
  RETURN_IF_ERROR(transaction.Execute(
      "DELETE FROM gap_customer WHERE capability_gap = $1 AND root_id = $2 AND tickets = 0", {gap, root}));
  return (before + tickets > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
}

absl::Status Add(storage::Transaction& transaction, const Chain& chain, int64_t sign) {
  if (chain.capability_gap.empty()) return absl::OkStatus();
  if (chain.customer_id.empty()) return AddToGap(transaction, chain.capability_gap, sign, 0, sign);
  ASSIGN_OR_RETURN(const std::string root, RootOf(transaction, chain.customer_id));
  ASSIGN_OR_RETURN(const int64_t customers, AddToCustomer(transaction, chain.capability_gap, root, sign));
  return AddToGap(transaction, chain.capability_gap, sign, customers, 0);
}

// What a query says of each gap, as one text to be compared.
absl::StatusOr<std::map<std::string, std::string>> Sums(storage::Snapshot& snapshot, storage::Sql sql) {
  std::map<std::string, std::string> sums;
  RETURN_IF_ERROR(snapshot.Query(sql, {}, [&](const Row& row) {
    sums[row.Text(0)] =
        fmt::format("{} tickets, {} customers, {} of nobody known", row.Integer(1), row.Integer(2), row.Integer(3));
  }));
  return sums;
}

}  // namespace

absl::Status CountGap(storage::Transaction& transaction, const Chain* before, const Chain& after) {
  const bool is_same =
      before != nullptr && before->capability_gap == after.capability_gap && before->customer_id == after.customer_id;
  if (is_same) return absl::OkStatus();
  if (before != nullptr) RETURN_IF_ERROR(Add(transaction, *before, -1));
  return Add(transaction, after, 1);
}

absl::Status MergeCustomers(storage::Transaction& transaction, std::string_view kept_id, std::string_view merged_id) {
  ASSIGN_OR_RETURN(const std::string kept, RootOf(transaction, kept_id));
  ASSIGN_OR_RETURN(const std::string merged, RootOf(transaction, merged_id));
  if (kept == merged) return absl::OkStatus();
  RETURN_IF_ERROR(transaction.Execute("UPDATE customer_alias SET root_id = $1 WHERE root_id = $2", {kept, merged}));
  RETURN_IF_ERROR(
      transaction.Execute("INSERT INTO customer_alias (customer_id, root_id) VALUES ($1, $2)", {merged, kept}));
  std::map<std::string, int64_t> gaps;
  RETURN_IF_ERROR(
      transaction.Query("SELECT capability_gap, tickets FROM gap_customer WHERE root_id = $1 ORDER BY capability_gap",
                        {merged}, [&](const Row& row) { gaps[row.Text(0)] = row.Integer(1); }));
  for (const auto& [gap, tickets] : gaps) {
    ASSIGN_OR_RETURN(const int64_t fewer, AddToCustomer(transaction, gap, merged, -tickets));
    ASSIGN_OR_RETURN(const int64_t more, AddToCustomer(transaction, gap, kept, tickets));
    RETURN_IF_ERROR(AddToGap(transaction, gap, 0, fewer + more, 0));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::GapReport> GetGapReport(storage::Snapshot& snapshot, const rpc::Call&,
                                           const v1::GetGapReportRequest& request) {
  v1::GapReport report;
  RETURN_IF_ERROR(snapshot.Query(
      R"(
      SELECT g.capability_gap, g.tickets, g.customers, g.anonymous,
        (SELECT MIN(l.receive_time) FROM ticket_loop AS l
         WHERE l.capability_gap = g.capability_gap AND l.capability_gap <> '') AS first_time
      FROM gap AS g
      WHERE $1 = '' OR g.capability_gap = $1
      ORDER BY g.customers + g.anonymous DESC, g.capability_gap
      LIMIT $2)",
      {request.capability_gap(), kGapsMost}, [&](const Row& row) {
        v1::Gap& gap = *report.add_gaps();
        gap.set_capability_gap(row.Text(0));
        gap.set_tickets(row.Integer(1));
        gap.set_customers(row.Integer(2));
        gap.set_anonymous(row.Integer(3));
        if (const auto time = row.OptionalTime(4)) *gap.mutable_first_receive_time() = ToProtoTime(*time);
      }));
  return report;
}

absl::StatusOr<std::string> GapsAreTrue(storage::Snapshot& snapshot, const std::string&, service::Findings& findings) {
  ASSIGN_OR_RETURN(
      const int64_t tickets,
      snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM ticket_loop WHERE capability_gap <> '' LIMIT $1) AS l",
                            {service::kRecountMost + 1}));
  if (tickets > service::kRecountMost) {
    findings.LeftOut();
    return "";
  }
  ASSIGN_OR_RETURN(auto counted, Sums(snapshot, R"(
      SELECT l.capability_gap, COUNT(*), COUNT(DISTINCT COALESCE(a.root_id, l.customer_id)) -
        MAX(CASE WHEN l.customer_id = '' THEN 1 ELSE 0 END), COUNT(CASE WHEN l.customer_id = '' THEN 1 END)
      FROM ticket_loop AS l
      LEFT JOIN customer_alias AS a ON a.customer_id = l.customer_id
      WHERE l.capability_gap <> ''
      GROUP BY l.capability_gap
      ORDER BY l.capability_gap)"));
  ASSIGN_OR_RETURN(
      const auto kept,
      Sums(snapshot, "SELECT capability_gap, tickets, customers, anonymous FROM gap ORDER BY capability_gap"));
  findings.Examined(static_cast<int64_t>(kept.size()));
  for (const auto& [gap, says] : kept) {
    if (counted[gap] != says) findings.Violation("", fmt::format("{} has {} and counts {}", gap, counted[gap], says));
    counted.erase(gap);
  }
  for (const auto& [gap, has] : counted) findings.Violation("", fmt::format("{} has {} and counts nothing", gap, has));
  return "";
}

}  // namespace dangol::metrics
