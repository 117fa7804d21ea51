// The folder of a suite's keys, such as `data/keys`:
//
//   pepper       a secret that goes into the hashes of tokens
//   jwt/ID.key   private keys of the suite's own JWTs; the one whose id is greatest signs
//   jwt/ID.pub   public keys that verify them
//   session/ID.key   keys that seal the cookies of sessions; the one whose id is greatest seals
//   ended        ids of sessions that were ended, a line each, with the time until which that matters; and members who
//                left, as `members/ID`, whose sessions that would be over by that time are
//   logins/HASH  links to sign in that were not used
//   audit/ID.json  what was done, until the audit log has it (audit_spool.h)
//   provider     the identity provider (provider_settings.h)
//   tokens       the tokens, as hashes: dangol.api.v1.StoredToken, a message a line as JSON
//
// A program reads it and needs no more of it than it uses: who only verifies has no `.key`. Files come into being whole
// (rename), so that a reader needs no lock; those who write take turns.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/identity/key.h"
#include "common/identity/session.h"
#include "dangol/api/v1/stored_token.pb.h"

namespace dangol::identity {

using Tokens = std::map<std::string, api::v1::StoredToken, std::less<>>;  // by id

using LeaveTimes = std::map<std::string, absl::Time>;  // by `members/{member}`

struct KeySet {
  std::string pepper;                                         // empty: no API key is taken
  std::map<std::string, PublicKey, std::less<>> public_keys;  // by id
  std::optional<std::pair<std::string, PrivateKey>> signing_key;
  SessionKeys session_keys;
  std::map<std::string, absl::Time, std::less<>> ended_sessions;  // by id, until when that matters
  Tokens tokens;

  // Null where there is none of this id.
  const PublicKey* FindPublicKey(std::string_view id) const;
};

// FAILED_PRECONDITION, reason KEYS_MISSING.
absl::Status KeysMissing(std::string_view folder);

class KeyFolder {
 public:
  // An empty path: there is nothing, and nothing is made.
  explicit KeyFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Makes what is missing of it. FAILED_PRECONDITION, reason KEYS_UNWRITABLE or, as of Read, KEYS_INVALID.
  absl::Status Create(Runtime& runtime) const;

  // What is there: nothing where there is no folder. FAILED_PRECONDITION, reason KEYS_INVALID, names the file that
  // cannot be read, or the pepper that is missing where there are tokens.
  absl::StatusOr<KeySet> Read() const;
  // Is another text after a change of what Read would give.
  std::string Version() const;

  // Changes the tokens unless `change` returns an error. FAILED_PRECONDITION, reason KEYS_MISSING or KEYS_UNWRITABLE.
  absl::Status ChangeTokens(const std::function<absl::Status(const KeySet& keys, Tokens& tokens)>& change) const;

  // A new key that signs from now on; those before it go on verifying.
  absl::StatusOr<std::string> AddSigningKey(Runtime& runtime) const;
  // A new key that seals from now on; those before it go on opening.
  absl::StatusOr<std::string> AddSessionKey(Runtime& runtime) const;
  // No copy of the session's cookie counts any more.
  absl::Status EndSession(const Session& session, absl::Time now) const;
  // Who left, and when: none of the sessions that these members have now counts any more, and their tokens are revoked.
  // Changes nothing where all of that is so.
  absl::Status EndMembers(const LeaveTimes& members, absl::Time now) const;

 private:
  std::string File(std::string_view name) const;
  absl::Status WriteEnded(KeySet& keys, absl::Time now) const;

  const std::string path_;
};

}  // namespace dangol::identity
