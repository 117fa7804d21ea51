#include "common/rpc/authorization.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::rpc {
namespace {

struct Grant {
  std::string_view role;
  std::string_view permission;
};

// The whole policy. `admin` may do everything that has a name here but what is for `privacy` alone: to see restricted
// customers and to erase. An agent hears, answers and accepts; to decline, to decide about a change and to ship it
// takes a lead or the owner of a stage. A person hears and decides: no machine's role holds `tickets.hear`. Who may
// enter which number, the metrics service asks beside.
constexpr std::array kGrants = {
    Grant{"viewer", "tickets.read"},      Grant{"viewer", "changes.read"},
    Grant{"viewer", "metrics.read"},      Grant{"agent", "tickets.read"},
    Grant{"agent", "tickets.write"},      Grant{"agent", "tickets.accept"},
    Grant{"agent", "changes.read"},       Grant{"agent", "changes.write"},
    Grant{"agent", "metrics.read"},       Grant{"developer", "tickets.read"},
    Grant{"developer", "changes.read"},   Grant{"developer", "changes.write"},
    Grant{"developer", "metrics.read"},   Grant{"owner", "tickets.read"},
    Grant{"owner", "tickets.write"},      Grant{"owner", "tickets.accept"},
    Grant{"owner", "tickets.decide"},     Grant{"owner", "changes.read"},
    Grant{"owner", "changes.write"},      Grant{"owner", "changes.decide"},
    Grant{"owner", "metrics.read"},       Grant{"lead", "tickets.read"},
    Grant{"lead", "tickets.write"},       Grant{"lead", "tickets.accept"},
    Grant{"lead", "tickets.decide"},      Grant{"lead", "changes.read"},
    Grant{"lead", "changes.write"},       Grant{"lead", "changes.decide"},
    Grant{"lead", "metrics.read"},        Grant{"service", "tickets.read"},
    Grant{"service", "tickets.write"},    Grant{"service", "changes.read"},
    Grant{"service", "metrics.read"},     Grant{"admin", "tickets.read"},
    Grant{"admin", "tickets.write"},      Grant{"admin", "tickets.accept"},
    Grant{"admin", "tickets.decide"},     Grant{"admin", "changes.read"},
    Grant{"admin", "changes.write"},      Grant{"admin", "changes.decide"},
    Grant{"admin", "metrics.read"},       Grant{"admin", "admin"},
    Grant{"agent", "customers.read"},     Grant{"agent", "customers.write"},
    Grant{"developer", "customers.read"}, Grant{"owner", "customers.read"},
    Grant{"owner", "customers.write"},    Grant{"lead", "customers.read"},
    Grant{"lead", "customers.write"},     Grant{"service", "customers.read"},
    Grant{"service", "customers.write"},  Grant{"admin", "customers.read"},
    Grant{"admin", "customers.write"},    Grant{"privacy", "customers.read"},
    Grant{"privacy", "tickets.read"},     Grant{"privacy", "customers.restricted"},
    Grant{"privacy", "customers.erase"},  Grant{"agent", "metrics.enter"},
    Grant{"developer", "metrics.enter"},  Grant{"owner", "metrics.enter"},
    Grant{"owner", "engines.write"},      Grant{"lead", "metrics.enter"},
    Grant{"lead", "engines.write"},       Grant{"lead", "members.write"},
    Grant{"admin", "metrics.enter"},      Grant{"admin", "engines.write"},
    Grant{"admin", "members.write"},      Grant{"agent", "tickets.hear"},
    Grant{"owner", "tickets.hear"},       Grant{"lead", "tickets.hear"},
    Grant{"admin", "tickets.hear"},
};

}  // namespace

absl::StatusOr<Principal> TrustedNetworkAuthorizer::Authenticate(const Metadata&) {
  return Principal{.name = "operator", .roles = {"admin", "privacy"}, .stages = {}};
}

absl::Status CheckPermission(const Principal& principal, std::string_view permission) {
  const bool granted = std::ranges::any_of(kGrants, [&](const Grant& grant) {
    return grant.permission == permission && std::ranges::find(principal.roles, grant.role) != principal.roles.end();
  });
  if (granted) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
               fmt::format("{} lacks the permission '{}'. Ask an administrator for a role that has it.", principal.name,
                           permission),
               {{"permission", std::string(permission)}});
}

absl::Status TrustedNetworkAuthorizer::Authorize(const Principal& principal, std::string_view permission) {
  return CheckPermission(principal, permission);
}

}  // namespace dangol::rpc
