#include "services/gateway/sign_in_methods.h"

#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/identity/login.h"
#include "common/rpc/authorization.h"

namespace dangol::gateway {
namespace {

constexpr std::string_view kCollection = "members/";

absl::StatusOr<v1::SignInLink> MakeLink(const identity::KeyFolder& folder, const std::string& member,
                                        const std::string& public_url, Runtime& runtime) {
  const rpc::Principal principal = identity::MemberToSignIn(member.substr(kCollection.size()));
  v1::SignInLink link;
  link.set_member(member);
  *link.mutable_expire_time() = ToProtoTime(runtime.Now() + identity::kInvitationLifetime);
  ASSIGN_OR_RETURN(const std::string code,
                   identity::AddLogin(folder, principal, identity::kInvitationLifetime, runtime));
  link.set_uri(fmt::format("{}/#login={}", public_url, code));
  return link;
}

// By the link one may what its member may: a lead makes none for who may more than a lead.
absl::Status CheckMayInvite(const rpc::Principal& caller, const rpc::Principal& member) {
  const bool may_more =
      rpc::CheckPermission(member, "admin").ok() || rpc::CheckPermission(member, "customers.erase").ok();
  return may_more ? rpc::CheckPermission(caller, "admin") : absl::OkStatus();
}

}  // namespace

void SignInMethods::CreateSignInLink(const rpc::Principal& caller, const v1::CreateSignInLinkRequest& request,
                                     absl::AnyInvocable<void(absl::StatusOr<v1::SignInLink>) &&> done) {
  std::weak_ptr<Executor> executor = executor_;  // its last owner must not be one of its own tasks
  auto make = [keys = keys_, member = request.member(), public_url = public_url_, done = std::move(done),
               &runtime = runtime_](const absl::Status& found) mutable {
    if (!found.ok()) return std::move(done)(found);
    std::move(done)(MakeLink(keys->folder(), member, public_url, runtime));
  };
  auto invite = [executor = std::move(executor), caller,
                 make = std::move(make)](const absl::StatusOr<rpc::Principal>& found) mutable {
    const std::shared_ptr<Executor> runs = executor.lock();
    if (runs == nullptr) return;
    absl::Status status = found.ok() ? CheckMayInvite(caller, *found) : found.status();
    runs->Post([make = std::move(make), status = std::move(status)]() mutable { make(status); });
  };
  members_->Find(request.member().substr(kCollection.size()), std::move(invite));
}

}  // namespace dangol::gateway
