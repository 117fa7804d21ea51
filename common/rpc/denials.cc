#include "common/rpc/denials.h"

#include <utility>

#include "common/base/proto_time.h"

namespace dangol::rpc {
namespace {

// More callers, methods and reasons than are told apart.
constexpr char kOthers[] = "OTHERS";

}  // namespace

void Denials::Count(std::string_view principal, std::string_view method, std::string_view reason,
                    std::string_view trace_id, absl::Time now) {
  Key key(principal, method, reason);
  if (denied_.size() >= kDenialsMost && !denied_.contains(key)) key = {"", others_method_, kOthers};
  Denied& denied = denied_[key];
  if (denied.calls++ == 0) denied = {now, std::string(trace_id), 1};
}

std::vector<api::v1::AuditEntry> Denials::Take() {
  std::vector<api::v1::AuditEntry> entries;
  for (const auto& [key, one] : std::exchange(denied_, {})) {
    api::v1::AuditEntry& entry = entries.emplace_back();
    *entry.mutable_time() = ToProtoTime(one.first_time);
    entry.set_principal(std::get<0>(key));
    entry.set_method(std::get<1>(key));
    entry.set_denial(std::get<2>(key));
    entry.set_denied_calls(one.calls);
    entry.set_trace_id(one.trace_id);
  }
  return entries;
}

}  // namespace dangol::rpc
