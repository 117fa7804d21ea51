// Where the feed stands, for those who wait for it to move on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "common/base/runtime.h"
#include "common/storage/cursor.h"

namespace dangol::storage {

// Of this service's own feed, or of another's, as far as this service has followed it. Thread-safe.
class FeedHead {
 public:
  FeedHead(Runtime& runtime, std::string incarnation, int64_t sequence);

  // Of a feed that never restarts: this service's own.
  const std::string& incarnation() const { return incarnation_; }
  // Of the newest committed event that this process knows of, or of the last one that was applied here.
  int64_t sequence() const;
  // Of a followed feed; empty until it is known.
  std::string followed_incarnation() const;

  // Nobody is woken any more.
  void Stop();

  // After a commit.
  void Advance(int64_t sequence);
  // The same, where the feed may be another one now, or none: then all who wait are woken.
  void Advance(const Cursor& position);

  // Runs the task once the feed has reached `sequence`, at once where it has. On a thread of its own; must not block.
  // The number cancels it.
  int64_t WaitFor(int64_t sequence, Task task);
  // The same; runs the task, too, where the feed is or becomes another one: look again.
  int64_t WaitFor(const Cursor& position, Task task);
  // Afterwards the task has run, is running, or will never run.
  void Cancel(int64_t waiter);

 private:
  void PostLocked(int64_t waiter);
  int64_t WaitForLocked(int64_t sequence, bool now, Task task);
  void AdvanceLocked(int64_t sequence);

  std::string incarnation_;
  mutable std::mutex mutex_;
  int64_t sequence_;
  int64_t next_waiter_ = 1;
  std::set<std::pair<int64_t, int64_t>> waiting_;      // (sequence, waiter)
  std::map<int64_t, std::pair<int64_t, Task>> tasks_;  // by waiter: (sequence, task), until it runs or is cancelled
  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::storage
