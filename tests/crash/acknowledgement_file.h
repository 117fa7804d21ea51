// Where a client writes what it was promised, before it believes it.
#pragma once

#include <cstdint>
#include <string>

namespace dangol::testing {

// Aborts where the file cannot be written: the client could promise nothing any more.
class AcknowledgementFile {
 public:
  explicit AcknowledgementFile(const std::string& path);
  ~AcknowledgementFile();
  AcknowledgementFile(const AcknowledgementFile&) = delete;
  AcknowledgementFile& operator=(const AcknowledgementFile&) = delete;

  // Whole lines. They are on the disk when this returns.
  void Append(const std::string& lines);

 private:
  const int file_;
};

}  // namespace dangol::testing
