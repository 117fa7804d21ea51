#include "services/tickets/customer/customer_integrity.h"

#include <string_view>
#include <vector>

#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "services/tickets/customer/customer_identity.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using service::Findings;
using storage::Row;

constexpr int64_t kSliceRows = 250;

// How often a customer is found by an external id or a contact point.
absl::StatusOr<int64_t> CountIdentities(storage::Snapshot& snapshot, const v1::Customer& customer) {
  const std::string_view id = kCustomerPattern.Id(customer.name());
  int64_t found = 0;
  for (const v1::ExternalId& external_id : customer.external_ids()) {
    ASSIGN_OR_RETURN(const std::string owner, CustomerWithExternalId(snapshot, external_id));
    if (owner == id) ++found;
  }
  for (const v1::ContactPoint& contact_point : customer.contact_points()) {
    if (!contact_point.identifying()) continue;
    ASSIGN_OR_RETURN(
        const int64_t rows,
        snapshot.QueryInteger("SELECT COUNT(*) FROM contact_point WHERE kind = $1 AND value = $2 AND customer_id = $3",
                              {contact_point.kind(), contact_point.normalized_value(), id}));
    found += rows;
  }
  return found;
}

absl::Status CheckIdentities(storage::Snapshot& snapshot, const CustomerRow& row, Findings& findings) {
  const v1::Customer& customer = row.customer;
  int64_t stated = customer.external_ids_size();
  for (const v1::ContactPoint& each : customer.contact_points()) stated += each.identifying() ? 1 : 0;
  ASSIGN_OR_RETURN(const int64_t found, CountIdentities(snapshot, customer));
  if (found < stated) {
    findings.Violation(customer.name(), fmt::format("is found by {} of {} identities", found, stated));
  }
  if (customer.state() != v1::Customer::ACTIVE) {
    ASSIGN_OR_RETURN(const std::vector<std::string> others,
                     PossiblySame(snapshot, kCustomerPattern.Id(customer.name())));
    if (!others.empty())
      findings.Violation(customer.name(), fmt::format("is {} and is named as possibly somebody else",
                                                      v1::Customer::State_Name(customer.state())));
  }
  if (!row.merged_into.empty() && stated > 0)
    findings.Violation(customer.name(), "was merged and still has identities");
  if (!row.merged_into.empty() && !row.ticket_id.empty())
    findings.Violation(customer.name(), "was merged and is anonymous");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> TicketsHaveCustomers(storage::Snapshot& snapshot, const std::string& position,
                                                 Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT t.ticket_id, c.customer_id, c.merged_into, r.customer_id, r.merged_into, c.ticket_id,
        (SELECT COUNT(*) FROM customer_ticket AS k
         WHERE k.customer_id = t.customer_id AND k.receive_time = t.receive_time AND k.ticket_id = t.ticket_id)
      FROM (SELECT ticket_id, customer_id, receive_time FROM ticket WHERE ticket_id > $1 ORDER BY ticket_id LIMIT $2) AS t
        LEFT JOIN customer AS c ON c.customer_id = t.customer_id
        LEFT JOIN customer AS r ON r.customer_id = c.merged_into
      ORDER BY t.ticket_id)",
                                 {position, kSliceRows}, [&](const Row& row) {
                                   ++rows;
                                   last = row.Text(0);
                                   const auto require = [&](bool holds, std::string_view what) {
                                     if (!holds) findings.Violation(kTicketPattern.Name(last), what);
                                   };
                                   require(!row.IsNull(1), "has no customer");
                                   require(row.IsNull(2) || !row.IsNull(3), "its customer was merged into nobody");
                                   require(row.IsNull(4), "its customer is found by more than one redirect");
                                   const bool is_only = row.Bytes(5) == last;
                                   require((row.Integer(6) == 1) != is_only, "its customer does not have it once");
                                 }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

absl::StatusOr<std::string> IdentitiesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                              Findings& findings) {
  ASSIGN_OR_RETURN(const std::vector<CustomerRow> rows, ListCustomerRows(snapshot, position, kSliceRows));
  for (const CustomerRow& row : rows) RETURN_IF_ERROR(CheckIdentities(snapshot, row, findings));
  findings.Examined(static_cast<int64_t>(rows.size()));
  return static_cast<int64_t>(rows.size()) == kSliceRows ? std::string(kCustomerPattern.Id(rows.back().customer.name()))
                                                         : "";
}

}  // namespace dangol::tickets
