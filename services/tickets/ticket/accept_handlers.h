// The RPCs that accept tickets into changes.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::Ticket> AcceptTicket(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::AcceptTicketRequest& request);
absl::StatusOr<v1::BatchAcceptTicketsResponse> BatchAcceptTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchAcceptTicketsRequest& request);

}  // namespace dangol::tickets
