// Denied calls, counted by who was denied what and why: as many entries of the audit log as a flood of them may make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "dangol/api/v1/audit.pb.h"

namespace dangol::rpc {

// For so long they are counted together.
inline constexpr absl::Duration kDenialsTime = absl::Seconds(10);
// Entries of so many callers, methods and reasons in that time; the others are counted by one more.
inline constexpr size_t kDenialsMost = 20;

// Not thread-safe.
class Denials {
 public:
  // `others_method`: what the entry of the others names as its method.
  explicit Denials(std::string others_method = "") : others_method_(std::move(others_method)) {}

  // `trace_id` is kept of the first of a kind.
  void Count(std::string_view principal, std::string_view method, std::string_view reason, std::string_view trace_id,
             absl::Time now);
  // What was counted since it was called last.
  std::vector<api::v1::AuditEntry> Take();

 private:
  struct Denied {
    absl::Time first_time;
    std::string trace_id;
    int64_t calls = 0;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // principal, method, reason

  std::string others_method_;
  std::map<Key, Denied> denied_;
};

}  // namespace dangol::rpc
