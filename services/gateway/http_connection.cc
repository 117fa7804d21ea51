#include "services/gateway/http_connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <limits>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace dangol::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kStepBytes = 64 << 10;
constexpr size_t kHeadReadBytes = 4 << 10;
// A body may have come with its head; beyond this a buffer is given back when it is empty.
constexpr size_t kBufferSlackBytes = kStepBytes;
// How long a client may take to close after the last answer. Closing before it has read that answer would lose it.
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr auto kNever = HttpConnection::Clock::time_point::max();

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string Lower(std::string_view text) { return absl::AsciiStrToLower({text.data(), text.size()}); }

std::string_view Phrase(int status) {
  return status == 499 ? "Client Closed Request" : View(http::obsolete_reason(static_cast<http::status>(status)));
}

HttpConnection::Clock::time_point In(absl::Duration time) {
  return HttpConnection::Clock::now() + absl::ToChronoNanoseconds(time);
}

}  // namespace

// What a handler holds of a request. It may outlive the connection.
class ConnectionExchange : public HttpExchange {
 public:
  ConnectionExchange(std::shared_ptr<HttpConnection> connection, uint64_t turn)
      : connection_(std::move(connection)), turn_(turn) {}
  ~ConnectionExchange() override {
    if (answered_) return;
    OnThread([response = HttpResponse{500, {{"content-type", "application/json"}}, R"({"code":"internal"})"}](
                 HttpConnection& connection) mutable { connection.Respond(std::move(response)); });
  }

  void Respond(HttpResponse response) override {
    answered_ = true;
    OnThread([response = std::move(response)](HttpConnection& connection) mutable {
      connection.Respond(std::move(response));
    });
  }
  void StartStream(HttpResponse head) override {
    answered_ = true;
    OnThread([head = std::move(head)](HttpConnection& connection) mutable { connection.StartStream(std::move(head)); });
  }
  void Write(std::string piece, HttpConnection::WriteDone done) override {
    auto write = [connection = connection_, turn = turn_, piece = std::move(piece), done = std::move(done)]() mutable {
      if (!connection->IsOpen(turn)) return std::move(done)(false);
      connection->Write(std::move(piece), std::move(done));
    };
    // Never in the caller's own stack: what `done` does would come back to it.
    connection_->loop().Post(std::move(write));
  }
  void EndStream() override {
    OnThread([](HttpConnection& connection) { connection.EndStream(); });
  }
  void OnGone(Task task) override {
    auto set = [connection = connection_, turn = turn_, task = std::move(task)]() mutable {
      if (!connection->IsOpen(turn)) return std::move(task)();
      connection->SetOnGone(std::move(task));
    };
    Run(std::move(set));
  }
  bool Hold(size_t bytes) override { return connection_->IsOpen(turn_) && connection_->ReserveBody(bytes); }
  void Post(Task task) override { connection_->loop().Post(std::move(task)); }
  void PostAfter(absl::Duration delay, Task task) override {
    connection_->loop().PostAfter(absl::ToChronoNanoseconds(delay), std::move(task));
  }

 private:
  template <typename Action>
  void OnThread(Action action) {
    Run([connection = connection_, turn = turn_, action = std::move(action)]() mutable {
      if (connection->IsOpen(turn)) action(*connection);
    });
  }
  template <typename Action>
  void Run(Action action) {
    if (connection_->loop().OnThread()) return action();
    connection_->loop().Post(std::move(action));
  }

  const std::shared_ptr<HttpConnection> connection_;
  const uint64_t turn_;
  std::atomic<bool> answered_ = false;
};

HttpConnection::HttpConnection(std::shared_ptr<HttpLoop> loop, std::shared_ptr<HttpStream> stream)
    : loop_(std::move(loop)), stream_(std::move(stream)), buffer_(loop_->state().options.head_bytes_max + kStepBytes) {}

HttpConnection::~HttpConnection() { Close(); }

void HttpConnection::Start() {
  error_code ignored;
  stream_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  peer_ = stream_->socket.remote_endpoint(ignored).address().to_string(ignored);
  loop_->connections().insert(this);
  if (stream_->tls) return ShakeHands();
  read_deadline_ = In(loop_->state().options.idle_time_max);
  Read();
}

