#include "services/gateway/token_methods.h"

#include <functional>
#include <optional>
#include <string>

#include "fmt/format.h"
#include "google/protobuf/message.h"

#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/tokens.h"
#include "common/rpc/paging.h"

namespace dangol::gateway {
namespace {

using identity::ChangedToken;
using identity::KeySet;
using identity::Tokens;

constexpr std::string_view kCollection = "tokens/";

std::string IdOf(const std::string& name) { return name.substr(kCollection.size()); }

// The same for the same request of the same caller; empty where the request has no id.
template <typename Request>
std::string KeyOf(const rpc::Principal& caller, const Request& request) {
  if (request.request_id().empty()) return "";
  return EncodeHex(Sha256(
      fmt::format("{}\n{}\n{}", caller.name, Request::descriptor()->full_name(), SerializeDeterministically(request))));
}

absl::StatusOr<v1::Token> Change(
    const identity::KeyFolder& folder,
    const std::function<absl::StatusOr<ChangedToken>(const KeySet& keys, Tokens& tokens)>& change) {
  v1::Token token;
  RETURN_IF_ERROR(folder.ChangeTokens([&](const KeySet& keys, Tokens& tokens) -> absl::Status {
    ASSIGN_OR_RETURN(const ChangedToken changed, change(keys, tokens));
    token = ToToken(changed.token);
    token.set_secret(changed.secret);
    return absl::OkStatus();
  }));
  return token;
}

}  // namespace

v1::Token ToToken(const api::v1::StoredToken& stored) {
  v1::Token token;
  token.set_name(fmt::format("{}{}", kCollection, stored.id()));
  *token.mutable_roles() = stored.roles();
  *token.mutable_stages() = stored.stages();
  *token.mutable_permissions() = stored.permissions();
  *token.mutable_create_time() = stored.create_time();
  if (stored.has_expire_time()) *token.mutable_expire_time() = stored.expire_time();
  if (stored.has_revoke_time()) *token.mutable_revoke_time() = stored.revoke_time();
  token.set_member(stored.member());
  token.set_etag(identity::EtagOf(stored));
  return token;
}

absl::StatusOr<v1::Token> TokenMethods::CreateToken(const rpc::Principal& caller,
                                                    const v1::CreateTokenRequest& request) {
  const v1::Token& token = request.token();
  identity::NewToken wanted{.id = request.token_id(),
                            .roles = {token.roles().begin(), token.roles().end()},
                            .stages = {token.stages().begin(), token.stages().end()},
                            .permissions = {token.permissions().begin(), token.permissions().end()},
                            .expire_time = std::nullopt,
                            .request_key = KeyOf(caller, request),
                            .member = token.member()};
  if (token.has_expire_time()) wanted.expire_time = FromProtoTime(token.expire_time());
  return Change(keys_->folder(), [&](const KeySet& keys, Tokens& tokens) {
    return identity::CreateToken(tokens, keys.pepper, wanted, runtime_);
  });
}

absl::StatusOr<v1::ListTokensResponse> TokenMethods::ListTokens(const rpc::Principal&,
                                                                const v1::ListTokensRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string> after, rpc::ParsePageToken(request, request.page_token()));
  ASSIGN_OR_RETURN(const KeySet keys, keys_->folder().Read());
  v1::ListTokensResponse response;
  auto next = after ? keys.tokens.upper_bound(*after) : keys.tokens.begin();
  for (; next != keys.tokens.end(); ++next) {
    if (response.tokens_size() == rpc::PageSize(request.page_size())) {
      response.set_next_page_token(rpc::MakePageToken(request, std::prev(next)->first));
      break;
    }
    *response.add_tokens() = ToToken(next->second);
  }
  return response;
}

absl::StatusOr<v1::Token> TokenMethods::RevokeToken(const rpc::Principal& caller,
                                                    const v1::RevokeTokenRequest& request) {
  return Change(keys_->folder(), [&](const KeySet&, Tokens& tokens) {
    return identity::RevokeToken(tokens, IdOf(request.name()), request.etag(), KeyOf(caller, request), runtime_.Now());
  });
}

absl::StatusOr<v1::Token> TokenMethods::RotateToken(const rpc::Principal& caller,
                                                    const v1::RotateTokenRequest& request) {
  return Change(keys_->folder(), [&](const KeySet& keys, Tokens& tokens) {
    return identity::RotateToken(tokens, keys.pepper, IdOf(request.name()), request.etag(), KeyOf(caller, request),
                                 absl::Seconds(request.overlap_seconds()), runtime_);
  });
}

}  // namespace dangol::gateway
