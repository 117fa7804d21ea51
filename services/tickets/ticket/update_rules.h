// What may be corrected of a ticket. Pure, without SQL, clock or identity.
#pragma once

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"

#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// Corrects the fields that the mask names, in any state. False: they were so already. INVALID_ARGUMENT for a field that
// is the customer's own or says where the ticket came from. FAILED_PRECONDITION, reason TICKET_ERASED, for a text about
// a ticket of which nothing can be said any more.
absl::StatusOr<bool> Correct(v1::Ticket& ticket, const v1::Ticket& patch, const google::protobuf::FieldMask& mask);

}  // namespace dangol::tickets
