// Messages in frames of five bytes and a payload, as Connect's streams and gRPC-Web have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "services/gateway/compression.h"

namespace dangol::gateway {

inline constexpr uint8_t kCompressedFlag = 0x01;
inline constexpr uint8_t kConnectEndFlag = 0x02;
inline constexpr uint8_t kGrpcWebTrailersFlag = 0x80;

std::string Envelope(uint8_t flags, std::string_view payload);

// A message in its frame, compressed where the client takes that and it is worth it.
std::string MessageEnvelope(std::string_view message, bool gzip);

// The one message of a request's body, decompressed. UNIMPLEMENTED for none or two; INVALID_ARGUMENT for a broken
// frame; INTERNAL for one that is compressed where `encoding` says that none is; RESOURCE_EXHAUSTED above `bytes_max`.
absl::StatusOr<std::string> OnlyMessage(std::string_view body, Encoding encoding, size_t bytes_max);

}  // namespace dangol::gateway
