// Two customers who are one person.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::Customer> MergeCustomers(storage::Transaction&, const rpc::Call&, const v1::MergeCustomersRequest&);

}  // namespace dangol::tickets
