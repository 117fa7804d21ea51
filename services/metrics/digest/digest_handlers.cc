#include "services/metrics/digest/digest_handlers.h"

#include <optional>
#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/state.h"
#include "services/metrics/digest/digest_store.h"
#include "services/metrics/digest/due.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {

using v1::Digest;

absl::StatusOr<v1::Due> GetDue(storage::Snapshot& snapshot, const rpc::Call& call, const v1::GetDueRequest& request) {
  ASSIGN_OR_RETURN(const v1::Member member, ReadMember(snapshot, request.name()));
  return FindDue(snapshot, member, call.now());
}

absl::StatusOr<Digest> ClaimDigest(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::ClaimDigestRequest& request) {
  ASSIGN_OR_RETURN(const v1::Member member, ReadMember(transaction, request.parent()));
  ASSIGN_OR_RETURN(const DigestDay today, FindDigestDay(transaction, member, call.now()));
  const std::string name = kDigestPattern.Name(kMemberPattern.Id(member.name()), today.day);
  if (!today.due) {
    return Error(absl::StatusCode::kFailedPrecondition, "DIGEST_NOT_DUE",
                 fmt::format("{} is not to be sent now: the day is closed, its hour has not come, the member has left "
                             "or has no address. GetDue says when it is.",
                             name),
                 {{"resource", name}});
  }
  ASSIGN_OR_RETURN(const std::optional<Digest> known, FindDigest(transaction, name));
  if (!IsFree(known)) return AlreadyExists(name);
  Digest digest;
  digest.set_name(name);
  digest.set_state(Digest::CLAIMED);
  *digest.mutable_read_time() = request.read_time();
  *digest.mutable_claim_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(WriteDigest(transaction, digest));
  return digest;
}

absl::StatusOr<Digest> ReportDigest(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::ReportDigestRequest& request) {
  if (request.state() == Digest::CLAIMED)
    return InvalidField("state", "CLAIMED says not what became of it. Send SENT, RELEASED or REFUSED.");
  ASSIGN_OR_RETURN(Digest digest, ReadDigest(transaction, request.name()));
  RETURN_IF_ERROR(resource::CheckState(digest, {Digest::CLAIMED}, "ReportDigest"));
  digest.set_state(request.state());
  *digest.mutable_report_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(WriteDigest(transaction, digest));
  if (request.state() != Digest::SENT) return digest;
  RETURN_IF_ERROR(DropMentions(transaction, kDigestPattern.Id(digest.name()), FromProtoTime(digest.read_time())));
  return digest;
}

}  // namespace dangol::metrics