void HttpConnection::ShakeHands() {
  read_deadline_ = In(loop_->state().options.head_time_max);
  const auto shaken = [self = shared_from_this(), stream = stream_](error_code error) {
    if (self->state_ == State::kClosed) return;
    if (error) return self->Close();
    self->read_deadline_ = In(self->loop_->state().options.idle_time_max);
    self->Read();
  };
  stream_->tls->async_handshake(asio::ssl::stream_base::server, shaken);
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  loop_->connections().erase(this);
  HttpServerState& state = loop_->state();
  const bool last = --state.connections == 0;
  error_code ignored;
  stream_->socket.close(ignored);
  stream_.reset();
  read_deadline_ = write_deadline_ = kNever;
  Count(-memory_bytes_);
  for (std::optional<Outgoing>* outgoing : {&out_, &next_}) {
    if (!*outgoing) continue;
    if (WriteDone done = std::exchange((*outgoing)->done, nullptr)) std::move(done)(false);
  }
  if (Task gone = std::exchange(on_gone_, nullptr)) std::move(gone)();
  if (last) {
    std::lock_guard lock(state.mutex);
    state.none_left.notify_all();
  }
}

void HttpConnection::Drain() {
  keep_alive_ = false;
  if (state_ == State::kHead && buffer_.size() == 0) Close();
}

void HttpConnection::CutStream() {
  if (state_ == State::kBusy && streaming_) Close();
}

void HttpConnection::Read() {
  if (reading_ || stream_ == nullptr) return;
  reading_ = true;
  const size_t bytes =
      std::min(state_ == State::kBody ? kStepBytes : kHeadReadBytes, buffer_.max_size() - buffer_.size());
  const auto read = [self = shared_from_this(), stream = stream_](error_code error, size_t count) {
    self->OnRead(error, count);
  };
  stream_->Use([&](auto& stream) { stream.async_read_some(buffer_.prepare(bytes), read); });
}

void HttpConnection::OnRead(error_code error, size_t bytes) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  if (error) return Close();
  buffer_.commit(bytes);
  switch (state_) {
    case State::kHead:
    case State::kBody:
      return Parse();
    case State::kBusy:  // a next request waits here, and with it the news that the client has gone
      return;
    case State::kLinger:
      buffer_.clear();
      return Read();
    case State::kClosed:
      return;
  }
}

void HttpConnection::Parse() {
  while ((state_ == State::kHead || state_ == State::kBody) && buffer_.size() > 0) {
    if (!ParseSome()) break;
  }
  // Whoever has not taken that he may go on is not read from: the answer has to find its place.
  if ((state_ == State::kHead || state_ == State::kBody) && !out_) Read();
}

bool HttpConnection::ParseSome() {
  const HttpServerOptions& options = loop_->state().options;
  if (!parser_) {
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(options.head_bytes_max));
    // Until the head is known. `none` would be less than any length.
    parser_->body_limit(std::numeric_limits<uint64_t>::max());
    read_deadline_ = In(options.head_time_max);
  }
  error_code error;
  const size_t used = parser_->put(buffer_.data(), error);
  buffer_.consume(used);
  if (error == http::error::need_more) return used > 0 && buffer_.size() > 0;
  if (error == http::error::header_limit) {
    Refuse(431, "resource_exhausted",
           fmt::format("The request line and the headers have more than {} bytes. Send less.", options.head_bytes_max));
    return false;
  }
  if (error == http::error::body_limit) {
    Dispatch(RequestFault::kBodyTooLarge);
    return false;
  }
  if (error) {
    Refuse(400, "invalid_argument", fmt::format("This is no HTTP/1.1 request: {}.", error.message()));
    return false;
  }
  if (state_ == State::kHead) {
    if (!OnHead()) return false;
  } else {
    step_bytes_ += used;
    const auto body = static_cast<int64_t>(parser_->get().body().size());
    if (body > memory_bytes_ && !ReserveBody(body - memory_bytes_)) {
      Dispatch(RequestFault::kOverloaded);
      return false;
    }
    if (step_bytes_ >= kStepBytes) {
      step_bytes_ = 0;
      read_deadline_ = In(options.step_time_max);
    }
  }
  if (!parser_->is_done()) return true;
  request_.body = std::move(parser_->get().body());
  Dispatch(RequestFault::kNone);
  return false;
}

