// The port of a server: takes connections and hands them on. gRPC's own listener stops for good, and says nothing, when
// the process has no descriptor left for a connection (grpc/grpc#20418); this one closes what is too much and goes on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"

namespace dangol::rpc {

// So many descriptors are left for databases and for connections that are made by this process.
inline constexpr int kSpareDescriptors = 64;

// Lets this process have as many descriptors as it may. Once, at its start.
void RaiseDescriptorLimit();

// Thread-safe.
class Listener {
 public:
  // Owns `connection`, which does not block, from then on.
  using Take = std::function<void(int listener, int connection)>;

  // host:port; an IPv6 host in brackets; port 0: any that is free. FAILED_PRECONDITION with reason ADDRESS_IN_USE,
  // ADDRESS_INVALID or ADDRESS_FORBIDDEN: one line for an operator.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address);
  // Stops.
  ~Listener();

  int port() const { return port_; }
  // host:port, with the port that was chosen.
  std::string address() const;

  // Calls `take` on a thread of its own, for each connection.
  void Start(Take take);
  // No connection comes any more, and new ones are refused.
  void Stop();

 private:
  Listener() = default;

  void Accept();
  void AcceptFrom(int listener);
  void NoteRefused();
  void NoteTaken();

  std::string host_;
  int port_ = 0;
  std::vector<int> sockets_;
  int wake_ = -1;  // readable from Stop on
  Take take_;

  // Of the thread alone.
  int64_t refused_ = 0;                     // since a connection was taken
  absl::Time said_ = absl::InfinitePast();  // by the steady clock

  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::rpc
