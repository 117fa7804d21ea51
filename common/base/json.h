// Messages as JSON, by the rules of proto3 JSON.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace dangol {

enum class JsonStyle {
  kPretty,    // many lines
  kCompact,   // one line
  kComplete,  // one line, with the fields that are zero or empty too
};
// Without a line feed at its end. INTERNAL where JSON has no form for a value: a time outside of the years 1 to 9999,
// an Any of a type that is not linked.
absl::StatusOr<std::string> FormatJson(const google::protobuf::Message& message, JsonStyle style);
// For people: a message that has no form in JSON is `{}` and says why in a comment.
std::string ToJson(const google::protobuf::Message& message, JsonStyle style);

// INVALID_ARGUMENT names line and column of what is no JSON (reason MALFORMED_JSON), or the field that the message does
// not have, that stands twice, or that has another type (reason WRONG_MESSAGE). `what` is what errors call it. Names of
// fields are taken as JSON and as the proto write them. What the message held is gone, also where it fails.
absl::Status FromJson(std::string_view json, google::protobuf::Message& message, std::string_view what = "The request");

// Sets a field, or adds to a repeated one, what a JSON string says; a bool is `true` or `false`. False where that is no
// value of the field, and where the field is a map or a message that JSON does not write as one string.
bool SetFieldFromText(google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field,
                      std::string_view text);

// The field that JSON or the proto calls so; null: none.
const google::protobuf::FieldDescriptor* FindJsonField(const google::protobuf::Descriptor* type, std::string_view name);

// What stands between the quotes of a JSON text (RFC 8259). Each byte of a text that is no UTF-8 becomes U+FFFD.
std::string EscapeJson(std::string_view text);

}  // namespace dangol
