#include "cli/resource/kpi_import.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/import/csv.h"
#include "cli/import/import_format.h"
#include "cli/import/text_input.h"
#include "cli/output/output.h"
#include "cli/resource/kpi_cell.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Entry;
using dangol::metrics::v1::RecordObservationsRequest;
using dangol::metrics::v1::RecordObservationsResponse;

constexpr char kCommand[] = "kpi import";
constexpr char kMethod[] = "/dangol.metrics.v1.KpiService/RecordObservations";
// What one call takes.
constexpr size_t kBlockCells = 1000;
constexpr size_t kShownProblems = 20;

struct Flags {
  VerbFlags common;
  std::string file;
  std::string engine;
  std::string member;
  std::string day = "day";
  std::string encoding;
  std::vector<std::string> map;  // KPI=COLUMN or KPI=COLUMN/COLUMN
};

// A KPI and the columns that its numbers stand in.
struct Mapped {
  std::string kpi;
  size_t column = 0;
  size_t denominator = std::string::npos;
};

// One number, and where it stands.
struct Cell {
  Entry entry;
  int64_t line = 0;
  std::string column;
};

absl::Status NoColumn(const std::string& column, const std::vector<std::string>& columns) {
  return Error(absl::StatusCode::kInvalidArgument, "NO_COLUMN",
               fmt::format("There is no column {}. There are: {}.", ShownValue(column), fmt::join(columns, ", ")));
}

absl::StatusOr<size_t> PlaceOf(const std::string& column, const std::vector<std::string>& columns) {
  const auto found = std::ranges::find(columns, column);
  if (found == columns.end()) return NoColumn(column, columns);
  return static_cast<size_t>(found - columns.begin());
}

// Without a map each column but that of the day is the KPI of its name.
absl::StatusOr<std::vector<Mapped>> MapColumns(const Flags& flags, const std::vector<std::string>& columns) {
  const std::string engine = FullName(flags.engine, "engines/*");
  std::vector<Mapped> mapped;
  for (const std::string& one : flags.map) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos) {
      return Error(
          absl::StatusCode::kInvalidArgument, "MAP_MALFORMED",
          fmt::format("--map {} has no \"=\". Write KPI=COLUMN, or KPI=COLUMN/COLUMN for a share.", ShownValue(one)));
    }
    const std::string column = one.substr(equals + 1);
    const size_t slash = columns.end() == std::ranges::find(columns, column) ? column.find('/') : std::string::npos;
    Mapped& kpi = mapped.emplace_back();
    kpi.kpi = fmt::format("{}/kpis/{}", engine, one.substr(0, equals));
    ASSIGN_OR_RETURN(kpi.column, PlaceOf(column.substr(0, slash), columns));
    if (slash != std::string::npos) {
      ASSIGN_OR_RETURN(kpi.denominator, PlaceOf(column.substr(slash + 1), columns));
    }
  }
  for (size_t i = 0; flags.map.empty() && i < columns.size(); ++i) {
    if (columns[i] != flags.day) mapped.push_back({fmt::format("{}/kpis/{}", engine, columns[i]), i});
  }
  return mapped;
}

// The cells of one row; what cannot be read goes into `problems`.
void ReadRow(const Record& record, const std::vector<std::string>& columns, size_t day,
             const std::vector<Mapped>& mapped, std::vector<Cell>& cells, std::vector<std::string>& problems) {
  for (const Mapped& kpi : mapped) {
    std::string text(absl::StripAsciiWhitespace(record.fields[kpi.column]));
    if (text.empty()) continue;
    if (kpi.denominator != std::string::npos && !text.starts_with("n/a")) text += "/" + record.fields[kpi.denominator];
    Cell cell{{}, record.line, columns[kpi.column]};
    cell.entry.set_kpi(kpi.kpi);
    // As spreadsheets write days.
    cell.entry.set_day(absl::StrReplaceAll(absl::StripAsciiWhitespace(record.fields[day]), {{".", "-"}, {"/", "-"}}));
    if (ReadCell(text, cell.entry)) {
      cells.push_back(std::move(cell));
    } else {
      problems.push_back(fmt::format("line {}, {}: {} is no number", cell.line, cell.column, ShownValue(text)));
    }
  }
}

