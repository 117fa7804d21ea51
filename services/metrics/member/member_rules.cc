#include "services/metrics/member/member_rules.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "services/metrics/day.h"

namespace dangol::metrics {
namespace {

using v1::Member;

absl::Status CheckDeputy(const Member& member) {
  if (!member.has_deputy()) return absl::OkStatus();
  const v1::Deputy& deputy = member.deputy();
  ASSIGN_OR_RETURN(const int64_t first, DayIn("member.deputy.first_day", deputy.first_day()));
  ASSIGN_OR_RETURN(const int64_t last, DayIn("member.deputy.last_day", deputy.last_day()));
  if (last < first) {
    return InvalidField("member.deputy.last_day",
                        fmt::format("{} is before first_day, which is {}. Send a day that is not.", deputy.last_day(),
                                    deputy.first_day()));
  }
  if (deputy.member() == member.name()) {
    return InvalidField("member.deputy.member",
                        fmt::format("{} cannot stand in for themselves. Name somebody else.", member.name()));
  }
  return absl::OkStatus();
}

absl::Status Check(const Member& member) {
  if (!member.email().empty() && member.email().find('@') == std::string::npos) {
    return InvalidField("member.email", fmt::format("{} is no address. Send one with an @, or leave it empty.",
                                                    ShownValue(member.email())));
  }
  return CheckDeputy(member);
}

void SetLeaveTime(Member& member, absl::Time now) {
  if (member.state() != Member::LEFT) return member.clear_leave_time();
  if (!member.has_leave_time()) *member.mutable_leave_time() = ToProtoTime(now);
}

}  // namespace

absl::Status Admit(Member& member, absl::Time now) {
  RETURN_IF_ERROR(Check(member));
  if (member.state() == Member::STATE_UNSPECIFIED) member.set_state(Member::ACTIVE);
  SetLeaveTime(member, now);
  *member.mutable_create_time() = ToProtoTime(now);
  *member.mutable_update_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Change(Member& member, const v1::UpdateMemberRequest& request, absl::Time now) {
  Member changed = member;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.member(), request.update_mask(), changed));
  if (changed.state() == Member::STATE_UNSPECIFIED) changed.set_state(member.state());
  RETURN_IF_ERROR(Check(changed));
  SetLeaveTime(changed, now);
  member = std::move(changed);
  return absl::OkStatus();
}

bool MakesProduct(const Member& member) {
  return std::ranges::any_of(member.roles(),
                             [](int role) { return role == Member::DEVELOPER || role == Member::OWNER; });
}

const std::string& WorkerOn(const Member& member, int64_t day) {
  if (!member.has_deputy()) return member.name();
  const bool away = ParseDay(member.deputy().first_day()) <= day && day <= ParseDay(member.deputy().last_day());
  return away ? member.deputy().member() : member.name();
}

}  // namespace dangol::metrics
