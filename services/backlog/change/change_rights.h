// Who may do what with a change, beside the permission of the method. Each returns PERMISSION_DENIED or nothing.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {

// What customers are sold and promised a developer ships; how they are served, the owner of the stage. What the change
// is and what it is `asked` to be shipped as both count, where they are said.
absl::Status CheckMayShip(const rpc::Principal& principal, const v1::Change& change, v1::Change::Kind asked);

// What is sold and promised is called something else by those alone who may ship it.
absl::Status CheckMayBecome(const rpc::Principal& principal, v1::Change::Kind before, v1::Change::Kind after);

// Nobody gives himself the right to ship by moving what stands in a stage that others own into his own.
absl::Status CheckMayMove(const rpc::Principal& principal, std::string_view before, std::string_view after);

}  // namespace dangol::backlog
