// Messages as clients write them, JSON or protobuf's binary form, and as services take them, which is binary.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace dangol::gateway {

enum class Codec { kJson, kProto };

// Types are of the program's own pool. A binary message is handed on as it is: the service checks it.

// To binary. INVALID_ARGUMENT names line and column of what is no JSON, or the field that is wrong.
absl::StatusOr<std::string> DecodeMessage(Codec codec, const google::protobuf::Descriptor* type, std::string text);
// From binary. INTERNAL where a service sent what is not of this type.
absl::StatusOr<std::string> EncodeMessage(Codec codec, const google::protobuf::Descriptor* type, std::string bytes);

}  // namespace dangol::gateway
