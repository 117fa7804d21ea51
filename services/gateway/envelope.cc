#include "services/gateway/envelope.h"

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::gateway {
namespace {

constexpr size_t kFrameBytes = 5;

uint32_t FrameLength(std::string_view body) {
  uint32_t length = 0;
  for (size_t i = 1; i < kFrameBytes; ++i) length = length << 8 | static_cast<unsigned char>(body[i]);
  return length;
}

absl::Status NotOneMessage(std::string_view number) {
  return Error(absl::StatusCode::kUnimplemented, "NOT_ONE_MESSAGE",
               fmt::format("The request has {}. A method that takes no stream is sent exactly one.", number));
}

}  // namespace

std::string Envelope(uint8_t flags, std::string_view payload) {
  std::string framed(kFrameBytes, '\0');
  framed.reserve(kFrameBytes + payload.size());
  framed[0] = static_cast<char>(flags);
  const auto length = static_cast<uint32_t>(payload.size());
  for (size_t i = 0; i < 4; ++i) framed[1 + i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
  framed += payload;
  return framed;
}

std::string MessageEnvelope(std::string_view message, bool gzip) {
  if (!gzip || message.size() < kCompressedBytesMin) return Envelope(0, message);
  return Envelope(kCompressedFlag, Gzip(message));
}

absl::StatusOr<std::string> OnlyMessage(std::string_view body, Encoding encoding, size_t bytes_max) {
  if (body.empty()) return NotOneMessage("no message");
  const auto broken = [](std::string_view problem) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_ENVELOPE",
                 fmt::format("The request's frame is broken: {}.", problem));
  };
  if (body.size() < kFrameBytes) return broken("it has less than its five bytes");
  const auto flags = static_cast<uint8_t>(body[0]);
  const uint32_t length = FrameLength(body);
  if ((flags & ~kCompressedFlag) != 0) return broken(fmt::format("its flags are 0x{:02x}", flags));
  if (length > bytes_max) {
    return Error(absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE",
                 fmt::format("The request has more than {} bytes. Send it in parts.", bytes_max));
  }
  body.remove_prefix(kFrameBytes);
  if (length > body.size()) return broken(fmt::format("it says {} bytes, and {} follow", length, body.size()));
  if (length < body.size()) return NotOneMessage("more than one message");
  if ((flags & kCompressedFlag) == 0) return std::string(body);
  if (encoding == Encoding::kIdentity) {
    return Error(absl::StatusCode::kInternal, "UNEXPECTED_COMPRESSION",
                 "The message is compressed, and no header says how. Send the encoding's name.");
  }
  return Decompress(encoding, std::string(body), bytes_max);
}

}  // namespace dangol::gateway
