// The comments of the protos, which generated code does not keep.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace dangol::cli {

// What the proto says of a field, on one line, without the marks that are for programs; empty: nothing.
std::string CommentOf(const google::protobuf::FieldDescriptor* field);

}  // namespace dangol::cli
