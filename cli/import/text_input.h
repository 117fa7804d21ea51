// The text of a file or of standard input as UTF-8, however it is packed and encoded, in memory that does not grow with
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dangol::cli {

// Used by one thread.
class TextInput {
 public:
  // `path` is a file, or `-` for standard input; gzip is unpacked. `encoding` is a name that iconv knows; empty: UTF-8,
  // or UTF-16 where a byte order mark says so. The mark is left out of the text. Errors are for people: what cannot be
  // read, and text that is clearly not UTF-8, with the flag that names its encoding.
  static absl::StatusOr<std::unique_ptr<TextInput>> Open(const std::string& path, const std::string& encoding);
  virtual ~TextInput() = default;

  // The next block, valid until the next call; empty where the text ends. Bytes that are no text in the encoding are
  // left as bytes that are no UTF-8. UNAVAILABLE where it cannot be read further, such as a gzip file that was cut off.
  virtual absl::StatusOr<std::string_view> Next() = 0;

  // Of the file as it is stored: read so far, and in all; 0 where that is not known, as of a pipe.
  virtual int64_t bytes_read() const = 0;
  virtual int64_t bytes_total() const = 0;
};

// What --encoding may be.
bool IsEncoding(const std::string& name);

}  // namespace dangol::cli
