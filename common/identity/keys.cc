#include "common/identity/keys.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/identity/api_key.h"
#include "common/identity/jwt.h"
#include "common/identity/suite_token.h"
#include "common/identity/tokens.h"
#include "common/rpc/authorization.h"

namespace dangol::identity {
namespace {

constexpr std::string_view kBearer = "Bearer ";
// What is not known may be new. To look whether the folder has changed costs less than to check a signature.
constexpr absl::Duration kKeysAgeOfUnknown = absl::ZeroDuration();
constexpr size_t kKnownMost = 4096;
const absl::Duration kSignedTime = kSuiteTokenLifetime / 2;
// By what CheckTimes takes.
const absl::Duration kKnownTimeMost = kSuiteTokenLifetime + 2 * kClockLeeway;
// A folder that cannot be read is tried again and again, and said so often.
constexpr absl::Duration kComplaintInterval = absl::Minutes(1);

absl::Status Invalid(std::string_view why) {
  return Error(
      absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID",
      fmt::format("The credential is not valid: {}. Send `authorization: Bearer …` with a token of this suite; "
                  "`dangol token create` makes one.",
                  why));
}

// What was found out holds for a time that ends then. A wall clock that was set back stands before it: what was signed
// is of the future for others, and what was taken would be for too long.
bool IsWithin(absl::Time now, absl::Duration time, absl::Time end) { return end - time <= now && now < end; }

std::string KeyOf(const rpc::Principal& principal) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", principal.name, fmt::join(principal.roles, " "),
                     fmt::join(principal.stages, " "), fmt::join(principal.permissions, " "),
                     fmt::join(principal.act_for, " "));
}

}  // namespace

Keys::Keys(std::string folder, Runtime& runtime)
    : folder_(std::move(folder)), runtime_(runtime), keys_(std::make_shared<const KeySet>()) {}

std::shared_ptr<const KeySet> Keys::Current(absl::Duration age_max) {
  std::lock_guard lock(mutex_);
  const absl::Time now = runtime_.SteadyNow();
  if (now - looked_at_ < age_max) return keys_;
  looked_at_ = now;
  std::string version = folder_.Version();
  if (version != version_) ReadLocked(std::move(version), now);
  return keys_;
}

void Keys::ReadLocked(std::string version, absl::Time now) {
  if (version == failed_version_ && now - failed_at_ < kKeysAgeMax) return;
  absl::StatusOr<KeySet> keys = folder_.Read();
  if (!keys.ok()) {
    failed_version_ = std::move(version);
    failed_at_ = now;
    return ComplainLocked(keys.status(), now);
  }
  version_ = std::move(version);
  failed_version_.clear();
  keys_ = std::make_shared<const KeySet>(*std::move(keys));
  known_.clear();
  signed_.clear();
}

void Keys::ComplainLocked(const absl::Status& status, absl::Time now) {
  if (now - complained_ < kComplaintInterval) return;
  complained_ = now;
  Log()->error("{} Who may call is as it was before.", std::string(status.message()));
}

absl::StatusOr<rpc::Principal> Keys::Authenticate(std::string_view authorization) {
  const bool bearer =
      absl::StartsWithIgnoreCase({authorization.data(), authorization.size()}, {kBearer.data(), kBearer.size()});
  if (!bearer) return Invalid("it is no bearer token");
  const std::string_view token = authorization.substr(kBearer.size());
  return token.starts_with(kApiKeyPrefix) ? AuthenticateKey(token) : AuthenticateJwt(token);
}

absl::StatusOr<rpc::Principal> Keys::AuthenticateKey(std::string_view text) {
  const std::optional<ApiKey> key = ApiKey::Parse(text);
  if (!key) return Invalid("it was not copied whole, its checksum does not fit");
  const auto find = [&](absl::Duration age_max) -> std::optional<api::v1::StoredToken> {
    const std::shared_ptr<const KeySet> keys = Current(age_max);
    const auto found = keys->tokens.find(key->id);
    const bool fits = !keys->pepper.empty() && found != keys->tokens.end() &&
                      HasSecret(found->second, HashOf(*key, keys->pepper), runtime_.Now());
    return fits ? std::optional(found->second) : std::nullopt;
  };
  std::optional<api::v1::StoredToken> token = find(kKeysAgeMax);
  if (!token) token = find(kKeysAgeOfUnknown);
  if (!token)
    return Invalid("it was revoked, replaced by a newer one, or made with another --data than this program has");
  if (IsRefused(*token, runtime_.Now())) {
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED",
                 fmt::format("The token tokens/{} has expired. Create another one.", token->id()));
  }
  return rpc::Principal{.name = fmt::format("tokens/{}", token->id()),
                        .roles = {token->roles().begin(), token->roles().end()},
                        .stages = {token->stages().begin(), token->stages().end()},
                        .permissions = {token->permissions().begin(), token->permissions().end()},
                        .act_for = {token->member().empty() ? std::string(rpc::kAnybody) : token->member()}};
}

