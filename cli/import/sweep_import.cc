#include "cli/import/sweep_import.h"

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
using dangol::tickets::v1::RestoreImportRequest;
using dangol::tickets::v1::UndoImportRequest;

constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
constexpr absl::Duration kPause = absl::Milliseconds(100);

struct Flags {
  VerbFlags common;
  std::string import_id;
};

// What is done to an import as a whole, and goes on behind the call.
struct SweepVerb {
  const char* command;
  const char* method;
  bool (Import::*is_finished)() const;
  std::string (*told)(const Import&);
};

std::string ToldUndone(const Import& import) {
  const int64_t kept = import.tickets() - import.withdrawn_tickets();
  return fmt::format("{} of {} tickets taken back{}\n", ShownCount(import.withdrawn_tickets()),
                     ShownCount(import.tickets()),
                     kept == 0 ? "" : fmt::format(", {} stay: somebody has touched them", ShownCount(kept)));
}

std::string ToldRestored(const Import& import) {
  return fmt::format("{} tickets given back\n", ShownCount(import.restored_tickets()));
}

constexpr SweepVerb kUndo = {"import undo", "UndoImport", &Import::has_undo_finish_time, ToldUndone};
constexpr SweepVerb kRestore = {"import restore", "RestoreImport", &Import::has_restore_finish_time, ToldRestored};

// As it is once all of its tickets were looked at.
template <typename Request>
absl::StatusOr<Import> Sweep(const SweepVerb& verb, const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  Request request;
  request.set_name(FullName(flags.import_id, "imports/*"));
  FillRequestId(request);
  ASSIGN_OR_RETURN(Import import,
                   Call<Import>(client, std::string(kService) + verb.method, request, flags.common.timeout));
  NoteInterrupts();
  GetImportRequest get;
  get.set_name(request.name());
  while (!(import.*verb.is_finished)()) {
    if (!SleepUnlessInterrupted(kPause)) return absl::CancelledError("It goes on by itself: see dangol import list.");
    ASSIGN_OR_RETURN(import, Call<Import>(client, std::string(kService) + "GetImport", get, flags.common.timeout));
  }
  return import;
}

template <typename Request>
int Run(const SweepVerb& verb, const Flags& flags) {
  const absl::StatusOr<Import> import = Sweep<Request>(verb, flags);
  if (!import.ok()) return Fail(verb.command, import.status());
  const bool json = flags.common.format == Format::kJson;
  return Print(json ? ToJson(*import, JsonStyle::kCompact) + "\n" : verb.told(*import)) ? 0 : 1;
}

template <typename Request>
Command SweepCommand(CLI::App& parent, const SweepVerb& verb, const std::string& name, const std::string& description,
                     const std::string& footer) {
  CLI::App* app = parent.add_subcommand(name, description);
  const auto flags = std::make_shared<Flags>();
  app->add_option("NAME", flags->import_id, "The import, as dangol import list shows it")->type_name("")->required();
  AddVerbFlags(*app, flags->common);
  app->footer(footer);
  return {app, [flags, &verb] { return Run<Request>(verb, *flags); }};
}

}  // namespace

Command UndoImportCommand(CLI::App& parent) {
  return SweepCommand<UndoImportRequest>(
      parent, kUndo, "undo", "Take back what an import brought and nobody has touched since",
      "What nobody has read or written about becomes SPAM, and stands in no inbox and no count. `dangol ticket list\n"
      "--import-name NAME` shows it. `dangol import restore` gives all of it back, `dangol ticket restore` one ticket.");
}

Command RestoreImportCommand(CLI::App& parent) {
  return SweepCommand<RestoreImportRequest>(
      parent, kRestore, "restore", "Give back what undoing an import took",
      "Each ticket is again what it was. The import takes more rows, and can be undone again.");
}

}  // namespace dangol::cli
