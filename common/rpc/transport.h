// The other door to the world, beside Runtime: calls on bytes, by callback. gRPC is one transport; the simulation's
// network is another. What is above sees neither.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"

namespace dangol::rpc {

// Keys are lower case. A key may occur more than once.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// The first value of the key; empty where there is none.
std::string_view FindMetadata(const Metadata& metadata, std::string_view key);

struct Reply {
  absl::Status status;
  std::string message;  // empty unless OK
  Metadata trailing;
};

// A call as a server sees it. A transport makes it and hands it to a MethodTable; it lives until it is finished and
// nobody holds it. Methods may be called on any thread.
class ServerCall {
 public:
  virtual ~ServerCall() = default;

  // True once the client has cancelled, has gone, or its deadline has passed.
  virtual bool cancelled() const = 0;
  // Runs the task once when that happens, at once where it has. One task a call. Must not block.
  virtual void OnCancel(Task task) = 0;

  std::string method;  // such as `/dangol.tickets.v1.TicketService/GetTicket`
  Metadata metadata;
  absl::Time deadline = absl::InfiniteFuture();
  std::string request;
};

class ServerUnaryCall : public ServerCall {
 public:
  // Once.
  virtual void Finish(Reply reply) = 0;
};

class ServerStreamCall : public ServerCall {
 public:
  // One at a time: the next Write follows `done` of the one before. `done(false)`: the stream is over.
  virtual void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) = 0;
  // Once, last; not while a Write is under way.
  virtual void Finish(absl::Status status, Metadata trailing) = 0;
  // Cuts a stream whose client does not read: the Write that is under way ends with `done(false)`. Finish follows.
  virtual void Abort() = 0;
};

struct CallOptions {
  Metadata metadata;
  absl::Time deadline = absl::InfiniteFuture();
};

// A stream of messages as its client sees it. Destroying it cancels the call.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  // A message, or none and the status that the stream ended with. One at a time. `done` may run on any thread.
  virtual void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) = 0;
};

// A way to one server. Thread-safe.
class Channel {
 public:
  virtual ~Channel() = default;

  // `done` runs exactly once, on any thread. A status that came from the server has its details as payloads (error.h).
  virtual void Unary(std::string method, std::string request, CallOptions options,
                     absl::AnyInvocable<void(Reply) &&> done) = 0;
  virtual std::unique_ptr<ClientStream> Stream(std::string method, std::string request, CallOptions options) = 0;
};

}  // namespace dangol::rpc
