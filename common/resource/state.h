// What a transition of a state asks first.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "common/base/error.h"

namespace dangol::resource {

// FAILED_PRECONDITION, reason WRONG_STATE, unless the resource, which has a `name` and a `state`, is in one of these.
// `action` is the RPC.
template <typename Resource>
absl::Status CheckState(const Resource& resource, std::initializer_list<typename Resource::State> allowed,
                        std::string_view action) {
  std::string names;
  for (const typename Resource::State state : allowed) {
    if (resource.state() == state) return absl::OkStatus();
    if (!names.empty()) names += ", ";
    names += Resource::State_Name(state);
  }
  return WrongState(resource.name(), Resource::State_Name(resource.state()), action, names);
}

}  // namespace dangol::resource
