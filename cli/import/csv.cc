#include "cli/import/csv.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
// Of a line that is no record, for the file of rejects.
constexpr size_t kShownBytesMax = 1024;
// So that a field of a record at its limit does not grow by steps of 128 bytes.
constexpr size_t kFieldStepBytes = 8 << 10;

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// CR belongs to the end of the line, and before it to nothing.
int IsSpace(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' ? 1 : 0; }
// A record ends with a line, so that one line of the file never holds two.
int IsEnd(unsigned char c) { return c == '\n' ? 1 : 0; }

absl::Status Unreadable(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", fmt::format("{}: {}", path, why));
}

}  // namespace

CsvReader::CsvReader(FILE* file) : file_(file), parser_() {
  csv_init(&parser_, CSV_STRICT);
  csv_set_space_func(&parser_, IsSpace);
  csv_set_term_func(&parser_, IsEnd);
  csv_set_blk_size(&parser_, kFieldStepBytes);
  struct stat found {};
  if (fstat(fileno(file), &found) == 0 && S_ISREG(found.st_mode)) bytes_total_ = found.st_size;
}

CsvReader::~CsvReader() {
  csv_free(&parser_);
  std::fclose(file_);
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return Unreadable(path, std::strerror(errno));
  std::unique_ptr<CsvReader> reader(new CsvReader(file));
  reader->FillBuffer();
  if (reader->failed_) return Unreadable(path, "cannot be read. Is it a file?");
  std::string& text = reader->buffer_;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return Unreadable(path, "is UTF-16. Save it as CSV in UTF-8.");
  }
  if (text.starts_with("\xef\xbb\xbf")) reader->position_ = 3;
  CsvRecord header;
  ASSIGN_OR_RETURN(const bool found, reader->Next(header));
  if (!found) return Unreadable(path, "is empty. The first line has to name the columns.");
  if (!header.good()) {
    return Unreadable(path, fmt::format("line {} should name the columns, but {}", header.line, header.problem));
  }
  reader->header_ = std::move(header.fields);
  return reader;
}

bool CsvReader::FillBuffer() {
  buffer_.resize(kBufferBytes);
  const size_t count = std::fread(buffer_.data(), 1, buffer_.size(), file_);
  failed_ = count == 0 && std::ferror(file_) != 0;
  buffer_.resize(count);
  position_ = 0;
  bytes_read_ += static_cast<int64_t>(count);
  return count > 0;
}

absl::StatusOr<bool> CsvReader::ReadLine(Line& line) {
  line = Line();
  bool any = false;
  while (true) {
    const bool again = again_position_ < again_.size();
    if (!again && position_ == buffer_.size() && !FillBuffer()) break;
    const std::string_view rest =
        again ? std::string_view(again_).substr(again_position_) : std::string_view(buffer_).substr(position_);
    const size_t feed = rest.find('\n');
    const size_t size = feed == std::string_view::npos ? rest.size() : feed + 1;
    // Of what is too long only as much is kept as shows it.
    if (!line.too_long) line.text += rest.substr(0, size);
    line.too_long = line.too_long || line.text.size() > kRecordBytesMax;
    (again ? again_position_ : position_) += size;
    any = true;
    if (feed == std::string_view::npos) continue;
    ++line_;
    if (!line.text.ends_with('\n')) line.text += '\n';
    return true;
  }
  if (failed_) {
    return Error(absl::StatusCode::kUnavailable, "FILE_UNREADABLE",
                 fmt::format("The file cannot be read behind line {}.", line_));
  }
  if (any) ++line_;
  line.complete = false;
  return any;
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
    const bool quoted = csv_fini(&parser_, TakeField, TakeRecord, this) != 0;
    return quoted ? "the file ends inside of quotes"
                  : "the file ends within this line; where it is whole, end it with a line feed";
  }
  if (record_ended_ && !header_.empty() && fields_.size() != header_.size()) {
    return fmt::format("it has {} columns, and the header {}", fields_.size(), header_.size());
  }
  return "";
}

void CsvReader::Reject(CsvRecord& record, std::string problem) {
  record.problem = std::move(problem);
  const size_t end = record_.find('\n');
  record.text = record_.substr(0, std::min({end, record_.size(), kShownBytesMax}));
  if (record.text.ends_with('\r')) record.text.pop_back();
  // Its other lines are read again, before what is left of those that are read again already.
  if (end != std::string::npos && end + 1 < record_.size()) {
    line_ = record.line;
    again_ = record_.substr(end + 1) + again_.substr(again_position_);
    again_position_ = 0;
  }
}

absl::StatusOr<bool> CsvReader::Next(CsvRecord& record) {
  record = CsvRecord();
  record_.clear();
  ResetParser();
  Line line;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, ReadLine(line));
    if (!found && record_.empty()) return false;
    if (record_.empty() && IsBlank(line.text) && !line.too_long) continue;
    if (record_.empty()) record.line = line_;
    record_ += line.text;
    std::string problem = found ? Feed(line) : std::string("the file ends inside of quotes");
    if (!problem.empty()) {
      Reject(record, std::move(problem));
      return true;
    }
    if (record_ended_) break;
  }
  record.fields = std::move(fields_);
  return true;
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
