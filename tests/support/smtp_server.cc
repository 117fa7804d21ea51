#include "tests/support/smtp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "openssl/pem.h"
#include "openssl/ssl.h"

namespace dangol::testing {
namespace {

constexpr char kGreeting[] = "220 mail.test ready";
constexpr char kDone[] = "250 done";

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = static_cast<char>(toupper(c));
  return upper;
}

// What stands between < and >.
std::string Path(std::string_view line) {
  const size_t begin = line.find('<');
  const size_t end = line.find('>');
  return begin < end && end != std::string_view::npos ? std::string(line.substr(begin + 1, end - begin - 1)) : "";
}

}  // namespace

class SmtpServer::Connection {
 public:
  explicit Connection(int fd) : fd_(fd), context_(nullptr, SSL_CTX_free), ssl_(nullptr, SSL_free) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool encrypted() const { return ssl_ != nullptr; }

  bool Encrypt(const std::string& identity) {
    context_.reset(SSL_CTX_new(TLS_server_method()));
    const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
        BIO_new_mem_buf(identity.data(), static_cast<int>(identity.size())), BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr), X509_free);
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd_);
    return SSL_accept(ssl_.get()) == 1;
  }

  // Without its CRLF; none when the other side is gone.
  std::optional<std::string> ReadLine() {
    while (true) {
      const size_t end = buffer_.find("\r\n");
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return line;
      }
      char bytes[4096];
      const int count = encrypted() ? SSL_read(ssl_.get(), bytes, sizeof(bytes))
                                    : static_cast<int>(recv(fd_, bytes, sizeof(bytes), 0));
      if (count <= 0) return std::nullopt;
      buffer_.append(bytes, static_cast<size_t>(count));
    }
  }

  void Write(std::string line) {
    line += "\r\n";
    if (encrypted()) {
      SSL_write(ssl_.get(), line.data(), static_cast<int>(line.size()));
    } else {
      send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
    }
  }

  // False: the connection ends.
  bool Talk(const SmtpServer& server, ReceivedMail& mail, bool& whole) {
    const std::optional<std::string> line = ReadLine();
    if (!line.has_value()) return false;
    const std::string command = Upper(line->substr(0, line->find_first_of(" :")));
    std::string answer = kDone;
    if (command == "EHLO") {
      answer = !server.identity_.empty() && !encrypted() ? "250-mail.test\r\n250 STARTTLS"
                                                         : "250-mail.test\r\n250 AUTH PLAIN";
    }
    if (command == "STARTTLS") answer = "220 go on";
    if (command == "DATA") answer = "354 end with a dot";
    if (command == "QUIT") answer = "221 bye";
    if (command == "MAIL") mail.from = Path(*line);
    if (command == "RCPT") mail.to = Path(*line);
    if (command == "AUTH") {
      Write("334 ");
      mail.login = ReadLine().value_or("");
      answer = "235 welcome";
    }
    answer = server.AnswerTo(command, answer);
    if (command == "RCPT") answer = server.AnswerTo("RCPT " + mail.to, answer);
    if (answer.empty()) return false;
    Write(answer);
    if (command == "STARTTLS") return Encrypt(server.identity_);
    if (command == "DATA" && answer.starts_with("354")) return TakeData(server, mail, whole);
    return command != "QUIT";
  }

 private:
  bool TakeData(const SmtpServer& server, ReceivedMail& mail, bool& whole) {
    while (const std::optional<std::string> line = ReadLine()) {
      if (*line != ".") {
        mail.data += *line + "\r\n";
        continue;
      }
      mail.encrypted = encrypted();
      const std::string answer = server.AnswerTo(".", kDone);
      whole = true;
      if (answer.empty()) return false;
      Write(answer);
      return true;
    }
    return false;
  }

  const int fd_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::string buffer_;
};

SmtpServer::SmtpServer(std::string identity, Tls tls)
    : identity_(std::move(identity)), tls_(tls), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // as in every process of the suite
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  listen(listener_, SOMAXCONN);
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

SmtpServer::~SmtpServer() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (client_ >= 0) shutdown(client_, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void SmtpServer::Answer(const std::string& command, const std::string& answer) {
  const std::lock_guard lock(mutex_);
  answers_[command] = answer;
}

std::vector<ReceivedMail> SmtpServer::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::string SmtpServer::AnswerTo(const std::string& command, std::string_view otherwise) const {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(command);
  return found == answers_.end() ? std::string(otherwise) : found->second;
}

void SmtpServer::Serve() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    {
      const std::lock_guard lock(mutex_);
      client_ = client;
      if (stopped_) shutdown(client, SHUT_RDWR);
    }
    ++connections_;
    {
      Connection connection(client);
      ReceivedMail mail;
      bool whole = false;
      bool goes_on = tls_ == Tls::kOffered || connection.Encrypt(identity_);
      if (goes_on) connection.Write(kGreeting);
      while (goes_on) {
        goes_on = connection.Talk(*this, mail, whole);
        const std::lock_guard lock(mutex_);
        if (whole) received_.push_back(std::exchange(mail, ReceivedMail()));
        whole = false;
      }
    }
    const std::lock_guard lock(mutex_);
    client_ = -1;
    close(client);
  }
}

}  // namespace dangol::testing
