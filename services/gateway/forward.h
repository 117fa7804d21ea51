// The core of every protocol: a request in binary goes to the service that has the method, and what comes back goes to
// the client. A client that leaves cancels its call.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/server_metadata.h"
#include "services/gateway/backends.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

struct ForwardedCall {
  Route route;
  std::string request;
  rpc::CallOptions options;
};

// `done` runs on the exchange's thread; not at all where the client goes first.
void ForwardUnary(std::shared_ptr<HttpExchange> exchange, ForwardedCall call,
                  absl::AnyInvocable<void(rpc::WholeReply) &&> done);

// How a protocol writes a stream. Called on the exchange's thread.
struct StreamWriter {
  // The head, once the service has taken the call.
  std::function<HttpResponse(const rpc::Metadata& initial)> head;
  // A message as a piece of the body. An error ends the stream.
  std::function<absl::StatusOr<std::string>(std::string message)> piece;
  // What stands behind the last message.
  std::function<std::string(const absl::Status& status, const rpc::ServerMetadata& metadata)> end;
};

// Reads the next message when the one before is written, so that a slow client slows its service and nothing else.
void ForwardStream(std::shared_ptr<HttpExchange> exchange, ForwardedCall call, StreamWriter writer);

}  // namespace dangol::gateway
