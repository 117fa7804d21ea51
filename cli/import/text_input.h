// The text of a file or of standard input as UTF-8, however it is packed and encoded, in memory that does not grow with
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace dangol::cli {

// The byte order mark that says that a file is UTF-8.
inline constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

// Used by one thread.
class TextInput {
 public:
  // `path` is a file, or `-` for standard input; gzip is unpacked. `encoding` is a name that iconv knows; empty: UTF-8,
  // or UTF-16 where a byte order mark says so. A mark counts for more than `encoding`, and is left out of the text.
  // Errors are for people: what cannot be read, and text that is clearly not UTF-8, with the flag that names its
  // encoding.
  static absl::StatusOr<std::unique_ptr<TextInput>> Open(const std::string& path, const std::string& encoding);
  virtual ~TextInput() = default;

  // The next block, valid until the next call; empty where the text ends. Bytes that are no text in the encoding are
  // left as bytes that are no UTF-8. UNAVAILABLE where it cannot be read further, such as a gzip file that was cut off.
  virtual absl::StatusOr<std::string_view> Next() = 0;

  // Of the file as it is stored: read so far, and in all; 0 where that is not known, as of a pipe.
  virtual int64_t bytes_read() const = 0;
  virtual int64_t bytes_total() const = 0;
};

// --encoding, for Open. `encoding` must outlive `app`.
void AddEncodingFlag(CLI::App& app, std::string& encoding);

}  // namespace dangol::cli
