#include "common/identity/session.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "google/protobuf/struct.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/identity/suite_token.h"
#include "common/rpc/authorization.h"

namespace dangol::identity {
namespace {

using google::protobuf::Struct;

constexpr char kPurpose[] = "session";

absl::Status Invalid() {
  return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID",
               "The session is not valid. Sign in again: `dangol login` prints a link.");
}

absl::Status Ended() {
  return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_EXPIRED",
               "The session has ended. Sign in again: `dangol login` prints a link.");
}

double Number(const Struct& claims, const std::string& name) {
  const auto found = claims.fields().find(name);
  return found == claims.fields().end() ? 0 : found->second.number_value();
}

// What a member owns and for whom he stands is looked up at each call, and may be more than a cookie holds.
rpc::Principal Kept(rpc::Principal principal) {
  const bool is_member = std::ranges::find(principal.act_for, rpc::kAnybody) == principal.act_for.end();
  if (!is_member) return principal;
  principal.stages.clear();
  principal.act_for.clear();
  return principal;
}

}  // namespace

Session NewSession(rpc::Principal principal, Runtime& runtime) {
  const absl::Time now = runtime.Now();
  return {EncodeBase64Url(RandomBytes32(runtime).substr(0, 16)), std::move(principal), now, now};
}

std::string Seal(const Session& session, const SessionKeys& keys, Runtime& runtime) {
  Struct claims = ToClaims(Kept(session.principal), session.begin, kSessionAgeMax);
  (*claims.mutable_fields())["jti"].set_string_value(session.id);
  (*claims.mutable_fields())["used"].set_number_value(static_cast<double>(absl::ToUnixSeconds(session.used)));
  if (session.of_provider) (*claims.mutable_fields())["provider"].set_bool_value(true);
  return SealText(kPurpose, ToJson(claims, JsonStyle::kCompact), keys, runtime);
}

absl::StatusOr<Session> Open(std::string_view sealed, const SessionKeys& keys, absl::Time now) {
  const std::optional<std::string> text = OpenText(kPurpose, sealed, keys);
  Struct claims;
  if (!text || !FromJson(*text, claims).ok()) return Invalid();
  Session session{claims.fields().at("jti").string_value(), ToPrincipal(claims),
                  absl::FromUnixSeconds(static_cast<int64_t>(Number(claims, "iat"))),
                  absl::FromUnixSeconds(static_cast<int64_t>(Number(claims, "used"))),
                  claims.fields().contains("provider")};
  if (now >= session.begin + kSessionAgeMax || now >= session.used + kSessionIdleMax) return Ended();
  return session;
}

}  // namespace dangol::identity
