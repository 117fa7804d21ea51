// A field of a request from a text: of a path or a query.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace dangol::gateway {

// `path` names the field as the proto or as JSON does, with dots into messages: `ticket.receiveTime`. A repeated field
// gets one more element. Times, durations and masks are written as in JSON, without quotes; an enum value by its name
// or its number. INVALID_ARGUMENT, with the field's path, for a field that there is not, that has no such value, or
// that is a message or a map.
absl::Status SetField(google::protobuf::Message& request, std::string_view path, std::string_view text);

}  // namespace dangol::gateway
