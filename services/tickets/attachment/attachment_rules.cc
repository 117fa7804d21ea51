#include "services/tickets/attachment/attachment_rules.h"

#include <algorithm>
#include <array>
#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::tickets {
namespace {

using v1::Attachment;

constexpr int64_t kFileBytesMost = 20 << 20;  // said in attachment.proto
constexpr int64_t kTextBytesMost = 2 << 20;   // likewise
constexpr size_t kHashDigits = 64;            // SHA-256

// A type that is kept. `sign` are bytes that such a file has at `sign_at`; empty: it has none that all share. What a
// browser would run (HTML, SVG, scripts) is not among them, nor what is unpacked to an unknown size.
struct FileType {
  std::string_view media_type;
  int64_t bytes_most;
  std::string_view sign = "";
  size_t sign_at = 0;
};

constexpr std::array kFileTypes = {
    // clang-format off
    FileType{"image/jpeg",         kFileBytesMost, "\xff\xd8\xff"},
    FileType{"image/png",          kFileBytesMost, "\x89PNG\r\n\x1a\n"},
    FileType{"image/gif",          kFileBytesMost, "GIF8"},
    FileType{"image/webp",         kFileBytesMost, "WEBP", 8},
    FileType{"image/heic",         kFileBytesMost, "ftyp", 4},
    FileType{"image/heif",         kFileBytesMost, "ftyp", 4},
    FileType{"application/pdf",    kFileBytesMost, "%PDF-"},
    FileType{"audio/mpeg",         kFileBytesMost},
    FileType{"audio/mp4",          kFileBytesMost, "ftyp", 4},
    FileType{"audio/ogg",          kFileBytesMost, "OggS"},
    FileType{"audio/wav",          kFileBytesMost, "WAVE", 8},
    FileType{"video/mp4",          kFileBytesMost, "ftyp", 4},
    FileType{"video/quicktime",    kFileBytesMost},
    FileType{"video/webm",         kFileBytesMost, "\x1a\x45\xdf\xa3"},
    FileType{"message/rfc822",     kFileBytesMost},
    FileType{"application/x-hwp",  kFileBytesMost},
    FileType{"application/msword", kFileBytesMost, "\xd0\xcf\x11\xe0"},
    FileType{"application/vnd.ms-excel", kFileBytesMost, "\xd0\xcf\x11\xe0"},
    FileType{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", kFileBytesMost, "PK"},
    FileType{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", kFileBytesMost, "PK"},
    FileType{"text/plain",         kTextBytesMost},
    FileType{"text/csv",           kTextBytesMost},
    // clang-format on
};

const FileType* TypeOf(const Attachment& attachment) {
  const auto* type = std::ranges::find(kFileTypes, attachment.media_type(), &FileType::media_type);
  return type == kFileTypes.end() ? nullptr : type;
}

std::string KeptTypes() {
  std::string types;
  for (const FileType& type : kFileTypes) types += fmt::format("{}{}", types.empty() ? "" : ", ", type.media_type);
  return types;
}

// What a file system takes for a path, or for another name than people see.
bool IsSafeName(std::string_view name) {
  return name.find_first_of("/\\:") == std::string_view::npos && name.front() != '.' && name.front() != ' ' &&
         name.back() != '.' && name.back() != ' ';
}

bool IsHash(std::string_view text) {
  return text.size() == kHashDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

absl::Status CheckAttachment(const Attachment& attachment, std::string_view path) {
  if (!IsSafeName(attachment.file_name())) {
    return InvalidField(
        fmt::format("{}.file_name", path),
        fmt::format("{} is not the mere name of a file: it has /, \\ or :, or a dot or a space at its end, or begins "
                    "with one. Send a name such as photo.jpg.",
                    ShownValue(attachment.file_name())));
  }
  const FileType* type = TypeOf(attachment);
  if (type == nullptr) {
    return InvalidField(
        fmt::format("{}.media_type", path),
        fmt::format("{} is not kept. Send one of: {}.", ShownValue(attachment.media_type()), KeptTypes()));
  }
  if (attachment.size_bytes() > type->bytes_most) {
    return InvalidField(fmt::format("{}.size_bytes", path),
                        fmt::format("{} is more than the {} bytes that are kept of {}. Send a smaller file.",
                                    attachment.size_bytes(), type->bytes_most, type->media_type));
  }
  if (!attachment.sha256().empty() && !IsHash(attachment.sha256())) {
    return InvalidField(fmt::format("{}.sha256", path),
                        fmt::format("{} is not 64 hexadecimal digits in lower case. Mend it, or leave it empty.",
                                    ShownValue(attachment.sha256())));
  }
  return absl::OkStatus();
}

int64_t SignBytes(const Attachment& attachment) {
  const FileType* type = TypeOf(attachment);
  return type == nullptr || type->sign.empty() ? 0 : static_cast<int64_t>(type->sign_at + type->sign.size());
}

absl::Status CheckBeginning(const Attachment& attachment, std::string_view data) {
  const FileType* type = TypeOf(attachment);
  if (type == nullptr || type->sign.empty()) return absl::OkStatus();
  const size_t end = std::min(data.size(), type->sign_at + type->sign.size());
  // Where the pieces so far end within it, what is there.
  const std::string_view found = data.substr(std::min(end, type->sign_at), end - std::min(end, type->sign_at));
  const bool is_whole = static_cast<int64_t>(data.size()) == attachment.size_bytes();
  if (type->sign.starts_with(found) && (found.size() == type->sign.size() || !is_whole)) return absl::OkStatus();
  return InvalidField(
      "data", fmt::format("does not begin as {} does. Announce the file anew with its true type.", type->media_type),
      "CONTENT_MISMATCH");
}

}  // namespace dangol::tickets
