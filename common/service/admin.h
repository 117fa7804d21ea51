// AdminService: what an operator asks one running service.
#pragma once

#include <atomic>
#include <memory>

#include "common/rpc/method_table.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::service {

class Service;

// Thread-safe. The service outlives it.
class Admin {
 public:
  explicit Admin(Service& service) : service_(service) {}

  void AddMethods(rpc::MethodTable& table);

 private:
  class StatusRead;
  class IntegrityRun;

  Service& service_;
  std::atomic<bool> checking_ = false;
};

}  // namespace dangol::service