absl::StatusOr<rpc::Principal> Keys::AuthenticateJwt(std::string_view token) {
  std::shared_ptr<const KeySet> keys = Current(kKeysAgeMax);
  const absl::Time now = runtime_.Now();
  {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(absl::string_view(token.data(), token.size()));
    if (found != known_.end() && IsWithin(now, kKnownTimeMost, found->second.end)) return found->second.principal;
  }
  const std::string key_id = UnverifiedKeyId(token);
  if (!key_id.empty() && !keys->public_keys.contains(key_id)) keys = Current(kKeysAgeOfUnknown);
  const auto find_key = [&](std::string_view id) { return keys->FindPublicKey(id); };
  const JwtRules rules{kSuiteIssuer, kSuiteAudience, kSuiteTokenLifetime};
  ASSIGN_OR_RETURN(const google::protobuf::Struct claims, VerifyJwt(token, rules, find_key, now));
  const auto end = absl::FromUnixSeconds(static_cast<int64_t>(claims.fields().at("exp").number_value()));
  Known known{ToPrincipal(claims), end + kClockLeeway};
  std::lock_guard lock(mutex_);
  if (keys != keys_) return known.principal;
  if (known_.size() >= kKnownMost) known_.clear();
  return known_.insert_or_assign(std::string(token), std::move(known)).first->second.principal;
}

std::string Keys::AuthorizationOf(const rpc::Principal& principal) {
  const std::shared_ptr<const KeySet> keys = Current(kKeysAgeMax);
  if (!keys->signing_key) return "";
  const absl::Time now = runtime_.Now();
  const std::string key = KeyOf(principal);
  {
    std::lock_guard lock(mutex_);
    const auto found = signed_.find(key);
    if (found != signed_.end() && IsWithin(now, kSignedTime, found->second.renew)) return found->second.authorization;
  }
  const auto& [key_id, private_key] = *keys->signing_key;
  const std::string token = SignJwt(private_key, key_id, ToClaims(principal, now, kSuiteTokenLifetime));
  Signed made{fmt::format("{}{}", kBearer, token), now + kSignedTime};
  std::lock_guard lock(mutex_);
  if (signed_.size() >= kKnownMost) signed_.clear();
  return signed_.insert_or_assign(key, std::move(made)).first->second.authorization;
}

absl::StatusOr<std::shared_ptr<const KeySet>> Keys::ForSealing() {
  std::shared_ptr<const KeySet> keys = Current(kKeysAgeMax);
  if (!keys->session_keys.empty()) return keys;
  return Error(
      absl::StatusCode::kFailedPrecondition, "KEYS_MISSING",
      fmt::format("There is no key for sessions in {}. `dangol up` makes it; where the suite has another folder, "
                  "name it with --data.",
                  folder_.path()));
}

std::shared_ptr<const KeySet> Keys::ForOpening(std::string_view sealed) {
  std::shared_ptr<const KeySet> keys = Current(kKeysAgeMax);
  return keys->session_keys.contains(sealed.substr(0, sealed.rfind('.'))) ? keys : Current(kKeysAgeOfUnknown);
}

absl::StatusOr<std::string> Keys::SealText(std::string_view purpose, std::string_view text) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeySet> keys, ForSealing());
  return identity::SealText(purpose, text, keys->session_keys, runtime_);
}

std::optional<std::string> Keys::OpenText(std::string_view purpose, std::string_view sealed) {
  return identity::OpenText(purpose, sealed, ForOpening(sealed)->session_keys);
}

absl::StatusOr<std::string> Keys::SealSession(const Session& session) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeySet> keys, ForSealing());
  return Seal(session, keys->session_keys, runtime_);
}

absl::StatusOr<Session> Keys::OpenSession(std::string_view sealed) {
  const std::shared_ptr<const KeySet> keys = ForOpening(sealed);
  ASSIGN_OR_RETURN(Session session, Open(sealed, keys->session_keys, runtime_.Now()));
  if (keys->ended_sessions.contains(session.id)) return Invalid("its session was ended");
  const auto left = keys->ended_sessions.find(fmt::format("members/{}", session.principal.name));
  if (left != keys->ended_sessions.end() && session.begin + kSessionAgeMax <= left->second)
    return Invalid("its member has left");
  return session;
}

absl::Status Keys::EndSession(const Session& session) {
  RETURN_IF_ERROR(folder_.EndSession(session, runtime_.Now()));
  std::lock_guard lock(mutex_);
  looked_at_ = absl::InfinitePast();
  return absl::OkStatus();
}

}  // namespace dangol::identity
