// AdminService: what an operator asks one running service.
#pragma once

#include <atomic>
#include <memory>

#include "common/base/runtime.h"
#include "common/rpc/method_table.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::service {

class Service;

// Thread-safe. The service outlives it.
class Admin {
 public:
  explicit Admin(Service& service);

  void AddMethods(rpc::MethodTable& table);
  // Waits for a check of pages that runs. Nothing is checked any more.
  void Stop() { executor_->Stop(); }

 private:
  class StatusRead;
  class IntegrityRun;

  Service& service_;
  std::atomic<bool> checking_ = false;
  // Where pages are checked, which takes minutes: no read waits for it.
  const std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::service
