#include "services/gateway/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "common/base/status_macros.h"
#include "services/gateway/http_connection.h"
#include "services/gateway/http_loop.h"
#include "services/gateway/http_tls.h"

namespace dangol::gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr auto kTick = std::chrono::milliseconds(100);
// For streams whose writers end them by themselves.
constexpr absl::Duration kStreamEndTime = absl::Milliseconds(500);
// To close what is open takes a moment; this is for the case that something is wrong.
constexpr absl::Duration kCloseTimeMax = absl::Seconds(5);

}  // namespace

void HttpLoop::Run() {
  Tick();
  context_->run();
}

void HttpLoop::Tick() {
  const auto now = HttpConnection::Clock::now();
  std::vector<std::shared_ptr<HttpConnection>> expired;
  for (HttpConnection* connection : connections_) {
    if (connection->Expired(now)) expired.push_back(connection->shared_from_this());
  }
  for (const auto& connection : expired) connection->Close();
  tick_->expires_after(kTick);
  tick_->async_wait([this](error_code error) {
    if (!error) Tick();
  });
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Runtime& runtime, HttpServerOptions options,
                                                              HttpHandler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer);
  if (!options.tls.empty()) {
    ASSIGN_OR_RETURN(server->tls_, HttpTls::Open(options.tls, runtime));
  }
  ASSIGN_OR_RETURN(server->listener_, rpc::Listener::Open(options.address));
  server->state_ = std::make_shared<HttpServerState>();
  server->state_->options = options;
  server->state_->handler = std::move(handler);
  for (int i = 0; i < options.threads; ++i) server->loops_.push_back(std::make_shared<HttpLoop>(server->state_));
  server->executor_ = runtime.NewExecutor("http", options.threads);
  for (const auto& loop : server->loops_) server->executor_->Post([loop] { loop->Run(); });
  HttpServer* const self = server.get();
  server->listener_->Start([self](int listener, int connection) { self->Take(listener, connection); });
  return server;
}

// On the listener's thread. The loops have the connections in turn.
void HttpServer::Take(int listener, int connection) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const std::shared_ptr<HttpLoop>& loop = loops_[next_loop_++ % loops_.size()];
  tcp::socket socket(loop->context(), address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), connection);
  if (state_->connections >= state_->options.connections_max) return;
  ++state_->connections;
  const auto stream =
      std::make_shared<HttpStream>(std::move(socket), tls_ == nullptr ? nullptr : tls_->Context().get());
  loop->Post([made = std::make_shared<HttpConnection>(loop, stream)] { made->Start(); });
}

HttpServer::HttpServer() = default;

HttpServer::~HttpServer() { Stop(absl::ZeroDuration()); }

int HttpServer::connections() const { return state_->connections; }

void HttpServer::Stop(absl::Duration grace) {
  if (stopped_ || executor_ == nullptr) return;
  stopped_ = true;
  state_->draining = true;
  listener_->Stop();
  ForEachConnection(&HttpConnection::Drain);
  WaitUntilGone(std::min(grace, kStreamEndTime));
  ForEachConnection(&HttpConnection::CutStream);
  WaitUntilGone(grace);
  ForEachConnection(&HttpConnection::Close);
  WaitUntilGone(kCloseTimeMax);
  for (const auto& loop : loops_) loop->Interrupt();
  executor_->Stop();
  for (const auto& loop : loops_) loop->Destroy();
}

void HttpServer::ForEachConnection(void (HttpConnection::*action)()) {
  for (const auto& loop : loops_) {
    loop->Post([loop, action] {
      std::vector<std::shared_ptr<HttpConnection>> connections;
      for (HttpConnection* connection : loop->connections()) connections.push_back(connection->shared_from_this());
      for (const auto& connection : connections) (*connection.*action)();
    });
  }
}

void HttpServer::WaitUntilGone(absl::Duration time) {
  std::unique_lock lock(state_->mutex);
  state_->none_left.wait_for(lock, absl::ToChronoNanoseconds(time), [this] { return state_->connections == 0; });
}

}  // namespace dangol::gateway
