// All that was said with a customer, and what became of it.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::ListCustomerTimelineResponse> ListCustomerTimeline(storage::Snapshot&, const rpc::Call&,
                                                                      const v1::ListCustomerTimelineRequest&);
absl::StatusOr<v1::ExportCustomerResponse> ExportCustomer(storage::Snapshot&, const rpc::Call&,
                                                          const v1::ExportCustomerRequest&);

}  // namespace dangol::tickets
