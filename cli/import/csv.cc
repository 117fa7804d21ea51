#include "cli/import/csv.h"

#include <algorithm>
#include <array>
#include <utility>

#include "CLI/CLI.hpp"
#include "fmt/format.h"

#include "cli/import/reject_file.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

// So that a field of a record at its limit does not grow by steps of 128 bytes.
constexpr size_t kFieldStepBytes = 8 << 10;

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// CR belongs to the end of the line, and before it to nothing.
int IsSpace(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' ? 1 : 0; }
// A record ends with a line, so that one line of the file never holds two.
int IsEnd(unsigned char c) { return c == '\n' ? 1 : 0; }

// What stands most often between the names of a header; a comma where nothing does.
char SeparatorOf(std::string_view header) {
  constexpr std::string_view kSeparators = ",;\t|";
  std::array<int, kSeparators.size()> counts{};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    const size_t found = kSeparators.find(c);
    if (!quoted && found != std::string_view::npos) ++counts[found];
  }
  return kSeparators[static_cast<size_t>(std::ranges::max_element(counts) - counts.begin())];
}

// `sep=;`, a line of its own before the header, by which Excel opens a file; 0: it is none.
char ExcelSeparator(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line.size() == 5 && line.starts_with("sep=") ? line[4] : '\0';
}

absl::Status NoHeader(const std::string& name, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", fmt::format("{}: {}", name, why));
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<TextInput> input) : lines_(std::move(input)), parser_() {
  csv_init(&parser_, CSV_STRICT);
  csv_set_space_func(&parser_, IsSpace);
  csv_set_term_func(&parser_, IsEnd);
  csv_set_blk_size(&parser_, kFieldStepBytes);
}

CsvReader::~CsvReader() { csv_free(&parser_); }

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(const std::string& name, std::unique_ptr<TextInput> input,
                                                           char separator) {
  std::unique_ptr<CsvReader> reader(new CsvReader(std::move(input)));
  RETURN_IF_ERROR(reader->ChooseSeparator(separator));
  Record header;
  ASSIGN_OR_RETURN(const bool found, reader->Next(header));
  if (!found) return NoHeader(name, "is empty. The first line has to name the columns.");
  if (!header.good()) {
    return NoHeader(name, fmt::format("line {} should name the columns, but {}", header.line, header.problem));
  }
  reader->header_ = std::move(header.fields);
  return reader;
}

absl::Status CsvReader::ChooseSeparator(char separator) {
  Line line;
  std::string read;
  do {
    ASSIGN_OR_RETURN(const bool found, lines_.Next(line));
    if (!found) break;
    read += line.text;
  } while (IsBlank(line.text) && !line.too_long);
  const char said = ExcelSeparator(line.text);
  if (separator == 0) separator = said;
  if (separator == 0 || IsRejectHeader(line.text)) separator = SeparatorOf(line.text);
  csv_set_delim(&parser_, static_cast<unsigned char>(separator));
  if (said == 0) lines_.PutBack(std::move(read), 0);
  return absl::OkStatus();
}

void CsvReader::TakeField(void* text, size_t size, void* self) {
  static_cast<CsvReader*>(self)->fields_.emplace_back(static_cast<const char*>(text), size);
}

void CsvReader::TakeRecord(int, void* self) { static_cast<CsvReader*>(self)->record_ended_ = true; }

void CsvReader::ResetParser() {
  // With CSV_STRICT_FINI, csv_fini would leave a quote open.
  csv_set_opts(&parser_, CSV_STRICT);
  csv_fini(&parser_, nullptr, nullptr, nullptr);
  fields_.clear();
  record_ended_ = false;
}

// What is wrong with the record as far as it goes with this line; empty: nothing.
std::string CsvReader::Feed(const Line& line) {
  if (line.too_long || record_.size() > kRecordBytesMax) {
    return fmt::format("it is longer than {} KiB; perhaps a quote is never closed", kRecordBytesMax >> 10);
  }
  const size_t taken = csv_parse(&parser_, line.text.data(), line.text.size(), TakeField, TakeRecord, this);
  if (taken != line.text.size()) {
    if (csv_error(&parser_) != CSV_EPARSE) return "there is not enough memory for it";
    return "a quote stands where none may: a field with quotes in it has to be quoted, and each of them doubled";
  }
  if (!line.complete && !record_ended_) {
    csv_set_opts(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(&parser_, TakeField, TakeRecord, this) != 0) return "the file ends inside of quotes";
  }
  if (record_ended_ && !header_.empty() && fields_.size() != header_.size()) {
    return fmt::format("it has {} columns, and the header {}{}", fields_.size(), header_.size(),
                       line.complete ? "" : "; the file ends within this line");
  }
  return "";
}

void CsvReader::Reject(Record& record, std::string problem) {
  record.problem = std::move(problem);
  const size_t end = record_.find('\n');
  record.text = record_.substr(0, std::min({end, record_.size(), kShownBytesMax}));
  if (record.text.ends_with('\r')) record.text.pop_back();
  // Its other lines are read again, before what is left of those that are read again already.
  if (end != std::string::npos && end + 1 < record_.size()) lines_.PutBack(record_.substr(end + 1), record.line);
}

absl::StatusOr<bool> CsvReader::Next(Record& record) {
  record = Record();
  record_.clear();
  ResetParser();
  Line line;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, lines_.Next(line));
    if (!found && record_.empty()) return false;
    if (record_.empty() && IsBlank(line.text) && !line.too_long) continue;
    if (record_.empty()) record.line = lines_.number();
    record_ += line.text;
    std::string problem = found ? Feed(line) : std::string("the file ends inside of quotes");
    if (!problem.empty()) {
      Reject(record, std::move(problem));
      return true;
    }
    if (record_ended_) break;
  }
  if (!line.complete && !header_.empty()) unended_line_ = lines_.number();
  record.fields = std::move(fields_);
  return true;
}

std::string CsvReader::Note() const {
  if (unended_line_ == 0) return "";
  return fmt::format(
      "The last line, {}, has no line feed. It has all columns and counts as whole. Where the file was cut off, it is not.",
      unended_line_);
}

void AddSeparatorFlag(CLI::App& app, std::string& separator) {
  app.add_option("--separator", separator,
                 "Between the columns: one character, or tab; default: what separates the names in the first line")
      ->type_name("C")
      ->check([](const std::string& text) {
        return text == "tab" || (text.size() == 1 && text != "\"") ? ""
                                                                   : ShownValue(text) + " is not one character, or tab";
      });
}

char ParseSeparator(const std::string& text) {
  if (text.empty()) return '\0';
  return text == "tab" ? '\t' : text.front();
}

std::string CsvLine(const std::vector<std::string_view>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    // By libcsv every field is quoted.
    std::string quoted(fields[i].size() * 2 + 2, '\0');
    quoted.resize(csv_write(quoted.data(), quoted.size(), fields[i].data(), fields[i].size()));
    line += quoted;
  }
  return line + "\r\n";
}

}  // namespace dangol::cli
