#include "common/rpc/denied_calls.h"

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/rpc/audit_entry.h"

namespace dangol::rpc {
namespace {

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
  denials_.Count(principal, method, ErrorReason(status), TraceIdOf(traceparent), runtime_.Now());
  if (std::exchange(scheduled_, true)) return;
  executor_->PostAt(runtime_.Now() + kDenialsTime, [this] { Store(); });
}

void DeniedCalls::Store() {
  std::vector<storage::AuditRecord> records;
  {
    std::lock_guard lock(mutex_);
    for (const api::v1::AuditEntry& entry : denials_.Take()) records.push_back(ToRecord(entry));
    scheduled_ = false;
  }
  if (records.empty()) return;
  write_queue_.Submit(storage::Lane::kTimer, std::make_unique<DenialsWrite>(std::move(records)));
}

}  // namespace dangol::rpc
