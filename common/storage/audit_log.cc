#include "common/storage/audit_log.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::storage {
namespace {

constexpr int kNumberBytes = 8;

}  // namespace

std::string AuditHash(std::string_view previous, int64_t number, std::string_view content) {
  std::string bytes;
  bytes.reserve(previous.size() + kNumberBytes + content.size());
  bytes.append(previous);
  for (int i = 0; i < kNumberBytes; ++i) bytes += static_cast<char>(static_cast<uint64_t>(number) >> (8 * i));
  bytes.append(content);
  return Sha256(bytes);
}

absl::Status AppendAudit(Transaction& transaction, const AuditRecord& record, AuditHead& head) {
  AuditHead next{head.number + 1, AuditHash(head.hash, head.number + 1, record.content)};
  RETURN_IF_ERROR(transaction.Execute("INSERT INTO audit (number, content, hash) VALUES ($1, $2, $3)",
                                      {next.number, Param::Blob(record.content), Param::Blob(next.hash)}));
  for (const std::string& resource : record.resources) {
    RETURN_IF_ERROR(
        transaction.Execute("INSERT INTO audit_resource (resource, number) VALUES ($1, $2)", {resource, next.number}));
  }
  head = std::move(next);
  return absl::OkStatus();
}

absl::StatusOr<AuditHead> ReadAuditHead(Snapshot& snapshot) {
  AuditHead head;
  RETURN_IF_ERROR(snapshot.Query("SELECT audit_number, audit_hash FROM feed_head", {}, [&](const Row& row) {
    head = {row.Integer(0), row.Text(1)};
  }));
  return head;
}

absl::StatusOr<std::vector<AuditRow>> ListAudit(Snapshot& snapshot, const AuditRange& range, int64_t most) {
  std::vector<AuditRow> rows;
  const auto take = [&](const Row& row) { rows.push_back({row.Integer(0), row.Text(1), row.Text(2)}); };
  absl::Status status;
  if (range.resource.empty() && range.oldest_first) {
    status = snapshot.Query("SELECT number, content, hash FROM audit WHERE number > $1 ORDER BY number LIMIT $2",
                            {range.behind, most}, take);
  } else if (range.resource.empty()) {
    status = snapshot.Query("SELECT number, content, hash FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2",
                            {range.behind, most}, take);
  } else if (range.oldest_first) {
    status = snapshot.Query(
        "SELECT a.number, a.content, a.hash FROM audit_resource r JOIN audit a ON a.number = r.number "
        "WHERE r.resource = $1 AND r.number > $2 ORDER BY r.number LIMIT $3",
        {range.resource, range.behind, most}, take);
  } else {
    status = snapshot.Query(
        "SELECT a.number, a.content, a.hash FROM audit_resource r JOIN audit a ON a.number = r.number "
        "WHERE r.resource = $1 AND r.number < $2 ORDER BY r.number DESC LIMIT $3",
        {range.resource, range.behind, most}, take);
  }
  RETURN_IF_ERROR(status);
  return rows;
}

std::string AuditChain::Next(const AuditRow& row) {
  const AuditHead before = std::exchange(previous_, {row.number, row.hash});
  if (row.number != before.number + 1) {
    return fmt::format("the log goes on at {} instead of {}: entries are missing", row.number, before.number + 1);
  }
  if (row.hash == AuditHash(before.hash, row.number, row.content)) return "";
  return fmt::format("the hash of entry {} does not fit: it, or the one before it, is not as it was stored",
                     row.number);
}

std::string AuditChain::End(const AuditHead& head) const {
  if (head.number == previous_.number && head.hash == previous_.hash) return "";
  return fmt::format("the log ends at {} instead of {}: the last entries are missing or are other ones",
                     previous_.number, head.number);
}

}  // namespace dangol::storage
