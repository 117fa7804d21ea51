#include <memory>

#include "cli/command/command.h"
#include "cli/suite/suite.h"
#include "common/service/process.h"
#include "common/service/settings.h"
#include "services/gateway/settings.h"

namespace dangol::cli {

Command UpCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("up", "Run all services in this process until Ctrl-C");
  const auto settings = std::make_shared<service::Settings>();
  settings->program = "dangol up";
  settings->log_format = "text";
  service::AddProcessFlags(*app, *settings);
  const auto door = std::make_shared<gateway::GatewaySettings>();
  gateway::AddGatewayFlags(*app, *door);
  app->footer(
      "Each service keeps a database of its own, DIR/SERVICE.db, and listens on 127.0.0.1 only; the gateway to all of\n"
      "them listens there at N, for HTTP. SIGTERM or Ctrl-C ends\n"
      "all of them in good order; a second one ends them at once, and nothing that was acknowledged is lost.");
  return {app, [settings, door] {
            return service::RunServices(Suite(), *settings, gateway::GatewayDoor(*settings, *door));
          }};
}

}  // namespace dangol::cli
