// Methods as resources over HTTP, by the rules that their protos state (google.api.http): `GET /v1/tickets/t1`.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "google/api/http.pb.h"
#include "google/protobuf/descriptor.h"

#include "common/base/runtime.h"
#include "services/gateway/backends.h"
#include "services/gateway/call_request.h"
#include "services/gateway/http.h"
#include "services/gateway/path_template.h"

namespace dangol::gateway {

// One way to call a method.
struct RestRule {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string verb;
  PathTemplate path;
  std::string body;  // as HttpRule::body
};

// Of one method, with the additional ones. INVALID_ARGUMENT for a rule that is wrong: a path that is none, a variable
// or a body that is no field of the request.
absl::StatusOr<std::vector<RestRule>> RestRules(const google::protobuf::MethodDescriptor* method);

// All that have one, of the methods of this program. Thread-safe.
class RestTable {
 public:
  // Wrong rules are left out and logged: a test finds them.
  explicit RestTable(const Backends& backends);

  // False: the path is none of resources; nothing is done. Else the exchange is answered, with 405 where only the verb
  // is another, and with 404 where no rule has the path.
  bool Serve(const std::shared_ptr<HttpExchange>& exchange, Runtime& runtime, const CallLimits& limits) const;

 private:
  struct Entry {
    RestRule rule;
    Route route;
  };
  std::vector<Entry> entries_;
};

}  // namespace dangol::gateway
