// Messages as JSON, by the rules of proto3 JSON.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace dangol {

enum class JsonStyle {
  kPretty,    // many lines
  kCompact,   // one line
  kComplete,  // one line, with the fields that are zero or empty too
};
// Without a line feed at its end.
std::string ToJson(const google::protobuf::Message& message, JsonStyle style);

// INVALID_ARGUMENT names line and column of what is no JSON (reason MALFORMED_JSON), or the field that the message does
// not have or that has another type (reason WRONG_MESSAGE). `what` is what errors call it.
absl::Status FromJson(std::string_view json, google::protobuf::Message& message, std::string_view what = "The request");

// What stands between the quotes of a JSON text (RFC 8259). Each byte of a text that is no UTF-8 becomes U+FFFD.
std::string EscapeJson(std::string_view text);

}  // namespace dangol
