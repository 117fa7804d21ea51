#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/interrupt.h"
#include "cli/import/csv.h"
#include "cli/import/import_format.h"
#include "cli/import/import_sender.h"
#include "cli/import/reject_file.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/validation.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::CreateTicketRequest;

struct Flags {
  SuiteFlags suite;
  Format format = Format::kTable;
  std::string source;
  std::string file;
  std::string rejects;
  absl::Duration timeout = absl::Minutes(1);
};

absl::Status RowInvalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "ROW_INVALID", message);
}

// Of one file.
class Import {
 public:
  Import(const ImportFormat& format, CsvReader& reader, RejectFile& rejects, Client& client, absl::Duration patience)
      : format_(format),
        reader_(reader),
        rejects_(rejects),
        rules_(CreateTicketRequest::descriptor()),
        sender_(client, patience, [this](const CsvRecord& record, std::string_view reason) {
          rejects_.Add(record.line, reason, record.fields);
        }) {}

  absl::Status CheckColumns();
  // CANCELLED where it was interrupted.
  absl::Status Run(Progress& progress);

  int64_t rows() const { return rows_; }
  const ImportSender::Counts& counts() const { return sender_.counts(); }

 private:
  absl::Status ReadAll(Progress& progress);
  absl::Status Take(CsvRecord record);
  absl::StatusOr<CreateTicketRequest> Ticket(const CsvRecord& record);
  void Show(Progress& progress);

  const ImportFormat& format_;
  CsvReader& reader_;
  RejectFile& rejects_;
  const rpc::RequestRules rules_;
  ImportSender sender_;
  std::map<std::string, size_t, std::less<>> columns_;
  int64_t rows_ = 0;
};

absl::Status Import::CheckColumns() {
  std::string missing;
  for (size_t i = 0; i < reader_.header().size(); ++i) columns_.emplace(reader_.header()[i], i);
  for (const std::string_view column : format_.columns) {
    if (!columns_.contains(column)) missing += fmt::format("\n  {}", column);
  }
  if (missing.empty()) return absl::OkStatus();
  std::string found;
  for (const std::string& column : reader_.header()) found += (found.empty() ? "" : ", ") + column;
  constexpr size_t kFoundMax = 500;
  if (found.size() > kFoundMax) found = found.substr(0, kFoundMax) + "…";
  return Error(absl::StatusCode::kInvalidArgument, "COLUMNS_MISSING",
               fmt::format("The file is no {} file ({}). It lacks these columns:{}\nIts first line has: {}",
                           format_.name, format_.description, missing, IsValidUtf8(found) ? found : ShownValue(found)));
}

absl::StatusOr<CreateTicketRequest> Import::Ticket(const CsvRecord& record) {
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const std::string& value = record.fields[i];
    if (value.find('\0') != std::string::npos) return RowInvalid(reader_.header()[i] + ": has a NUL byte in it.");
    if (!IsValidUtf8(value)) return RowInvalid(reader_.header()[i] + ": is not UTF-8.");
  }
  static const auto& nothing = *new std::string();
  const Row row = [&](std::string_view column) -> const std::string& {
    const auto found = columns_.find(column);
    return found == columns_.end() ? nothing : record.fields[found->second];
  };
  ASSIGN_OR_RETURN(CreateTicketRequest request, format_.ticket(row));
  // What the server would say, before it would refuse the whole batch.
  RETURN_IF_ERROR(rules_.Enforce(request));
  return request;
}

absl::Status Import::Take(CsvRecord record) {
  ++rows_;
  if (!record.good()) {
    rejects_.Add(record.line, record.problem, {}, record.text);
    return absl::OkStatus();
  }
  absl::StatusOr<CreateTicketRequest> request = Ticket(record);
  if (absl::IsFailedPrecondition(request.status())) return request.status();
  if (!request.ok()) {
    rejects_.Add(record.line, std::string(request.status().message()), record.fields);
    return absl::OkStatus();
  }
  return sender_.Add(*std::move(request), std::move(record));
}

void Import::Show(Progress& progress) {
  progress.Show(reader_.bytes_read(), reader_.bytes_total(),
                fmt::format("{} rows, {} new, {} rejected", ShownCount(rows_), ShownCount(counts().created),
                            ShownCount(rejects_.count())));
}

absl::Status Import::ReadAll(Progress& progress) {
  CsvRecord record;
  while (true) {
    const absl::StatusOr<bool> found = reader_.Next(record);
    // First: reading from a terminal or a pipe fails because of it.
    if (Interrupted()) return absl::CancelledError("interrupted");
    RETURN_IF_ERROR(found.status());
    if (!*found) return sender_.Finish();
    RETURN_IF_ERROR(Take(std::move(record)));
    Show(progress);
  }
}

