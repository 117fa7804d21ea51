// All of a message for a person to read, whatever its type.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace dangol::cli {

// A line for each field that is set; long texts, and those of several lines, stand below their names.
std::string Details(const google::protobuf::Message& message);

// One value of a field that is no message: enum values by name. `index` is -1 for a field that is not repeated.
std::string ShownField(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field,
                       int index);

}  // namespace dangol::cli
