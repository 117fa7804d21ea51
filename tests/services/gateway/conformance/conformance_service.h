// ConformanceService as the public suite describes it, on a gRPC server of its own.
#pragma once

#include <memory>

namespace dangol::gateway {

// Plain gRPC rather than rpc::GrpcServer: that one sends no headers before an answer, and keeps an error's details in
// no order, since no service needs either.
class ConformanceServer {
 public:
  // On 127.0.0.1, on a port that is free.
  ConformanceServer();
  ~ConformanceServer();

  int port() const { return port_; }

 private:
  struct State;

  std::unique_ptr<State> state_;
  int port_ = 0;
};

}  // namespace dangol::gateway
