// What an import reads: records of a file, each with a value for every column.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cli/import/text_input.h"

namespace dangol::cli {

// A record of the file, or a line that is none.
struct Record {
  int64_t line = 0;                 // where it begins; the first is 1
  std::vector<std::string> fields;  // one for each column; empty where it is none
  std::string problem;              // why it is none; empty: it is one
  std::string text;                 // of what is none: the line, shortened

  bool good() const { return problem.empty(); }
};

// Used by one thread. What is wrong never takes what is behind it along.
class RecordReader {
 public:
  // Longer is rejected; about three times this is what is kept in memory.
  static constexpr size_t kRecordBytesMax = 1 << 20;
  // Of the text of what is no record.
  static constexpr size_t kShownBytesMax = 1024;

  virtual ~RecordReader() = default;

  virtual const std::vector<std::string>& columns() const = 0;
  // False where the file ends. UNAVAILABLE where it cannot be read further.
  virtual absl::StatusOr<bool> Next(Record& record) = 0;
  // What people should know of the file after its end; empty: nothing.
  virtual std::string Note() const { return ""; }
  virtual const TextInput& input() const = 0;
};

}  // namespace dangol::cli
