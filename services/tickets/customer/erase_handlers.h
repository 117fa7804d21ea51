// A person who is to be forgotten, or kept only because the law wants it.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::Customer> RestrictCustomer(storage::Transaction&, const rpc::Call&,
                                              const v1::RestrictCustomerRequest&);
absl::StatusOr<v1::Customer> EraseCustomer(storage::Transaction&, const rpc::Call&, const v1::EraseCustomerRequest&);

// Overwrites what is left of a customer who is ERASING, and makes it ERASED once nothing is left anywhere.
inline constexpr char kEraseTimer[] = "erase-customer";  // its resource is the customer's id
absl::Status OnEraseTimer(storage::Transaction&, const rpc::Call&, const storage::Timer&);

// Begins to erase the restricted customers whose time has come.
inline constexpr char kRetainTimer[] = "retain-customers";
absl::Status OnRetainTimer(storage::Transaction&, const rpc::Call&, const storage::Timer&);

}  // namespace dangol::tickets
