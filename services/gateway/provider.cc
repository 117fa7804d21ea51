#include "services/gateway/provider.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/identity/jwt.h"

namespace dangol::gateway {
namespace {

using google::protobuf::Struct;

constexpr absl::Duration kDiscoveryAgeMax = absl::Hours(1);
// Keys that are not known are fetched this often at most, whatever ID tokens name.
constexpr absl::Duration kKeysAgeLeast = absl::Seconds(5);
constexpr absl::Duration kKeysAgeMax = absl::Hours(1);

absl::Status Away(const std::string& issuer) {
  return Error(absl::StatusCode::kUnavailable, "PROVIDER_AWAY",
               fmt::format("The identity provider {} does not answer. Try again.", issuer));
}

absl::Status Unusable(const std::string& issuer, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "PROVIDER_INVALID",
               fmt::format("The identity provider {} cannot be used: {}. Check `dangol login set`.", issuer, why));
}

absl::Status Refused(std::string_view why) {
  return Error(absl::StatusCode::kUnauthenticated, "SIGN_IN_REFUSED",
               fmt::format("The sign-in is not valid: {}. Begin it again.", why));
}

std::string Text(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

bool Lists(const Struct& object, const std::string& name, std::string_view text) {
  const auto found = object.fields().find(name);
  if (found == object.fields().end()) return false;
  const auto& values = found->second.list_value().values();
  return std::ranges::any_of(values, [&](const auto& value) { return value.string_value() == text; });
}

std::string WithQuery(const std::string& url, const std::string& query) {
  return fmt::format("{}{}{}", url, url.find('?') != std::string::npos ? '&' : '?', query);
}

// OpenID Connect Core 1.0 §10.1: a token names its key unless there is no choice. Null: there is one.
const identity::PublicKey* OnlyKeyFor(std::string_view algorithm, const identity::PublicKeys& keys) {
  const identity::PublicKey* only = nullptr;
  for (const auto& [id, key] : keys) {
    if (identity::AlgorithmName(key.algorithm()) != algorithm) continue;
    if (only != nullptr) return nullptr;
    only = &key;
  }
  return only;
}

std::string WithoutSlash(const std::string& url) { return url.substr(0, url.size() - (url.ends_with('/') ? 1 : 0)); }

}  // namespace

absl::StatusOr<Struct> Provider::FetchJson(const WebRequest& request, std::string_view what) {
  const absl::StatusOr<WebAnswer> answer = fetch_(request);
  if (!answer.ok() || answer->status >= 500) {
    Log()->warn("{} of {}: {}", what, settings_.issuer,
                answer.ok() ? fmt::format("HTTP {}", answer->status) : std::string(answer.status().message()));
    return Away(settings_.issuer);
  }
  Struct json;
  if (answer->status == 200 && FromJson(answer->body, json).ok()) return json;
  return Unusable(settings_.issuer, fmt::format("{} is no JSON object, HTTP {}", what, answer->status));
}

absl::StatusOr<Provider::Endpoints> Provider::Discover() {
  {
    std::lock_guard lock(mutex_);
    if (endpoints_ && runtime_.SteadyNow() - discovered_ < kDiscoveryAgeMax) return *endpoints_;
  }
  const std::string url = fmt::format("{}/.well-known/openid-configuration", WithoutSlash(settings_.issuer));
  ASSIGN_OR_RETURN(const Struct document, FetchJson({.url = url}, "the discovery document"));
  if (Text(document, "issuer") != settings_.issuer)
    return Unusable(settings_.issuer, fmt::format("it calls itself {}", ShownValue(Text(document, "issuer"))));
  Endpoints endpoints{Text(document, "authorization_endpoint"), Text(document, "token_endpoint"),
                      Text(document, "jwks_uri"), Text(document, "userinfo_endpoint"),
                      Text(document, "end_session_endpoint")};
  std::vector<std::string> needed = {endpoints.authorization, endpoints.token, endpoints.keys};
  if (!endpoints.user_info.empty()) needed.push_back(endpoints.user_info);
  if (!endpoints.end_session.empty()) needed.push_back(endpoints.end_session);
  for (const std::string& endpoint : needed) {
    // Nothing of it goes over a network in the clear.
    if (!identity::IsIssuer(endpoint.substr(0, endpoint.find('?'))))
      return Unusable(settings_.issuer, fmt::format("its endpoint {} is no HTTPS address", ShownValue(endpoint)));
  }
  constexpr char kMethods[] = "token_endpoint_auth_methods_supported";
  endpoints.secret_in_form =
      !Lists(document, kMethods, "client_secret_basic") && Lists(document, kMethods, "client_secret_post");
  std::lock_guard lock(mutex_);
  discovered_ = runtime_.SteadyNow();
  endpoints_ = endpoints;
  return endpoints;
}

absl::StatusOr<std::string> Provider::SignInUrl(const std::string& redirect, const SignInSecrets& secrets) {
  ASSIGN_OR_RETURN(const Endpoints endpoints, Discover());
  const std::string query = FormEncoded({{"response_type", "code"},
                                         {"client_id", settings_.client_id},
                                         {"redirect_uri", redirect},
                                         {"scope", "openid email profile"},
                                         {"state", secrets.state},
                                         {"nonce", secrets.nonce},
                                         {"code_challenge", EncodeBase64Url(Sha256(secrets.verifier))},
                                         {"code_challenge_method", "S256"}});
  return WithQuery(endpoints.authorization, query);
}

absl::StatusOr<std::string> Provider::SignOutUrl() {
  ASSIGN_OR_RETURN(const Endpoints endpoints, Discover());
  if (endpoints.end_session.empty()) return "";
  return WithQuery(endpoints.end_session, FormEncoded({{"client_id", settings_.client_id}}));
}

absl::StatusOr<Struct> Provider::FetchTokens(const std::string& code, const std::string& redirect,
                                             const SignInSecrets& secrets, const Endpoints& endpoints) {
  WebRequest request{.url = endpoints.token,
                     .form = {{"grant_type", "authorization_code"},
                              {"code", code},
                              {"redirect_uri", redirect},
                              {"code_verifier", secrets.verifier}}};
  const bool by_basic = !settings_.client_secret.empty() && !endpoints.secret_in_form;
  if (by_basic) {
    request.user = UrlEncoded(settings_.client_id);  // RFC 6749 §2.3.1
    request.password = UrlEncoded(settings_.client_secret);
  } else {
    request.form.emplace_back("client_id", settings_.client_id);
    if (!settings_.client_secret.empty()) request.form.emplace_back("client_secret", settings_.client_secret);
  }
  const absl::StatusOr<WebAnswer> answer = fetch_(request);
  if (!answer.ok() || answer->status >= 500) return Away(settings_.issuer);
  Struct tokens;
  const bool is_object = FromJson(answer->body, tokens).ok();
  if (answer->status != 200) {
    const std::string error = is_object ? Text(tokens, "error") : "";
    if (error == "invalid_client" || error == "unauthorized_client")
      return Unusable(settings_.issuer, "it does not take the client id and secret of this suite");
    return Refused("the provider does not take the code, which may have been used before");
  }
  if (Text(tokens, "id_token").empty()) return Unusable(settings_.issuer, "it gives no ID token");
  return tokens;
}

absl::StatusOr<identity::PublicKeys> Provider::KeysWith(std::string_view key_id, const Endpoints& endpoints) {
  {
    std::lock_guard lock(mutex_);
    const absl::Duration age = runtime_.SteadyNow() - keys_fetched_;
    if (age < kKeysAgeLeast || (age < kKeysAgeMax && keys_.contains(key_id))) return keys_;
  }
  const absl::StatusOr<WebAnswer> answer = fetch_({.url = endpoints.keys});
  if (!answer.ok() || answer->status != 200) return Away(settings_.issuer);
  absl::StatusOr<identity::PublicKeys> keys = identity::ParseJwkSet(answer->body);
  if (!keys.ok()) return Unusable(settings_.issuer, "its keys are no JWK Set");
  std::lock_guard lock(mutex_);
  keys_fetched_ = runtime_.SteadyNow();
  keys_ = *std::move(keys);
  return keys_;
}

absl::StatusOr<Struct> Provider::Verify(const std::string& id_token, const SignInSecrets& secrets,
                                        const Endpoints& endpoints) {
  ASSIGN_OR_RETURN(const identity::PublicKeys keys, KeysWith(identity::UnverifiedKeyId(id_token), endpoints));
  const auto find_key = [&](std::string_view id) {
    const auto found = keys.find(id);
    return found == keys.end() ? nullptr : &found->second;
  };
  identity::JwtRules rules{settings_.issuer, settings_.client_id};
  rules.unnamed = OnlyKeyFor(identity::UnverifiedAlgorithm(id_token), keys);
  absl::StatusOr<Struct> claims = identity::VerifyJwt(id_token, rules, find_key, runtime_.Now());
  if (!claims.ok()) {
    Log()->warn("an ID token of {}: {}", settings_.issuer, std::string(claims.status().message()));
    return Refused("the ID token does not hold");
  }
  if (!identity::EqualInConstantTime(Text(*claims, "nonce"), secrets.nonce))
    return Refused("its nonce is of another sign-in");
  const bool has_party = claims->fields().contains("azp");
  if (has_party && Text(*claims, "azp") != settings_.client_id) return Refused("it was made for another client");
  return claims;
}

absl::Status Provider::AddUserInfo(const std::string& access_token, const Endpoints& endpoints, Struct& claims) {
  ASSIGN_OR_RETURN(const Struct info,
                   FetchJson({.url = endpoints.user_info, .bearer = access_token}, "what it says of the user"));
  if (Text(info, "sub") != Text(claims, "sub")) return Refused("the provider speaks of another user");
  for (const auto& [name, value] : info.fields()) claims.mutable_fields()->insert({name, value});  // adds what is new
  return absl::OkStatus();
}

absl::StatusOr<Struct> Provider::Redeem(const std::string& code, const std::string& redirect,
                                        const SignInSecrets& secrets) {
  ASSIGN_OR_RETURN(const Endpoints endpoints, Discover());
  ASSIGN_OR_RETURN(const Struct tokens, FetchTokens(code, redirect, secrets, endpoints));
  ASSIGN_OR_RETURN(Struct claims, Verify(Text(tokens, "id_token"), secrets, endpoints));
  const std::string needed = settings_.member_claim.empty() ? "email" : settings_.member_claim;
  const std::string access_token = Text(tokens, "access_token");
  if (!claims.fields().contains(needed) && !endpoints.user_info.empty() && !access_token.empty())
    RETURN_IF_ERROR(AddUserInfo(access_token, endpoints, claims));
  return claims;
}

}  // namespace dangol::gateway
