#include "common/rpc/authorization.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

#include "common/base/error.h"

namespace dangol::rpc {
namespace {

struct Rule {
  std::string_view permission;
  std::string_view roles;    // who has it
  bool for_programs = true;  // false: a person does it, or who could give himself more
};

// The whole policy. An agent hears, answers and accepts; to decline takes a lead or the owner of the ticket's stage; to
// decide about a change, also a developer; to ship one, whom its kind says. A person hears and decides: the role of a
// machine, `service`, never does. An administrator runs the suite and decides nothing. Only `privacy` sees customers
// who restricted the use of their data, and erases. Who may enter which number, the metrics service asks beside, and
// who may see the history of a resource, the method that lists it.
constexpr std::array kRules = {
    // clang-format off
    Rule{"tickets.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"tickets.words",        "agent developer owner lead privacy service"},
    Rule{"tickets.write",        "agent developer owner lead service"},
    Rule{"tickets.hear",         "agent developer owner lead", false},
    Rule{"tickets.accept",       "agent developer owner lead", false},
    Rule{"tickets.decide",       "owner lead", false},
    Rule{"tickets.redact",       "lead privacy"},
    Rule{"attachments.read",     "agent developer owner lead privacy service"},
    Rule{"attachments.write",    "agent developer owner lead service"},
    Rule{"imports.undo",         "lead", false},
    Rule{"customers.read",       "agent developer owner lead privacy service"},
    Rule{"customers.write",      "agent developer owner lead service"},
    Rule{"customers.restricted", "privacy"},
    Rule{"customers.erase",      "privacy"},
    Rule{"policy.read",          "viewer agent developer owner lead privacy admin service"},
    Rule{"policy.write",         "lead admin"},
    Rule{"reasons.write",        "owner lead admin"},
    Rule{"changes.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"changes.write",        "agent developer owner lead"},
    Rule{"changes.decide",       "developer owner lead", false},
    Rule{"changes.ship_product", "developer lead", false},
    Rule{"changes.ship_service", "owner lead", false},
    Rule{"metrics.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"metrics.enter",        "agent developer owner lead"},
    Rule{"engines.write",        "owner lead admin", false},
    Rule{"members.write",        "lead admin", false},
    Rule{"members.invite",       "lead admin", false},
    Rule{"digests.send",         "lead admin service"},
    Rule{"tokens.read",          "admin"},
    Rule{"tokens.write",         "admin", false},
    Rule{"history.read",         "viewer agent developer owner lead privacy admin service"},
    Rule{"audit.read",           "admin"},
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

const Rule* FindRule(std::string_view permission) {
  const auto* rule = std::ranges::find(kRules, permission, &Rule::permission);
  return rule == kRules.end() ? nullptr : rule;
}

bool Grants(const Rule& rule, const Principal& principal) {
  return std::ranges::find(principal.permissions, rule.permission) != principal.permissions.end() ||
         std::ranges::any_of(principal.roles, [&](const std::string& role) { return Names(rule.roles, role); });
}

absl::Status Denied(const Principal& principal, std::string_view permission, std::string_view remedy) {
  return Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
               fmt::format("{} lacks the permission '{}'. {}", principal.name, permission, remedy),
               {{"permission", std::string(permission)}});
}

}  // namespace

bool IsPermission(std::string_view permission) { return FindRule(permission) != nullptr; }

bool IsForPrograms(std::string_view permission) {
  const Rule* rule = FindRule(permission);
  return rule != nullptr && rule->for_programs;
}

Principal LocalPrincipal() {
  return {.name = "operator",
          .roles = {"lead", "admin", "privacy"},
          .stages = {},
          .permissions = {},
          .act_for = {std::string(kAnybody)}};
}

absl::Status CheckPermission(const Principal& principal, std::string_view permission) {
  const Rule* rule = FindRule(permission);
  if (rule != nullptr && Grants(*rule, principal)) return absl::OkStatus();
  if (rule == nullptr) return Denied(principal, permission, "No role has it.");
  const std::vector<std::string> roles = absl::StrSplit(std::string(rule->roles), ' ');
  return Denied(principal, permission,
                fmt::format("Ask an administrator for a role that has it: {}.", fmt::join(roles, ", ")));
}

std::vector<std::string_view> PermissionsOf(const Principal& principal) {
  std::vector<std::string_view> permissions;
  for (const Rule& rule : kRules) {
    if (Grants(rule, principal)) permissions.push_back(rule.permission);
  }
  return permissions;
}

absl::Status CheckStage(const Principal& principal, std::string_view permission, std::string_view stage) {
  Principal without_stages = principal;
  std::erase(without_stages.roles, "owner");
  const bool owns = !stage.empty() && std::ranges::find(principal.stages, stage) != principal.stages.end();
  if (CheckPermission(owns ? principal : without_stages, permission).ok()) return absl::OkStatus();
  return Denied(principal, permission,
                stage.empty() ? "It concerns no stage: give it one, or ask a lead."
                              : fmt::format("It concerns {}: ask who owns that stage, or a lead.", stage));
}

absl::Status CheckDecidedBy(const Principal& principal, std::string_view field, std::string_view member) {
  const std::string caller = fmt::format("members/{}", principal.name);
  const auto stands_for = [&](std::string_view whom) {
    return std::ranges::find(principal.act_for, whom) != principal.act_for.end();
  };
  if (member == caller || stands_for(member) || stands_for(kAnybody)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "DECIDED_BY_ANOTHER",
               fmt::format("{}: {} does not stand for {}. Name who calls, or have {} make the caller the deputy.",
                           field, principal.name, member, member),
               {{"field", std::string(field)}, {"member", std::string(member)}});
}

absl::StatusOr<Principal> TrustedNetworkAuthorizer::Authenticate(const Metadata&) { return LocalPrincipal(); }

absl::Status TrustedNetworkAuthorizer::Authorize(const Principal& principal, std::string_view permission) {
  return CheckPermission(principal, permission);
}

}  // namespace dangol::rpc
