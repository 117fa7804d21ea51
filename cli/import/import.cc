// `dangol import`
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/interrupt.h"
#include "cli/command/verb.h"
#include "cli/import/csv.h"
#include "cli/import/import_customers.h"
#include "cli/import/import_format.h"
#include "cli/import/import_run.h"
#include "cli/import/json_lines.h"
#include "cli/import/reject_file.h"
#include "cli/import/sweep_import.h"
#include "cli/import/text_input.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

struct Flags {
  SuiteFlags suite;
  Format format = Format::kTable;
  std::string file;
  std::string encoding;
  std::string separator;
  std::string rejects;
  std::string import_id;
  absl::Duration timeout = absl::Minutes(1);

  // As people call it.
  std::string name() const { return file == "-" ? "standard-input" : file; }
};

// `complaints-20261129-071500` for a file complaints.csv.gz.
std::string DefaultId(const std::string& file, absl::Time now) {
  constexpr size_t kStemMost = 40;
  const std::string base = file.substr(file.find_last_of('/') + 1);
  std::string stem = Slug(base.substr(0, base.find('.', 1))).substr(0, kStemMost);
  while (stem.ends_with('-')) stem.pop_back();
  return fmt::format("{}-{}", stem.empty() ? "import" : stem,
                     absl::FormatTime("%Y%m%d-%H%M%S", now, absl::UTCTimeZone()));
}

std::string Summary(const ImportRun& import, const std::string& import_id, const RejectFile& rejects,
                    absl::Duration took) {
  const ImportSender::Counts& counts = import.counts();
  const int64_t open = import.rows() - counts.created - counts.existing - rejects.count();
  return fmt::format("{} rows: {} new, {} already there, {} rejected{} ({:.1f} s)\n", ShownCount(import.rows()),
                     ShownCount(counts.created), ShownCount(counts.existing), ShownCount(rejects.count()),
                     open > 0 ? fmt::format(", {} without an answer", ShownCount(open)) : "",
                     absl::ToDoubleSeconds(took)) +
         (counts.created > 0 ? fmt::format("To take them back: dangol import undo {}\n", import_id) : "");
}

std::string SummaryJson(const ImportRun& import, const std::string& import_id, const RejectFile& rejects,
                        const absl::Status& status) {
  return fmt::format(R"({{"import":"{}","rows":{},"created":{},"existing":{},"rejected":{},"complete":{}}})"
                     "\n",
                     import_id, import.rows(), import.counts().created, import.counts().existing, rejects.count(),
                     status.ok());
}

// What to say at the end, and the exit code.
int Report(const Flags& flags, const ImportRun& import, RejectFile& rejects, const absl::Status& status,
           absl::Duration took) {
  const bool json = flags.format == Format::kJson;
  // Beside an error, "0 new" would say that the rows were there.
  const bool failed = !status.ok() && !absl::IsCancelled(status);
  const bool nothing = failed && import.counts().created + import.counts().existing == 0;
  const bool printed = (nothing && !json) || Print(json ? SummaryJson(import, flags.import_id, rejects, status)
                                                        : Summary(import, flags.import_id, rejects, took));
  const absl::Status closed = rejects.Close();
  if (!closed.ok()) Fail("import", closed);
  if (closed.ok() && rejects.count() > 0) {
    PrintError(fmt::format("dangol import: {} rows were rejected. {} has them, with line and reason.\n",
                           ShownCount(rejects.count()), rejects.path()));
  }
  if (failed) Fail("import", status);
  if (!status.ok()) {
    PrintError(fmt::format("dangol import: {}. What came in stays. To go on, run the same command again.\n",
                           failed ? "not complete" : "interrupted"));
  }
  if (absl::IsCancelled(status)) return kInterruptedCode;
  return printed && closed.ok() && status.ok() && rejects.count() == 0 ? 0 : 1;
}

