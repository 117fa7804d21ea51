// Links by which a person signs in: each works once, and not for long.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/key_folder.h"
#include "common/rpc/call.h"

namespace dangol::identity {

// Of a link that is handed over at once, and of an invitation.
inline constexpr absl::Duration kLoginLifetime = absl::Minutes(5);
inline constexpr absl::Duration kInvitationLifetime = absl::Hours(24);

// Of a link for a member: who is named, by id or e-mail address. What he may do is not said.
rpc::Principal MemberToSignIn(std::string_view who);
// Whether the principal of a link is one, rather than the operator with his roles.
bool IsMemberToSignIn(const rpc::Principal& principal);

// A code that signs in as this principal; the folder has only its hash. FAILED_PRECONDITION, reason KEYS_MISSING or
// KEYS_UNWRITABLE.
absl::StatusOr<std::string> AddLogin(const KeyFolder& folder, const rpc::Principal& principal, absl::Duration lifetime,
                                     Runtime& runtime);

// Whom the code would sign in; it is not used up. UNAUTHENTICATED as of TakeLogin.
absl::StatusOr<rpc::Principal> ReadLogin(const KeyFolder& folder, std::string_view code, Runtime& runtime);
// Whom the code signs in, and it is used up, whoever else takes it at the same moment. UNAUTHENTICATED, reason
// LOGIN_USED, where it is not known, not any more, or too old.
absl::StatusOr<rpc::Principal> TakeLogin(const KeyFolder& folder, std::string_view code, Runtime& runtime);

}  // namespace dangol::identity
