// Rows that an import did not take, with the reason: a CSV file that can be mended and imported itself. It is UTF-8
// with a byte order mark, whatever the file was: by it the same command reads it, whatever --encoding says, and so does
// Excel.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace dangol::cli {

// Whether it is the name of a column that a file of rejects has of its own: an import passes it over.
bool IsRejectColumn(std::string_view name);
// Whether it is the first line of such a file.
bool IsRejectHeader(std::string_view line);

class RejectFile {
 public:
  // `columns` are those of the file that is read. Makes the file with the first reject, for its owner only. A file that
  // is there may hold what somebody mended: it stays, and `-2`, `-3` and so on goes before the extension.
  RejectFile(std::string path, std::vector<std::string> columns);
  ~RejectFile();
  RejectFile(const RejectFile&) = delete;
  RejectFile& operator=(const RejectFile&) = delete;

  // `fields` of a row, or the `text` of what is none.
  void Add(int64_t line, std::string_view reason, const std::vector<std::string>& fields, std::string_view text = "");

  int64_t count() const { return count_; }
  // Of the file that was made.
  const std::string& path() const { return path_; }
  // UNAVAILABLE where it could not be written.
  absl::Status Close();

 private:
  void Open();
  void WriteText(std::string_view text);
  void Write(const std::vector<std::string_view>& fields);

  std::string path_;
  const std::vector<std::string> columns_;
  FILE* file_ = nullptr;
  int error_ = 0;
  int64_t count_ = 0;
};

}  // namespace dangol::cli
