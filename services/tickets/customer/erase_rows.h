// What a customer's tickets say of a person, overwritten.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"

namespace dangol::tickets {

// Overwrites at most so many rows of tickets and messages, of the customer and of all that were merged into it, and
// returns how many; 0: nothing is left. Times, states and numbers stay, and so do counts.
absl::StatusOr<int64_t> EraseRows(storage::Transaction& transaction, const rpc::Call& call,
                                  std::string_view customer_id, int64_t most);

}  // namespace dangol::tickets
