// One of the commands of `dangol`.
#pragma once

#include <functional>

#include "CLI/CLI.hpp"

namespace dangol::cli {

// What every command ends with: 0 done, 1 refused or failed, which standard error has explained, 2 wrong usage.
struct Command {
  CLI::App* app;             // its flags; owned by the root
  std::function<int()> run;  // after they were parsed
};

Command UpCommand(CLI::App& root);
Command BeginCommand(CLI::App& root);
Command StatusCommand(CLI::App& root);
Command CallCommand(CLI::App& root);
Command CompletionCommand(CLI::App& root);
Command DoctorCommand(CLI::App& root);
Command ImportCommand(CLI::App& root);
Command TicketCommand(CLI::App& root);
Command CustomerCommand(CLI::App& root);
Command PolicyCommand(CLI::App& root);
Command GapsCommand(CLI::App& root);
Command ReasonCommand(CLI::App& root);
Command InboxCommand(CLI::App& root);
Command ChangeCommand(CLI::App& root);
Command BoardCommand(CLI::App& root);
Command ErasuresCommand(CLI::App& root);
Command FeedCommand(CLI::App& root);
Command ParkedCommand(CLI::App& root);
Command AuditCommand(CLI::App& root);
Command LoopCommand(CLI::App& root);
Command EngineCommand(CLI::App& root);
Command KpiCommand(CLI::App& root);
Command MemberCommand(CLI::App& root);
Command ReadinessCommand(CLI::App& root);
Command ReportCommand(CLI::App& root);
Command StrategyCommand(CLI::App& root);
// A verb of `dangol engine`.
Command StopCandidatesCommand(CLI::App& engine);
Command EffectCommand(CLI::App& root);
Command MigrateCommand(CLI::App& root);
Command TokenCommand(CLI::App& root);

}  // namespace dangol::cli
