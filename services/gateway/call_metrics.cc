#include "services/gateway/call_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <string_view>
#include <utility>

#include "services/gateway/exchange_wrapper.h"

namespace dangol::gateway {
namespace {

// As nginx has it: the client went before it was answered.
constexpr int kClientGone = 499;

// In seconds: from what a read takes to where a client gives up.
prometheus::Histogram::BucketBoundaries Boundaries() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
}

}  // namespace

struct CallMetrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("dangol_gateway_requests_total")
                                                          .Help("Requests that were answered.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("dangol_gateway_request_seconds")
          .Help("From the request to its answer; of a stream, to its first byte.")
          .Register(registry);
  prometheus::Gauge& open = prometheus::BuildGauge()
                                .Name("dangol_gateway_open_requests")
                                .Help("Requests that are not answered yet, and streams.")
                                .Register(registry)
                                .Add({});
};

class CallMetrics::Exchange : public ExchangeWrapper {
 public:
  Exchange(const CallMetrics& metrics, std::shared_ptr<HttpExchange> exchange)
      : ExchangeWrapper(std::move(exchange)),
        runtime_(metrics.runtime_),
        families_(metrics.families_),
        start_(runtime_.SteadyNow()) {
    families_->open.Increment();
  }
  ~Exchange() override {
    if (!counted_) Count(kClientGone);
    families_->open.Decrement();
  }

  void Respond(HttpResponse response) override {
    Count(response.status);
    ExchangeWrapper::Respond(std::move(response));
  }
  void StartStream(HttpResponse head) override {
    Count(head.status);
    ExchangeWrapper::StartStream(std::move(head));
  }
  void NoteMethod(std::string_view method) override { method_ = method; }

 private:
  void Count(int status) {
    counted_ = true;
    families_->requests.Add({{"method", method_}, {"code", std::to_string(status)}}).Increment();
    if (method_.empty()) return;  // a file, or nothing that is there
    const absl::Duration took = runtime_.SteadyNow() - start_;
    families_->seconds.Add({{"method", method_}}, Boundaries()).Observe(absl::ToDoubleSeconds(took));
  }

  Runtime& runtime_;
  const std::shared_ptr<Families> families_;
  const absl::Time start_;
  std::string method_;
  bool counted_ = false;
};

CallMetrics::CallMetrics(Runtime& runtime) : runtime_(runtime), families_(std::make_shared<Families>()) {}
CallMetrics::~CallMetrics() = default;

std::shared_ptr<HttpExchange> CallMetrics::Counted(std::shared_ptr<HttpExchange> exchange) {
  return std::make_shared<Exchange>(*this, std::move(exchange));
}

std::vector<prometheus::MetricFamily> CallMetrics::Collect() const { return families_->registry.Collect(); }

}  // namespace dangol::gateway
