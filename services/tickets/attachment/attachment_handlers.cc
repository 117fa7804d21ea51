#include "services/tickets/attachment/attachment_handlers.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/sha256_state.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/feed/append.h"
#include "common/resource/page.h"
#include "common/storage/sweep.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/attachment/attachment_rules.h"
#include "services/tickets/attachment/attachment_store.h"
#include "services/tickets/customer/hidden_words.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Attachment;

// How long an upload may take.
constexpr absl::Duration kUploadTimeMost = absl::Hours(24);
// Rows of bytes that one firing deletes: 4 MiB.
constexpr int64_t kChunksOfFiring = 16;

absl::Status CheckMessage(storage::Snapshot& snapshot, const v1::CreateAttachmentRequest& request) {
  const std::string& message = request.attachment().message();
  if (message.empty()) return absl::OkStatus();
  if (kMessagePattern.Id(message) != kTicketPattern.Id(request.parent())) {
    return InvalidField("attachment.message", fmt::format("{} is a message of another ticket than {}. Name one of it.",
                                                          ShownValue(message), request.parent()));
  }
  absl::Status found = ReadMessage(snapshot, message).status();
  return absl::IsNotFound(found) ? AtField(std::move(found), "attachment.message") : found;
}

absl::Status RequireNotRedacted(const Attachment& attachment) {
  if (!attachment.has_redact_time()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "ATTACHMENT_REDACTED",
               fmt::format("{} was taken out for good, or was not whole within a day. Announce the file anew.",
                           attachment.name()),
               {{"name", attachment.name()}});
}

absl::Status CheckHash(AttachmentRow& row) {
  ASSIGN_OR_RETURN(const std::string digest, Sha256OfState(row.sha256_state));
  row.sha256_state.clear();
  const std::string hash = EncodeHex(digest);
  Attachment& attachment = row.attachment;
  if (!attachment.sha256().empty() && attachment.sha256() != hash) {
    return InvalidField("data",
                        fmt::format("completes a file of the SHA-256 {}, and {} was announced. Announce it anew.", hash,
                                    attachment.sha256()),
                        "CONTENT_MISMATCH");
  }
  attachment.set_sha256(hash);
  return absl::OkStatus();
}

// The bytes that say the type may come in several pieces: each is looked at together with those before it.
absl::Status CheckType(storage::Snapshot& snapshot, const Attachment& attachment, std::string_view data) {
  if (attachment.received_bytes() >= SignBytes(attachment)) return absl::OkStatus();
  std::string beginning;
  while (static_cast<int64_t>(beginning.size()) < attachment.received_bytes()) {
    ASSIGN_OR_RETURN(const std::string piece,
                     ReadChunk(snapshot, attachment.name(), static_cast<int64_t>(beginning.size())));
    if (piece.empty()) return InternalError(fmt::format("bytes of {} are missing", attachment.name()));
    beginning += piece;
  }
  beginning += data;
  return CheckBeginning(attachment, beginning);
}

// The last byte is there.
absl::Status Finish(storage::Transaction& transaction, const rpc::Call& call, AttachmentRow& row) {
  Attachment& attachment = row.attachment;
  RETURN_IF_ERROR(CheckHash(row));
  *attachment.mutable_finish_time() = ToProtoTime(call.now());
  row.purge_time.reset();
  v1::TicketEvent event;
  event.mutable_attachment_created()->set_attachment(attachment.name());
  event.mutable_attachment_created()->set_message(attachment.message());
  return feed::Append(transaction, call, event, {{attachment.name(), 1}});
}

