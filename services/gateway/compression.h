// Bodies and messages in gzip, the one encoding besides none.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "services/gateway/http.h"

namespace dangol::gateway {

enum class Encoding { kIdentity, kGzip };

// Of a header or parameter that names one; empty: identity. UNIMPLEMENTED, naming those that there are.
absl::StatusOr<Encoding> ParseEncoding(std::string_view name);

// Whether a list such as `br, gzip;q=0.5` takes gzip.
bool AcceptsGzip(std::string_view accepted);

// An empty text is never decompressed. INVALID_ARGUMENT for what is no gzip; RESOURCE_EXHAUSTED where it would have
// more than `bytes_max`.
absl::StatusOr<std::string> Decompress(Encoding encoding, std::string bytes, size_t bytes_max);

std::string Gzip(std::string_view bytes);

// Smaller ones are not worth it.
inline constexpr size_t kCompressedBytesMin = 1024;

// Compresses an answer where the request takes that and it is worth it.
void CompressBody(const Headers& request, HttpResponse& response);

}  // namespace dangol::gateway
