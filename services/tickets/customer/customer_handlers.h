// The methods of CustomerService, one function each.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::Customer> CreateCustomer(storage::Transaction&, const rpc::Call&, const v1::CreateCustomerRequest&);
absl::StatusOr<v1::UpsertCustomersResponse> UpsertCustomers(storage::Transaction&, const rpc::Call&,
                                                            const v1::UpsertCustomersRequest&);
absl::StatusOr<v1::Customer> UpdateCustomer(storage::Transaction&, const rpc::Call&, const v1::UpdateCustomerRequest&);
absl::StatusOr<v1::Customer> GetCustomer(storage::Snapshot&, const rpc::Call&, const v1::GetCustomerRequest&);
absl::StatusOr<v1::ListCustomersResponse> ListCustomers(storage::Snapshot&, const rpc::Call&,
                                                        const v1::ListCustomersRequest&);

// For the answer to a repeated request: its name and state alone where the caller may not see it any more.
absl::StatusOr<v1::Customer> ReadCustomerAgain(storage::Snapshot&, const rpc::Call&, std::string_view name);

}  // namespace dangol::tickets
