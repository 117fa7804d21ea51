// The gRPC side of a service: one port, with the methods of a table, the health service and reflection on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/limits.h"
#include "common/rpc/listener.h"
#include "common/rpc/method_table.h"
#include "common/rpc/tls.h"
#include "common/rpc/transport.h"

namespace grpc {
class Server;
namespace experimental {
class ExternalConnectionAcceptor;
}
}  // namespace grpc

namespace dangol::rpc {

struct GrpcServerOptions {
  std::string address = "127.0.0.1:0";  // host:port; an IPv6 host in brackets; port 0: any that is free

  TlsFiles tls = {};  // none: without TLS

  // More is RESOURCE_EXHAUSTED, without details. What a method takes is usually less, and refused with details.
  int message_bytes_max = kMessageBytesMax;
  // Of one connection. Above the sum of our limits of what waits and is open (service/process.cc): a client that meets
  // HTTP/2's limit holds its further calls back without a word until their deadlines pass, while ours refuse at once
  // and say when to try again.
  int concurrent_streams_max = kConcurrentStreamsMax;
  // Of all connections' buffers together. Past it gRPC cuts calls with RESOURCE_EXHAUSTED and lets go of connections
  // (UNAVAILABLE for their clients).
  int64_t memory_bytes_max = 512 << 20;
  // Reflection is gRPC's, and takes a thread for each of its calls; one more is RESOURCE_EXHAUSTED.
  int reflection_threads_max = 4;

  absl::Duration handshake_time_max = absl::Seconds(5);   // from the connection to its first HTTP/2 frames
  absl::Duration connection_idle_max = absl::Minutes(5);  // without a call
  // Then calls go on for the grace, and new ones to another connection, perhaps of another replica. Streams are cut at
  // its end and go on with their cursor.
  absl::Duration connection_age_max = absl::Minutes(30);
  absl::Duration connection_age_grace = absl::Minutes(1);
  absl::Duration keepalive = absl::Seconds(30);  // of silence; then a ping, which tells a dead client
  absl::Duration keepalive_timeout = absl::Seconds(10);
  absl::Duration ping_interval_min = absl::Seconds(10);  // a client that pings more often is sent away
};

// One RPC as the server needs it. Calls come on gRPC's few threads, which serve all: what takes them must not block.
struct Endpoint {
  std::string path;  // `/package.Service/Method`
  bool streaming = false;
  // The one that fits is set.
  std::function<void(std::shared_ptr<ServerUnaryCall>)> unary;
  std::function<void(std::shared_ptr<ServerStreamCall>)> stream;
};

// All methods of the table, which must outlive the server.
inline std::vector<Endpoint> Endpoints(MethodTable& table) {
  std::vector<Endpoint> endpoints;
  for (const auto& [path, method] : table.methods()) {
    Endpoint& endpoint = endpoints.emplace_back();
    endpoint.path = path;
    endpoint.streaming = method.descriptor->server_streaming();
    if (endpoint.streaming) {
      endpoint.stream = [&table](std::shared_ptr<ServerStreamCall> call) { table.Start(std::move(call)); };
    } else {
      endpoint.unary = [&table](std::shared_ptr<ServerUnaryCall> call) { table.Start(std::move(call)); };
    }
  }
  return endpoints;
}

// Thread-safe. A call that is cancelled, or cut by Shutdown, ends for gRPC at that moment: nobody has to finish it, and
// a Finish that comes later, even after the server is gone, does nothing.
class GrpcServer {
 public:
  // FAILED_PRECONDITION with reason ADDRESS_IN_USE, ADDRESS_INVALID or ADDRESS_FORBIDDEN: one line for an operator.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(std::vector<Endpoint> endpoints,
                                                           GrpcServerOptions options = {});
  // Shutdown without grace.
  ~GrpcServer();

  int port() const { return listener_->port(); }
  // host:port, with the port that was chosen.
  std::string address() const { return listener_->address(); }

  // What grpc.health.v1 says of every service and of "". True from the start.
  void SetServing(bool serving);

  // Health says NOT_SERVING for good, new calls are refused, and those under way have this time to end; then they are
  // cancelled. Returns when no call is under way; who watches health or holds reflection open makes it take the whole
  // time. Not to be called on a thread of gRPC's, such as by an endpoint. Only the first call counts.
  void Shutdown(absl::Duration grace);

 private:
  class ProtoService;
  class UnknownMethods;

  GrpcServer();

  std::vector<std::string> service_names_;
  std::vector<std::unique_ptr<ProtoService>> services_;
  std::unique_ptr<UnknownMethods> unknown_methods_;
  std::unique_ptr<grpc::Server> server_;  // below the services, which it uses to its end
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace dangol::rpc
