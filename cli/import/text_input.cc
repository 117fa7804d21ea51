#include "cli/import/text_input.h"

#include <fcntl.h>
#include <iconv.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::cli {
namespace {

constexpr size_t kBlockBytes = 64 << 10;
// A byte that UTF-8 never has.
constexpr char kNoText = '\xff';
const auto kNoConverter = reinterpret_cast<iconv_t>(-1);  // NOLINT: as iconv.h says it

absl::Status Unreadable(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", fmt::format("{}: {}", path, why));
}

// Bytes of a file, unpacked where it is gzip.
class ByteInput {
 public:
  static absl::StatusOr<std::unique_ptr<ByteInput>> Open(const std::string& path) {
    const int descriptor = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return Unreadable(path, std::strerror(errno));
    struct stat found {};
    const bool known = fstat(descriptor, &found) == 0;
    if (known && S_ISDIR(found.st_mode)) {
      close(descriptor);
      return Unreadable(path, "is a folder. Name a file.");
    }
    gzFile file = gzdopen(descriptor, "rb");
    if (file == nullptr) {
      close(descriptor);
      return Unreadable(path, "cannot be read: there is not enough memory.");
    }
    gzbuffer(file, kBlockBytes);
    return std::unique_ptr<ByteInput>(new ByteInput(file, known && S_ISREG(found.st_mode) ? found.st_size : 0));
  }
  ~ByteInput() { gzclose_r(file_); }
  ByteInput(const ByteInput&) = delete;
  ByteInput& operator=(const ByteInput&) = delete;

  // Appends a block; nothing at the end.
  absl::Status Next(std::string& bytes) {
    const size_t before = bytes.size();
    bytes.resize(before + kBlockBytes);
    const int count = gzread(file_, bytes.data() + before, kBlockBytes);
    bytes.resize(before + static_cast<size_t>(std::max(count, 0)));
    int code = Z_OK;
    gzerror(file_, &code);
    if (count > 0 || (count == 0 && code != Z_BUF_ERROR)) return absl::OkStatus();
    const std::string_view why = code == Z_BUF_ERROR ? "it was cut off; get it again"
                                 : code == Z_ERRNO   ? std::strerror(errno)
                                                     : "it is damaged; get it again";
    return Error(absl::StatusCode::kUnavailable, "FILE_UNREADABLE",
                 fmt::format("The file cannot be read to its end: {}.", why));
  }

  int64_t bytes_read() const { return gzoffset(file_); }
  int64_t bytes_total() const { return bytes_total_; }

 private:
  ByteInput(gzFile file, int64_t bytes_total) : file_(file), bytes_total_(bytes_total) {}

  const gzFile file_;
  const int64_t bytes_total_;
};

class Utf8Input : public TextInput {
 public:
  // `first` was read already.
  Utf8Input(std::unique_ptr<ByteInput> bytes, std::string first)
      : bytes_(std::move(bytes)), block_(std::move(first)), has_first_(true) {}

  absl::StatusOr<std::string_view> Next() override {
    if (std::exchange(has_first_, false) && !block_.empty()) return block_;
    block_.clear();
    RETURN_IF_ERROR(bytes_->Next(block_));
    return block_;
  }
  int64_t bytes_read() const override { return bytes_->bytes_read(); }
  int64_t bytes_total() const override { return bytes_->bytes_total(); }

 private:
  const std::unique_ptr<ByteInput> bytes_;
  std::string block_;
  bool has_first_;
};

class ConvertedInput : public TextInput {
 public:
  ConvertedInput(std::unique_ptr<ByteInput> bytes, std::string first, iconv_t converter, size_t unit)
      : bytes_(std::move(bytes)), left_(std::move(first)), converter_(converter), unit_(unit) {}
  ~ConvertedInput() override { iconv_close(converter_); }
  ConvertedInput(const ConvertedInput&) = delete;
  ConvertedInput& operator=(const ConvertedInput&) = delete;

  absl::StatusOr<std::string_view> Next() override {
    text_.clear();
    while (text_.empty()) {
      if (!std::exchange(has_first_, false)) {
        const size_t before = left_.size();
        RETURN_IF_ERROR(bytes_->Next(left_));
        if (left_.size() == before) {
          // The file ends, perhaps within a character.
          if (before > 0) text_ += kNoText;
          left_.clear();
          break;
        }
      }
      Convert();
    }
    return text_;
  }
  int64_t bytes_read() const override { return bytes_->bytes_read(); }
  int64_t bytes_total() const override { return bytes_->bytes_total(); }

