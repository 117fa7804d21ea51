// The keys of a suite as a running program has them: who sends what, and what this program may send itself.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/key_folder.h"
#include "common/identity/session.h"
#include "common/rpc/call.h"

namespace dangol::identity {

// How old what a program knows of the folder may be.
inline constexpr absl::Duration kKeysAgeMax = absl::Seconds(2);
// Of a JWT of the suite. One is sent again until half of it is over.
inline constexpr absl::Duration kSuiteTokenLifetime = absl::Minutes(10);

// Reads the folder again when a credential is looked at, and what it knows is too old; a folder that cannot be read
// leaves what was known until it can be, and the log says so. Thread-safe. Its files are small: reading them holds up
// nobody.
class Keys {
 public:
  Keys(std::string folder, Runtime& runtime);

  const KeyFolder& folder() const { return folder_; }

  // Whose `Bearer …` this is: an API key, or a JWT of this suite. UNAUTHENTICATED, reason CREDENTIAL_INVALID,
  // TOKEN_EXPIRED, or of a JWT, which its signer would renew, CREDENTIAL_EXPIRED.
  absl::StatusOr<rpc::Principal> Authenticate(std::string_view authorization);

  // A `Bearer …` by which services know that it is this principal; empty where no key signs here.
  std::string AuthorizationOf(const rpc::Principal& principal);

  // What a browser keeps for us (seal.h), under the keys of sessions. SealText: as SealSession.
  absl::StatusOr<std::string> SealText(std::string_view purpose, std::string_view text);
  std::optional<std::string> OpenText(std::string_view purpose, std::string_view sealed);

  // A session as a cookie has it. FAILED_PRECONDITION, reason KEYS_MISSING, where there is no key for it.
  absl::StatusOr<std::string> SealSession(const Session& session);
  // UNAUTHENTICATED, reason CREDENTIAL_INVALID or CREDENTIAL_EXPIRED.
  absl::StatusOr<Session> OpenSession(std::string_view sealed);
  absl::Status EndSession(const Session& session);

 private:
  struct Known {
    rpc::Principal principal;
    absl::Time end;
  };
  struct Signed {
    std::string authorization;
    absl::Time renew;
  };

  // KEYS_MISSING where none seals.
  absl::StatusOr<std::shared_ptr<const KeySet>> ForSealing();
  // Looks again where the key is not known: it may be new.
  std::shared_ptr<const KeySet> ForOpening(std::string_view sealed);
  // `age_max`: how old the answer may be.
  std::shared_ptr<const KeySet> Current(absl::Duration age_max);
  // What cannot be read is tried again as soon as it is another version, or when this failure is too old.
  void ReadLocked(std::string version, absl::Time now);
  void ComplainLocked(const absl::Status& status, absl::Time now);
  absl::StatusOr<rpc::Principal> AuthenticateKey(std::string_view text);
  absl::StatusOr<rpc::Principal> AuthenticateJwt(std::string_view token);

  const KeyFolder folder_;
  Runtime& runtime_;
  std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;
  std::string version_;         // of `keys_`
  std::string failed_version_;  // could not be read; empty: none
  // By the steady clock.
  absl::Time looked_at_ = absl::InfinitePast();
  absl::Time failed_at_ = absl::InfinitePast();
  absl::Time complained_ = absl::InfinitePast();
  // What was found out about JWTs, and what was signed, with the keys as they are: both cost more than a short call.
  absl::flat_hash_map<std::string, Known> known_;
  absl::flat_hash_map<std::string, Signed> signed_;
};

}  // namespace dangol::identity
