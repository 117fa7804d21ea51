// What may be done with tokens. Each function changes the tokens in place, or returns why not and leaves them as they
// were. A `request_key` is the same where a request is sent again: what last changed a token changes it no second time,
// and there is no secret to be given out. Empty: the request has no id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/identity/key_folder.h"

namespace dangol::identity {

// What a new token is to be.
struct NewToken {
  std::string id;
  std::vector<std::string> roles;
  std::vector<std::string> stages;
  std::vector<std::string> permissions;
  std::optional<absl::Time> expire_time;
  std::string request_key;
  std::string member = {};  // `members/{member}`; empty: nobody's
};

struct ChangedToken {
  api::v1::StoredToken token;
  std::string secret;  // the API key; empty where none was made
};

// Whether a time is after the year 9999: no token and no secret is taken until then.
bool IsTooLate(absl::Time time);

// ALREADY_EXISTS; INVALID_ARGUMENT for what is no role or permission, is not for programs, or is a time that is too
// late.
absl::StatusOr<ChangedToken> CreateToken(Tokens& tokens, std::string_view pepper, const NewToken& wanted,
                                         Runtime& runtime);
// NOT_FOUND; ABORTED where `etag` is given and not the token's.
absl::StatusOr<ChangedToken> RevokeToken(Tokens& tokens, std::string_view id, std::string_view etag,
                                         std::string_view request_key, absl::Time now);
// NOT_FOUND; ABORTED; FAILED_PRECONDITION where it is refused already; INVALID_ARGUMENT where `overlap` ends too late.
// The secret before is taken for `overlap`.
absl::StatusOr<ChangedToken> RotateToken(Tokens& tokens, std::string_view pepper, std::string_view id,
                                         std::string_view etag, std::string_view request_key, absl::Duration overlap,
                                         Runtime& runtime);

std::string EtagOf(const api::v1::StoredToken& token);

// Whether it is taken at all.
bool IsRefused(const api::v1::StoredToken& token, absl::Time now);
// Whether one of its secrets that are taken now has this hash.
bool HasSecret(const api::v1::StoredToken& token, std::string_view hash, absl::Time now);

}  // namespace dangol::identity
