#include <cstdio>

#include "CLI/CLI.hpp"
#include "fmt/format.h"

#include "cli/command/command.h"
#include "common/base/log.h"
#include "common/service/settings.h"

int main(int argc, char** argv) {
  CLI::App root("Dangol listens to customers: tickets in, honest answers out, and nothing lost in between.", "dangol");
  root.set_version_flag("--version", fmt::format("dangol {}", DANGOL_VERSION));
  root.require_subcommand(0, 1);
  root.get_formatter()->column_width(26);
  root.footer(
      "Each command has a --help of its own. Exit codes: 0 done, 1 refused or failed (standard error says what,\n"
      "and how to mend it), 2 wrong usage.");
  const dangol::cli::Command commands[] = {
      dangol::cli::UpCommand(root),     dangol::cli::StatusCommand(root), dangol::cli::CallCommand(root),
      dangol::cli::DoctorCommand(root), dangol::cli::ImportCommand(root), dangol::cli::TicketCommand(root),
      dangol::cli::ChangeCommand(root), dangol::cli::FeedCommand(root),   dangol::cli::ParkedCommand(root),
      dangol::cli::LoopCommand(root),   dangol::cli::MigrateCommand(root)};
  if (std::optional<int> code = dangol::service::ParseArguments(root, "dangol", argc, argv)) return *code;
  for (const dangol::cli::Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  fmt::print(stderr, "{}", root.help());
  return 2;
}
