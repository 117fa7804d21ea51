// The gateway before the suite's service, as its cases want it.
#pragma once

#include <memory>
#include <string>

#include "fmt/format.h"

#include "tests/services/gateway/conformance/conformance_service.h"
#include "tests/services/gateway/conformance/suite_file.h"
#include "tests/services/gateway/gateway_fixture.h"

namespace dangol::gateway {

class ConformanceGateway {
 public:
  ConformanceGateway() {
    GatewayOptions options;
    options.calls.message_bytes_max = kConformanceMessageBytesMax;
    // A service must see a deadline only where the client has named one.
    options.calls.unary_time_default = absl::InfiniteDuration();
    options.calls.unary_time_max = absl::InfiniteDuration();
    // The gateway finds a backend by the second part of a package's name.
    options.backends.push_back(BackendAt("conformance", fmt::format("127.0.0.1:{}", service_.port())));
    gateway_ = StartGateway(std::move(options));
  }

  int port() const { return gateway_->port(); }

 private:
  const ConformanceServer service_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace dangol::gateway
