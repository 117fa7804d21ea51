// A line of the log for each call, at level debug: method, principal, outcome, duration and size of the request.
// Nothing of what is in it.
#pragma once

#include <memory>

#include "common/base/runtime.h"
#include "common/rpc/authorization.h"
#include "common/rpc/transport.h"

namespace dangol::rpc {

// The call itself unless the log has this level. Both must outlive it.
std::shared_ptr<ServerUnaryCall> Logged(std::shared_ptr<ServerUnaryCall> call, Runtime& runtime,
                                        Authorizer& authorizer);
std::shared_ptr<ServerStreamCall> Logged(std::shared_ptr<ServerStreamCall> call, Runtime& runtime,
                                         Authorizer& authorizer);

}  // namespace dangol::rpc
