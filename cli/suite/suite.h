// The services of Dangol, and where a command finds them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"

#include "common/service/service.h"
#include "common/service/settings.h"

namespace dangol::cli {

// All services, in the order of their ports.
const std::vector<const service::Definition*>& Suite();
// Null where there is none of this name.
const service::Definition* FindService(std::string_view name);

// What `--port-base` and `--address` say.
struct SuiteFlags {
  int port_base = service::kPortBase;
  std::string address;                                      // of one service; empty: those of the suite
  std::map<std::string, std::string, std::less<>> targets;  // of services that are not where the suite has them
};  // Several addresses of one service are one target, `ipv4:A,B`.
void AddSuiteFlags(CLI::App& app, SuiteFlags& flags);

// One running service.
struct Target {
  std::string service;  // such as `tickets`; empty where only its address is known
  std::string address;  // or several, as a channel takes them
};
Target TargetOf(const SuiteFlags& flags, const service::Definition& definition);
// Where a command finds the service of this name: at --address, or in the suite. `service` is one of it.
std::string TargetAddress(const SuiteFlags& flags, std::string_view service);
// The service at --address, or all of the suite.
std::vector<Target> Targets(const SuiteFlags& flags);
// Likewise, with a target for each address that stands in a list or that a name has in the DNS now.
std::vector<Target> Replicas(const SuiteFlags& flags);

}  // namespace dangol::cli
