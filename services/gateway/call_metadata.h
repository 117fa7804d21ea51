// HTTP headers and the metadata of calls, both ways, by the rules of the Connect protocol.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/transport.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// What a service gets of a request's headers: all but those of HTTP, of browsers, of the protocols, and of
// who calls. Binary ones (`-bin`) decoded. INVALID_ARGUMENT, reason METADATA_INVALID, for one that is not base64.
absl::StatusOr<rpc::Metadata> RequestMetadata(const Headers& headers);

// Metadata as headers, each name behind `prefix`.
void AppendHeaders(const rpc::Metadata& metadata, std::string_view prefix, Headers& headers);

// The value of one entry as it stands in a header: base64 without padding where the key ends in `-bin`.
std::string HeaderValue(std::string_view key, std::string_view value);

}  // namespace dangol::gateway
