// The RPCs that act on tickets: one function a row of the table of states. As every handler, each may be run twice.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {

absl::StatusOr<v1::Ticket> AcknowledgeTicket(storage::Transaction& transaction, const rpc::Call& call,
                                             const v1::AcknowledgeTicketRequest& request);
absl::StatusOr<v1::Ticket> DeclineTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::DeclineTicketRequest& request);
absl::StatusOr<v1::Ticket> ResolveTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::ResolveTicketRequest& request);
absl::StatusOr<v1::Ticket> ReopenTicket(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::ReopenTicketRequest& request);
absl::StatusOr<v1::Ticket> UnlinkTicket(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::UnlinkTicketRequest& request);
absl::StatusOr<v1::Ticket> CloseTicket(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::CloseTicketRequest& request);
absl::StatusOr<v1::Ticket> DismissWaiting(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::DismissWaitingRequest& request);
absl::StatusOr<v1::Ticket> UpdateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::UpdateTicketRequest& request);

// The same for a ticket that is loaded, alone or in one call with others.
absl::Status DeclineLoaded(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                           const v1::DeclineTicketRequest& request, bool in_bulk);
absl::Status ResolveLoaded(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                           const v1::ResolveTicketRequest& request, bool in_bulk);
absl::Status CorrectLoaded(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                           const v1::Ticket& patch, const google::protobuf::FieldMask& mask);

}  // namespace dangol::tickets
