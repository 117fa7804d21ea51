// The evidence of a change as a row, with a copy of what lists go by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

// Of a new change: nobody asks for it yet.
absl::Status InsertEvidence(storage::Transaction& transaction, const v1::Change& change);
// Sets what of a change its etag does not cover: evidence, score, decide_due_time, effect_verdict.
absl::Status ReadEvidence(storage::Snapshot& snapshot, v1::Change& change);
// After every change of a change: what lists go by is what it says.
absl::Status CopyToEvidence(storage::Transaction& transaction, const v1::Change& change);
// What a transaction adds to the evidence of one change.
struct EvidenceTally {
  int64_t demands = 0;
  int64_t customers = 0;
  int64_t anonymous = 0;
  int64_t answered = 0;
  int64_t late = 0;
  int64_t recurrences = 0;
  int64_t may_ask = 0;
  int64_t invited = 0;
  int64_t fixed = 0;
  int64_t not_fixed = 0;

  friend bool operator==(const EvidenceTally&, const EvidenceTally&) = default;
};
// Where the last demand leaves, nothing has to be decided any more.
absl::Status AddEvidence(storage::Transaction& transaction, std::string_view change_id, const EvidenceTally& tally);
// The same for a demand that comes. Returns its ordinal, the next of its change.
absl::StatusOr<int64_t> EnterEvidence(storage::Transaction& transaction, std::string_view change_id,
                                      const EvidenceTally& tally, absl::Time receive_time);
// Somebody asks for a change: it has to be decided by then, unless that was said before or it is not PROPOSED.
absl::Status SetDecideDue(storage::Transaction& transaction, std::string_view change_id, absl::Time due_time);

// What metrics says of the shipment of that time, which is the last that holds: of any other nothing is noted. `look`
// grows with what it says of one shipment, and what is not greater than the last one was said before.
absl::Status NoteEffect(storage::Transaction& transaction, std::string_view change_id, absl::Time ship_time,
                        v1::EffectVerdict verdict, int64_t look);

// Where a change stands in a list: by its score or a time (in microseconds), and by its id where these tie.
struct ListKey {
  int64_t rank = 0;
  std::string id;

  std::string Encode() const;
  static std::optional<ListKey> Decode(std::string_view bytes);
};

// The changes behind `after` that the request asks for, in its order.
absl::StatusOr<std::vector<ListKey>> ListChangeKeys(storage::Snapshot& snapshot, const v1::ListChangesRequest& request,
                                                    const std::optional<ListKey>& after, int64_t most);
// Those that stand in the public list, the newest shipment first.
absl::StatusOr<std::vector<ListKey>> ListPublishedKeys(storage::Snapshot& snapshot, const std::optional<ListKey>& after,
                                                       int64_t most);

}  // namespace dangol::backlog
