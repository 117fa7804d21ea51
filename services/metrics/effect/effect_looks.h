// When effects begin, and their looks, day by day.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/backlog/v1/change_facts.pb.h"

namespace dangol::metrics {

inline constexpr std::string_view kEffectTimer = "look-at-effects";

// A change that has shipped for everyone and has contact reasons gets an effect; after another shipment, and where the
// newest is taken back, it begins anew. Where none holds any more, or nothing is left that it answers, there is no
// effect. The facts are newer than those of all calls before.
absl::Status FollowChange(storage::Transaction& transaction, const backlog::v1::ChangeFacts& facts);

// A firing of kEffectTimer: looks at effects whose next_look_time has come, once for each day that has ended since the
// last look.
absl::Status LookAtEffects(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::metrics
