// How far a long command is: a line on standard error that is written over and over, where that is a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace dangol::cli {

class Progress {
 public:
  explicit Progress(std::string title);
  // Clears.
  ~Progress();

  // `total` 0: not known. Writes ten times a second at most.
  void Show(int64_t done, int64_t total, const std::string& what);
  // Removes the line, so that something else can be written.
  void Clear();

 private:
  const std::string title_;
  const bool terminal_;
  absl::Time shown_ = absl::InfinitePast();
};

// With a comma between thousands.
std::string ShownCount(int64_t count);

}  // namespace dangol::cli
