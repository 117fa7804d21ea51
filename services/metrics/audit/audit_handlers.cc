#include "services/metrics/audit/audit_handlers.h"

#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/text.h"
#include "dangol/api/v1/audit.pb.h"

namespace dangol::metrics {
namespace {

// As whom the gateway calls: a name that no member and no token can have.
constexpr std::string_view kGateway = "services/gateway";
constexpr std::string_view kMethods = "dangol.gateway.";

absl::Status Wrong(std::string_view what) {
  return InvalidField("audit_entry",
                      fmt::format("{} Send a dangol.api.v1.AuditEntry of what was done at the gateway.", what));
}

absl::Status CheckEntry(const std::string& bytes) {
  api::v1::AuditEntry entry;
  if (!entry.ParseFromString(bytes)) return Wrong("It is no such message.");
  if (!entry.GetReflection()->GetUnknownFields(entry).empty())
    return Wrong("It has fields that this version does not know.");
  if (entry.number() != 0 || !entry.hash().empty() || !entry.request_hash().empty())
    return Wrong("Number and hashes are given here.");
  if (!entry.method().starts_with(kMethods)) return Wrong("Its method is none of the gateway.");
  if (entry.denial().empty() != (entry.denied_calls() == 0) || entry.denied_calls() < 0)
    return Wrong("A denial has calls that were denied, and nothing else has.");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::RecordedAuditEntry> RecordAuditEntry(storage::Transaction&, const rpc::Call& call,
                                                        const v1::RecordAuditEntryRequest& request) {
  if (call.principal().name != kGateway) {
    return Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
                 fmt::format("{} is not the gateway, which alone records what was done there.", call.principal().name));
  }
  if (absl::Status status = CheckEntry(request.audit_entry()); !status.ok()) return status;
  v1::RecordedAuditEntry recorded;
  recorded.set_name(fmt::format("auditEntries/{}", EncodeHex(Sha256(request.request_id())).substr(0, 32)));
  return recorded;
}

absl::StatusOr<v1::RecordedAuditEntry> ReadRecordedAuditEntry(storage::Snapshot&, std::string_view name) {
  v1::RecordedAuditEntry recorded;
  recorded.set_name(std::string(name));
  return recorded;
}

}  // namespace dangol::metrics
