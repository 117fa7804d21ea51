// The RPCs that take many tickets further alike.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::BatchUpdateTicketsResponse> BatchUpdateTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchUpdateTicketsRequest& request);
absl::StatusOr<v1::BatchDeclineTicketsResponse> BatchDeclineTickets(storage::Transaction& transaction,
                                                                    const rpc::Call& call,
                                                                    const v1::BatchDeclineTicketsRequest& request);
absl::StatusOr<v1::BatchResolveTicketsResponse> BatchResolveTickets(storage::Transaction& transaction,
                                                                    const rpc::Call& call,
                                                                    const v1::BatchResolveTicketsRequest& request);
absl::StatusOr<v1::BatchReplyTicketsResponse> BatchReplyTickets(storage::Transaction& transaction,
                                                                const rpc::Call& call,
                                                                const v1::BatchReplyTicketsRequest& request);

}  // namespace dangol::tickets
