// One followed feed. Reads the events of another service and applies each of them once: the position in that feed moves
// in the transaction of the effects, and only where it is still where this process left it. A state machine: it holds
// no thread while it waits, and at most one page of events.
//
//   lease → stream behind the saved position → page → writes of a few milliseconds each → next page → …
//
// Whatever goes wrong, it begins again with the lease, after a pause; so everything that it believes comes from the
// database.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/ids.h"
#include "common/base/runtime.h"
#include "common/feed/follow_status.h"
#include "common/feed/parked_events.h"
#include "common/feed/source.h"
#include "common/rpc/transport.h"
#include "common/storage/feed_head.h"
#include "common/storage/write_queue.h"

namespace dangol::feed {

struct SubscriptionLimits {
  // Of one write: callers wait behind it.
  absl::Duration write_time_max = absl::Milliseconds(5);
  int64_t write_resources_max = 1000;
  // How long nobody else follows after the last sign of life of who does. Renewed three times in that time.
  absl::Duration lease = absl::Seconds(10);
  // Without a message for so long the stream is given up; the other service sends heartbeats (StreamLimits).
  absl::Duration silence_max = absl::Seconds(45);
  // Pauses after faults; those that need an operator are looked at again after about `broken_pause`.
  absl::Duration retry_first = absl::Milliseconds(100);
  absl::Duration retry_most = absl::Seconds(2);
  absl::Duration broken_pause = absl::Seconds(30);
};

// What is to be known beside the source.
struct SubscriptionOptions {
  SubscriptionLimits limits;
  std::string address;  // of the other service; for an operator
  std::string owner;    // of this process; no other has the same
  // Other processes use the database too: the lease is waited for and renewed. Otherwise it is taken.
  bool shared = false;
};

// Thread-safe.
class Subscription {
 public:
  using Status = FollowStatus::Status;

  // `queue` and `ids` must outlive it, and the queue must have been stopped before it is destroyed. `applied` is told
  // how far the feed was followed, also by others (Notice).
  Subscription(Runtime& runtime, storage::WriteQueue& queue, IdMaker& ids, storage::FeedHead& applied,
               const Source& source, std::unique_ptr<rpc::Channel> channel, SubscriptionOptions options);
  ~Subscription();

  std::string_view feed() const { return source_.feed; }

  void Start();
  // Ends the stream, and lets another process have the lease. Only the first call counts.
  void Drain();
  // Nothing runs any more. Before the queue is stopped.
  void Stop();

  // Another look at the database has shown where it stands, why it is broken, and until when it is leased, in whosever
  // hands.
  void Notice(const storage::Cursor& position, const std::string& broken, absl::Time lease_expire_time);

  // What this process knows: all but parked_events.
  Status status() const { return status_.Get(); }

 private:
  class LeaseWrite;
  class ApplyWrite;
  class UpkeepWrite;

  // What one message held.
  struct Page {
    std::unique_ptr<google::protobuf::Message> response;
    std::vector<FollowedEvent> events;
    std::string incarnation;
    int64_t head_sequence = 0;
  };
  // How callbacks reach the executor; they may come when the subscription is gone.
  struct Inbox {
    std::mutex mutex;
    Executor* executor = nullptr;

    void Post(Task task);
    void Close();
  };

  // The row as it is now.
  struct Lease {
    bool mine = false;
    storage::Cursor position;
    std::string broken;
    int64_t epoch = 0;
    std::string owner;
    absl::Time expire_time;

    // Nobody took or renewed it in between.
    bool SameAs(const std::optional<Lease>& other) const {
      return other && epoch == other->epoch && expire_time == other->expire_time;
    }
  };
  // What a write did with a page.
  struct Applied {
    size_t next = 0;           // event of the page that it did not come to
    storage::Cursor position;  // behind the one before it
    bool lost = false;         // the row is not as this process left it
  };
  enum class Upkeep { kRenew, kRelease, kRestart, kBreak };

  // All on the executor.
  void TakeLease();
  void OnLease(const absl::Status& status, const Lease& lease);
  void StandBy(const Lease& lease);
  // Another's that was not renewed for as long as it lasts: it may be taken, whatever the wall clocks say.
  std::optional<Lease> ForsakenLease() const;
  void Connect();
  void Read();
  void OnMessage(std::optional<std::string> message, const absl::Status& status);
  void OnEnd(const absl::Status& status);
  absl::StatusOr<std::shared_ptr<Page>> Parse(const std::string& message) const;
  void OnPage(std::shared_ptr<Page> page);
  void Apply();
  void OnApplied(const absl::Status& status, const Applied& applied);
  void PageDone();
  // Each answers by an On… (subscription_writes.cc).
  void SubmitLease();
  void SubmitPage();
  void SubmitUpkeep(Upkeep upkeep, const std::string& text);
  void OnUpkeep(Upkeep upkeep, const absl::Status& status, bool lost);
  void KeepUp();
  void WatchSilence();
  void OnLost();
  void Broken(const std::string& reason);
  void LookAgainLater();
  void RetryLater(absl::Duration pause);
  void RetryAfterFault();
  void Disconnect();
  // Runs the task in a while, unless another round has begun by then.
  void After(absl::Duration delay, void (Subscription::*task)());

  void SetPosition(const storage::Cursor& position, int64_t epoch);
  void NoteRenewal();

  Runtime& runtime_;
  storage::WriteQueue& queue_;
  IdMaker& ids_;
  storage::FeedHead& applied_;
  const Source& source_;
  const std::unique_ptr<rpc::Channel> channel_;
  const SubscriptionOptions options_;

  // Used on the executor alone.
  storage::Cursor position_;  // as saved
  std::string broken_;        // as saved: why it cannot be followed; empty: it can
  int64_t epoch_ = 0;
  absl::Time lease_until_;             // by the steady clock
  std::optional<Lease> others_lease_;  // as it was seen last
  absl::Time others_lease_since_;      // by the steady clock: so it has stood since then
  bool started_ = false;
  bool leading_ = false;
  bool draining_ = false;
  bool writing_ = false;  // a page
  std::unique_ptr<rpc::ClientStream> stream_;
  std::shared_ptr<Page> page_;
  size_t next_ = 0;          // event of the page that is to be applied
  bool careful_ = false;     // the page has failed: each of its events is undone alone now
  int64_t round_ = 0;        // what was begun in an earlier one is over
  int attempt_ = 0;          // faults since something went well
  absl::Time last_message_;  // by the steady clock

  FollowStatus status_;

  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::feed
