// A CSV file (RFC 4180), record by record, in memory that does not grow with the file.
#pragma once

#include <csv.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "cli/import/line_reader.h"
#include "cli/import/record.h"

namespace CLI {
class App;
}

namespace dangol::cli {

// A record that is wrong is rejected by its first line alone, and reading goes on at its second, because a quote that
// is never closed makes one record of many good ones.
class CsvReader : public RecordReader {
 public:
  // Reads the header, which names the columns. Takes lines that end with CR LF or LF. `separator` stands between
  // fields; 0: what separates the names in the header, of `,`, `;`, a tab and `|`. That of a file of rejects is always
  // what it was written with. Errors are for people: a file that
  // is empty or has no header. `name` is what they call it.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(const std::string& name, std::unique_ptr<TextInput> input,
                                                         char separator);
  ~CsvReader() override;
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const std::vector<std::string>& columns() const override { return header_; }
  absl::StatusOr<bool> Next(Record& record) override;
  std::string Note() const override;
  const TextInput& input() const override { return lines_.input(); }

 private:
  explicit CsvReader(std::unique_ptr<TextInput> input);
  absl::Status ChooseSeparator(char separator);
  std::string Feed(const Line& line);
  void ResetParser();
  void Reject(Record& record, std::string problem);
  static void TakeField(void* text, size_t size, void* self);
  static void TakeRecord(int end, void* self);

  LineReader lines_;
  csv_parser parser_;
  std::vector<std::string> header_;
  std::string record_;  // what was read of this record
  std::vector<std::string> fields_;
  bool record_ended_ = false;
  int64_t unended_line_ = 0;  // the last line, where it was taken without a line feed
};

// --separator. `separator` must outlive `app`.
void AddSeparatorFlag(CLI::App& app, std::string& separator);
// What it says, for Open.
char ParseSeparator(const std::string& text);

// One line of a CSV file, with its line feed; quoted where it must be.
std::string CsvLine(const std::vector<std::string_view>& fields);

}  // namespace dangol::cli
