#include "services/tickets/policy/policy_handlers.h"

#include <memory>

#include "google/protobuf/util/message_differencer.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "services/tickets/policy/policy_rules.h"
#include "services/tickets/policy/policy_store.h"

namespace dangol::tickets {

using v1::TriagePolicy;

absl::StatusOr<TriagePolicy> ReadPolicy(storage::Snapshot& snapshot, std::string_view) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(snapshot));
  return triage->policy;
}

absl::StatusOr<TriagePolicy> GetTriagePolicy(storage::Snapshot& snapshot, const rpc::Call&,
                                             const v1::GetTriagePolicyRequest&) {
  return ReadPolicy(snapshot, "");
}

absl::StatusOr<TriagePolicy> UpdateTriagePolicy(storage::Transaction& transaction, const rpc::Call& call,
                                                const v1::UpdateTriagePolicyRequest& request) {
  ASSIGN_OR_RETURN(const TriagePolicy before, ReadPolicy(transaction, ""));
  if (!request.etag().empty() && request.etag() != before.etag())
    return EtagMismatch(before.name(), request.etag(), before.etag());
  TriagePolicy policy = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.triage_policy(), request.update_mask(), policy));
  RETURN_IF_ERROR(AgreeOn(policy));
  if (google::protobuf::util::MessageDifferencer::Equals(before, policy)) return policy;
  RETURN_IF_ERROR(StorePolicy(transaction, call, policy));
  return policy;
}

}  // namespace dangol::tickets
