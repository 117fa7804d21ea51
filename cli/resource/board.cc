#include <memory>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/resource/board_text.h"
#include "common/base/json.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::ListChangesRequest;
using dangol::backlog::v1::ListChangesResponse;

constexpr Change::State kStates[] = {Change::PROPOSED, Change::PLANNED,  Change::IN_PROGRESS,
                                     Change::SHIPPED,  Change::VERIFIED, Change::REGRESSED};
constexpr size_t kWidthWithoutTerminal = 120;

struct Flags {
  VerbFlags common;
  std::string owner;
  std::string stage;
  std::string release;
  int top = 5;
};

absl::StatusOr<BoardColumn> AskColumn(Client& client, const Flags& flags, Change::State state) {
  ListChangesRequest request;
  request.add_states(state);
  request.set_order(ListChangesRequest::SCORE);
  request.set_owner(FullName(flags.owner, "members/*"));
  request.set_stage(flags.stage);
  request.set_release(flags.release);
  request.set_page_size(flags.top);
  auto page =
      Call<ListChangesResponse>(client, "/dangol.backlog.v1.ChangeService/ListChanges", request, flags.common.timeout);
  if (!page.ok()) return page.status();
  BoardColumn column{.state = state, .changes = {}, .more = !page->next_page_token().empty()};
  for (Change& change : *page->mutable_changes()) column.changes.push_back(std::move(change));
  return column;
}

int ShowBoard(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "backlog"));
  std::vector<BoardColumn> columns;
  for (const Change::State state : kStates) {
    auto column = AskColumn(client, flags, state);
    if (!column.ok()) return Fail("board", column.status());
    columns.push_back(*std::move(column));
  }
  if (flags.common.format == Format::kTable) {
    const size_t width = TerminalWidth();
    return Print(BoardText(columns, width == 0 ? kWidthWithoutTerminal : width)) ? 0 : 1;
  }
  std::string text;
  for (const BoardColumn& column : columns) {
    for (const Change& change : column.changes) text += ToJson(change, JsonStyle::kCompact) + "\n";
  }
  return Print(text) ? 0 : 1;
}

}  // namespace

Command BoardCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("board", "Show what is proposed, planned, under way and there, by score");
  const auto flags = std::make_shared<Flags>();
  app->add_option("--owner", flags->owner, "Only changes of this person")->type_name("MEMBER");
  app->add_option("--stage", flags->stage, "Only changes of this stage: engines/main/stages/experience")
      ->type_name("STAGE");
  app->add_option("--release", flags->release, "Only changes of this release")->type_name("LABEL");
  app->add_option("--top", flags->top, "So many of each state")->capture_default_str()->check(CLI::Range(1, 1000));
  AddVerbFlags(*app, flags->common);
  app->footer(
      "A bar is the number of those who ask for a change, each customer once and each ticket of nobody known; the score "
      "behind it is\n"
      "reach × impact × confidence ÷ effort, with `?` where nobody has estimated it: `dangol change update CHANGE "
      "--estimate-impact-percent 200 …`.\n"
      "Below it: until when it has to be decided or is to be there; whom it has answered; why it did not hold. -o json "
      "prints a change a line.");
  return {app, [flags] { return ShowBoard(*flags); }};
}

}  // namespace dangol::cli
