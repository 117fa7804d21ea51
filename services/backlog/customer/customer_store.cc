#include "services/backlog/customer/customer_store.h"

#include <vector>

#include "common/base/status_macros.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using storage::Row;

absl::StatusOr<std::string> RootOf(storage::Snapshot& snapshot, std::string_view customer_id) {
  std::string root(customer_id);
  RETURN_IF_ERROR(snapshot.Query("SELECT root_id FROM customer_alias WHERE customer_id = $1", {customer_id},
                                 [&](const Row& row) { root = row.Text(0); }));
  return root;
}

// The demands of one change that were the merged customer's. Where the kept one asks for it, too, one customer fewer
// does.
absl::Status MergeInChange(storage::Transaction& transaction, std::string_view change_id, std::string_view kept,
                           std::string_view merged) {
  ASSIGN_OR_RETURN(const int64_t both, transaction.Change(R"(
      UPDATE change_customer SET demands = demands + (
        SELECT m.demands FROM change_customer AS m WHERE m.change_id = $1 AND m.root_id = $3)
      WHERE change_id = $1 AND root_id = $2)",
                                                          {change_id, kept, merged}));
  if (both == 0) {
    return transaction.Execute("UPDATE change_customer SET root_id = $2 WHERE change_id = $1 AND root_id = $3",
                               {change_id, kept, merged});
  }
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM change_customer WHERE change_id = $1 AND root_id = $2", {change_id, merged}));
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

}  // namespace

absl::StatusOr<int64_t> CountCustomer(storage::Transaction& transaction, std::string_view change_id,
                                      std::string_view customer_id, int64_t sign) {
  ASSIGN_OR_RETURN(const std::string root, RootOf(transaction, customer_id));
  if (sign > 0) {
    ASSIGN_OR_RETURN(const int64_t more, transaction.Change(
                                             R"(
        UPDATE change_customer SET demands = demands + 1 WHERE change_id = $1 AND root_id = $2)",
                                             {change_id, root}));
    if (more > 0) return 0;
    RETURN_IF_ERROR(transaction.Execute("INSERT INTO change_customer (change_id, root_id, demands) VALUES ($1, $2, 1)",
                                        {change_id, root}));
    return 1;
  }
  ASSIGN_OR_RETURN(const int64_t left, transaction.QueryInteger(
                                           R"(
      UPDATE change_customer SET demands = demands - 1 WHERE change_id = $1 AND root_id = $2
      RETURNING demands)",
                                           {change_id, root}));
  if (left > 0) return 0;
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM change_customer WHERE change_id = $1 AND root_id = $2", {change_id, root}));
  return -1;
}

absl::Status MergeCustomers(storage::Transaction& transaction, std::string_view kept_id, std::string_view merged_id) {
  ASSIGN_OR_RETURN(const std::string kept, RootOf(transaction, kept_id));
  ASSIGN_OR_RETURN(const std::string merged, RootOf(transaction, merged_id));
  if (kept == merged) return absl::OkStatus();
  RETURN_IF_ERROR(transaction.Execute("UPDATE customer_alias SET root_id = $1 WHERE root_id = $2", {kept, merged}));
  RETURN_IF_ERROR(
      transaction.Execute("INSERT INTO customer_alias (customer_id, root_id) VALUES ($1, $2)", {merged, kept}));
  ASSIGN_OR_RETURN(
      const std::vector<std::string> changes,
      transaction.QueryTexts("SELECT change_id FROM change_customer WHERE root_id = $1 ORDER BY change_id", {merged}));
  for (const std::string& change_id : changes) {
    RETURN_IF_ERROR(MergeInChange(transaction, change_id, kept, merged));
  }
  return MergeRecurrences(transaction, WhoOf(kept), WhoOf(merged));
}

absl::StatusOr<int64_t> CountRecurrence(storage::Transaction& transaction, std::string_view change_id,
                                        const Complainant& who, absl::Time time, absl::Time since) {
  std::string name = kTicketPattern.Name(who.ticket_id);
  if (!who.customer_id.empty()) {
    ASSIGN_OR_RETURN(const std::string root, RootOf(transaction, who.customer_id));
    name = WhoOf(root);
  }
  RETURN_IF_ERROR(transaction.Execute(R"(
      INSERT INTO change_recurrence (change_id, who, time) VALUES ($1, $2, $3)
      ON CONFLICT (change_id, who) DO UPDATE SET time = excluded.time WHERE change_recurrence.time < excluded.time)",
                                      {change_id, name, time}));
  return transaction.QueryInteger("SELECT COUNT(*) FROM change_recurrence WHERE change_id = $1 AND time >= $2",
                                  {change_id, since});
}

}  // namespace dangol::backlog
