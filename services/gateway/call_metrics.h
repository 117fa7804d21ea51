// What the gateway was asked and how long it took, for Prometheus.
#pragma once

#include <prometheus/metric_family.h>

#include <memory>
#include <vector>

#include "common/base/runtime.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// Thread-safe.
class CallMetrics {
 public:
  explicit CallMetrics(Runtime& runtime);
  ~CallMetrics();

  // Counts the exchange once it is answered: by the method that was noted, and the HTTP status. One that
  // nobody answers, since its client has gone, counts with status 499.
  std::shared_ptr<HttpExchange> Counted(std::shared_ptr<HttpExchange> exchange);

  std::vector<prometheus::MetricFamily> Collect() const;

 private:
  class Exchange;
  struct Families;

  Runtime& runtime_;
  const std::shared_ptr<Families> families_;  // of the exchanges, too, which may be there for longer
};

}  // namespace dangol::gateway
