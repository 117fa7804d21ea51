// What a server says of a call beside its messages, for who hands it on: the gateway.
#pragma once

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

#include "common/rpc/transport.h"

namespace dangol::rpc {

struct ServerMetadata {
  Metadata initial;
  Metadata trailing;
  std::string status_details;  // google.rpc.Status as it came; empty where the error has none
};

// A stream of a transport that carries these: those of gRPC's channels are.
class MetadataClientStream : public ClientStream {
 public:
  // Not while a Read is under way. `initial` is there after the first message, the rest after the end.
  virtual const ServerMetadata& metadata() const = 0;
};

// What a server answered to a unary call.
struct WholeReply {
  absl::Status status;
  std::string message;  // empty unless OK
  ServerMetadata metadata;
};

// A unary call that was made. On any thread, at any time; where it is not over it ends as CANCELLED.
class CancellableCall {
 public:
  virtual ~CancellableCall() = default;
  virtual void Cancel() = 0;
};

// A channel that carries these: those of gRPC are.
class MetadataChannel : public Channel {
 public:
  // As Unary. Whoever drops the call does not cancel it.
  virtual std::shared_ptr<CancellableCall> UnaryWithMetadata(std::string method, std::string request,
                                                             CallOptions options,
                                                             absl::AnyInvocable<void(WholeReply) &&> done) = 0;
};

}  // namespace dangol::rpc
