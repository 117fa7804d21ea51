// How much somebody may give a customer without asking.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "dangol/tickets/v1/policy.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// PERMISSION_DENIED, reason REMEDY_LIMIT, where the policy has it asked for and the caller may not decline a ticket of
// this stage.
absl::Status CheckLimit(const v1::TriagePolicy& policy, const rpc::Call& call, std::string_view stage,
                        const v1::Remedy& remedy);

}  // namespace dangol::tickets