 private:
  // All of `left_` but a character that is not complete.
  void Convert() {
    char* from = left_.data();
    size_t from_size = left_.size();
    while (from_size > 0) {
      char buffer[4096];
      char* to = buffer;
      size_t to_size = sizeof(buffer);
      const size_t result = iconv(converter_, &from, &from_size, &to, &to_size);
      const int error = result == static_cast<size_t>(-1) ? errno : 0;
      text_.append(buffer, sizeof(buffer) - to_size);
      if (error == EINVAL) break;
      if (error != EILSEQ) continue;
      text_ += kNoText;
      const size_t skipped = std::min(unit_, from_size);
      from += skipped;
      from_size -= skipped;
    }
    left_.erase(0, left_.size() - from_size);
  }

  const std::unique_ptr<ByteInput> bytes_;
  std::string left_;  // bytes that are not converted yet
  std::string text_;
  bool has_first_ = true;
  const iconv_t converter_;
  const size_t unit_;  // bytes of the smallest character
};

absl::Status NotUtf8(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "FILE_NOT_UTF8",
               fmt::format("{}: {} Say what it is, such as --encoding CP949 (Korean Excel), WINDOWS-1252 (Western "
                           "Windows) or UTF-16LE, or save the file as UTF-8.",
                           path, why));
}

// A row may be broken and is rejected alone; this is about files that would lose most of their rows.
absl::Status CheckIsUtf8(const std::string& path, std::string_view text, bool is_whole) {
  int64_t good = 0;  // lines with more than ASCII
  int64_t bad = 0;
  for (bool first = true; !text.empty(); first = false) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && !is_whole && !first) break;
    const std::string_view line = text.substr(0, end);
    if (first && line.find('\0') != std::string_view::npos) {
      return NotUtf8(path, "its first line has NUL bytes, as UTF-16 has.");
    }
    const bool plain = std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!plain) ++(IsValidUtf8(line) ? good : bad);
    if (first && bad > 0) return NotUtf8(path, "its first line is not UTF-8.");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (bad > 1 && bad > good) return NotUtf8(path, "most of its text is not UTF-8.");
  return absl::OkStatus();
}

bool IsEncoding(const std::string& name) {
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == kNoConverter) return false;
  iconv_close(converter);
  return true;
}

size_t UnitOf(const std::string& encoding) {
  if (absl::StartsWithIgnoreCase(encoding, "UTF-16")) return 2;
  return absl::StartsWithIgnoreCase(encoding, "UTF-32") ? 4 : 1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TextInput>> TextInput::Open(const std::string& path, const std::string& encoding) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteInput> bytes, ByteInput::Open(path));
  std::string first;
  RETURN_IF_ERROR(bytes->Next(first));
  // That of UTF-32 begins as that of UTF-16, whose first character would be NUL.
  const bool is_utf32 =
      first.starts_with(std::string_view("\xff\xfe\0\0", 4)) || first.starts_with(std::string_view("\0\0\xfe\xff", 4));
  const bool is_utf16 = !is_utf32 && (first.starts_with("\xff\xfe") || first.starts_with("\xfe\xff"));
  const bool has_mark = first.starts_with(kUtf8Mark);
  if (has_mark) first.erase(0, kUtf8Mark.size());
  if (has_mark || (encoding.empty() && !is_utf16 && !is_utf32)) {
    if (!has_mark) RETURN_IF_ERROR(CheckIsUtf8(path, first, first.size() < kBlockBytes));
    return std::make_unique<Utf8Input>(std::move(bytes), std::move(first));
  }
  // By these names iconv takes the mark for what it is.
  const std::string name = is_utf32 ? "UTF-32" : is_utf16 ? "UTF-16" : encoding;
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == kNoConverter)
    return Unreadable(path, fmt::format("{} is an encoding that is not known here.", name));
  return std::make_unique<ConvertedInput>(std::move(bytes), std::move(first), converter, UnitOf(name));
}

void AddEncodingFlag(CLI::App& app, std::string& encoding) {
  app.add_option("--encoding", encoding,
                 "Of the text, such as CP949; default: UTF-8, or UTF-16 or UTF-32 where a byte order mark says so")
      ->type_name("NAME")
      ->check([](const std::string& name) {
        return IsEncoding(name) ? "" : ShownValue(name) + " is not known here; `iconv --list` names those that are";
      });
}

}  // namespace dangol::cli