absl::StatusOr<std::vector<Cell>> ReadFile(const Flags& flags) {
  ASSIGN_OR_RETURN(std::unique_ptr<TextInput> input, TextInput::Open(flags.file, flags.encoding));
  ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> reader, CsvReader::Open(flags.file, std::move(input), 0));
  ASSIGN_OR_RETURN(const size_t day, PlaceOf(flags.day, reader->columns()));
  ASSIGN_OR_RETURN(const std::vector<Mapped> mapped, MapColumns(flags, reader->columns()));
  std::vector<Cell> cells;
  std::vector<std::string> problems;
  for (Record record;;) {
    ASSIGN_OR_RETURN(const bool more, reader->Next(record));
    if (!more) break;
    if (!record.problem.empty()) {
      problems.push_back(fmt::format("line {}: {}", record.line, record.problem));
    } else if (const absl::Status text = CheckText(reader->columns(), record); !text.ok()) {
      problems.push_back(fmt::format("line {}, {}", record.line, std::string(text.message())));
    } else {
      ReadRow(record, reader->columns(), day, mapped, cells, problems);
    }
  }
  if (problems.empty()) return cells;
  const size_t count = problems.size();
  problems.resize(std::min(count, kShownProblems));
  return Error(
      absl::StatusCode::kInvalidArgument, "CELLS_MALFORMED",
      fmt::format("{} cells cannot be read, and nothing was entered:\n  {}", count, fmt::join(problems, "\n  ")));
}

// A service names a cell by its place in the call: where that stands in the file.
absl::Status WithPlace(const absl::Status& status, const std::vector<Cell>& cells, size_t begin) {
  const std::string message(status.message());
  const size_t found = message.find("entries[");
  if (found == std::string::npos) return status;
  const size_t digits = found + std::string_view("entries[").size();
  size_t place = 0;
  if (!absl::SimpleAtoi(message.substr(digits, message.find(']', digits) - digits), &place)) return status;
  if (begin + place >= cells.size()) return status;
  const Cell& cell = cells[begin + place];
  return Error(status.code(), ErrorReason(status), fmt::format("{} (line {}, {})", message, cell.line, cell.column));
}

int Import(const Flags& flags) {
  const auto cells = ReadFile(flags);
  if (!cells.ok()) return Fail(kCommand, cells.status());
  Client client(TargetAddress(flags.common.suite, "metrics"));
  for (size_t begin = 0; begin < cells->size(); begin += kBlockCells) {
    RecordObservationsRequest request;
    request.set_parent(FullName(flags.engine, "engines/*"));
    request.set_recorded_by(FullName(flags.member, "members/*"));
    for (size_t i = begin; i < std::min(begin + kBlockCells, cells->size()); ++i)
      *request.add_entries() = (*cells)[i].entry;
    FillRequestId(request);
    const auto recorded = Call<RecordObservationsResponse>(client, kMethod, request, flags.common.timeout);
    if (recorded.ok()) continue;
    if (begin > 0) Print(fmt::format("{} of {} cells were entered.\n", begin, cells->size()));
    return Fail(kCommand, WithPlace(recorded.status(), *cells, begin));
  }
  return Print(fmt::format("{} cells entered.\n", cells->size())) ? 0 : 1;
}

}  // namespace

Command KpiImportVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("import", "Enter the numbers of a table, a row for each day (CSV)");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("ENGINE", flags->engine, "Its name")->required()->type_name("");
  app->add_option("FILE", flags->file, "A CSV file with a header; - reads standard input")->required()->type_name("");
  app->add_option("--member", flags->member, "Who enters them")->required()->type_name("MEMBER");
  app->add_option("--day", flags->day, "The column with the day; day unless given")->type_name("COLUMN");
  app->add_option(
         "--map", flags->map,
         "Which column a KPI stands in, and of a share which its denominator does; each column is the KPI of its "
         "name unless given")
      ->type_name("KPI=COLUMN[/COLUMN],…")
      ->delimiter(',');
  AddEncodingFlag(*app, flags->encoding);
  app->footer(
      "A cell is a number, 3/40 for a share or an average, n/a and perhaps a reason, or empty where nothing is known. "
      "All cells are read before any is entered; what is entered again changes nothing.");
  return {app, [flags] { return Import(*flags); }};
}

}  // namespace dangol::cli
