#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"

#include "cli/command/command.h"
#include "cli/command/credential.h"
#include "cli/command/usage.h"
#include "cli/output/print.h"
#include "cli/token/token.h"

namespace dangol::cli {
namespace {

// A line of the help: the commands in the order in which somebody comes to need them.
std::vector<Command> Commands(CLI::App& root) {
  std::vector<Command> commands;
  const auto add_group = [&](const std::string& group, std::vector<Command> members) {
    for (Command& command : members) {
      command.app->group(group);
      commands.push_back(std::move(command));
    }
  };
  add_group("Work with customers' complaints",
            {InboxCommand(root), ImportCommand(root), TicketCommand(root), CustomerCommand(root), ChangeCommand(root),
             BoardCommand(root), LoopCommand(root), PolicyCommand(root), ReasonCommand(root)});
  add_group("Run the company by its numbers",
            {ReportCommand(root), EffectCommand(root), GapsCommand(root), StrategyCommand(root), EngineCommand(root),
             KpiCommand(root), MemberCommand(root), ReadinessCommand(root)});
  add_group("Run the services", {UpCommand(root), BeginCommand(root), StatusCommand(root), DoctorCommand(root),
                                 ParkedCommand(root), AuditCommand(root), MigrateCommand(root), ErasuresCommand(root),
                                 TokenCommand(root), LoginCommand(root), KeysCommand(root), TlsCommand(root)});
  add_group("Build on them", {FeedCommand(root), CallCommand(root), CompletionCommand(root)});
  return commands;
}

int Main(int argc, char** argv) {
  CLI::App root("Dangol listens to customers: tickets in, honest answers out, and nothing lost in between.", "dangol");
  LayOutHelp(root);
  root.set_version_flag("--version", fmt::format("dangol {}", DANGOL_VERSION));
  root.require_subcommand(0, 1);
  AddTokenFileFlag(root);
  AddTlsFlag(root);
  root.footer(
      "Each command has a --help of its own. Exit codes: 0 done, 1 refused or failed (standard error says what, and how "
      "to mend it), 2 wrong usage.");
  const std::vector<Command> commands = Commands(root);
  if (const std::optional<int> code = ParseArguments(root, argc, argv)) return *code;
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  PrintError(root.help());
  return 2;
}

}  // namespace
}  // namespace dangol::cli

int main(int argc, char** argv) { return dangol::cli::Main(argc, argv); }