// Nothing is shown of it any more; its bytes are deleted by the sweep.
absl::Status Redact(storage::Transaction& transaction, const rpc::Call& call, AttachmentRow& row) {
  Attachment& attachment = row.attachment;
  attachment.clear_file_name();
  attachment.clear_sha256();
  row.sha256_state.clear();
  attachment.set_received_bytes(0);
  *attachment.mutable_redact_time() = ToProtoTime(call.now());
  row.purge_time = call.now();
  RETURN_IF_ERROR(StoreAttachment(transaction, row));
  transaction.CutLog();
  RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), kPurgeTimer, ""));
  if (!attachment.has_finish_time()) return absl::OkStatus();  // nobody was told of it
  v1::TicketEvent event;
  event.mutable_attachment_redacted()->set_attachment(attachment.name());
  return feed::Append(transaction, call, event, {{attachment.name(), 2}});
}

}  // namespace

absl::StatusOr<Attachment> CreateAttachment(storage::Transaction& transaction, const rpc::Call& call,
                                            const v1::CreateAttachmentRequest& request) {
  AttachmentRow row{request.attachment(), call.now() + kUploadTimeMost, ""};
  Attachment& attachment = row.attachment;
  RETURN_IF_ERROR(CheckAttachment(attachment, "attachment"));
  ASSIGN_OR_RETURN(const LoadedTicket ticket, LoadTicketHead(transaction, request.parent()));
  RETURN_IF_ERROR(RequireWords(ticket.row.ticket));
  RETURN_IF_ERROR(CheckMessage(transaction, request));
  const std::string_view ticket_id = kTicketPattern.Id(request.parent());
  ASSIGN_OR_RETURN(const int64_t attachments, CountAttachments(transaction, ticket_id));
  if (attachments >= kAttachmentsMost) {
    return Error(absl::StatusCode::kFailedPrecondition, "ATTACHMENTS_EXHAUSTED",
                 fmt::format("{} has {} attachments, and more are not kept. Redact one that is not needed.",
                             request.parent(), attachments),
                 {{"name", request.parent()}});
  }
  attachment.set_name(
      kAttachmentPattern.Name(ticket_id, request.attachment_id().empty() ? call.NewId() : request.attachment_id()));
  *attachment.mutable_create_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(InsertAttachment(transaction, row));
  RETURN_IF_ERROR(storage::SetTimerNoLater(transaction, *row.purge_time, kPurgeTimer, ""));
  return std::move(attachment);
}

absl::StatusOr<Attachment> UploadAttachment(storage::Transaction& transaction, const rpc::Call& call,
                                            const v1::UploadAttachmentRequest& request) {
  ASSIGN_OR_RETURN(AttachmentRow row, LoadAttachment(transaction, request.name()));
  Attachment& attachment = row.attachment;
  RETURN_IF_ERROR(RequireNotRedacted(attachment));
  const int64_t received = attachment.received_bytes();
  const int64_t end = request.offset() + static_cast<int64_t>(request.data().size());
  if (end > attachment.size_bytes()) {
    return InvalidField("data", fmt::format("ends at byte {}, and the file was announced with {}. Announce it anew.",
                                            end, attachment.size_bytes()));
  }
  if (request.offset() > received) {
    return Error(absl::StatusCode::kFailedPrecondition, "UPLOAD_GAP",
                 fmt::format("{} bytes of {} have arrived: go on there, and not at {}.", received, attachment.name(),
                             request.offset()),
                 {{"received_bytes", std::to_string(received)}});
  }
  if (end <= received) return std::move(attachment);  // it has arrived before
  const std::string_view data =
      std::string_view(request.data()).substr(static_cast<size_t>(received - request.offset()));
  RETURN_IF_ERROR(CheckType(transaction, attachment, data));
  RETURN_IF_ERROR(AddChunk(transaction, attachment.name(), received, data));
  ASSIGN_OR_RETURN(row.sha256_state, AddToSha256(row.sha256_state, data));
  attachment.set_received_bytes(end);
  if (end == attachment.size_bytes()) RETURN_IF_ERROR(Finish(transaction, call, row));
  RETURN_IF_ERROR(StoreAttachment(transaction, row));
  return std::move(attachment);
}

