#include "services/gateway/audit_writer.h"

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "common/identity/audit_spool.h"

namespace dangol::gateway {
namespace {

constexpr absl::Duration kCallTimeMax = absl::Seconds(5);
constexpr absl::Duration kComplaintInterval = absl::Minutes(1);
// What waits in the folder; of more, denials are not written any more. Anybody can make them.
constexpr size_t kSpooledDenialsMost = 1000;

bool IsDenial(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) || reason.starts_with("MEMBER_") ||
         reason.starts_with("EMAIL_");
}

}  // namespace

rpc::Principal GatewayPrincipal() {
  return {.name = "services/gateway", .roles = {"service"}, .stages = {}, .permissions = {"admin"}};
}

metrics::v1::RecordAuditEntryRequest RecordRequest(const api::v1::AuditEntry& entry, std::string_view id) {
  metrics::v1::RecordAuditEntryRequest request;
  request.set_audit_entry(SerializeDeterministically(entry));
  request.set_request_id(std::string(id));
  return request;
}

AuditWriter::AuditWriter(std::shared_ptr<rpc::Channel> metrics, std::shared_ptr<identity::Keys> keys, Runtime& runtime)
    : metrics_(std::move(metrics)),
      keys_(std::move(keys)),
      runtime_(runtime),
      executor_(runtime.NewExecutor("audit", 1)) {}

void AuditWriter::Start() {
  if (metrics_ == nullptr || keys_->folder().path().empty()) return;
  executor_->Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Poll();
  });
}

void AuditWriter::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  executor_->Stop();
  StoreDenied();
}

void AuditWriter::Poll() {
  HandOver();
  executor_->PostAt(runtime_.Now() + kSpoolInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Poll();
  });
}

void AuditWriter::Record(std::string_view principal, std::string_view method) {
  api::v1::AuditEntry entry;
  entry.set_principal(std::string(principal));
  entry.set_method(std::string(method));
  Record(std::move(entry));
}

void AuditWriter::Record(api::v1::AuditEntry entry) {
  Spool(std::move(entry));
  HandOverSoon();
}

void AuditWriter::Spool(api::v1::AuditEntry entry) {
  if (keys_->folder().path().empty()) return;
  *entry.mutable_time() = entry.has_time() ? entry.time() : ToProtoTime(runtime_.Now());
  const absl::Status written = identity::SpoolEntry(keys_->folder(), entry, runtime_);
  if (written.ok()) return;
  // Then the log is all that has it.
  Log()->error("An entry is missing in the audit log: {} {}", std::string(written.message()),
               ToJson(entry, JsonStyle::kCompact));
}

void AuditWriter::CountDenied(std::string_view principal, std::string_view method, const absl::Status& status) {
  if (!IsDenial(status)) return;
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  denials_.Count(principal, method, ErrorReason(status), "", runtime_.Now());
  if (std::exchange(scheduled_, true)) return;
  executor_->PostAt(runtime_.Now() + rpc::kDenialsTime, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->StoreDenied();
    self->HandOver();
  });
}

void AuditWriter::StoreDenied() {
  std::vector<api::v1::AuditEntry> denied;
  {
    std::lock_guard lock(mutex_);
    denied = denials_.Take();
    scheduled_ = false;
  }
  if (denied.empty()) return;
  if (identity::SpooledEntries(keys_->folder()).size() >= kSpooledDenialsMost) {
    Log()->warn("{} entries about what was denied are missing in the audit log: too many wait for metrics",
                denied.size());
    return;
  }
  for (api::v1::AuditEntry& entry : denied) Spool(std::move(entry));
}

void AuditWriter::HandOverSoon() {
  if (metrics_ == nullptr) return;
  executor_->Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->HandOver();
  });
}

void AuditWriter::HandOver() {
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || busy_ || metrics_ == nullptr) return;
    busy_ = true;
  }
  for (const std::string& id : identity::SpooledEntries(keys_->folder())) {
    const absl::StatusOr<api::v1::AuditEntry> entry = identity::ReadSpooledEntry(keys_->folder(), id);
    if (absl::IsNotFound(entry.status())) continue;
    if (!entry.ok()) {
      Log()->error("An entry is not handed over to the audit log: {}", std::string(entry.status().message()));
      identity::SetSpooledEntryAside(keys_->folder(), id);
      continue;
    }
    rpc::CallOptions options;
    options.deadline = runtime_.Now() + kCallTimeMax;
    metrics_->Unary(std::string(kRecordAuditEntry), RecordRequest(*entry, id).SerializeAsString(), std::move(options),
                    [weak = weak_from_this(), id](rpc::Reply reply) {
                      if (const auto self = weak.lock()) self->Handed(id, reply.status);
                    });
    return;
  }
  std::lock_guard lock(mutex_);
  busy_ = false;
}

// On any thread.
void AuditWriter::Handed(const std::string& id, const absl::Status& status) {
  if (status.ok()) identity::RemoveSpooledEntry(keys_->folder(), id);
  const bool wrong = absl::IsInvalidArgument(status);
  if (wrong) {
    Log()->error("metrics refuses an entry for the audit log: {}", std::string(status.message()));
    identity::SetSpooledEntryAside(keys_->folder(), id);
  }
  {
    std::lock_guard lock(mutex_);
    busy_ = false;
    const absl::Time now = runtime_.SteadyNow();
    if (!status.ok() && !wrong && now - complained_ >= kComplaintInterval) {
      complained_ = now;
      Log()->warn("entries wait for the audit log of metrics: {}", std::string(status.message()));
    }
  }
  if (status.ok() || wrong) HandOverSoon();
}

}  // namespace dangol::gateway
