// More calls than a server can take, sent as clients should: a refused call comes again when the server said so.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/rpc/transport.h"

namespace dangol::testing {

// What came of many calls.
struct Tally {
  std::vector<double> accepted_ms;  // from sending to the answer
  std::vector<double> refused_ms;
  std::map<std::string, int64_t> refusals;  // by reason
  std::vector<std::string> unexpected;      // answers that are neither OK nor an early refusal; the first few

  int64_t accepted() const { return static_cast<int64_t>(accepted_ms.size()); }
  int64_t refused() const { return static_cast<int64_t>(refused_ms.size()); }
  // In one line, for people.
  std::string ToString() const;
};

// The value that `share` of the values are not above; 0 where there are none.
double Percentile(std::vector<double> values, double share);

// Thread-safe.
class Flood {
 public:
  // Through connections of its own.
  Flood(const std::string& address, int connections);
  // Stops.
  ~Flood();

  // Keeps so many calls in flight, one after another, until Stop.
  void Keep(int calls, std::string_view method, const std::string& request);
  // So many calls at the same time, each of them once.
  void Burst(int calls, std::string_view method, const std::string& request);

  // Sends nothing more, and waits until everything is answered.
  void Stop();

  // What came so far.
  Tally tally() const;

 private:
  struct Lane {
    int number = 0;
    bool again = false;
    std::string method;
    std::string request;
  };

  void Start(int calls, bool again, std::string_view method, const std::string& request);
  void Send(const std::shared_ptr<const Lane>& lane);
  void OnAnswer(const std::shared_ptr<const Lane>& lane, const absl::Status& status, absl::Duration time);
  void Count(const absl::Status& status, double ms);
  void SendDelayed();

  std::vector<std::unique_ptr<rpc::Channel>> channels_;

  mutable std::mutex mutex_;
  std::condition_variable all_answered_;
  std::condition_variable delayed_changed_;
  bool stopping_ = false;
  int64_t open_ = 0;  // calls under way
  std::multimap<absl::Time, std::shared_ptr<const Lane>> delayed_;
  Tally tally_;
  std::thread thread_;  // sends what was delayed
};

}  // namespace dangol::testing
