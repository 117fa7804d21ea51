#include <memory>

#include "cli/command/command.h"
#include "cli/suite/suite.h"
#include "common/service/process.h"
#include "common/service/settings.h"

namespace dangol::cli {

Command UpCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("up", "Run all services in this process until Ctrl-C");
  const auto settings = std::make_shared<service::Settings>();
  settings->program = "dangol up";
  settings->log_format = "text";
  service::AddProcessFlags(*app, *settings);
  app->footer(
      "Each service keeps a database of its own, DIR/SERVICE.db, and listens on 127.0.0.1 only. SIGTERM or Ctrl-C "
      "ends\n"
      "all of them in good order; a second one ends them at once, and nothing that was acknowledged is lost.");
  return {app, [settings] { return service::RunServices(Suite(), *settings); }};
}

}  // namespace dangol::cli
