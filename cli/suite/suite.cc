#include "cli/suite/suite.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

#include "common/base/text.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"

namespace dangol::cli {
namespace {

// The name is empty where there is none.
std::pair<std::string, std::string> NameAndTarget(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

constexpr std::string_view kList = "ipv4:";
constexpr std::string_view kName = "dns:///";

bool IsNumeric(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  in_addr parsed = {};
  return inet_pton(AF_INET, host.c_str(), &parsed) == 1;
}

// Of `ipv4:A,B`, or the target itself.
std::vector<std::string> Addresses(const std::string& target) {
  if (!target.starts_with(kList)) return {target};
  return absl::StrSplit(target.substr(kList.size()), ',');
}

// Adds another target of the same service.
void Join(std::string& targets, const std::string& target) {
  if (targets.empty()) {
    targets = target;
    return;
  }
  std::vector<std::string> all = Addresses(targets);
  for (std::string& address : Addresses(target)) all.push_back(std::move(address));
  if (const auto named = std::ranges::find_if_not(all, IsNumeric); named != all.end()) {
    throw CLI::ValidationError(
        fmt::format("--address: {} is one of several for the same service: they must be such as 10.0.0.1:7401, or all "
                    "have one name, dns:///NAME:PORT",
                    ShownValue(*named)));
  }
  targets = fmt::format("{}{}", kList, fmt::join(all, ","));
}

std::string Numeric(const addrinfo& found) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getnameinfo(found.ai_addr, found.ai_addrlen, host, sizeof(host), port, sizeof(port),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "";
  }
  return found.ai_family == AF_INET6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

// What a name stands for now; the target itself where it is none, or cannot be found: whoever connects says why.
std::vector<std::string> Resolved(const std::string& target) {
  if (!target.starts_with(kName)) return Addresses(target);
  const std::string name = target.substr(kName.size());
  const size_t colon = name.rfind(':');
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.substr(0, colon).c_str(), name.substr(colon + 1).c_str(), &hints, &found) != 0) return {target};
  std::set<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) addresses.insert(Numeric(*one));
  freeaddrinfo(found);
  return {addresses.begin(), addresses.end()};
}

}  // namespace

const std::vector<const service::Definition*>& Suite() {
  static const auto& suite = *new std::vector<const service::Definition*>{
      &tickets::TicketsService(), &backlog::BacklogService(), &metrics::MetricsService()};
  return suite;
}

const service::Definition* FindService(std::string_view name) {
  for (const service::Definition* definition : Suite()) {
    if (definition->name == name) return definition;
  }
  return nullptr;
}

void AddSuiteFlags(CLI::App& app, SuiteFlags& flags) {
  service::AddPortBaseFlag(app, flags.port_base, "The suite's ports are counted from here: tickets is at N+1");
  const auto set = [&flags](const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      const auto [name, target] = NameAndTarget(value);
      Join(name.empty() ? flags.address : flags.targets[name], target);
    }
  };
  app.add_option_function<std::vector<std::string>>(
         "--address", set,
         "One service, wherever it is; with NAME=, where this one of the suite is. A target is HOST:PORT, "
         "dns:///NAME:PORT, or ipv4:A:PORT,B:PORT. May be repeated: several addresses of a service share the calls")
      ->type_name("[NAME=]TARGET")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        const auto [name, target] = NameAndTarget(text);
        if (name.empty() || FindService(name) != nullptr) return service::CheckTarget(target);
        return fmt::format("{} is not of tickets, backlog or metrics", text);
      });
}

Target TargetOf(const SuiteFlags& flags, const service::Definition& definition) {
  const auto given = flags.targets.find(definition.name);
  return {std::string(definition.name), given != flags.targets.end()
                                            ? given->second
                                            : fmt::format("127.0.0.1:{}", flags.port_base + definition.port_offset)};
}

std::string TargetAddress(const SuiteFlags& flags, std::string_view service) {
  if (!flags.address.empty()) return flags.address;
  const service::Definition* definition = FindService(service);
  return definition == nullptr ? "" : TargetOf(flags, *definition).address;
}

std::vector<Target> Targets(const SuiteFlags& flags) {
  if (!flags.address.empty()) return {{"", flags.address}};
  std::vector<Target> targets;
  for (const service::Definition* definition : Suite()) targets.push_back(TargetOf(flags, *definition));
  return targets;
}

std::vector<Target> Replicas(const SuiteFlags& flags) {
  std::vector<Target> replicas;
  for (const Target& target : Targets(flags)) {
    for (const std::string& address : Resolved(target.address)) replicas.push_back({target.service, address});
  }
  return replicas;
}

}  // namespace dangol::cli
