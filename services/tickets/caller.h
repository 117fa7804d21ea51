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

// Whose tickets a caller calls his own: himself, or the member whose token calls. Empty: nobody's.
inline std::string MemberBehind(const rpc::Call& call) {
  const rpc::Principal& principal = call.principal();
  if (std::string member = CallerMember(call); !member.empty()) return member;
  const bool is_of_one = principal.act_for.size() == 1 && principal.act_for.front() != rpc::kAnybody;
  return is_of_one ? principal.act_for.front() : "";
}

// A person, who may hear customers: no program may.
inline bool IsPerson(const rpc::Call& call) { return rpc::CheckPermission(call.principal(), "tickets.hear").ok(); }

}  // namespace dangol::tickets
