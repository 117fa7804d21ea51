#include <string>

#include "fmt/format.h"

#include "cli/command/command.h"
#include "cli/command/usage.h"
#include "cli/output/print.h"

namespace dangol::cli {
namespace {

void AddCases(const CLI::App& app, std::string& cases) {
  cases += fmt::format("    '{}') words='{} {}' ;;\n", CommandPath(app), fmt::join(CommandNames(app), " "),
                       fmt::join(FlagNamesOf(app), " "));
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); }))
    AddCases(*command, cases);
}

// A word is looked for below the command that the words before it make. Where nothing fits, bash completes file names.
std::string BashScript(const CLI::App& root) {
  std::string cases;
  AddCases(root, cases);
  return "# Completion of dangol for bash.\n"
         "_dangol_words() {\n"
         "  local words=\n"
         "  case $1 in\n" +
         cases +
         "    *) return 1 ;;\n"
         "  esac\n"
         "  echo \"$words\"\n"
         "}\n"
         "_dangol() {\n"
         "  local path= word i\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    _dangol_words \"${path:+$path }$word\" >/dev/null && path=${path:+$path }$word\n"
         "  done\n"
         "  COMPREPLY=($(compgen -W \"$(_dangol_words \"$path\")\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _dangol dangol\n";
}

}  // namespace

Command CompletionCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("completion", "Print a script that completes commands and flags");
  CLI::App* bash = app->add_subcommand("bash", "Print it for bash");
  app->require_subcommand(1);
  bash->footer("For this shell: source <(dangol completion bash). For every new one: put that line into ~/.bashrc.");
  return {app, [&root] { return Print(BashScript(root)) ? 0 : 1; }};
}

}  // namespace dangol::cli
