// A principal as the claims of a JWT that programs of one suite send each other.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"

#include "common/identity/jwt.h"
#include "common/rpc/call.h"

namespace dangol::identity {

inline constexpr std::string_view kSuiteIssuer = "dangol";
inline constexpr std::string_view kSuiteAudience = "service";

google::protobuf::Struct ToClaims(const rpc::Principal& principal, absl::Time now, absl::Duration lifetime);

// Of claims that were verified.
rpc::Principal ToPrincipal(const google::protobuf::Struct& claims);

}  // namespace dangol::identity
