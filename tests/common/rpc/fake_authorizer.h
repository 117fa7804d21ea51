// An Authorizer that does what a test says, and remembers what it was asked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/authorization.h"

namespace dangol::testing {

class FakeAuthorizer : public rpc::Authorizer {
 public:
  absl::StatusOr<rpc::Principal> principal = rpc::Principal{.name = "somebody", .roles = {}, .stages = {}};
  absl::Status decision;

  absl::StatusOr<rpc::Principal> Authenticate(const rpc::Metadata& metadata) override {
    credentials.emplace_back(rpc::FindMetadata(metadata, "authorization"));
    return principal;
  }
  absl::Status Authorize(const rpc::Principal&, std::string_view permission) override {
    permissions.emplace_back(permission);
    return decision;
  }

  std::vector<std::string> credentials;
  std::vector<std::string> permissions;
};

}  // namespace dangol::testing
