// A gateway on loopback, before a real service or one that the test plays.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_server.h"
#include "services/gateway/gateway.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/grpc_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/local_service.h"

namespace dangol::gateway {

inline constexpr char kGetTicketPath[] = "/dangol.tickets.v1.TicketService/GetTicket";
inline constexpr char kCreateTicketPath[] = "/dangol.tickets.v1.TicketService/CreateTicket";
inline constexpr char kTicketEventsPath[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";

inline Backend BackendAt(std::string name, const std::string& address) {
  return {std::move(name), address, rpc::NewGrpcChannel(address)};
}

inline std::unique_ptr<Gateway> StartGateway(GatewayOptions options) {
  auto gateway = Gateway::Start(RealRuntime(), std::move(options));
  EXPECT_TRUE(gateway.ok()) << gateway.status();
  return *std::move(gateway);
}

// The real tickets service, over gRPC.
class TicketsBehindGateway {
 public:
  explicit TicketsBehindGateway(GatewayOptions options = {}) : service_(tickets::TicketsService()) {
    auto server = rpc::GrpcServer::Start(rpc::Endpoints(service_.methods()));
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    options.backends.push_back(BackendAt("tickets", "127.0.0.1:" + std::to_string(server_->port())));
    gateway_ = StartGateway(std::move(options));
  }

  int port() const { return gateway_->port(); }
  Gateway& gateway() { return *gateway_; }

 private:
  testing::LocalService service_;
  std::unique_ptr<rpc::GrpcServer> server_;
  std::unique_ptr<Gateway> gateway_;
};

// A tickets service that the test plays.
class FakeBehindGateway {
 public:
  explicit FakeBehindGateway(GatewayOptions options = {}) {
    options.backends.push_back(BackendAt("tickets", "127.0.0.1:" + std::to_string(service.server->port())));
    gateway_ = StartGateway(std::move(options));
  }

  int port() const { return gateway_->port(); }
  Gateway& gateway() { return *gateway_; }

  rpc::FakeService service;

 private:
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace dangol::gateway