absl::Status Import::Run(Progress& progress) {
  absl::Status status = ReadAll(progress);
  if (!status.ok()) {
    // What is on its way comes in or not; the counts should tell.
    const absl::Status rest = sender_.WaitForAnswers();
    if (absl::IsCancelled(status) && !rest.ok()) return rest;
  }
  return status;
}

std::string Summary(const Import& import, const RejectFile& rejects, absl::Duration took) {
  return fmt::format("{} rows: {} new, {} already there, {} rejected ({:.1f} s)\n", ShownCount(import.rows()),
                     ShownCount(import.counts().created), ShownCount(import.counts().existing),
                     ShownCount(rejects.count()), absl::ToDoubleSeconds(took));
}

std::string SummaryJson(const Import& import, const RejectFile& rejects, const absl::Status& status) {
  return fmt::format(R"({{"rows":{},"created":{},"existing":{},"rejected":{},"complete":{}}})"
                     "\n",
                     import.rows(), import.counts().created, import.counts().existing, rejects.count(), status.ok());
}

// What to say at the end, and the exit code.
int Report(const Flags& flags, const Import& import, RejectFile& rejects, const absl::Status& status,
           absl::Duration took) {
  const bool json = flags.format == Format::kJson;
  const bool printed = Print(json ? SummaryJson(import, rejects, status) : Summary(import, rejects, took));
  const absl::Status closed = rejects.Close();
  if (!closed.ok()) Fail("import", closed);
  if (closed.ok() && rejects.count() > 0) {
    fmt::print(stderr, "dangol import: {} rows were rejected. {} has them, with line and reason.\n",
               ShownCount(rejects.count()), rejects.path());
  }
  if (!status.ok() && !absl::IsCancelled(status)) Fail("import", status);
  if (!status.ok()) {
    fmt::print(stderr, "dangol import: {}. What came in stays. To go on, run the same command again.\n",
               absl::IsCancelled(status) ? "interrupted" : "not complete");
  }
  if (absl::IsCancelled(status)) return kInterruptedCode;
  return printed && closed.ok() && status.ok() && rejects.count() == 0 ? 0 : 1;
}

const ImportFormat& Chosen(const std::string& name) {
  for (const ImportFormat* format : ImportFormats()) {
    if (format->name == name) return *format;
  }
  return *ImportFormats().front();  // the flag's check allows no other
}

int Run(const Flags& flags) {
  auto reader = CsvReader::Open(flags.file);
  if (!reader.ok()) return Fail("import", reader.status());
  const std::string rejects_path = flags.rejects.empty() ? flags.file + ".rejects.csv" : flags.rejects;
  std::error_code ignored;
  if (std::filesystem::equivalent(rejects_path, flags.file, ignored)) {
    return Fail("import", Error(absl::StatusCode::kInvalidArgument, "REJECTS_ARE_FILE",
                                "--rejects names the file that is imported. Name another."));
  }
  RejectFile rejects(rejects_path, (*reader)->header());
  Client client(TargetAddress(flags.suite, "tickets"));
  Import import(Chosen(flags.source), **reader, rejects, client, flags.timeout);
  if (const absl::Status columns = import.CheckColumns(); !columns.ok()) return Fail("import", columns);
  NoteInterrupts();
  const absl::Time start = absl::Now();
  absl::Status status;
  {
    Progress progress(std::filesystem::path(flags.file).filename().string());
    status = import.Run(progress);
  }
  return Report(flags, import, rejects, status, absl::Now() - start);
}

}  // namespace

Command ImportCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("import", "Take in the complaints of a CSV file");
  const auto flags = std::make_shared<Flags>();
  std::vector<std::string> names;
  std::string described;
  for (const ImportFormat* format : ImportFormats()) {
    names.emplace_back(format->name);
    described += fmt::format("  {:8} {}\n", format->name, format->description);
  }
  app->add_option("FORMAT", flags->source, fmt::format("{}", fmt::join(names, " or ")))
      ->type_name("")
      ->required()
      ->check(CLI::IsMember(names).description(""));
  app->add_option("FILE", flags->file, "The file, as it was published")->type_name("")->required();
  app->add_option("--rejects", flags->rejects, "Where rows go that cannot be taken; default: FILE.rejects.csv")
      ->type_name("PATH");
  AddSuiteFlags(*app, flags->suite);
  AddFormatFlag(*app, flags->format);
  AddTimeoutFlag(*app, flags->timeout);
  app->footer(
      fmt::format("{}Tickets keep their times, and have ids made of those in the file: importing it again adds only "
                  "what is new, so\n"
                  "an import that was stopped goes on when it is run again. --timeout: how long a call is tried again. "
                  "Exit code 1\n"
                  "where rows were rejected; mended, the file of rejects can be imported itself.",
                  described));
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
