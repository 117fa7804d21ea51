// JSON Web Tokens (RFC 7519) in their compact form, signed, by the rules of RFC 8725.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"

#include "common/identity/key.h"

namespace dangol::identity {

// Longer ones are refused before anything of them is read.
inline constexpr size_t kJwtBytesMax = 8 << 10;
// How far the clocks of two machines may be apart.
inline constexpr absl::Duration kClockLeeway = absl::Seconds(60);

// What a token has to say to be taken.
struct JwtRules {
  std::string_view issuer;
  std::string_view audience;
  absl::Duration lifetime_max = absl::InfiniteDuration();  // from now on
  const PublicKey* unnamed = nullptr;                      // of a token that names no key; null: each has to name one
};

// The key of exactly this id; null where there is none.
using FindKey = absl::FunctionRef<const PublicKey*(std::string_view key_id)>;

// The claims of a token that one of the keys has signed, that is of this issuer and for this audience, and holds now.
// UNAUTHENTICATED else, reason CREDENTIAL_INVALID or CREDENTIAL_EXPIRED.
absl::StatusOr<google::protobuf::Struct> VerifyJwt(std::string_view token, const JwtRules& rules, FindKey find_key,
                                                   absl::Time now);

std::string SignJwt(const PrivateKey& key, std::string_view key_id, const google::protobuf::Struct& claims);

// What the token says of its key; empty where it says nothing, or cannot be read. Nothing of it is proved.
std::string UnverifiedKeyId(std::string_view token);
std::string UnverifiedAlgorithm(std::string_view token);

}  // namespace dangol::identity
