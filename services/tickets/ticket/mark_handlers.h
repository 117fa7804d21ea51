// The RPCs that say that a ticket is none of its own, and what a customer says of one.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {

// Stores a ticket that became a duplicate or spam, or is neither any more, and tells of it.
absl::Status StoreMarked(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket);

absl::StatusOr<v1::Ticket> MarkTicketDuplicate(storage::Transaction& transaction, const rpc::Call& call,
                                               const v1::MarkTicketDuplicateRequest& request);
absl::StatusOr<v1::Ticket> MarkTicketSpam(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::MarkTicketSpamRequest& request);
absl::StatusOr<v1::Ticket> RestoreTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::RestoreTicketRequest& request);
absl::StatusOr<v1::Ticket> RateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::RateTicketRequest& request);
absl::StatusOr<v1::Ticket> RecordPreviewAnswer(storage::Transaction& transaction, const rpc::Call& call,
                                               const v1::RecordPreviewAnswerRequest& request);

}  // namespace dangol::tickets
