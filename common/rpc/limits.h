// Limits that several files need: of requests where a proto states no other, and of calls.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dangol::rpc {

inline constexpr size_t kDefaultRequestBytesMax = 1 << 20;  // of a request (MethodRules.max_request_bytes)
inline constexpr uint32_t kDefaultBytesMax = 1024;          // of a text (FieldRules.max_bytes)
inline constexpr uint32_t kDefaultItemsMax = 100;           // of a list or map (FieldRules.max_items)
inline constexpr size_t kWaitingReadsMax = 1024;            // that wait for the cursor they sent
inline constexpr int kMessageBytesMax = 16 << 20;           // of a message on the wire
inline constexpr int kConcurrentStreamsMax = 8192;          // calls of one connection (HTTP/2)

}  // namespace dangol::rpc
