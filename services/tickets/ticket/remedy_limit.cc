#include "services/tickets/ticket/remedy_limit.h"

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/rpc/authorization.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {

absl::Status CheckLimit(const v1::TriagePolicy& policy, const rpc::Call& call, std::string_view stage,
                        const v1::Remedy& remedy) {
  if (IsWithinLimit(policy, remedy)) return absl::OkStatus();
  if (rpc::CheckStage(call.principal(), "tickets.decide", stage).ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "REMEDY_LIMIT",
               fmt::format("{} {} is more than may be given without asking. Ask somebody who may decline the ticket to "
                           "give it.",
                           remedy.amount(), remedy.currency_code()));
}

}  // namespace dangol::tickets
