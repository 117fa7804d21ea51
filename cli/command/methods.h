// The methods that this program knows: those of all protos that are linked into it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace dangol::cli {

// `dangol.tickets.v1.TicketService/GetTicket` and all the others, in order.
std::vector<std::string> MethodNames();

// A name as above, with or without a `/` before it. Null where there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view name);

// Those that `name` may have been meant to be, the best first.
std::vector<std::string> SimilarMethods(std::string_view name);

}  // namespace dangol::cli
