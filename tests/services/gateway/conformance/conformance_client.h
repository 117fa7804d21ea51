// Makes the call of a test case over HTTP/1.1.
#pragma once

#include <string>

#include "tests/services/gateway/conformance/conformance.pb.h"

namespace dangol::gateway {

// One way to make a case's call.
struct Variant {
  connectrpc::conformance::v1::Protocol protocol;
  connectrpc::conformance::v1::Codec codec;
  connectrpc::conformance::v1::Compression compression;
};

// For people.
std::string Name(const Variant& variant);

// To 127.0.0.1. A raw request is sent as it stands there.
connectrpc::conformance::v1::ClientResponseResult MakeCall(
    int port, const connectrpc::conformance::v1::ClientCompatRequest& request, const Variant& variant);

}  // namespace dangol::gateway
