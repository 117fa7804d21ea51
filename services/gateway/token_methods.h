// dangol.gateway.v1.TokenService: the tokens in the gateway's folder of keys.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "common/rpc/call.h"
#include "dangol/api/v1/stored_token.pb.h"
#include "dangol/gateway/v1/token_service.pb.h"

namespace dangol::gateway {

// As the API has it, without its secret.
v1::Token ToToken(const api::v1::StoredToken& stored);

// Thread-safe. Each of them waits for the disk. The requests keep the rules of their fields.
class TokenMethods {
 public:
  TokenMethods(std::shared_ptr<identity::Keys> keys, Runtime& runtime) : keys_(std::move(keys)), runtime_(runtime) {}

  absl::StatusOr<v1::Token> CreateToken(const rpc::Principal& caller, const v1::CreateTokenRequest& request);
  absl::StatusOr<v1::ListTokensResponse> ListTokens(const rpc::Principal& caller, const v1::ListTokensRequest& request);
  absl::StatusOr<v1::Token> RevokeToken(const rpc::Principal& caller, const v1::RevokeTokenRequest& request);
  absl::StatusOr<v1::Token> RotateToken(const rpc::Principal& caller, const v1::RotateTokenRequest& request);

 private:
  const std::shared_ptr<identity::Keys> keys_;
  Runtime& runtime_;
};

}  // namespace dangol::gateway
