#include "absl/strings/str_replace.h"

#include "common/base/runtime.h"
#include "common/identity/session.h"
#include "services/gateway/sessions.h"
#include "tests/fuzz/fuzz_target.h"

namespace dangol::fuzz {
namespace {

constexpr char kId[] = "the session";

std::string Sealed(const identity::SessionKeys& keys, Runtime& runtime) {
  return identity::Seal({kId, {.name = "jane", .roles = {"agent"}, .stages = {}}, runtime.Now(), runtime.Now()}, keys,
                        runtime);
}

}  // namespace

// `SEALED` in an input stands for a session that is good: what is done to it must not make another.
Target CookieTarget() {
  Runtime& runtime = RealRuntime();
  const identity::SessionKeys keys = {{"1", std::string(32, 'k')}};
  return [keys, &runtime, sealed = Sealed(keys, runtime)](std::string_view input) {
    gateway::HttpRequest request;
    request.headers.emplace_back(
        "cookie", absl::StrReplaceAll(absl::string_view(input.data(), input.size()), {{"SEALED", sealed}}));
    const auto cookie = gateway::SessionCookie(request, gateway::CookieName(true, ""));
    if (!cookie) return;
    const auto session = identity::Open(*cookie, keys, runtime.Now());
    if (!session.ok()) return Require(!session.status().message().empty(), "a refusal says why");
    Require(session->id == kId && session->principal.name == "jane", "only what was sealed is opened");
  };
}

}  // namespace dangol::fuzz
