// Customers as rows, by what they are found, and what the feed is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/feed/append.h"
#include "common/resource/page.h"
#include "common/resource/table.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/customer.pb.h"
#include "services/tickets/customer/customer_row.h"

namespace dangol::tickets {

using LoadedCustomer = resource::Loaded<CustomerRow>;

// The customer of this name, or the one that it was merged into. NOT_FOUND where there is none.
absl::StatusOr<v1::Customer> ReadCustomer(storage::Snapshot& snapshot, std::string_view name);
// The same, to be changed. ABORTED unless `etag` is empty or the customer's.
absl::StatusOr<LoadedCustomer> LoadCustomer(storage::Snapshot& snapshot, std::string_view name,
                                            std::string_view etag = {});

// The customer who has one of these external ids, else the first made of those who have one of these contact points
// and are not somebody else. Nothing where there is none.
absl::StatusOr<std::optional<LoadedCustomer>> FindCustomer(storage::Snapshot& snapshot, const v1::Customer& said);

// Stores a new customer under a name of our own making, with its etag and times, and tells of it unless it is
// anonymous. ALREADY_EXISTS where another has one of its external ids.
absl::Status AddCustomer(storage::Transaction& transaction, const rpc::Call& call, CustomerRow& row);
// Its name and version, as an event names it.
feed::Touched Touched(const v1::Customer& customer);
// Stores a customer that was changed, as its next version; what is told of it is the caller's part. `before` is what it
// was. ALREADY_EXISTS as AddCustomer.
absl::Status StoreCustomerUntold(storage::Transaction& transaction, const rpc::Call& call, const v1::Customer& before,
                                 LoadedCustomer& customer);
// Stores a customer that was changed, as its next version, and tells of it. `before` is what it was.
// ALREADY_EXISTS as AddCustomer.
absl::Status StoreCustomer(storage::Transaction& transaction, const rpc::Call& call, const v1::Customer& before,
                           LoadedCustomer& customer);

// That a customer has this ticket; not for the only one of an anonymous customer.
absl::Status AddCustomerTicket(storage::Transaction& transaction, std::string_view customer_id, absl::Time receive_time,
                               std::string_view ticket_id);
// The customer of a second ticket, or of whom something is known, is anonymous no more.
absl::Status MakeKnown(storage::Transaction& transaction, CustomerRow& row);

// Most customers who were merged into one: a list of tickets reads a range for each.
inline constexpr int64_t kMergedMost = 1000;
// Ids of those who were merged into one.
absl::StatusOr<std::vector<std::string>> MergedInto(storage::Snapshot& snapshot, std::string_view customer_id);
// Who was merged into `from` is merged into `to`. Both are names of customers.
absl::Status RedirectNames(storage::Transaction& transaction, std::string_view from, std::string_view to);

// Keys of customers in one state behind `after`, newest first; without those that are anonymous or were merged.
absl::StatusOr<std::vector<resource::TimeKey>> ListCustomerKeys(storage::Snapshot& snapshot, v1::Customer::State state,
                                                                const std::optional<resource::TimeKey>& after,
                                                                int64_t most);
// The same of those with a contact point that identifies, in any state.
absl::StatusOr<std::vector<resource::TimeKey>> ListContactKeys(storage::Snapshot& snapshot,
                                                               const v1::ContactPoint& contact_point,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most);
// Keys of the tickets of a customer and of all that were merged into it behind `after`, newest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListCustomerTicketKeys(storage::Snapshot& snapshot,
                                                                      const CustomerRow& row,
                                                                      const std::optional<resource::TimeKey>& after,
                                                                      int64_t most);

// Rows behind an id, in order of ids, also of those that were merged.
absl::StatusOr<std::vector<CustomerRow>> ListCustomerRows(storage::Snapshot& snapshot, std::string_view after_id,
                                                          int64_t most);

}  // namespace dangol::tickets
