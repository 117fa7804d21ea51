#include "services/tickets/attachment/attachment_store.h"

#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using resource::Column;
using resource::kUpdate;
using resource::NullableColumn;
using storage::Row;
using v1::Attachment;

#define ATTACHMENT(field) MEMBER_OF(AttachmentRow, attachment) / FIELD_OF(v1::Attachment, field)

// clang-format off
constexpr auto kAttachmentTable = resource::Table<AttachmentRow>(
    "attachment", std::tuple(
        resource::KeyColumn(kAttachmentPattern, 0, ATTACHMENT(name), "ticket_id"),
        resource::KeyColumn(kAttachmentPattern, 1, ATTACHMENT(name), "attachment_id"),
        Column<kUpdate>(ATTACHMENT(message)),
        Column<kUpdate>(ATTACHMENT(file_name)),
        Column<kUpdate>(ATTACHMENT(media_type)),
        Column<kUpdate>(ATTACHMENT(size_bytes)),
        Column<kUpdate>(ATTACHMENT(sha256)),
        Column<kUpdate>(ATTACHMENT(received_bytes)),
        Column(ATTACHMENT(create_time)),
        NullableColumn<kUpdate>(ATTACHMENT(finish_time)),
        NullableColumn<kUpdate>(ATTACHMENT(redact_time)),
        NullableColumn<kUpdate>(MEMBER_OF(AttachmentRow, purge_time)),
        NullableColumn<kUpdate | resource::kBlob>(MEMBER_OF(AttachmentRow, sha256_state))));
// clang-format on

std::string_view TicketIdOf(std::string_view name) { return kAttachmentPattern.Id(name, 0); }
std::string_view IdOf(std::string_view name) { return kAttachmentPattern.Id(name, 1); }

}  // namespace

absl::StatusOr<Attachment> ReadAttachment(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(AttachmentRow row, LoadAttachment(snapshot, name));
  return std::move(row.attachment);
}

absl::StatusOr<AttachmentRow> LoadAttachment(storage::Snapshot& snapshot, std::string_view name) {
  return resource::Read<kAttachmentTable>(snapshot, name);
}

absl::Status InsertAttachment(storage::Transaction& transaction, const AttachmentRow& row) {
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kAttachmentTable>(transaction, row));
  return inserted ? absl::OkStatus() : AlreadyExists(row.attachment.name());
}

absl::Status StoreAttachment(storage::Transaction& transaction, const AttachmentRow& row) {
  return resource::Replace<kAttachmentTable>(transaction, row);
}

absl::StatusOr<int64_t> CountAttachments(storage::Snapshot& snapshot, std::string_view ticket_id) {
  return snapshot.QueryInteger("SELECT COUNT(*) FROM attachment WHERE ticket_id = $1 AND redact_time IS NULL",
                               {ticket_id});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListAttachmentKeys(storage::Snapshot& snapshot,
                                                                  std::string_view ticket_id,
                                                                  const std::optional<resource::TimeKey>& after,
                                                                  int64_t most) {
  const resource::TimeKey from = after.value_or(resource::TimeKey::BeforeOldest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, attachment_id FROM attachment
      WHERE ticket_id = $1 AND (create_time, attachment_id) > ($2, $3)
      ORDER BY create_time, attachment_id
      LIMIT $4)",
                                {ticket_id, from.time, from.id, most});
}

absl::StatusOr<std::vector<std::string>> AttachmentsOf(storage::Snapshot& snapshot, std::string_view message) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT ticket_id, attachment_id FROM attachment
      WHERE ticket_id = $1 AND message = $2 AND redact_time IS NULL
      ORDER BY create_time, attachment_id)",
                                 {kMessagePattern.Id(message), message}, [&](const Row& row) {
                                   names.push_back(kAttachmentPattern.Name(row.Bytes(0), row.Bytes(1)));
                                 }));
  return names;
}

absl::Status AddChunk(storage::Transaction& transaction, std::string_view name, int64_t begins_at,
                      std::string_view data) {
  return transaction.Execute(
      "INSERT INTO attachment_chunk (ticket_id, attachment_id, begins_at, bytes) VALUES ($1, $2, $3, $4)",
      {TicketIdOf(name), IdOf(name), begins_at, storage::Param::Blob(data)});
}

absl::StatusOr<std::string> ReadChunk(storage::Snapshot& snapshot, std::string_view name, int64_t offset) {
  std::string data;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT begins_at, bytes FROM attachment_chunk
      WHERE ticket_id = $1 AND attachment_id = $2 AND begins_at <= $3
      ORDER BY begins_at DESC
      LIMIT 1)",
                                 {TicketIdOf(name), IdOf(name), offset}, [&](const Row& row) {
                                   const auto skipped = static_cast<size_t>(offset - row.Integer(0));
                                   if (skipped < row.Bytes(1).size()) data = row.Bytes(1).substr(skipped);
                                 }));
  return data;
}

absl::StatusOr<int64_t> DeleteChunks(storage::Transaction& transaction, std::string_view name, int64_t most) {
  return transaction.Change(R"(
      DELETE FROM attachment_chunk
      WHERE ticket_id = $1 AND attachment_id = $2 AND begins_at IN (
        SELECT begins_at FROM attachment_chunk WHERE ticket_id = $1 AND attachment_id = $2 ORDER BY begins_at LIMIT $3))",
                            {TicketIdOf(name), IdOf(name), most});
}

absl::StatusOr<int64_t> EraseAttachments(storage::Transaction& transaction, std::string_view ticket_id, absl::Time now,
                                         int64_t most) {
  RETURN_IF_ERROR(transaction.Execute(R"(
      UPDATE attachment SET
        file_name = '', sha256 = '', sha256_state = NULL, received_bytes = 0, redact_time = $2, purge_time = NULL
      WHERE ticket_id = $1 AND redact_time IS NULL)",
                                      {ticket_id, now}));
  return transaction.Change(R"(
      DELETE FROM attachment_chunk
      WHERE ticket_id = $1 AND (attachment_id, begins_at) IN (
        SELECT attachment_id, begins_at FROM attachment_chunk
        WHERE ticket_id = $1 ORDER BY attachment_id, begins_at LIMIT $2))",
                            {ticket_id, most});
}

}  // namespace dangol::tickets
