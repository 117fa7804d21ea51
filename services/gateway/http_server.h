// HTTP/1.1 on a port, by Boost.Beast and Asio; the only part that includes them. It keeps the limits: what a client
// sends or leaves unread costs bounded memory and bounded time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/rpc/listener.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// PEM files; they are read again when they change. None: no TLS.
struct HttpTlsFiles {
  std::string certificate;  // and those between it and its authority, if any
  std::string key;

  bool empty() const { return certificate.empty(); }
};

struct HttpServerOptions {
  std::string address = "127.0.0.1:0";  // host:port; port 0: any that is free
  HttpTlsFiles tls = {};
  int threads = 2;
  int connections_max = 4096;                        // one more is closed at once
  size_t head_bytes_max = 16 << 10;                  // of request line and headers; more is 431
  size_t body_bytes_max = 34 << 20;                  // more: RequestFault::kBodyTooLarge
  int64_t memory_bytes_max = 256 << 20;              // of all bodies, both ways; beyond it: RequestFault::kOverloaded
  absl::Duration idle_time_max = absl::Seconds(75);  // of a connection between two requests
  absl::Duration head_time_max = absl::Seconds(10);  // from the first byte of a request to the end of its head
  absl::Duration step_time_max = absl::Seconds(30);  // for each further 64 KiB of a body, either way
};

class HttpConnection;
class HttpLoop;
class HttpTls;
struct HttpServerState;

// Thread-safe.
class HttpServer {
 public:
  // Errors: those of rpc::Listener; FAILED_PRECONDITION, reason TLS_MISSING, TLS_INVALID, TLS_EXPIRED or KEYS_INVALID,
  // where the files of TLS cannot be used. `runtime` gives threads and time.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Runtime& runtime, HttpServerOptions options,
                                                           HttpHandler handler);
  // Stop without grace.
  ~HttpServer();

  int port() const { return listener_->port(); }
  // host:port, with the port that was chosen.
  std::string address() const { return listener_->address(); }
  // Open now.
  int connections() const;

  // Takes no more connections or requests, ends streams, and gives the other answers this time to be written; then
  // closes what is left. Exchanges that are still held do nothing any more. Only the first call counts.
  void Stop(absl::Duration grace);

 private:
  HttpServer();

  void Take(int listener, int connection);
  void ForEachConnection(void (HttpConnection::*action)());
  void WaitUntilGone(absl::Duration time);

  std::unique_ptr<rpc::Listener> listener_;
  std::unique_ptr<HttpTls> tls_;  // of the listener's thread; none: plain HTTP
  std::shared_ptr<HttpServerState> state_;
  std::vector<std::shared_ptr<HttpLoop>> loops_;
  size_t next_loop_ = 0;  // of the listener's thread
  std::unique_ptr<Executor> executor_;
  bool stopped_ = false;
};

}  // namespace dangol::gateway
