// Events of other services that could not be applied here. One that fails for good is put aside with the reason, and so
// is every later one that shares a resource with one that waits, so that everything else goes on and nothing is applied
// out of order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

#include "common/base/ids.h"
#include "common/feed/source.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/api/v1/feed.pb.h"

namespace dangol::feed {

// One event of a feed, taken out of what its stream sent.
struct FollowedEvent {
  const google::protobuf::Message* event = nullptr;
  const dangol::api::v1::EventEnvelope* envelope = nullptr;
};
// Its kind, such as `ticket_accepted`; empty for one that this program does not know.
std::string_view KindOf(const google::protobuf::Message& event);
const dangol::api::v1::EventEnvelope& EnvelopeOf(const google::protobuf::Message& event);

// A fault that passes by itself; any other error of a reaction parks its event.
bool Passes(const absl::Status& status);

// One event given to its reaction, under the identity `subscription/FEED` and with the event's trace. Kinds that are
// not known are OK.
absl::Status React(const Source& source, storage::Transaction& transaction, absl::Time now, IdMaker& ids,
                   const FollowedEvent& event);

// The parked events of one feed, during one transaction.
class ParkedEvents {
 public:
  ParkedEvents(storage::Transaction& transaction, std::string_view feed, const std::string& incarnation)
      : transaction_(transaction), feed_(feed), incarnation_(incarnation) {}

  // What is parked already from `first` to `last`, and whether anything waits.
  absl::Status Load(int64_t first, int64_t last);
  // It waits since an earlier time, or was given up: the feed is replayed. Must not be applied.
  bool IsParked(int64_t sequence) const;
  // Whether it shares a resource with one that waits.
  absl::StatusOr<bool> IsBehind(const dangol::api::v1::EventEnvelope& envelope);
  // `reason` is why it failed; OK: it did not, but is behind another.
  absl::Status Park(const FollowedEvent& event, const absl::Status& reason, absl::Time now);

 private:
  storage::Transaction& transaction_;
  const std::string_view feed_;
  const std::string& incarnation_;
  bool any_wait_ = false;
  std::vector<int64_t> unwanted_;  // in order
};

// What AdminService does about them. Errors as its proto says.
absl::StatusOr<dangol::api::v1::ParkedEvent> ReadParkedEvent(storage::Snapshot& snapshot, std::string_view name);
absl::StatusOr<dangol::api::v1::ListParkedEventsResponse> ListParkedEvents(
    storage::Snapshot& snapshot, const rpc::Call& call, const dangol::api::v1::ListParkedEventsRequest& request);
absl::StatusOr<dangol::api::v1::ParkedEvent> RetryParkedEvent(const std::vector<Source>& sources, IdMaker& ids,
                                                              storage::Transaction& transaction, const rpc::Call& call,
                                                              const dangol::api::v1::RetryParkedEventRequest& request);
absl::StatusOr<dangol::api::v1::ParkedEvent> DropParkedEvent(storage::Transaction& transaction, const rpc::Call& call,
                                                             const dangol::api::v1::DropParkedEventRequest& request);

}  // namespace dangol::feed
