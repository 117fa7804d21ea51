// The parts of an answer that are not messages. Each adds to a result; what is not allowed is a complaint (`feedback`).
#pragma once

#include <string>
#include <string_view>

#include "tests/services/gateway/conformance/conformance.pb.h"

namespace dangol::gateway {

using connectrpc::conformance::v1::ClientResponseResult;

// Connect: the JSON object of an error, and the one at the end of a stream.
void ReadConnectError(const std::string& json, ClientResponseResult& result);
void ReadConnectEnd(const std::string& json, ClientResponseResult& result);

// gRPC-Web: the trailers at the end of the body.
void ReadGrpcWebTrailers(std::string_view block, ClientResponseResult& result);

inline void AddHeader(google::protobuf::RepeatedPtrField<connectrpc::conformance::v1::Header>& headers,
                      std::string_view name, std::string_view value) {
  connectrpc::conformance::v1::Header* header = headers.Add();
  header->set_name(std::string(name));
  header->add_value(std::string(value));
}

}  // namespace dangol::gateway
