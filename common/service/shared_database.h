// What other processes of a service commit into the database that they share with this one: looked for a few times a
// second, so that streams, reads that wait for a cursor, timers and the status move on here, too. And the lease of this
// process' replica number is renewed.
#pragma once

#include <memory>

#include "common/base/runtime.h"

namespace dangol::service {

class Service;

// Looks from its construction until Stop. The service outlives it, and stops it before its reader pool.
class SharedDatabase {
 public:
  explicit SharedDatabase(Service& service);
  ~SharedDatabase();

  void Stop();

 private:
  class Look;
  class Renewal;

  void LookLater();

  Service& service_;
  int looks_ = 0;
  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::service