absl::StatusOr<std::unique_ptr<RecordReader>> Open(const Flags& flags, ImportFormat::Records records,
                                                   const std::vector<std::string>& columns) {
  ASSIGN_OR_RETURN(std::unique_ptr<TextInput> input, TextInput::Open(flags.file, flags.encoding));
  if (records == ImportFormat::Records::kJsonLines) return std::make_unique<JsonLinesReader>(std::move(input), columns);
  return CsvReader::Open(flags.name(), std::move(input), ParseSeparator(flags.separator));
}

int Run(Flags flags, ImportFormat::Records records, RowMapping mapping) {
  if (flags.import_id.empty()) flags.import_id = DefaultId(flags.name(), absl::Now());
  const auto reader = Open(flags, records, mapping.columns);
  if (!reader.ok()) return Fail("import", reader.status());
  RejectFile rejects(flags.rejects.empty() ? flags.name() + ".rejects.csv" : flags.rejects, (*reader)->columns());
  Client client(TargetAddress(flags.suite, "tickets"));
  ImportRun import(std::move(mapping), **reader, rejects, client, "imports/" + flags.import_id, flags.timeout);
  if (const absl::Status columns = import.CheckColumns(); !columns.ok()) return Fail("import", columns);
  NoteInterrupts();
  const absl::Time start = absl::Now();
  absl::Status status;
  {
    Progress progress(flags.name().substr(flags.name().find_last_of('/') + 1));
    status = import.Run(progress);
  }
  const int code = Report(flags, import, rejects, status, absl::Now() - start);
  if (const std::string note = (*reader)->Note(); !note.empty()) PrintError(fmt::format("dangol import: {}\n", note));
  return code;
}

Command FormatCommand(CLI::App& parent, const ImportFormat& format) {
  CLI::App* app = parent.add_subcommand(std::string(format.name), std::string(format.description));
  const auto flags = std::make_shared<Flags>();
  app->add_option("FILE", flags->file, "The file, gzip or not; - for standard input")->type_name("")->required();
  const std::function<RowMapping()> mapping = format.add(*app);
  AddEncodingFlag(*app, flags->encoding);
  if (format.records == ImportFormat::Records::kCsv) AddSeparatorFlag(*app, flags->separator);
  app->add_option("--rejects", flags->rejects,
                  "Where rows go that cannot be taken; default: FILE.rejects.csv. One that is there stays as it is: "
                  "the next is FILE.rejects-2.csv")
      ->type_name("PATH");
  app->add_option("--name", flags->import_id,
                  "What the tickets are known by together, without anything personal; default: file and time")
      ->type_name("NAME")
      ->check([](const std::string& id) {
        return IsResourceId(id) ? "" : ShownValue(id) + " is not 1 to 63 of a-z, 0-9 and -";
      });
  AddSuiteFlags(*app, flags->suite);
  AddFormatFlag(*app, flags->format);
  AddTimeoutFlag(*app, flags->timeout);
  return {app, [flags, mapping, records = format.records] { return Run(*flags, records, mapping()); }};
}

}  // namespace

Command ImportCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("import", "Take in complaints, or customers, from a file");
  std::vector<Command> formats;
  for (const ImportFormat& format : ImportFormats()) formats.push_back(FormatCommand(*app, format));
  formats.push_back(ImportCustomersCommand(*app));
  formats.push_back(AddListVerb(
      *app, {"list", "dangol.tickets.v1.TicketService/ListImports", "List imports of tickets, the newest first"}));
  formats.push_back(UndoImportCommand(*app));
  formats.push_back(RestoreImportCommand(*app));
  Command command = VerbsCommand(app, std::move(formats));
  app->footer(
      "Each format has a --help of its own. Tickets keep their times, and have ids made of those in the file: importing\n"
      "it again adds only what is new, so an import that was stopped goes on when it is run again. --timeout: how long\n"
      "a call is tried again. Exit code 1 where rows were rejected; mended, the file of rejects can be imported itself.");
  return command;
}

}  // namespace dangol::cli
