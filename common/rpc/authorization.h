// Who may do what. One policy, asked by the method table for every call and by a handler for a single object.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/rpc/transport.h"

namespace dangol::rpc {

// Decides by metadata who calls, and by permission whether they may. Thread-safe.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // UNAUTHENTICATED where the credential is missing or wrong.
  virtual absl::StatusOr<Principal> Authenticate(const Metadata& metadata) = 0;
  // PERMISSION_DENIED unless allowed. An empty permission allows nobody: a method that states none is closed.
  virtual absl::Status Authorize(const Principal& principal, std::string_view permission) = 0;
};

// For a handler, where what the call is about needs more than the method does. PERMISSION_DENIED unless allowed.
absl::Status CheckPermission(const Principal& principal, std::string_view permission);

// Everybody who can reach the port is the operator. For a server on a loopback address: there are no credentials yet.
class TrustedNetworkAuthorizer : public Authorizer {
 public:
  absl::StatusOr<Principal> Authenticate(const Metadata& metadata) override;
  absl::Status Authorize(const Principal& principal, std::string_view permission) override;
};

}  // namespace dangol::rpc
