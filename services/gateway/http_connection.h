// One connection of the HTTP server: requests one after the other. For the server alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "services/gateway/http.h"
#include "services/gateway/http_loop.h"

namespace dangol::gateway {

// What a connection reads and writes: a socket, maybe with TLS. An operation of it holds it, since TLS goes on with one
// that was cancelled until its handler has run.
struct HttpStream {
  using Socket = boost::asio::ip::tcp::socket;

  // `context`: of TLS; null: none.
  HttpStream(Socket connected, boost::asio::ssl::context* context) : socket(std::move(connected)) {
    if (context != nullptr) tls.emplace(socket, *context);
  }
  template <typename Action>
  void Use(Action action) {
    if (tls) {
      action(*tls);
    } else {
      action(socket);
    }
  }

  Socket socket;
  std::optional<boost::asio::ssl::stream<Socket&>> tls;
};

// On its loop's thread, all of it.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Clock = std::chrono::steady_clock;
  using WriteDone = absl::AnyInvocable<void(bool) &&>;

  HttpConnection(std::shared_ptr<HttpLoop> loop, std::shared_ptr<HttpStream> stream);
  ~HttpConnection();

  void Start();
  // Ends it at once.
  void Close();
  // Closes it where it waits for a client; else its answer will be the last.
  void Drain();
  // Closes it where it streams.
  void CutStream();
  bool Expired(Clock::time_point now) const { return now >= read_deadline_ || now >= write_deadline_; }
  HttpLoop& loop() { return *loop_; }

  // For the exchange of this turn; other turns are over.
  bool IsOpen(uint64_t turn) const { return turn == turn_ && state_ == State::kBusy; }
  void Respond(HttpResponse response);
  void StartStream(HttpResponse head);
  void Write(std::string piece, WriteDone done);
  void EndStream();
  void SetOnGone(Task task) { on_gone_ = std::move(task); }
  // Counts bytes for this turn. False: there is no room for them.
  bool ReserveBody(uint64_t bytes);

 private:
  enum class State {
    kHead,    // waits for a request, or reads its head
    kBody,    // reads its body
    kBusy,    // it is being answered
    kLinger,  // everything is said; waits for the client to close
    kClosed,
  };

  void ShakeHands();
  void Read();
  void OnRead(boost::system::error_code error, size_t bytes);
  void Parse();
  // False: nothing more can be done with what is there.
  bool ParseSome();
  bool OnHead();
  void Refuse(int status, std::string_view reason, std::string_view message);
  void Dispatch(RequestFault fault);
  void Send(std::string head, std::string body, WriteDone done);
  void SendStep();
  void OnSent(boost::system::error_code error, size_t bytes);
  void Count(int64_t bytes);
  std::string HeadText(const HttpResponse& response) const;
  void Answered();
  void Linger();

  const std::shared_ptr<HttpLoop> loop_;
  std::shared_ptr<HttpStream> stream_;  // null: closed
  std::string peer_;                    // its address, without the port
  State state_ = State::kHead;
  Clock::time_point read_deadline_ = Clock::time_point::max();
  Clock::time_point write_deadline_ = Clock::time_point::max();

  boost::beast::flat_buffer buffer_;
  bool reading_ = false;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  HttpRequest request_;
  size_t step_bytes_ = 0;     // of the body since its deadline was set
  int64_t memory_bytes_ = 0;  // counted for this connection, in the server's sum

  uint64_t turn_ = 0;
  bool head_only_ = false;  // HEAD: an answer without its body
  bool keep_alive_ = false;
  bool http_1_0_ = false;  // knows no chunks
  bool streaming_ = false;
  Task on_gone_;

  struct Outgoing {
    std::string head;
    std::string body;
    WriteDone done;  // null: nobody waits for it
  };
  std::optional<Outgoing> out_;   // being sent
  std::optional<Outgoing> next_;  // what follows the head of a stream
  size_t sent_ = 0;               // of `out_`
};

}  // namespace dangol::gateway
