#include "cli/import/line_reader.h"

#include <utility>

#include "common/base/status_macros.h"

namespace dangol::cli {

LineReader::LineReader(std::unique_ptr<TextInput> input) : input_(std::move(input)) {}

absl::StatusOr<std::string_view> LineReader::Rest() {
  if (again_position_ < again_.size()) return std::string_view(again_).substr(again_position_);
  if (block_.empty()) {
    ASSIGN_OR_RETURN(block_, input_->Next());
  }
  return block_;
}

void LineReader::Take(size_t size) {
  if (again_position_ < again_.size()) {
    again_position_ += size;
  } else {
    block_.remove_prefix(size);
  }
}

absl::StatusOr<bool> LineReader::Next(Line& line) {
  line = Line();
  bool any = false;
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view rest, Rest());
    if (rest.empty()) break;
    const size_t feed = rest.find('\n');
    const size_t size = feed == std::string_view::npos ? rest.size() : feed + 1;
    if (!line.too_long) line.text += rest.substr(0, size);
    line.too_long = line.too_long || line.text.size() > kLineBytesMax;
    Take(size);
    any = true;
    if (feed == std::string_view::npos) continue;
    ++number_;
    if (!line.text.ends_with('\n')) line.text += '\n';
    return true;
  }
  if (any) ++number_;
  line.complete = false;
  return any;
}

void LineReader::PutBack(std::string lines, int64_t number) {
  again_ = std::move(lines) + again_.substr(again_position_);
  again_position_ = 0;
  number_ = number;
}

}  // namespace dangol::cli
