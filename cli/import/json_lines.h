// A file with a JSON object a line, record by record, in memory that does not grow with the file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cli/import/line_reader.h"
#include "cli/import/record.h"

namespace dangol::cli {

class JsonLinesReader : public RecordReader {
 public:
  // A column is the name of a member, or a path such as `user.name` to one of an object within. A member that is
  // missing or null is empty; texts, numbers and booleans are taken, objects and lists make the record a wrong one.
  JsonLinesReader(std::unique_ptr<TextInput> input, std::vector<std::string> columns);

  const std::vector<std::string>& columns() const override { return columns_; }
  absl::StatusOr<bool> Next(Record& record) override;
  const TextInput& input() const override { return lines_.input(); }

 private:
  // What is wrong with it; empty: nothing.
  std::string Parse(const Line& line, std::vector<std::string>& fields) const;

  LineReader lines_;
  const std::vector<std::string> columns_;
};

}  // namespace dangol::cli
