#include "common/rpc/denied_calls.h"

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/proto_time.h"
#include "common/rpc/audit_entry.h"

namespace dangol::rpc {
namespace {

// More callers, methods and reasons than are told apart.
constexpr char kOthers[] = "OTHERS";

class DenialsWrite : public storage::Write {
 public:
  explicit DenialsWrite(std::vector<storage::AuditRecord> records) : records_(std::move(records)) {
    rows = static_cast<int64_t>(records_.size());
  }

  absl::Status Apply(storage::Transaction&) override { return absl::OkStatus(); }
  std::vector<storage::AuditRecord> Audit(const std::string&) override { return records_; }
  void Done(const absl::Status& status, const storage::Position&) override {
    if (status.ok()) return;
    Log()->warn("{} entries about denied calls are missing in the audit log: {}", records_.size(), ErrorReason(status));
  }

 private:
  const std::vector<storage::AuditRecord> records_;
};

}  // namespace

DeniedCalls::DeniedCalls(Runtime& runtime, storage::WriteQueue& write_queue)
    : runtime_(runtime), write_queue_(write_queue), executor_(runtime.NewExecutor("denied", 1)) {}

DeniedCalls::~DeniedCalls() { executor_->Stop(); }

void DeniedCalls::Count(std::string_view principal, std::string_view method, const absl::Status& status,
                        std::string_view traceparent) {
  if (!absl::IsPermissionDenied(status) && !absl::IsUnauthenticated(status)) return;
  std::lock_guard lock(mutex_);
  Key key(principal, method, ErrorReason(status));
  if (denied_.size() >= kDenialsMost && !denied_.contains(key)) key = {"", "", kOthers};
  Denied& denied = denied_[key];
  if (denied.calls++ == 0) denied = {runtime_.Now(), std::string(TraceIdOf(traceparent)), 1};
  if (std::exchange(scheduled_, true)) return;
  executor_->PostAt(runtime_.Now() + kDenialsTime, [this] { Store(); });
}

void DeniedCalls::Store() {
  std::map<Key, Denied> denied;
  {
    std::lock_guard lock(mutex_);
    denied.swap(denied_);
    scheduled_ = false;
  }
  if (denied.empty()) return;
  std::vector<storage::AuditRecord> records;
  for (const auto& [key, one] : denied) {
    api::v1::AuditEntry entry;
    *entry.mutable_time() = ToProtoTime(one.first_time);
    entry.set_principal(std::get<0>(key));
    entry.set_method(std::get<1>(key));
    entry.set_denial(std::get<2>(key));
    entry.set_denied_calls(one.calls);
    entry.set_trace_id(one.trace_id);
    records.push_back(ToRecord(entry));
  }
  write_queue_.Submit(storage::Lane::kTimer, std::make_unique<DenialsWrite>(std::move(records)));
}

}  // namespace dangol::rpc
