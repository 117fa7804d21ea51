// A client as a careful programmer writes one, many times over: every mutation has a request_id and is sent again, the
// same, until it is answered; and an answer counts only when it stands in a file of the client's own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

#include "common/rpc/transport.h"
#include "tests/crash/acknowledgement_file.h"

namespace dangol::testing {

// One request, and what has to be found of it.
struct LoadRequest {
  std::string method;
  std::string request_id;
  std::string request;               // in wire format
  std::vector<std::string> markers;  // texts that its effect leaves in the database, each in one row
  std::vector<std::string> names;    // of the resources in the answer; once acknowledged
  std::string ticket;                // whose state it changes; empty: of none
};

// Names of the resources in an answer to `method`, a whole path.
std::vector<std::string> NamesInAnswer(const std::string& method, const std::string& answer);

// One acknowledgement as the ledger has it.
struct LedgerLine {
  std::string request_id;
  std::vector<std::string> names;
  std::vector<std::string> markers;
};
std::vector<LedgerLine> ReadLedger(const std::string& path);

struct LoadClientOptions {
  int calls_in_flight = 32;
  size_t sample_size = 200;
  uint64_t seed = 1;  // also in the markers: clients of one database need different ones
  std::string ledger_path;
};

// Sends from its construction on, by a thread of its own. Thread-safe.
class LoadClient {
 public:
  // Of several replicas any may get a request, and another the same again.
  LoadClient(std::vector<std::unique_ptr<rpc::Channel>> channels, LoadClientOptions options);
  LoadClient(std::unique_ptr<rpc::Channel> channel, LoadClientOptions options);
  ~LoadClient();

  void BeginNothingNew();
  // Begins nothing new; waits until all that was begun is acknowledged. False: it was not, in time.
  bool Finish(absl::Duration time);

  int64_t acknowledged() const { return acknowledged_; }
  // The number of the last marker, `marker-SEED-NUMBER.`, that was sent or is about to be.
  int64_t last_marker() const { return markers_; }
  // Waits for so many acknowledgements more. False: they did not come, in time.
  bool WaitForMore(int64_t more, absl::Duration time) const;
  // Attempts that were not answered with OK.
  int64_t attempts_failed() const { return attempts_failed_; }
  // The longest time between two acknowledgements since the last call.
  absl::Duration TakeLongestPause();

  // After Finish: some of what was acknowledged, each with the same chance.
  const std::vector<LoadRequest>& sample() const { return sample_; }
  // Attempts that were not answered with OK, by their status.
  const std::map<std::string, int64_t>& failures() const { return failures_; }
  // Answers that a sound service never gives.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Arrival {
    size_t slot;
    rpc::Reply reply;
  };

  void Run();
  std::deque<Arrival> WaitForArrivals();
  void Take(const std::deque<Arrival>& arrivals);
  void Acknowledge(const std::vector<size_t>& slots);
  void NotePause();
  void Keep(LoadRequest request);
  void SendDue();
  void Begin(size_t slot);
  void Send(size_t slot);
  void RetryLater(size_t slot, const absl::Status& status);

  LoadRequest Choose();
  LoadRequest NewTicket();
  LoadRequest NewTickets();
  LoadRequest NewMessage();
  LoadRequest Acknowledgement(std::string ticket);
  LoadRequest Decline(std::string ticket);
  LoadRequest Made(const char* method, std::vector<std::string> markers);
  std::string Marker();
  uint64_t Random(uint64_t bound) { return random_() % bound; }

  const std::vector<std::unique_ptr<rpc::Channel>> channels_;
  const LoadClientOptions options_;
  std::atomic<int64_t> acknowledged_ = 0;
  std::atomic<int64_t> attempts_failed_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Arrival> arrived_;
  bool finishing_ = false;
  bool finished_ = false;
  bool giving_up_ = false;
  absl::Time last_acknowledgement_ = absl::InfiniteFuture();
  absl::Duration longest_pause_;

  // Of the thread.
  std::mt19937_64 random_;
  AcknowledgementFile ledger_file_;
  std::atomic<int64_t> markers_ = 0;
  std::vector<LoadRequest> slots_;
  size_t busy_ = 0;
  std::multimap<absl::Time, size_t> retries_;
  std::vector<std::string> received_;  // tickets whose state nobody changes now
  std::vector<std::string> heard_;
  std::vector<std::string> tickets_;
  std::vector<LoadRequest> sample_;
  std::map<std::string, int64_t> failures_;
  std::vector<std::string> violations_;
  std::thread thread_;
};

}  // namespace dangol::testing
