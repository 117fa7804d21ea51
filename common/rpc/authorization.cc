#include "common/rpc/authorization.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "fmt/format.h"

namespace dangol::rpc {
namespace {

struct Grant {
  std::string_view role;
  std::string_view permission;
};

// The whole policy. `admin` may do everything that has a name here.
constexpr std::array kGrants = {
    Grant{"viewer", "tickets.read"}, Grant{"agent", "tickets.read"},   Grant{"agent", "tickets.write"},
    Grant{"lead", "tickets.read"},   Grant{"lead", "tickets.write"},   Grant{"lead", "tickets.decide"},
    Grant{"owner", "tickets.read"},  Grant{"owner", "tickets.write"},  Grant{"owner", "tickets.decide"},
    Grant{"service", "tickets.read"}, Grant{"service", "tickets.write"}, Grant{"admin", "tickets.read"},
    Grant{"admin", "tickets.write"}, Grant{"admin", "tickets.decide"}, Grant{"admin", "admin"},
};

}  // namespace

absl::StatusOr<Principal> TrustedNetworkAuthorizer::Authenticate(const Metadata&) {
  return Principal{.name = "operator", .roles = {"admin"}, .stages = {}};
}

absl::Status TrustedNetworkAuthorizer::Authorize(const Principal& principal, std::string_view permission) {
  const bool granted = std::ranges::any_of(kGrants, [&](const Grant& grant) {
    return grant.permission == permission && std::ranges::find(principal.roles, grant.role) != principal.roles.end();
  });
  if (granted) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
               fmt::format("{} lacks the permission '{}'. Ask an administrator for a role that has it.", principal.name, permission),
               {{"permission", std::string(permission)}});
}

}  // namespace dangol::rpc