bool HttpConnection::OnHead() {
  const auto& message = parser_->get();
  const HttpServerOptions& options = loop_->state().options;
  keep_alive_ = parser_->keep_alive() && !loop_->state().draining;
  http_1_0_ = message.version() < 11;
  request_ = HttpRequest{};
  request_.peer = peer_;
  request_.verb = View(message.method_string());
  head_only_ = request_.verb == "HEAD";
  int hosts = 0;
  for (const auto& field : message) {
    if (field.name() == http::field::host) ++hosts;
    request_.headers.emplace_back(Lower(View(field.name_string())), View(field.value()));
  }
  if (hosts > 1 || (hosts == 0 && !http_1_0_)) {
    Refuse(400, "invalid_argument", "A request names one host: send one Host header.");
    return false;
  }
  // Anything else than `chunked` alone leaves it open where the request ends, and two servers would disagree on it.
  const auto encoding = message.find(http::field::transfer_encoding);
  if (encoding != message.end() && (http_1_0_ || Lower(View(encoding->value())) != "chunked")) {
    Refuse(501, "unimplemented", "The only transfer encoding is chunked.");
    return false;
  }
  std::string_view target = View(message.target());
  if (target.starts_with("http://")) target.remove_prefix(std::min(target.find('/', 7), target.size()));
  if (!target.starts_with('/') && target != "*") {
    Refuse(400, "invalid_argument", "The request's target is no path: it begins with '/'.");
    return false;
  }
  const size_t question = std::min(target.find('?'), target.size());
  request_.path = target.substr(0, question);
  request_.query = target.substr(std::min(question + 1, target.size()));

  state_ = State::kBody;
  step_bytes_ = 0;
  read_deadline_ = In(options.step_time_max);
  const auto length = parser_->content_length();
  if (length && *length > options.body_bytes_max) {
    Dispatch(RequestFault::kBodyTooLarge);
    return false;
  }
  if (length && !ReserveBody(*length)) {
    Dispatch(RequestFault::kOverloaded);
    return false;
  }
  parser_->body_limit(options.body_bytes_max);
  parser_->eager(true);
  if (!parser_->is_done() && buffer_.size() == 0 &&
      Lower(rpc::FindMetadata(request_.headers, "expect")) == "100-continue") {
    Send("HTTP/1.1 100 Continue\r\n\r\n", "", [this](bool ok) {
      if (ok) Read();
    });
  }
  return true;
}

bool HttpConnection::ReserveBody(uint64_t bytes) {
  HttpServerState& state = loop_->state();
  const auto wanted = static_cast<int64_t>(bytes);
  if (wanted == 0) return true;
  if (state.memory_bytes.fetch_add(wanted) + wanted > state.options.memory_bytes_max) {
    state.memory_bytes -= wanted;
    return false;
  }
  memory_bytes_ += wanted;
  return true;
}

// Without the gateway: where the request ends is not known, so this is the last answer.
void HttpConnection::Refuse(int status, std::string_view code, std::string_view message) {
  ++turn_;
  state_ = State::kBusy;
  keep_alive_ = false;
  Respond({status,
           {{"content-type", "application/json"}},
           fmt::format(R"({{"code":"{}","message":"{}"}})", code, message)});
}

void HttpConnection::Dispatch(RequestFault fault) {
  ++turn_;
  state_ = State::kBusy;
  streaming_ = false;
  read_deadline_ = kNever;
  if (fault != RequestFault::kNone) keep_alive_ = false;
  auto exchange = std::make_shared<ConnectionExchange>(shared_from_this(), turn_);
  exchange->request = std::move(request_);
  exchange->request.fault = fault;
  parser_.reset();
  // Not of the next request, which may be there already: one at a time.
  if (buffer_.size() == 0) {
    if (buffer_.capacity() > kBufferSlackBytes) buffer_.shrink_to_fit();
    Read();
  }
  loop_->state().handler(std::move(exchange));
}

std::string HttpConnection::HeadText(const HttpResponse& response) const {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, Phrase(response.status));
  for (const auto& [name, value] : response.headers) {
    // What would end the line early would be read as a header of its own.
    const bool clean = std::ranges::none_of(name + value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    if (clean) fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  }
  if (!keep_alive_) head += "connection: close\r\n";
  return head;
}

