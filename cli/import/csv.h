// A CSV file (RFC 4180), record by record, in memory that does not grow with the file.
#pragma once

#include <csv.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dangol::cli {

// A record of the file, or a line that is none.
struct CsvRecord {
  int64_t line = 0;                 // where it begins; the first is 1
  std::vector<std::string> fields;  // as many as the header has; empty where it is none
  std::string problem;              // why it is none; empty: it is one
  std::string text;                 // of what is none: the line, shortened

  bool good() const { return problem.empty(); }
};

// Used by one thread. What is wrong never takes what is behind it along: a record that is wrong is rejected by its
// first line alone, and reading goes on at its second, because a quote that is never closed makes one record of many
// good ones.
class CsvReader {
 public:
  // Longer is rejected; about three times this is what is kept in memory.
  static constexpr size_t kRecordBytesMax = 1 << 20;

  // Opens the file and reads the header. Takes a byte order mark, and lines that end with CR LF or LF. Errors are for
  // people: what cannot be read, is empty or has no header.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(const std::string& path);
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const std::vector<std::string>& header() const { return header_; }

  // False where the file ends. UNAVAILABLE where it cannot be read further.
  absl::StatusOr<bool> Next(CsvRecord& record);

  // Read so far, and of the whole file; 0 where that is not known, as of a pipe.
  int64_t bytes_read() const { return bytes_read_; }
  int64_t bytes_total() const { return bytes_total_; }

 private:
  struct Line {
    std::string text;  // with its line feed
    bool too_long = false;
    bool complete = true;  // false: the file ends without a line feed
  };

  explicit CsvReader(FILE* file);
  absl::StatusOr<bool> ReadLine(Line& line);
  bool FillBuffer();
  std::string Feed(const Line& line);
  void ResetParser();
  void Reject(CsvRecord& record, std::string problem);
  static void TakeField(void* text, size_t size, void* self);
  static void TakeRecord(int end, void* self);

  FILE* const file_;
  csv_parser parser_;
  std::string buffer_;
  size_t position_ = 0;
  int64_t bytes_read_ = 0;
  int64_t bytes_total_ = 0;
  bool failed_ = false;

  std::vector<std::string> header_;
  int64_t line_ = 0;    // of the last line read
  std::string record_;  // what was read of this record
  std::string again_;   // lines behind a wrong one, to be read again
  size_t again_position_ = 0;
  std::vector<std::string> fields_;
  bool record_ended_ = false;
};

// One line of a CSV file, with its line feed; quoted where it must be.
std::string CsvLine(const std::vector<std::string_view>& fields);

}  // namespace dangol::cli
