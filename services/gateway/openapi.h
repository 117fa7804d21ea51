// The HTTP API as an OpenAPI 3.1 document in JSON, made from the protos at build (tools/openapi).
#pragma once

namespace dangol::gateway {

extern const char kOpenApi[];

}  // namespace dangol::gateway
