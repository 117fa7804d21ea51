#include "services/metrics/member/member_handlers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/rpc/authorization.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/member/member_rules.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_backfill.h"

namespace dangol::metrics {

using v1::Member;

namespace {

constexpr std::array kRolesOfAdmins = {Member::ADMIN, Member::PRIVACY};

bool Has(const Member& member, int role) { return std::ranges::find(member.roles(), role) != member.roles().end(); }

// They allow what a lead may not: a lead gives and takes neither, nor says by which address such a member signs in, or
// whether he has left, which would be as good.
absl::Status CheckMayChange(const rpc::Call& call, const Member& before, const Member& after) {
  const bool same = before.email() == after.email() && before.state() == after.state();
  const bool may = std::ranges::all_of(
      kRolesOfAdmins, [&](int role) { return Has(before, role) == Has(after, role) && (same || !Has(after, role)); });
  return may ? absl::OkStatus() : rpc::CheckPermission(call.principal(), "admin");
}

absl::Status CheckSubscriptions(storage::Snapshot& snapshot, const Member& member) {
  int index = 0;
  for (const v1::ReportSubscription& subscription : member.report_subscriptions()) {
    absl::Status status = ReadEngine(snapshot, subscription.engine()).status();
    if (!status.ok()) return AtField(std::move(status), fmt::format("member.report_subscriptions[{}].engine", index));
    ++index;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Member> CreateMember(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateMemberRequest& request) {
  Member member = request.member();
  member.set_name(kMemberPattern.Name(request.member_id().empty() ? call.NewId() : request.member_id()));
  RETURN_IF_ERROR(CheckMayChange(call, Member(), member));
  RETURN_IF_ERROR(Admit(member, call.now()));
  RETURN_IF_ERROR(CheckSubscriptions(transaction, member));
  absl::Status added = AddMember(transaction, call, member);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), "member_id");
  RETURN_IF_ERROR(std::move(added));
  // Of one who was not known here tickets may tell already.
  if (MakesProduct(member))
    RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), kHeardTimer, member.name()));
  // An engine may have named its owner before.
  return ReadMember(transaction, member.name());
}

absl::StatusOr<Member> GetMember(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetMemberRequest& request) {
  return ReadMember(snapshot, request.name());
}

absl::StatusOr<v1::ListMembersResponse> ListMembers(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListMembersRequest& request) {
  return resource::Page<resource::TimeKey>(
      request, &v1::ListMembersResponse::mutable_members,
      [&](const auto& after, int64_t most) { return ListMemberKeys(snapshot, after, most); },
      [&](const resource::TimeKey& key) { return ReadMember(snapshot, kMemberPattern.Name(key.id)); });
}

absl::StatusOr<Member> UpdateMember(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UpdateMemberRequest& request) {
  ASSIGN_OR_RETURN(LoadedMember member, LoadMember(transaction, request.name(), request.etag()));
  const Member before = member.row.member;
  RETURN_IF_ERROR(Change(member.row.member, request, call.now()));
  RETURN_IF_ERROR(CheckMayChange(call, before, member.row.member));
  if (MakesProduct(member.row.member) != MakesProduct(before))
    RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), kHeardTimer, request.name()));
  RETURN_IF_ERROR(CheckSubscriptions(transaction, member.row.member));
  RETURN_IF_ERROR(StoreMember(transaction, call, member));
  return ReadMember(transaction, request.name());
}

}  // namespace dangol::metrics
