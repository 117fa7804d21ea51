// Calls that were denied, for the audit log. They are counted for some seconds, by who was denied what and why, and
// stored together: a flood of them costs the writer one write in ten seconds, and the disk some kilobytes.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>

#include "absl/status/status.h"

#include "common/base/runtime.h"
#include "common/rpc/denials.h"
#include "common/storage/write_queue.h"

namespace dangol::rpc {

// Thread-safe.
class DeniedCalls {
 public:
  // The queue outlives it.
  DeniedCalls(Runtime& runtime, storage::WriteQueue& write_queue);
  ~DeniedCalls();

  // One that was refused with `status`. What is no denial is not counted. `principal` is empty where nobody is known.
  void Count(std::string_view principal, std::string_view method, const absl::Status& status,
             std::string_view traceparent);
  // Stores what is counted now, and does not wait for it.
  void Store();

 private:
  Runtime& runtime_;
  storage::WriteQueue& write_queue_;
  std::mutex mutex_;
  Denials denials_;
  bool scheduled_ = false;
  std::unique_ptr<Executor> executor_;  // last, so that it stops first
};

}  // namespace dangol::rpc
