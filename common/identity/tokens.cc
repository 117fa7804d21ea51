#include "common/identity/tokens.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/util/time_util.h"

#include "common/base/error.h"
#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/rpc/authorization.h"

namespace dangol::identity {
namespace {

using api::v1::StoredSecret;
using api::v1::StoredToken;

std::string NameOf(std::string_view id) { return fmt::format("tokens/{}", id); }

// A token with more secrets than the one before it and this one would be one whose rotation never ends.
constexpr int kSecretsMost = 2;

std::vector<FieldViolation> ViolationsOf(const NewToken& wanted, absl::Time now) {
  std::vector<FieldViolation> violations;
  for (const std::string& role : wanted.roles) {
    if (std::ranges::find(rpc::kRoles, role) == rpc::kRoles.end())
      violations.push_back(
          {"token.roles", fmt::format("{} is no role: give {}", ShownValue(role), fmt::join(rpc::kRoles, ", "))});
  }
  for (const std::string& permission : wanted.permissions) {
    if (!rpc::IsPermission(permission)) {
      violations.push_back(
          {"token.permissions",
           fmt::format("{} is no permission: `dangol token create --help` has them", ShownValue(permission))});
    } else if (!rpc::IsForPrograms(permission)) {
      violations.push_back({"token.permissions", fmt::format("{} is not for programs: give a role of the person who "
                                                             "calls instead",
                                                             ShownValue(permission))});
    }
  }
  if (wanted.roles.empty() && wanted.permissions.empty())
    violations.push_back({"token.roles", "the token may do nothing: give it a role or a permission"});
  if (wanted.expire_time && *wanted.expire_time <= now)
    violations.push_back({"token.expire_time", "it has passed: give one to come, or none"});
  if (wanted.expire_time && IsTooLate(*wanted.expire_time))
    violations.push_back({"token.expire_time", "it is after the year 9999: give an earlier one, or none"});
  return violations;
}

// Gives the token another secret.
std::string AddSecret(StoredToken& token, std::string_view pepper, Runtime& runtime) {
  const ApiKey key = ApiKey::Generate(token.id(), runtime);
  token.add_secrets()->set_hash(HashOf(key, pepper));
  return key.ToText();
}

absl::StatusOr<StoredToken*> Find(Tokens& tokens, std::string_view id, std::string_view etag) {
  const auto found = tokens.find(id);
  if (found == tokens.end()) return NotFound(NameOf(id));
  const std::string current = EtagOf(found->second);
  if (!etag.empty() && etag != current) return EtagMismatch(NameOf(id), etag, current);
  return &found->second;
}

// None: it has not been done.
std::optional<ChangedToken> DoneBefore(const Tokens& tokens, std::string_view id, std::string_view request_key) {
  const auto found = tokens.find(id);
  if (request_key.empty() || found == tokens.end() || found->second.request_key() != request_key) return std::nullopt;
  return ChangedToken{found->second, ""};
}

}  // namespace

bool IsTooLate(absl::Time time) {
  return time >= absl::FromUnixSeconds(google::protobuf::util::TimeUtil::kTimestampMaxSeconds + 1);
}

absl::StatusOr<ChangedToken> CreateToken(Tokens& tokens, std::string_view pepper, const NewToken& wanted,
                                         Runtime& runtime) {
  if (auto done = DoneBefore(tokens, wanted.id, wanted.request_key)) return *std::move(done);
  if (tokens.contains(wanted.id)) return AlreadyExists(NameOf(wanted.id));
  const absl::Time now = runtime.Now();
  if (auto violations = ViolationsOf(wanted, now); !violations.empty()) return InvalidFields(std::move(violations));
  StoredToken token;
  token.set_id(wanted.id);
  token.mutable_roles()->Assign(wanted.roles.begin(), wanted.roles.end());
  token.mutable_stages()->Assign(wanted.stages.begin(), wanted.stages.end());
  token.mutable_permissions()->Assign(wanted.permissions.begin(), wanted.permissions.end());
  *token.mutable_create_time() = ToProtoTime(now);
  if (wanted.expire_time) *token.mutable_expire_time() = ToProtoTime(*wanted.expire_time);
  token.set_request_key(wanted.request_key);
  token.set_member(wanted.member);
  std::string secret = AddSecret(token, pepper, runtime);
  tokens.insert_or_assign(wanted.id, token);
  return ChangedToken{std::move(token), std::move(secret)};
}

absl::StatusOr<ChangedToken> RevokeToken(Tokens& tokens, std::string_view id, std::string_view etag,
                                         std::string_view request_key, absl::Time now) {
  if (auto done = DoneBefore(tokens, id, request_key)) return *std::move(done);
  ASSIGN_OR_RETURN(StoredToken * token, Find(tokens, id, etag));
  if (!token->has_revoke_time()) *token->mutable_revoke_time() = ToProtoTime(now);
  token->clear_secrets();
  token->set_request_key(std::string(request_key));
  return ChangedToken{*token, ""};
}

absl::StatusOr<ChangedToken> RotateToken(Tokens& tokens, std::string_view pepper, std::string_view id,
                                         std::string_view etag, std::string_view request_key, absl::Duration overlap,
                                         Runtime& runtime) {
  if (auto done = DoneBefore(tokens, id, request_key)) return *std::move(done);
  ASSIGN_OR_RETURN(StoredToken * token, Find(tokens, id, etag));
  const absl::Time now = runtime.Now();
  if (IsRefused(*token, now)) {
    return Error(absl::StatusCode::kFailedPrecondition, "TOKEN_REFUSED",
                 fmt::format("{} {} and cannot be rotated. Create another one.", NameOf(id),
                             token->has_revoke_time() ? "was revoked" : "has expired"));
  }
  if (IsTooLate(now + overlap))
    return InvalidField("overlap_seconds", "it ends after the year 9999: give a shorter time");
  auto& secrets = *token->mutable_secrets();
  while (secrets.size() >= kSecretsMost) secrets.erase(secrets.begin());
  for (StoredSecret& secret : secrets) *secret.mutable_expire_time() = ToProtoTime(now + overlap);
  token->set_request_key(std::string(request_key));
  std::string secret = AddSecret(*token, pepper, runtime);
  return ChangedToken{*token, std::move(secret)};
}

std::string EtagOf(const StoredToken& token) {
  return EncodeHex(Sha256(SerializeDeterministically(token))).substr(0, 16);
}

bool IsRefused(const StoredToken& token, absl::Time now) {
  return token.has_revoke_time() || (token.has_expire_time() && now >= FromProtoTime(token.expire_time()));
}

bool HasSecret(const StoredToken& token, std::string_view hash, absl::Time now) {
  bool has = false;
  for (const StoredSecret& secret : token.secrets()) {
    const bool taken = !secret.has_expire_time() || now < FromProtoTime(secret.expire_time());
    has = (taken && EqualInConstantTime(secret.hash(), hash)) || has;
  }
  return has;
}

}  // namespace dangol::identity
