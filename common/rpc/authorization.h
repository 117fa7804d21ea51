// Who may do what. One policy, asked by the method table for every call and by a handler for a single object.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/rpc/transport.h"

namespace dangol::rpc {

// The metadata in which a call says who makes it.
inline constexpr std::string_view kAuthorizationKey = "authorization";
// How long a stream may go on before it is looked whether its credential still holds.
inline constexpr absl::Duration kCredentialAgeMax = absl::Seconds(2);

inline constexpr std::array<std::string_view, 8> kRoles = {"viewer", "agent",   "developer", "owner",
                                                           "lead",   "privacy", "admin",     "service"};

// In Principal::act_for: whoever is named. For what is no person: who is named is the word of the program that calls.
inline constexpr std::string_view kAnybody = "members/-";

// Whether the policy has it.
bool IsPermission(std::string_view permission);
// Whether a program may have it. False for what a person does: to hear a customer, to accept, and to decide.
bool IsForPrograms(std::string_view permission);

// Whoever calls on this machine and says nothing of himself: all roles of those who run a small team together.
Principal LocalPrincipal();

// Decides by metadata who calls, and by permission whether they may. Thread-safe.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // UNAUTHENTICATED where the credential is missing or wrong.
  virtual absl::StatusOr<Principal> Authenticate(const Metadata& metadata) = 0;
  // PERMISSION_DENIED unless allowed. An empty permission allows nobody: a method that states none is closed.
  virtual absl::Status Authorize(const Principal& principal, std::string_view permission) = 0;
};

// For a handler, where what the call is about needs more than the method does. PERMISSION_DENIED unless allowed.
absl::Status CheckPermission(const Principal& principal, std::string_view permission);

// All that CheckPermission allows, in the order of the policy: for pages, which do not offer the rest.
std::vector<std::string_view> PermissionsOf(const Principal& principal);

// Where what the call is about concerns a stage: an owner has the permission for his own stages alone, and for nothing
// that has none. Beside the check of the method.
absl::Status CheckStage(const Principal& principal, std::string_view permission, std::string_view stage);

// Who answers for a decision, or for what is said, is the caller, or a member for whom he may stand. `field` is where
// the request names him. PERMISSION_DENIED, reason DECIDED_BY_ANOTHER, unless so.
absl::Status CheckDecidedBy(const Principal& principal, std::string_view field, std::string_view member);

// Everybody is the local principal, whatever he says. For what no network reaches: tests, the simulation, a
// demonstration that is being made.
class TrustedNetworkAuthorizer : public Authorizer {
 public:
  absl::StatusOr<Principal> Authenticate(const Metadata& metadata) override;
  absl::Status Authorize(const Principal& principal, std::string_view permission) override;
};

}  // namespace dangol::rpc
