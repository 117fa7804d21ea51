// The methods that this program knows: those of all protos that are linked into it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dangol::rpc {

// Of the packages `dangol.*`, in the order of their names.
std::vector<const google::protobuf::MethodDescriptor*> AllMethods();

// `package.Service/Method`, with or without a '/' before it. Null where there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view name);

// An empty one, of the generated class.
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

}  // namespace dangol::rpc