void HttpConnection::Respond(HttpResponse response) {
  if (streaming_) return;
  Count(-memory_bytes_);  // the request is done with
  std::string head = HeadText(response);
  const bool bodyless = response.status == 204 || response.status == 304;
  if (!bodyless) fmt::format_to(std::back_inserter(head), "content-length: {}\r\n", response.body.size());
  head += "\r\n";
  if (bodyless || head_only_) response.body.clear();
  Send(std::move(head), std::move(response.body), [this](bool ok) {
    if (ok) Answered();
  });
}

void HttpConnection::StartStream(HttpResponse head) {
  if (streaming_) return;
  streaming_ = true;
  if (loop_->state().draining) return Close();
  if (http_1_0_) keep_alive_ = false;
  std::string text = HeadText(head);
  text += http_1_0_ ? "\r\n" : "transfer-encoding: chunked\r\n\r\n";
  Send(std::move(text), "", nullptr);
}

void HttpConnection::Write(std::string piece, WriteDone done) {
  if (!streaming_ || piece.empty()) return std::move(done)(streaming_);
  std::string frame = http_1_0_ ? "" : fmt::format("{:x}\r\n", piece.size());
  if (!http_1_0_) piece += "\r\n";
  Send(std::move(frame), std::move(piece), std::move(done));
}

void HttpConnection::EndStream() {
  if (!streaming_) return;
  Send(http_1_0_ ? "" : "0\r\n\r\n", "", [this](bool ok) {
    if (ok) Answered();
  });
}

void HttpConnection::Send(std::string head, std::string body, WriteDone done) {
  Count(static_cast<int64_t>(body.size()));
  Outgoing outgoing{std::move(head), std::move(body), std::move(done)};
  if (out_) {
    next_ = std::move(outgoing);
    return;
  }
  out_ = std::move(outgoing);
  SendStep();
}

void HttpConnection::SendStep() {
  const size_t head = std::min(sent_, out_->head.size());
  const size_t body = sent_ - head;
  const size_t head_bytes = std::min(out_->head.size() - head, kStepBytes);
  const size_t body_bytes = std::min(out_->body.size() - body, kStepBytes - head_bytes);
  write_deadline_ = In(loop_->state().options.step_time_max);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(out_->head.data() + head, head_bytes),
                                                     asio::buffer(out_->body.data() + body, body_bytes)};
  const auto sent = [self = shared_from_this(), stream = stream_](error_code error, size_t bytes) {
    self->OnSent(error, bytes);
  };
  stream_->Use([&](auto& stream) { asio::async_write(stream, buffers, sent); });
}

void HttpConnection::OnSent(error_code error, size_t bytes) {
  if (state_ == State::kClosed) return;
  if (error) return Close();
  sent_ += bytes;
  if (sent_ < out_->head.size() + out_->body.size()) return SendStep();
  write_deadline_ = kNever;
  sent_ = 0;
  Count(-static_cast<int64_t>(out_->body.size()));
  WriteDone done = std::move(out_->done);
  out_ = std::exchange(next_, std::nullopt);
  if (out_) SendStep();
  if (done != nullptr) std::move(done)(true);
}

void HttpConnection::Count(int64_t bytes) {
  loop_->state().memory_bytes += bytes;
  memory_bytes_ += bytes;
}

void HttpConnection::Answered() {
  Count(-memory_bytes_);
  on_gone_ = nullptr;
  if (!keep_alive_ || loop_->state().draining) return Linger();
  state_ = State::kHead;
  read_deadline_ = In(loop_->state().options.idle_time_max);
  if (buffer_.size() == 0) return Read();
  loop_->Post([self = shared_from_this()] { self->Parse(); });
}

void HttpConnection::Linger() {
  state_ = State::kLinger;
  error_code ignored;
  if (stream_->tls) {
    stream_->tls->async_shutdown([self = shared_from_this(), stream = stream_](error_code) {});
  } else {
    stream_->socket.shutdown(HttpStream::Socket::shutdown_send, ignored);
  }
  read_deadline_ = Clock::now() + kLingerTime;
  if (!reading_) buffer_.clear();
  Read();
}

}  // namespace dangol::gateway
