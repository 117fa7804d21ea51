// The contact reasons of changes follow the tree that the tickets service keeps.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::backlog {

// The reasons of a change that is about to be stored as they are called now, each once.
absl::Status ResolveReasons(storage::Snapshot& snapshot, v1::Change& change);
// With every change of a change: it is found by the reasons that it has.
absl::Status KeepReasons(storage::Transaction& transaction, const v1::Change& change);

// A reason, with all below it, is called otherwise from now on; `sequence` is that of the event. Changes that have it
// become new versions.
absl::Status MoveReason(storage::Transaction& transaction, const rpc::Call& call,
                        const tickets::v1::ContactReasonMoved& moved, int64_t sequence);

// The first ticket has come to a change: where nobody said which reasons it answers, it answers that of the ticket.
absl::Status TakeReason(storage::Transaction& transaction, const rpc::Call& call, const std::string& change,
                        const std::string& contact_reason);

}  // namespace dangol::backlog
