// Who calls, as the tickets know people.
#pragma once

#include <string>

#include "common/base/ids.h"
#include "common/rpc/authorization.h"
#include "common/rpc/call.h"
#include "services/tickets/names.h"

namespace dangol::tickets {

// `members/{member}`; empty where the caller is no person that can be named.
inline std::string CallerMember(const rpc::Call& call) {
  return IsResourceId(call.principal().name) ? kMemberPattern.Name(call.principal().name) : "";
}

// A person, who may hear customers: no program may.
inline bool IsPerson(const rpc::Call& call) { return rpc::CheckPermission(call.principal(), "tickets.hear").ok(); }

}  // namespace dangol::tickets
