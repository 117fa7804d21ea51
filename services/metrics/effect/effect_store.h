// Effects and their looks as rows, and the complaints that are counted for them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/effect.pb.h"

namespace dangol::metrics {

struct EffectRow {
  v1::Effect effect;     // without its looks
  int64_t look_day = 0;  // the last day that a look was at, or that was passed over
};

absl::StatusOr<std::optional<EffectRow>> FindEffect(storage::Snapshot& snapshot, std::string_view effect_id);
// With its looks. NOT_FOUND.
absl::StatusOr<v1::Effect> ReadEffect(storage::Snapshot& snapshot, std::string_view name);
// In place of the one there was.
absl::Status WriteEffect(storage::Transaction& transaction, const EffectRow& row);
absl::Status InsertLook(storage::Transaction& transaction, const v1::Effect& effect, int64_t day,
                        const v1::EffectLook& look);
// Those at shipments of this time and later ones.
absl::Status DeleteLooks(storage::Transaction& transaction, std::string_view effect_id, absl::Time since);
// With its looks; nothing where there is none.
absl::Status DeleteEffect(storage::Transaction& transaction, std::string_view effect_id);

// By ship time before `before`, the newest first, with a verdict of `verdicts`, where bit n stands for the verdict n.
absl::StatusOr<std::vector<resource::TimeKey>> ListEffectKeys(storage::Snapshot& snapshot, int64_t verdicts,
                                                              const std::optional<resource::TimeKey>& before,
                                                              int64_t most);

// The reason, where there are tickets with it, and all that are below it.
absl::Status AddReasons(storage::Snapshot& snapshot, const std::string& reason, std::set<std::string>& reasons);
// When complaints and requests with exactly this reason were received, in order; without duplicates, spam, history and
// those of people of the company itself.
absl::StatusOr<std::vector<absl::Time>> ComplaintTimes(storage::Snapshot& snapshot, std::string_view reason,
                                                       absl::Time from, absl::Time until);
// When the first of all such complaints and requests was received: of days before it nothing is known.
absl::StatusOr<std::optional<absl::Time>> FirstComplaintTime(storage::Snapshot& snapshot);

}  // namespace dangol::metrics
