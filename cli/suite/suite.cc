#include "cli/suite/suite.h"

#include <utility>

#include "fmt/format.h"

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
      (name.empty() ? flags.address : flags.targets[name]) = target;
    }
  };
  app.add_option_function<std::vector<std::string>>(
         "--address", set,
         "One service, wherever it is; with NAME=, where this one of the suite is; may be repeated. A target is "
         "HOST:PORT, dns:///NAME:PORT, or ipv4:A:PORT,B:PORT; several addresses share the calls")
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

}  // namespace dangol::cli
