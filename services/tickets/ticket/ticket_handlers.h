// The RPCs that make and read tickets. A handler is a function of a transaction and a request that passed every rule of
// the proto; it may be run twice.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::Ticket> CreateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::CreateTicketRequest& request);
absl::StatusOr<v1::BatchCreateTicketsResponse> BatchCreateTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchCreateTicketsRequest& request);
absl::StatusOr<v1::Ticket> SplitTicket(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::SplitTicketRequest& request);
absl::StatusOr<v1::Ticket> GetTicket(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetTicketRequest& request);

}  // namespace dangol::tickets
