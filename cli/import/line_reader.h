// A text, line by line; lines may be put back to be read again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "cli/import/text_input.h"

namespace dangol::cli {

struct Line {
  std::string text;       // with its line feed
  bool too_long = false;  // only the beginning is there
  bool complete = true;   // false: the text ends without a line feed
};

// Used by one thread.
class LineReader {
 public:
  // Of a longer line only the beginning is kept.
  static constexpr size_t kLineBytesMax = 1 << 20;

  explicit LineReader(std::unique_ptr<TextInput> input);

  // False where the text ends. UNAVAILABLE where it cannot be read further.
  absl::StatusOr<bool> Next(Line& line);
  // Reads `lines` before all else, of which the first is behind line `number`.
  void PutBack(std::string lines, int64_t number);

  // Of the last line read; the first is 1.
  int64_t number() const { return number_; }
  const TextInput& input() const { return *input_; }

 private:
  // What is to be read next of the text; empty where it ends.
  absl::StatusOr<std::string_view> Rest();
  void Take(size_t size);

  const std::unique_ptr<TextInput> input_;
  std::string_view block_;
  std::string again_;
  size_t again_position_ = 0;
  int64_t number_ = 0;
};

}  // namespace dangol::cli
