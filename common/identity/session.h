// Who a browser is, in a cookie that only programs with the suite's keys can read or make.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/seal.h"
#include "common/rpc/call.h"

namespace dangol::identity {

// A session that is not used for so long, and one that is so old, has ended.
inline constexpr absl::Duration kSessionIdleMax = absl::Hours(12);
inline constexpr absl::Duration kSessionAgeMax = absl::Hours(24 * 7);

struct Session {
  std::string id;  // for its end
  rpc::Principal principal;
  absl::Time begin;
  absl::Time used;           // to the second
  bool of_provider = false;  // begun by an identity provider, which has a session of its own
};

using SessionKeys = SealKeys;

// Of a new session: nobody knows its id before, whatever a browser brought.
Session NewSession(rpc::Principal principal, Runtime& runtime);

// There must be a key.
std::string Seal(const Session& session, const SessionKeys& keys, Runtime& runtime);
// UNAUTHENTICATED, reason CREDENTIAL_INVALID for what none of the keys has sealed, CREDENTIAL_EXPIRED for what has
// ended.
absl::StatusOr<Session> Open(std::string_view sealed, const SessionKeys& keys, absl::Time now);

}  // namespace dangol::identity
