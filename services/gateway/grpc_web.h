// gRPC-Web (grpc/grpc, doc/PROTOCOL-WEB.md): unary calls and server streaming, binary and base64 (`-text`).
#pragma once

#include <memory>
#include <string_view>

#include "common/base/runtime.h"
#include "services/gateway/backends.h"
#include "services/gateway/call_request.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// Whether the content type is one of gRPC-Web's.
bool IsGrpcWeb(std::string_view content_type);

// `route` has no method where the service has none of this name. Thread-safe.
void ServeGrpcWeb(std::shared_ptr<HttpExchange> exchange, const Route& route, Runtime& runtime,
                  const CallLimits& limits);

}  // namespace dangol::gateway
