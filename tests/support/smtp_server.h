// A mail server on this machine that keeps what it gets. One connection at a time.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dangol::testing {

struct ReceivedMail {
  std::string from;  // as MAIL and RCPT say them
  std::string to;
  std::string login;  // what AUTH PLAIN carried, in base64; empty: nobody logged in
  bool encrypted = false;
  std::string data;  // as it came, without its last dot
};

class SmtpServer {
 public:
  enum class Tls { kOffered, kFromTheFirstByte };
  // `identity`: a private key and its certificate (PEM), then it offers STARTTLS, or speaks TLS alone; empty: neither.
  explicit SmtpServer(std::string identity = "", Tls tls = Tls::kOffered);
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  int port() const { return port_; }
  // From now on the command (such as `RCPT`, or `RCPT kim@example.org` to one alone) is answered so; `.` is the end of
  // a message. Empty: the connection is closed without an answer.
  void Answer(const std::string& command, const std::string& answer);
  std::vector<ReceivedMail> received() const;
  // Connections that came.
  int connections() const { return connections_; }

 private:
  class Connection;

  void Serve();
  std::string AnswerTo(const std::string& command, std::string_view otherwise) const;

  const std::string identity_;
  const Tls tls_;
  int listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  int client_ = -1;
  bool stopped_ = false;
  std::map<std::string, std::string> answers_;
  std::vector<ReceivedMail> received_;
  std::thread thread_;
};

}  // namespace dangol::testing
