#include "cli/command/usage.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "cli/command/similar.h"
#include "cli/output/print.h"
#include "cli/output/text_width.h"
#include "common/base/error.h"

namespace dangol::cli {
namespace {

constexpr size_t kNameWidth = 26;
constexpr size_t kHelpWidthMin = 60;
constexpr size_t kHelpWidthMax = 110;

size_t HelpWidth() {
  const size_t terminal = TerminalWidth();
  return terminal == 0 ? kHelpWidthMax : std::clamp(terminal, kHelpWidthMin, kHelpWidthMax);
}

// Lines that were full in the source run on, since a terminal has another width. A line that is indented, short or ends
// with a colon stays a line.
std::string RunOn(const std::string& text) {
  constexpr size_t kFull = 80;
  std::string joined;
  std::string_view before;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (const std::string& line : lines) {
    const bool runs_on =
        before.size() >= kFull && before.front() != ' ' && before.back() != ':' && !line.empty() && line.front() != ' ';
    if (&line != &lines.front()) joined += runs_on ? ' ' : '\n';
    joined += line;
    before = line;
  }
  return joined;
}

class HelpLayout : public CLI::Formatter {
 public:
  HelpLayout() { column_width(kNameWidth); }

  std::string make_option_desc(const CLI::Option* option) const override {
    return Wrapped(CLI::Formatter::make_option_desc(option), HelpWidth() - kNameWidth);
  }
  std::string make_subcommand(const CLI::App* command) const override {
    std::stringstream line;
    CLI::detail::format_help(line, command->get_name(), Wrapped(command->get_description(), HelpWidth() - kNameWidth),
                             kNameWidth);
    return line.str();
  }
  std::string make_footer(const CLI::App* app) const override {
    return Wrapped(RunOn(CLI::Formatter::make_footer(app)), HelpWidth());
  }
};

// The command that the line has come to.
const CLI::App* Deepest(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return app;
}

// What is wrong with a line that has words which nobody takes.
std::string UnknownWord(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const bool flag = word.starts_with('-');
  const std::vector<std::string> commands = CommandNames(app);
  const std::string meant = Nearest(name, flag ? FlagNamesOf(app) : commands);
  std::string text = flag               ? fmt::format("there is no flag {}", ShownValue(name))
                     : commands.empty() ? fmt::format("{} is one argument too many", ShownValue(word))
                                        : fmt::format("there is no command {}", ShownValue(word));
  if (!meant.empty()) text += fmt::format("; did you mean {}?", meant);
  return text;
}

// A flag that stands before the command which has it; empty: none does.
std::string EarlyFlag(const CLI::App& app) {
  for (const CLI::App* above = app.get_parent(); above != nullptr; above = above->get_parent()) {
    for (const std::string& word : above->remaining()) {
      if (word.starts_with("--")) return word.substr(0, word.find('='));
    }
  }
  return "";
}

std::string Problem(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining();
  // The first that begins with a dash, if any does: what follows it may be its value.
  const auto flag = std::ranges::find_if(unknown, [](const std::string& word) { return word.starts_with('-'); });
  if (!unknown.empty()) return UnknownWord(app, flag == unknown.end() ? unknown.front() : *flag);
  if (const std::string early = EarlyFlag(app); !early.empty()) {
    return fmt::format("{} stands before the command; put it behind `dangol {}`", early, CommandPath(app));
  }
  const std::vector<std::string> commands = CommandNames(app);
  if (!commands.empty() && error.get_name() == "RequiredError")
    return fmt::format("say which: {}", fmt::join(commands, ", "));
  const std::string what = absl::StrReplaceAll(std::string(error.what()), {{"\n", " "}});
  // The library counts; which word is too many is said by nothing.
  if (error.get_name() == "ArgumentMismatch" && what.find("At Most") != std::string::npos) {
    return fmt::format("{} takes one value, and there are more", what.substr(0, what.find(':')));
  }
  return what;
}

}  // namespace

void LayOutHelp(CLI::App& root) { root.formatter(std::make_shared<HelpLayout>()); }

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> FlagNamesOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string CommandPath(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "";
  const std::string before = CommandPath(*app.get_parent());
  return before.empty() ? app.get_name() : fmt::format("{} {}", before, app.get_name());
}

std::optional<int> ParseArguments(CLI::App& root, int argc, const char* const* argv) {
  try {
    root.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return root.exit(error);
    const CLI::App* app = Deepest(&root);
    const std::string path = CommandPath(*app);
    const std::string program = path.empty() ? "dangol" : fmt::format("dangol {}", path);
    PrintError(fmt::format("{}: {} (see `{} --help`)\n", program, Problem(*app, error), program));
    return 2;
  }
}

}  // namespace dangol::cli
