// One HTTP request and its answer, without the network below: what the server hands to the gateway.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/rpc/transport.h"

namespace dangol::gateway {

// Names in lower case; a name may occur more than once.
using Headers = rpc::Metadata;

// Why a request has no body although its client sent one.
enum class RequestFault {
  kNone,
  kBodyTooLarge,  // more than the server takes
  kOverloaded,    // the memory for bodies is used up
};

struct HttpRequest {
  std::string verb;   // GET, POST, …
  std::string path;   // as sent: begins with '/', percent-encoded
  std::string query;  // as sent, without '?'
  Headers headers;
  std::string body;
  std::string peer;  // the address that it came from, such as `192.0.2.7`: of a proxy where there is one
  // What the services are told of who calls; an error: nobody does, or too often. Asked once, by a call to a service.
  std::function<absl::StatusOr<rpc::Metadata>()> caller = [] { return rpc::Metadata(); };
  RequestFault fault = RequestFault::kNone;
};

struct HttpResponse {
  int status = 200;
  Headers headers = {};  // without those of the framing, which the server adds
  std::string body = {};
};

// A request that waits for its answer: one Respond, or StartStream, Writes and EndStream. Methods may be called on any
// thread; what is called after the client has gone does nothing. An exchange that everybody lets go of unanswered is
// answered with 500.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual void Respond(HttpResponse response) = 0;

  // The head of an answer that comes in pieces; its body is ignored.
  virtual void StartStream(HttpResponse head) = 0;
  // One at a time: the next Write follows `done` of the one before, so that a slow reader slows its writer. `done` runs
  // on the exchange's thread; `done(false)`: the client is gone.
  virtual void Write(std::string piece, absl::AnyInvocable<void(bool) &&> done) = 0;
  // Not while a Write is under way.
  virtual void EndStream() = 0;

  // Runs the task once when the client goes before the answer is complete, or the server stops; at once where it has.
  // One task an exchange. On the exchange's thread.
  virtual void OnGone(Task task) = 0;

  // Counts bytes that this request takes beside its body, until it is answered. False: there is no room for them.
  // Called on the exchange's thread alone.
  virtual bool Hold(size_t bytes) = 0;

  // Runs the task on the exchange's thread, with everything else of its connection.
  virtual void Post(Task task) = 0;
  // The same, after a time, unless the server stops first.
  virtual void PostAfter(absl::Duration delay, Task task) = 0;

  // Which method it turned out to call, such as `TicketService/GetTicket`: for those who count.
  virtual void NoteMethod(std::string_view) {}

  HttpRequest request;
};

// Called on a thread that serves many connections: must not block.
using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

// With `%2F` as `/`; nothing where an escape is broken.
std::optional<std::string> PercentDecoded(std::string_view text);

// The parameters of a query, decoded, in their order; nothing where an escape is broken.
std::optional<std::vector<std::pair<std::string, std::string>>> QueryParameters(std::string_view query);

}  // namespace dangol::gateway
