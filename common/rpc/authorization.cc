#include "common/rpc/authorization.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::rpc {
namespace {

struct Rule {
  std::string_view permission;
  std::string_view roles;  // who has it
};

// The whole policy. An agent hears, answers and accepts; to decline takes a lead or the owner of a stage; to decide
// about a change and to ship it, also a developer. A person hears and decides: the role of a machine, `service`, never
// does. An administrator runs the suite and decides nothing. Only `privacy` sees customers who restricted the use of
// their data, and erases. Who may enter which number, the metrics service asks beside.
constexpr std::array kRules = {
    // clang-format off
    Rule{"tickets.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"tickets.write",        "agent developer owner lead service"},
    Rule{"tickets.hear",         "agent developer owner lead"},
    Rule{"tickets.accept",       "agent developer owner lead"},
    Rule{"tickets.decide",       "owner lead"},
    Rule{"tickets.redact",       "lead privacy"},
    Rule{"customers.read",       "agent developer owner lead privacy service"},
    Rule{"customers.write",      "agent developer owner lead service"},
    Rule{"customers.restricted", "privacy"},
    Rule{"customers.erase",      "privacy"},
    Rule{"policy.read",          "viewer agent developer owner lead privacy admin service"},
    Rule{"policy.write",         "lead admin"},
    Rule{"reasons.write",        "owner lead admin"},
    Rule{"changes.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"changes.write",        "agent developer owner lead"},
    Rule{"changes.decide",       "developer owner lead"},
    Rule{"metrics.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"metrics.enter",        "agent developer owner lead"},
    Rule{"engines.write",        "owner lead admin"},
    Rule{"members.write",        "lead admin"},
    Rule{"admin",                "admin"},
    // clang-format on
};

// Whether the list, separated by spaces, has the role.
bool Names(std::string_view roles, std::string_view role) {
  while (!roles.empty()) {
    const size_t end = std::min(roles.find(' '), roles.size());
    if (roles.substr(0, end) == role) return true;
    roles.remove_prefix(std::min(end + 1, roles.size()));
  }
  return false;
}

}  // namespace

absl::StatusOr<Principal> TrustedNetworkAuthorizer::Authenticate(const Metadata&) {
  return Principal{.name = "operator", .roles = {"lead", "admin", "privacy"}, .stages = {}};
}

absl::Status CheckPermission(const Principal& principal, std::string_view permission) {
  const auto* rule = std::ranges::find(kRules, permission, &Rule::permission);
  const bool granted = rule != kRules.end() && std::ranges::any_of(principal.roles, [&](const std::string& role) {
                         return Names(rule->roles, role);
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
