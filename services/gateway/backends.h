// The services behind the gateway, and which of them has a method.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

#include "common/rpc/transport.h"

namespace dangol::gateway {

struct Backend {
  std::string name;  // `tickets`: it has the methods of the packages `dangol.tickets.*`
  std::string address;
  std::shared_ptr<rpc::Channel> channel;
};

// A method and who has it.
struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::shared_ptr<const Backend> backend;
};

// What is known of a path.
enum class RouteResult {
  kNoService,  // it names no service of this suite
  kNoMethod,   // the service has no such method
  kFound,
};

// Thread-safe once made.
class Backends {
 public:
  explicit Backends(const std::vector<Backend>& backends);

  // For `/package.Service/Method`, of all protos linked into this program. What every service has, such as
  // dangol.api.v1.AdminService, needs the name before it: `/tickets/dangol.api.v1.AdminService/GetStatus`.
  RouteResult Find(std::string_view path, Route& route) const;

 private:
  std::shared_ptr<const Backend> FindBackend(std::string_view name) const;

  std::vector<std::shared_ptr<const Backend>> backends_;
};

// An error of the way to a service, rather than of the service, says so: which one, and what to do.
absl::Status Explained(const Backend& backend, const absl::Status& status);

}  // namespace dangol::gateway
