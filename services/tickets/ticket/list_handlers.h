// The RPCs that look for tickets.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::BatchGetTicketsResponse> BatchGetTickets(storage::Snapshot& snapshot, const rpc::Call& call,
                                                            const v1::BatchGetTicketsRequest& request);
absl::StatusOr<v1::ListTicketsResponse> ListTickets(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListTicketsRequest& request);
absl::StatusOr<v1::CountTicketsResponse> CountTickets(storage::Snapshot& snapshot, const rpc::Call& call,
                                                      const v1::CountTicketsRequest& request);

}  // namespace dangol::tickets
