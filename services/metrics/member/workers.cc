#include "services/metrics/member/workers.h"

#include <optional>

#include "common/base/status_macros.h"
#include "services/metrics/member/member_rules.h"
#include "services/metrics/member/member_store.h"

namespace dangol::metrics {

absl::StatusOr<std::string> Workers::Of(const std::string& owner) {
  if (owner.empty()) return owner;
  const auto [found, inserted] = by_owner_.try_emplace(owner, owner);
  if (!inserted) return found->second;
  ASSIGN_OR_RETURN(const std::optional<v1::Member> member, FindMember(snapshot_, owner));
  if (!member) return owner;
  const std::string& worker = WorkerOn(*member, day_);
  if (worker == owner) return owner;
  ASSIGN_OR_RETURN(const std::optional<v1::Member> deputy, FindMember(snapshot_, worker));
  const bool has_left = deputy && deputy->state() == v1::Member::LEFT;
  if (!has_left) found->second = worker;
  return found->second;
}

}  // namespace dangol::metrics
