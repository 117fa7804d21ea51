#include "cli/import/undo_import.h"

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/interrupt.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/import.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::GetImportRequest;
using dangol::tickets::v1::Import;
using dangol::tickets::v1::UndoImportRequest;

constexpr char kCommand[] = "import undo";
constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
constexpr absl::Duration kPause = absl::Milliseconds(100);

struct Flags {
  VerbFlags common;
  std::string import_id;
};

// As it is once all of its tickets were looked at.
absl::StatusOr<Import> Undo(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  UndoImportRequest undo;
  undo.set_name(FullName(flags.import_id, "imports/*"));
  FillRequestId(undo);
  ASSIGN_OR_RETURN(Import import,
                   Call<Import>(client, std::string(kService) + "UndoImport", undo, flags.common.timeout));
  NoteInterrupts();
  GetImportRequest get;
  get.set_name(undo.name());
  while (!import.has_undo_finish_time()) {
    if (!SleepUnlessInterrupted(kPause)) return absl::CancelledError("It goes on by itself: see dangol import list.");
    ASSIGN_OR_RETURN(import, Call<Import>(client, std::string(kService) + "GetImport", get, flags.common.timeout));
  }
  return import;
}

int Run(const Flags& flags) {
  const absl::StatusOr<Import> import = Undo(flags);
  if (!import.ok()) return Fail(kCommand, import.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*import, JsonStyle::kCompact) + "\n") ? 0 : 1;
  const int64_t kept = import->tickets() - import->withdrawn_tickets();
  return Print(fmt::format("{} of {} tickets taken back{}\n", ShownCount(import->withdrawn_tickets()),
                           ShownCount(import->tickets()),
                           kept == 0 ? "" : fmt::format(", {} stay: somebody has touched them", ShownCount(kept))))
             ? 0
             : 1;
}

}  // namespace

Command UndoImportCommand(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("undo", "Take back what an import brought and nobody has touched since");
  const auto flags = std::make_shared<Flags>();
  app->add_option("NAME", flags->import_id, "The import, as dangol import list shows it")->type_name("")->required();
  AddVerbFlags(*app, flags->common);
  app->footer(
      "What nobody has read or written about becomes SPAM, and stands in no inbox and no count. `dangol ticket list\n"
      "--import-name NAME` shows it, and `dangol ticket restore` gives a ticket back as it was.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
