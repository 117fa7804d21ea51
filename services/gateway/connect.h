// The Connect protocol (connectrpc.com/docs/protocol): unary calls by POST and GET, and server streaming.
#pragma once

#include <memory>

#include "common/base/runtime.h"
#include "services/gateway/backends.h"
#include "services/gateway/call_request.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// Answers a call of this method, by GET or with a content type of Connect; any other request with what HTTP says of it.
// Thread-safe.
void ServeConnect(std::shared_ptr<HttpExchange> exchange, const Route& route, Runtime& runtime,
                  const CallLimits& limits);

}  // namespace dangol::gateway