absl::StatusOr<Attachment> GetAttachment(storage::Snapshot& snapshot, const rpc::Call&,
                                         const v1::GetAttachmentRequest& request) {
  return ReadAttachment(snapshot, request.name());
}

absl::StatusOr<v1::DownloadAttachmentResponse> DownloadAttachment(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                  const v1::DownloadAttachmentRequest& request) {
  ASSIGN_OR_RETURN(const Attachment attachment, ReadAttachment(snapshot, request.name()));
  RETURN_IF_ERROR(RequireReadable(snapshot, call, request.name()));
  RETURN_IF_ERROR(RequireNotRedacted(attachment));
  if (!attachment.has_finish_time()) {
    return Error(absl::StatusCode::kFailedPrecondition, "UPLOAD_UNFINISHED",
                 fmt::format("{} of {} bytes of {} have arrived. Ask again later.", attachment.received_bytes(),
                             attachment.size_bytes(), attachment.name()));
  }
  v1::DownloadAttachmentResponse response;
  ASSIGN_OR_RETURN(*response.mutable_data(), ReadChunk(snapshot, request.name(), request.offset()));
  return response;
}

absl::StatusOr<v1::ListAttachmentsResponse> ListAttachments(storage::Snapshot& snapshot, const rpc::Call&,
                                                            const v1::ListAttachmentsRequest& request) {
  const std::string_view ticket_id = kTicketPattern.Id(request.parent());
  RETURN_IF_ERROR(LoadTicketHead(snapshot, request.parent()).status());
  return resource::Page<resource::TimeKey>(
      request, &v1::ListAttachmentsResponse::mutable_attachments,
      [&](const auto& after, int64_t most) { return ListAttachmentKeys(snapshot, ticket_id, after, most); },
      [&](const resource::TimeKey& key) {
        return ReadAttachment(snapshot, kAttachmentPattern.Name(ticket_id, key.id));
      });
}

absl::StatusOr<Attachment> RedactAttachment(storage::Transaction& transaction, const rpc::Call& call,
                                            const v1::RedactAttachmentRequest& request) {
  ASSIGN_OR_RETURN(AttachmentRow row, LoadAttachment(transaction, request.name()));
  if (!row.attachment.has_redact_time()) RETURN_IF_ERROR(Redact(transaction, call, row));
  return std::move(row.attachment);
}

absl::Status RedactAttachmentsOf(storage::Transaction& transaction, const rpc::Call& call, std::string_view message) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, AttachmentsOf(transaction, message));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(AttachmentRow row, LoadAttachment(transaction, name));
    RETURN_IF_ERROR(Redact(transaction, call, row));
  }
  return absl::OkStatus();
}

absl::Status PurgeAttachments(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  int64_t left = kChunksOfFiring;
  const auto purge = [&](std::string_view key) -> absl::Status {
    const size_t slash = key.find('/');
    ASSIGN_OR_RETURN(AttachmentRow row,
                     LoadAttachment(transaction, kAttachmentPattern.Name(key.substr(0, slash), key.substr(slash + 1))));
    if (!row.purge_time || *row.purge_time > call.now() || left == 0) return absl::OkStatus();
    if (!row.attachment.has_redact_time()) RETURN_IF_ERROR(Redact(transaction, call, row));
    ASSIGN_OR_RETURN(const int64_t deleted, DeleteChunks(transaction, row.attachment.name(), left));
    left -= deleted;
    if (left == 0) return absl::OkStatus();  // there may be more of it: it stays due
    row.purge_time.reset();
    return StoreAttachment(transaction, row);
  };
  RETURN_IF_ERROR(storage::Sweep(transaction, timer, call.now(), R"(
      SELECT ticket_id || '/' || attachment_id, purge_time FROM attachment
      WHERE purge_time IS NOT NULL
      ORDER BY purge_time, ticket_id, attachment_id
      LIMIT $1)",
                                 purge)
                      .status());
  if (left < kChunksOfFiring) transaction.CutLog();
  return absl::OkStatus();
}

}  // namespace dangol::tickets
