// Why a message does not parse. A parser says only that it failed; a client needs to know where.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

namespace dangol::rpc {

// For bytes that failed to parse as this message: INVALID_ARGUMENT that names the field (reason MALFORMED_MESSAGE, or
// INVALID_UTF8).
absl::Status ExplainParseFailure(const google::protobuf::Descriptor* message, std::string_view bytes);

}  // namespace dangol::rpc
