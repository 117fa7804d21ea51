#include "services/gateway/sign_in_methods.h"

#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/identity/login.h"

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

}  // namespace

void SignInMethods::CreateSignInLink(const rpc::Principal&, const v1::CreateSignInLinkRequest& request,
                                     absl::AnyInvocable<void(absl::StatusOr<v1::SignInLink>) &&> done) {
  std::weak_ptr<Executor> executor = executor_;  // its last owner must not be one of its own tasks
  auto make = [keys = keys_, member = request.member(), public_url = public_url_, done = std::move(done),
               &runtime = runtime_](const absl::Status& found) mutable {
    if (!found.ok()) return std::move(done)(found);
    std::move(done)(MakeLink(keys->folder(), member, public_url, runtime));
  };
  members_->Find(request.member().substr(kCollection.size()), [executor = std::move(executor), make = std::move(make)](
                                                                  absl::StatusOr<rpc::Principal> found) mutable {
    const std::shared_ptr<Executor> runs = executor.lock();
    if (runs == nullptr) return;
    runs->Post([make = std::move(make), status = found.status()]() mutable { make(status); });
  });
}

}  // namespace dangol::gateway
