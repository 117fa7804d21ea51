#include "cli/suite.h"

#include "fmt/format.h"

#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"

namespace dangol::cli {

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
  app.add_option("--address", flags.address, "One service, wherever it is")
      ->type_name("HOST:PORT")
      ->check([](const std::string& text) {
        // gRPC would take 443 for a missing port.
        return text.find(':') == std::string::npos ? "give host and port, such as 127.0.0.1:7401" : std::string();
      });
}

Target TargetOf(const SuiteFlags& flags, const service::Definition& definition) {
  return {std::string(definition.name), fmt::format("127.0.0.1:{}", flags.port_base + definition.port_offset)};
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

}  // namespace dangol::cli
