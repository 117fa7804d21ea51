// The one place where a request becomes somebody: what the services are told of who calls.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/transport.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// The metadata that says who calls, for every call of this request. There are no credentials yet: whoever reaches the
// gateway is, as for the services themselves, the operator, and nothing has to be said. An error is UNAUTHENTICATED.
absl::StatusOr<rpc::Metadata> Authenticate(const HttpRequest& request);

}  // namespace dangol::gateway
