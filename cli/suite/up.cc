#include <memory>
#include <string>

#include "fmt/format.h"

#include "cli/command/command.h"
#include "cli/demo/demo.h"
#include "cli/digest/digest_door.h"
#include "cli/output/print.h"
#include "cli/suite/suite.h"
#include "common/service/process.h"
#include "common/service/settings.h"
#include "services/gateway/settings.h"

namespace dangol::cli {
namespace {

constexpr char kDemoData[] = "demo-data";

// Makes what is to be shown, unless it is there already. Returns what to exit with where that cannot be.
int PrepareDemo(const service::Settings& settings, const std::string& language) {
  if (demo::Look(settings.data) == demo::Folder::kDemo) return 0;
  PrintError(fmt::format("dangol up: making half a year of a shop in {}: some seconds\n", settings.data));
  const absl::Status made = demo::Make(settings.data, language, RealRuntime().Now());
  if (made.ok()) return 0;
  PrintError(fmt::format("dangol up: {}\n", std::string(made.message())));
  return 1;
}

}  // namespace

Command UpCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("up", "Run all services in this process until Ctrl-C");
  const auto settings = std::make_shared<service::Settings>();
  settings->program = "dangol up";
  settings->log_format = "text";
  settings->make_keys = true;
  service::AddProcessFlags(*app, *settings);
  const auto door = std::make_shared<gateway::GatewaySettings>();
  gateway::AddGatewayFlags(*app, *door);
  const auto shown = std::make_shared<bool>(false);
  CLI::Option* demo = app->add_flag("--demo", *shown,
                                    "Show half a year of a shop that does not exist, in a data folder of its own "
                                    "(default: demo-data), which is made the first time");
  const auto language = std::make_shared<std::string>("ko");
  app->add_option("--language", *language, "Of the demonstration: ko or en")
      ->check(CLI::IsMember({"ko", "en"}).description(""))
      ->capture_default_str()
      ->needs(demo);
  app->footer(
      "With DIR/mail.toml each member gets a message a working day with what waits (`dangol report --help`).\n"
      "Each service keeps a database of its own, DIR/SERVICE.db, and listens on 127.0.0.1 only; the gateway to all of\n"
      "them listens there at N, for HTTP. SIGTERM or Ctrl-C ends\n"
      "all of them in good order; a second one ends them at once, and nothing that was acknowledged is lost.");
  return {app, [app, settings, door, shown, language] {
            if (*shown) {
              door->demo = true;
              if (app->count("--data") == 0) settings->data = kDemoData;
              if (const int code = PrepareDemo(*settings, *language); code != 0) return code;
            }
            door->demo = demo::Look(settings->data) == demo::Folder::kDemo;
            return service::RunServices(Suite(), *settings,
                                        WithDigests(*settings, gateway::GatewayDoor(*settings, *door)));
          }};
}

}  // namespace dangol::cli
