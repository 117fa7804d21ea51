// Calls within the process, without a network: for services that run on one thread by a simulated clock.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/base/runtime.h"
#include "common/rpc/method_table.h"
#include "common/rpc/transport.h"

namespace dangol::demo {

// Not thread-safe.
class LocalChannel : public rpc::Channel {
 public:
  // The methods of the service that is called; it need not be open before the first call.
  using Methods = std::function<rpc::MethodTable&()>;
  // The executor must outlive what was called.
  LocalChannel(Executor& executor, Methods methods) : executor_(executor), methods_(std::move(methods)) {}

  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override;
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request, rpc::CallOptions options) override;

 private:
  Executor& executor_;
  const Methods methods_;
};

}  // namespace dangol::demo
