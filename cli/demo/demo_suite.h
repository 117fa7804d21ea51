// The three services in one thread, on files, by a clock of their own: what would take half a year takes seconds. All
// that they answer, follow and do later is done by the code that production runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

#include "common/base/simulated_runtime.h"
#include "common/service/service.h"

namespace dangol::demo {

// Not thread-safe.
class DemoSuite {
 public:
  // Opens the databases in the folder, which has none. The clock begins at `start`.
  static absl::StatusOr<std::unique_ptr<DemoSuite>> Open(const std::string& folder, uint64_t seed, absl::Time start);
  // Stops the services in good order.
  ~DemoSuite();

  absl::Time Now() { return runtime_.Now(); }
  // Sets the clock on, never back. Nothing happens between.
  void StepTo(absl::Time time);
  // Until everybody has heard of everything; no time passes but milliseconds.
  void Settle();
  // What is due by now is done.
  void FireTimers();

  // `method` is `/package.Service/Method`, of any of the services. The answer is kept where it is asked for.
  absl::Status Call(std::string_view method, const google::protobuf::Message& request,
                    google::protobuf::Message* response = nullptr);

 private:
  DemoSuite(uint64_t seed, absl::Time start);
  absl::Status OpenService(const std::string& folder, const service::Definition& definition);

  SimulatedRuntime runtime_;
  std::unique_ptr<Executor> executor_;
  std::map<std::string, std::unique_ptr<service::Service>, std::less<>> services_;
};

}  // namespace dangol::demo
