// What a case expects, and how an answer is held against it.
#pragma once

#include <string>
#include <vector>

#include "tests/services/gateway/conformance/conformance.pb.h"

namespace dangol::gateway {

// As the case says, else as its first request is to be answered.
connectrpc::conformance::v1::ClientResponseResult ExpectedResult(
    const connectrpc::conformance::v1::TestCase& test_case);

// What is wrong with the answer, a line each; what its reader complained of comes first.
std::vector<std::string> Differences(const connectrpc::conformance::v1::TestCase& test_case,
                                     const connectrpc::conformance::v1::ClientResponseResult& actual);

}  // namespace dangol::gateway
