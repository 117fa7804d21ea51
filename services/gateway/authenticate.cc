#include "services/gateway/authenticate.h"

namespace dangol::gateway {

absl::StatusOr<rpc::Metadata> Authenticate(const HttpRequest&) { return rpc::Metadata(); }

}  // namespace dangol::gateway
