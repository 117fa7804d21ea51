#include "bench/http_load.h"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace dangol::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// What the connections of one run share; all of them are on one thread.
struct Shared {
  const HttpLoad& load;
  absl::Time end;
  int64_t requests = 0;
  Measured measured = {};
};

// Keeps itself alive while it has something to do.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& context, Shared& shared) : stream_(context), shared_(shared) {
    request_.method(http::verb::post);
    request_.target(shared.load.path);
    request_.version(11);
    request_.set(http::field::host, fmt::format("127.0.0.1:{}", shared.load.port));
    request_.set(http::field::content_type, shared.load.content_type);
  }

  void Start() {
    const auto port = static_cast<uint16_t>(shared_.load.port);
    stream_.async_connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port),
                          [self = shared_from_this()](const beast::error_code& error) {
                            if (error) return self->Fail(error);
                            self->stream_.socket().set_option(asio::ip::tcp::no_delay(true));
                            self->Send();
                          });
  }

 private:
  void Send() {
    start_ = absl::Now();
    if (start_ >= shared_.end) return;
    request_.body() = shared_.load.body(shared_.requests++);
    request_.prepare_payload();
    http::async_write(stream_, request_, [self = shared_from_this()](const beast::error_code& error, size_t) {
      if (error) return self->Fail(error);
      self->Receive();
    });
  }

  void Receive() {
    response_ = {};
    http::async_read(stream_, buffer_, response_, [self = shared_from_this()](const beast::error_code& error, size_t) {
      if (error) return self->Fail(error);
      const bool done = self->response_.result() == http::status::ok;
      self->shared_.measured.Count(done ? absl::OkStatus() : absl::UnknownError(self->response_.body()),
                                   absl::Now() - self->start_);
      self->Send();
    });
  }

  void Fail(const beast::error_code& error) {
    shared_.measured.Count(absl::UnavailableError(error.message()), absl::Now() - start_);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  Shared& shared_;
  absl::Time start_ = absl::Now();
};

}  // namespace

Measured Run(const HttpLoad& load) {
  asio::io_context context(1);
  const absl::Time start = absl::Now();
  Shared shared{.load = load, .end = start + load.time};
  for (int i = 0; i < load.in_flight; ++i) std::make_shared<Connection>(context, shared)->Start();
  context.run();
  shared.measured.time = absl::Now() - start;
  shared.measured.Sort();
  return std::move(shared.measured);
}

}  // namespace dangol::bench
