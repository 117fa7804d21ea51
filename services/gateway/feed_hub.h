// One feed of a service, read once for everybody who watches: the newest events in memory, and whether the service is
// there.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"

#include "common/base/runtime.h"
#include "common/rpc/transport.h"
#include "dangol/gateway/v1/live_service.pb.h"
#include "services/gateway/backends.h"

namespace dangol::gateway {

struct FeedHubLimits {
  size_t events_max = 2000;    // kept for those who come back
  size_t bytes_max = 8 << 20;  // of them
  absl::Duration retry_min = absl::Milliseconds(200);
  absl::Duration retry_max = absl::Seconds(5);
};

// A position in a hub's sequence of events: everything before it has been seen.
using FeedPosition = uint64_t;

// Thread-safe. Reads its feed from the first Start on, and goes on trying.
class FeedHub : public std::enable_shared_from_this<FeedHub> {
 public:
  // `changed` is called after every event and change of state, on any thread, without locks.
  FeedHub(const Backend& backend, const google::protobuf::MethodDescriptor* stream_events, Runtime& runtime,
          Executor& executor, FeedHubLimits limits, std::function<void()> changed);

  const std::string& name() const { return backend_.name; }
  // Of who reads the feed at its service.
  const std::string& permission() const;

  // Does nothing after the first time.
  void Start();
  // Cancels what is under way; nothing happens any more.
  void Stop();

  struct State {
    bool live = false;
    std::string cursor;       // of the newest event
    FeedPosition end = 0;     // behind it
    uint64_t generation = 0;  // changes with `live`
  };
  State state() const;

  // Where somebody goes on whose last cursor this is. None: what came after it is not here any more.
  std::optional<FeedPosition> Find(std::string_view cursor) const;

  // Appends events from the position on to a serialised WatchResponse, until it has about `bytes_max`; moves the
  // position, and the cursor with it. False: events from there on are not here any more; nothing is appended.
  bool Read(FeedPosition& position, size_t bytes_max, std::string& response, std::string& cursor) const;

 private:
  struct Entry {
    std::string cursor;
    std::string event;  // a WatchResponse with this event alone, serialised
  };

  // Asks the service for its newest position, then follows from there or from where it was.
  void Connect();
  void OnStatus(rpc::Reply reply);
  void ReadNext();
  void OnMessage(std::optional<std::string> message, const absl::Status& status);
  void Take(const std::string& message);
  void SetLive(bool live);
  void Retry();

  const Backend backend_;
  const google::protobuf::MethodDescriptor* const stream_events_;
  const google::protobuf::FieldDescriptor* const event_field_;  // of WatchEvent; null: no event of this feed is shown
  Runtime& runtime_;
  Executor& executor_;
  const FeedHubLimits limits_;
  const std::function<void()> changed_;

  mutable std::mutex mutex_;
  bool started_ = false;
  bool stopped_ = false;
  bool live_ = false;
  uint64_t generation_ = 0;
  int attempts_ = 0;
  std::string newest_cursor_;  // empty: never reached
  std::string oldest_cursor_;  // of the last event that is not here any more
  FeedPosition first_ = 0;     // of the first entry
  std::deque<Entry> entries_;
  size_t bytes_ = 0;
  std::shared_ptr<rpc::ClientStream> stream_;
};

}  // namespace dangol::gateway
