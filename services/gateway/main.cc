#include "CLI/CLI.hpp"
#include "fmt/format.h"

#include "services/gateway/settings.h"

int main(int argc, char** argv) {
  dangol::service::Settings process;
  process.program = "dangol-gateway";
  dangol::gateway::GatewaySettings settings;
  CLI::App app("The door of Dangol over HTTP: JSON for pages and scripts, and the dashboard.", process.program);
  dangol::service::AddPortBaseFlag(app, process.port_base,
                                   "Listens here; the services are counted from here: tickets is at N+1");
  dangol::service::AddKeysFlags(app, process);
  dangol::service::AddTlsFlag(app, process);
  dangol::service::AddCredentialsFlag(app, process);
  dangol::service::AddLogFlags(app, process);
  dangol::service::AddServerFlags(app, process);
  dangol::gateway::AddGatewayFlags(app, settings);
  app.set_version_flag("--version", fmt::format("{} {}", process.program, DANGOL_VERSION));
  app.footer("Runs until SIGTERM or SIGINT, which ends it in good order; a second one ends it at once.");
  if (std::optional<int> code = dangol::service::ParseArguments(app, process.program, argc, argv)) return *code;
  return dangol::service::RunServices({}, process, dangol::gateway::GatewayDoor(process, settings));
}
