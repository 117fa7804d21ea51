// How far a feed was followed, as an operator is told.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/cursor.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::feed {

// Thread-safe.
class FollowStatus {
 public:
  using Status = dangol::api::v1::SubscriptionStatus;

  // Of a feed that nobody has asked yet; `address` is that of the other service.
  FollowStatus(Runtime& runtime, std::string_view feed, const std::string& address);

  // Logs what is new.
  void SetState(Status::State state, const std::string& reason);
  Status::State state() const;
  void SetPosition(const storage::Cursor& position, int64_t epoch);
  // The other service told where its feed stands; `oldest` is the time of the first event that is to be applied.
  void NoteHead(int64_t head_sequence, absl::Time oldest);
  void NoteNoEvents(int64_t head_sequence);
  // Events were applied; `oldest` is the time of the next, or about so.
  void NoteProgress(absl::Time oldest);

  // All but parked_events.
  Status Get() const;

 private:
  Runtime& runtime_;
  mutable std::mutex mutex_;
  Status status_;
  std::string followed_;                              // the incarnation that the status is of
  absl::Time behind_since_ = absl::InfiniteFuture();  // time of the oldest event that is known of and not applied
};

}  // namespace dangol::feed
