// StreamEvents for every feed: what is stored behind a cursor, then what comes, as it is committed. A stream is a state
// machine that holds no thread while it waits and at most one page of events at any time: the next page is read when
// the last is written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/rpc/method_table.h"
#include "common/storage/feed_head.h"
#include "common/storage/reader_pool.h"
#include "dangol/api/v1/feed.pb.h"

namespace dangol::feed {

struct StreamLimits {
  int streams_max = 256;                              // open at once
  int page_events_max = 256;                          // events in one message
  int64_t page_bytes_max = 128 << 10;                 // about; one event may be larger than what is left
  absl::Duration heartbeat = absl::Seconds(15);       // of silence
  absl::Duration write_time_max = absl::Seconds(30);  // a client that has not read for so long is cut off
};

// All open streams of one service. Thread-safe.
class EventStreams {
 public:
  EventStreams(Runtime& runtime, storage::ReaderPool& reader_pool, storage::FeedHead& head, StreamLimits limits);
  // Ends the streams with UNAVAILABLE.
  ~EventStreams();

  // Adds `StreamEvents` of this proto service to the table.
  void AddFeed(rpc::MethodTable& table, std::string_view service);

  // Ends all streams, and those to come, with UNAVAILABLE.
  void Drain();

  int open() const;

 private:
  class Stream;
  friend class Stream;

  static absl::Status Draining();

  void Start(std::shared_ptr<rpc::ServerStreamCall> call, const dangol::api::v1::StreamEventsRequest& request);
  absl::StatusOr<storage::Position> ParseAfter(const std::string& cursor) const;
  void Post(Task task);
  void Remove(int64_t id);
  std::vector<std::shared_ptr<Stream>> All() const;
  void PostSweepLocked();

  Runtime& runtime_;
  storage::ReaderPool& reader_pool_;
  storage::FeedHead& head_;
  const StreamLimits limits_;

  mutable std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<Stream>> streams_;
  int64_t next_id_ = 1;
  bool draining_ = false;
  bool sweeping_ = false;

  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::feed
