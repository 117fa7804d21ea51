// Answers of Connect and gRPC-Web, read strictly: what the protocols do not allow is a complaint (`feedback`).
#pragma once

#include "tests/services/gateway/conformance/conformance.pb.h"
#include "tests/support/http_client.h"

namespace dangol::gateway {

// What an answer's messages are.
struct AnswerFormat {
  connectrpc::conformance::v1::Protocol protocol;
  connectrpc::conformance::v1::Codec codec;
  bool streaming = false;
};

connectrpc::conformance::v1::ClientResponseResult ReadAnswer(const testing::HttpAnswer& answer,
                                                             const AnswerFormat& format);

}  // namespace dangol::gateway
