// A follower of the tickets feed as its documentation asks for: it remembers the last cursor, and goes on behind it
// wherever the stream ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

#include "common/rpc/transport.h"
#include "tests/simulation/ledger.h"

namespace dangol::testing {

// Thread-safe.
class FeedFollower {
 public:
  explicit FeedFollower(std::unique_ptr<rpc::Channel> channel);
  // Stops.
  ~FeedFollower();

  // False: `sequence` was not reached in time.
  bool WaitFor(int64_t sequence, absl::Duration time);
  void Stop();

  int64_t sequence() const { return sequence_; }

  // After Stop. Position n stands at n - 1.
  const std::vector<simulation::SeenEvent>& events() const { return events_; }
  // Why each stream ended, but for the last.
  const std::vector<std::string>& ends() const { return ends_; }
  // What the feed must never do: leave out a position, send one twice, or end for a reason that does not pass.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  void Follow();
  // Reads one stream to its end.
  absl::Status ReadStream(rpc::ClientStream& stream);
  void Take(const std::string& message);

  const std::unique_ptr<rpc::Channel> channel_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int64_t> sequence_ = 0;

  // Of the thread.
  std::string cursor_;
  std::vector<simulation::SeenEvent> events_;
  std::vector<std::string> ends_;
  std::vector<std::string> violations_;
  std::thread thread_;
};

}  // namespace dangol::testing
