// Keys as others publish them: JSON Web Keys (RFC 7517).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"

#include "common/identity/key.h"

namespace dangol::identity {

// By id. One without gets an id that no token names.
using PublicKeys = std::map<std::string, PublicKey, std::less<>>;

// One for ES256, RS256 or EdDSA. INVALID_ARGUMENT, reason KEY_INVALID, for any other.
absl::StatusOr<PublicKey> KeyFromJwk(const google::protobuf::Struct& jwk);

// Those of a JWK Set that verify by one of these algorithms; the others are left out. INVALID_ARGUMENT, reason
// KEY_INVALID, for what is no JWK Set.
absl::StatusOr<PublicKeys> ParseJwkSet(std::string_view json);

}  // namespace dangol::identity
