#include "services/metrics/member/member_store.h"

#include <tuple>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/member/member_rules.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::kUpdate;
using storage::Row;
using v1::Member;

#define MEMBER(field) MEMBER_OF(MemberRow, member) / FIELD_OF(v1::Member, field)
#define IN_DETAILS(field) FIELD_OF(v1::Member, field)

// clang-format off
constexpr auto kMemberTable = resource::Table<MemberRow>(
    "member", std::tuple(
        resource::KeyColumn(kMemberPattern, 0, MEMBER(name), "member_id"),
        resource::VersionColumn(MEMBER(etag)),
        Column<kUpdate>(MEMBER(state)),
        Column(MEMBER(create_time)),
        Column<kUpdate>(MEMBER(update_time)),
        resource::Rest(MEMBER_OF(MemberRow, member),
                       IN_DETAILS(display_name), IN_DETAILS(email), IN_DETAILS(language), IN_DETAILS(digest_hour),
                       IN_DETAILS(roles), IN_DETAILS(deputy), IN_DETAILS(employer), IN_DETAILS(leave_time),
                       IN_DETAILS(report_subscriptions))));
// clang-format on

absl::Status Tell(storage::Transaction& transaction, const rpc::Call& call, const MemberRow& row) {
  v1::MetricsEvent event;
  event.mutable_member_updated()->set_member(row.member.name());
  event.mutable_member_updated()->set_state(row.member.state());
  return feed::Append(transaction, call, event, {{row.member.name(), resource::VersionOf<kMemberTable>(row)}});
}

}  // namespace

absl::StatusOr<Member> ReadMember(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(MemberRow row, resource::Read<kMemberTable>(snapshot, name));
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT engine_id, stage_id FROM member_stage WHERE member_id = $1 ORDER BY engine_id, stage_id",
      {kMemberPattern.Id(name)},
      [&](const Row& stage) { row.member.add_stages(kStagePattern.Name(stage.Bytes(0), stage.Bytes(1))); }));
  return std::move(row.member);
}

absl::StatusOr<std::optional<Member>> FindMember(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(std::optional<MemberRow> row, resource::Find<kMemberTable>(snapshot, {kMemberPattern.Id(name)}));
  if (!row) return std::nullopt;
  return std::move(row->member);
}

absl::Status RequireNotLeft(storage::Snapshot& snapshot, std::string_view name, std::string_view path) {
  ASSIGN_OR_RETURN(const std::optional<Member> member, FindMember(snapshot, name));
  if (!member || member->state() != Member::LEFT) return absl::OkStatus();
  return AtField(Error(absl::StatusCode::kFailedPrecondition, "MEMBER_LEFT",
                       fmt::format("{} has left, and takes no work. Name somebody who works here.", name),
                       {{"resource", std::string(name)}}),
                 path);
}

absl::StatusOr<bool> IsMaker(storage::Snapshot& snapshot, std::string_view member_id) {
  if (member_id.empty()) return false;
  ASSIGN_OR_RETURN(const std::optional<Member> member, FindMember(snapshot, kMemberPattern.Name(member_id)));
  return member && MakesProduct(*member);
}

absl::StatusOr<LoadedMember> LoadMember(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  return resource::Load<kMemberTable>(snapshot, name, etag);
}

absl::Status AddMember(storage::Transaction& transaction, const rpc::Call& call, Member& member) {
  resource::SetFirstVersion(transaction, member);
  const MemberRow row{member};
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kMemberTable>(transaction, row));
  if (!inserted) return AlreadyExists(member.name());
  return Tell(transaction, call, row);
}

absl::Status StoreMember(storage::Transaction& transaction, const rpc::Call& call, LoadedMember& member) {
  RETURN_IF_ERROR(
      resource::Store<kMemberTable>(transaction, member, member.row.member.mutable_update_time(), call.now()));
  return Tell(transaction, call, member.row);
}

absl::StatusOr<std::vector<resource::TimeKey>> ListMemberKeys(storage::Snapshot& snapshot,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most) {
  const resource::TimeKey from = after.value_or(resource::TimeKey::BeforeOldest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, member_id FROM member
      WHERE (create_time, member_id) > ($1, $2)
      ORDER BY create_time, member_id
      LIMIT $3)",
                                {from.time, from.id, most});
}

}  // namespace dangol::metrics
