// An identity provider, by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1,
// RFC 7636). What it says is believed by its signature alone.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/runtime.h"
#include "common/identity/jwk.h"
#include "common/identity/provider_settings.h"
#include "services/gateway/web_client.h"

namespace dangol::gateway {

// What one sign-in is known by; nobody can guess it.
struct SignInSecrets {
  std::string state;     // comes back with the code
  std::string nonce;     // is in the ID token
  std::string verifier;  // of PKCE
};

// Thread-safe. All methods but the constructor block for as long as the provider takes.
class Provider {
 public:
  Provider(identity::ProviderSettings settings, FetchWeb fetch, Runtime& runtime)
      : settings_(std::move(settings)), fetch_(std::move(fetch)), runtime_(runtime) {}

  const identity::ProviderSettings& settings() const { return settings_; }

  // Where a browser is sent to sign in. UNAVAILABLE, reason PROVIDER_AWAY; FAILED_PRECONDITION, reason
  // PROVIDER_INVALID, where it is no provider that this code can use.
  absl::StatusOr<std::string> SignInUrl(const std::string& redirect, const SignInSecrets& secrets);

  // Where a browser is sent to end its session there as well (OpenID Connect RP-Initiated Logout 1.0); empty: the
  // provider offers nothing. Errors as of SignInUrl.
  absl::StatusOr<std::string> SignOutUrl();

  // The claims of who signed in, for the code that came back: those of the ID token, and where it does not say who it
  // is, those of the userinfo endpoint as well. UNAUTHENTICATED, reason SIGN_IN_REFUSED, where the
  // provider does not take the code, or its answer is not for this sign-in.
  absl::StatusOr<google::protobuf::Struct> Redeem(const std::string& code, const std::string& redirect,
                                                  const SignInSecrets& secrets);

 private:
  // What its discovery document says (OpenID Connect Discovery 1.0 §4).
  struct Endpoints {
    std::string authorization;
    std::string token;
    std::string keys;
    std::string user_info;        // empty: there is none
    std::string end_session;      // empty: there is none
    bool secret_in_form = false;  // the token endpoint does not take HTTP Basic
  };

  absl::StatusOr<google::protobuf::Struct> FetchJson(const WebRequest& request, std::string_view what);
  absl::StatusOr<Endpoints> Discover();
  // Those that are known, if one of them has the id; else they are fetched, at most every few seconds.
  absl::StatusOr<identity::PublicKeys> KeysWith(std::string_view key_id, const Endpoints& endpoints);
  absl::StatusOr<google::protobuf::Struct> FetchTokens(const std::string& code, const std::string& redirect,
                                                       const SignInSecrets& secrets, const Endpoints& endpoints);
  absl::StatusOr<google::protobuf::Struct> Verify(const std::string& id_token, const SignInSecrets& secrets,
                                                  const Endpoints& endpoints);
  // Adds what the userinfo endpoint says of the same user (OpenID Connect Core 1.0 §5.3.2).
  absl::Status AddUserInfo(const std::string& access_token, const Endpoints& endpoints,
                           google::protobuf::Struct& claims);

  const identity::ProviderSettings settings_;
  const FetchWeb fetch_;
  Runtime& runtime_;

  std::mutex mutex_;
  std::optional<Endpoints> endpoints_;
  absl::Time discovered_;
  identity::PublicKeys keys_;
  absl::Time keys_fetched_ = absl::InfinitePast();
};

}  // namespace dangol::gateway
