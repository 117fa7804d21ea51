// Files of test cases: YAML, whose keys follow the JSON form of connectrpc.conformance.v1.TestSuite.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "tests/services/gateway/conformance/conformance.pb.h"

namespace dangol::gateway {

// What the server of these cases takes; `expand_requests` are relative to it.
inline constexpr int kConformanceMessageBytesMax = 200 << 10;

// The *.yaml of a folder, sorted; none where there is no such folder.
std::vector<std::string> SuiteFiles(const std::string& folder);

// Requests are expanded to the sizes that they ask for. Of a suite that tests clients, only name and mode.
absl::StatusOr<connectrpc::conformance::v1::TestSuite> ReadSuite(const std::string& file);

// A message of this program's own types; null where the type is none of them.
std::unique_ptr<google::protobuf::Message> Unpacked(const google::protobuf::Any& any);

}  // namespace dangol::gateway
