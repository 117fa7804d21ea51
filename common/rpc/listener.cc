#include "common/rpc/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"

namespace dangol::rpc {
namespace {

// While there is no descriptor at all, a connection waits in the kernel's queue.
constexpr int kPauseMs = 100;
constexpr absl::Duration kSayAgain = absl::Minutes(1);

absl::Status AddressError(std::string_view reason, std::string_view address, std::string_view problem,
                          std::string_view remedy) {
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               fmt::format("Cannot listen on {}: {}. {}", address, problem, remedy),
               {{"address", std::string(address)}});
}

struct HostPort {
  std::string host;  // as given, with brackets
  int port = 0;
};

absl::StatusOr<HostPort> ParseAddress(const std::string& address) {
  const auto malformed = [&address] {
    return AddressError("ADDRESS_INVALID", address, "it is not host:port",
                        "Give one such as 127.0.0.1:7411, [::1]:7411 or 0.0.0.0:7411.");
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return malformed();
  HostPort parsed{address.substr(0, colon), 0};
  const std::string port = address.substr(colon + 1);
  const bool bracketed = parsed.host.size() > 2 && parsed.host.front() == '[' && parsed.host.back() == ']';
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || !absl::SimpleAtoi(port, &parsed.port) || parsed.port > 65535) return malformed();
  if (!bracketed && parsed.host.find_first_of("[]:/") != std::string::npos) return malformed();
  return parsed;
}

absl::Status WhyNotListening(const std::string& address, int error) {
  switch (error) {
    case EADDRINUSE:
      return AddressError("ADDRESS_IN_USE", address, "the port is taken",
                          "Stop the program that listens there, or choose another port.");
    case EADDRNOTAVAIL:
      return AddressError("ADDRESS_INVALID", address, "this machine does not have the address",
                          "Give one that it has, or 0.0.0.0 for all.");
    case EACCES:
      return AddressError("ADDRESS_FORBIDDEN", address, "that takes privileges", "Choose a port from 1024 on.");
    default:
      return AddressError("ADDRESS_IN_USE", address, std::strerror(error), "Try again, or choose another port.");
  }
}

// The socket, or minus the error.
int ListenOn(const addrinfo& place, int port) {
  const int fd = socket(place.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  sockaddr_storage address{};
  std::memcpy(&address, place.ai_addr, place.ai_addrlen);
  // IPv4 and IPv6 have the port at the same place.
  reinterpret_cast<sockaddr_in*>(&address)->sin_port = htons(static_cast<uint16_t>(port));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // a connection inherits it
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), place.ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  return -error;
}

int PortOf(int socket_fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

int DescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, INT32_MAX));
}

}  // namespace

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address) {
  absl::StatusOr<HostPort> parsed = ParseAddress(address);
  if (!parsed.ok()) return parsed.status();
  const bool bracketed = parsed->host.front() == '[';
  const std::string host = bracketed ? parsed->host.substr(1, parsed->host.size() - 2) : parsed->host;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int failure = getaddrinfo(host.c_str(), std::to_string(parsed->port).c_str(), &hints, &found);
      failure != 0) {
    return AddressError("ADDRESS_INVALID", address, fmt::format("the host is unknown ({})", gai_strerror(failure)),
                        "Give an address of this machine.");
  }
  auto listener = std::unique_ptr<Listener>(new Listener);
  listener->host_ = parsed->host;
  listener->port_ = parsed->port;
  int error = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int fd = ListenOn(*each, listener->port_);
    if (fd < 0) {
      // A name may have an address of a family that this machine lacks.
      error = fd == -EAFNOSUPPORT && each->ai_next != nullptr ? error : -fd;
      continue;
    }
    listener->sockets_.push_back(fd);
    listener->port_ = PortOf(fd);
  }
  freeaddrinfo(found);
  if (listener->sockets_.empty() || error == EADDRINUSE) return WhyNotListening(address, error);
  listener->wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return listener;
}

Listener::~Listener() {
  Stop();
  if (wake_ >= 0) close(wake_);
}

std::string Listener::address() const { return fmt::format("{}:{}", host_, port_); }

void Listener::Start(Take take) {
  take_ = std::move(take);
  executor_ = RealRuntime().NewExecutor("accept", 1);
  executor_->Post([this] { Accept(); });
}

void Listener::Stop() {
  if (executor_ != nullptr) {
    eventfd_write(wake_, 1);
    executor_->Stop();
    executor_ = nullptr;
  }
  for (int fd : std::exchange(sockets_, {})) close(fd);
}

void Listener::Accept() {
  std::vector<pollfd> watched = {{.fd = wake_, .events = POLLIN, .revents = 0}};
  for (int fd : sockets_) watched.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  while (true) {
    if (poll(watched.data(), watched.size(), -1) < 0) continue;  // EINTR
    if (watched[0].revents != 0) return;
    for (size_t i = 1; i < watched.size(); ++i) {
      if (watched[i].revents != 0) AcceptFrom(watched[i].fd);
    }
  }
}

void Listener::AcceptFrom(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    // The client has gone, or another error of its connection.
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
    NoteRefused();
    pollfd wake{.fd = wake_, .events = POLLIN, .revents = 0};
    poll(&wake, 1, kPauseMs);
    return;
  }
  // The kernel gives out the lowest number that is free.
  const int limit = DescriptorLimit();
  if (fd >= limit - std::min(kSpareDescriptors, limit / 4)) {
    close(fd);
    return NoteRefused();
  }
  NoteTaken();
  take_(listener, fd);
}

void Listener::NoteRefused() {
  ++refused_;
  const absl::Time now = RealRuntime().SteadyNow();
  if (now - said_ < kSayAgain) return;
  said_ = now;
  Log()->error(
      "{}: new connections are closed: this process may have {} descriptors and nearly all are in use. Raise the limit "
      "(`ulimit -n`, or LimitNOFILE= of systemd), or let clients share connections",
      address(), DescriptorLimit());
}

void Listener::NoteTaken() {
  if (refused_ == 0) return;
  Log()->info("{}: connections are taken again; {} were closed", address(), std::exchange(refused_, 0));
}

}  // namespace dangol::rpc
