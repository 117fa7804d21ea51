// The RPCs on attachments, and the sweep that deletes the bytes of those that are not kept.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/tickets/v1/attachment.pb.h"

namespace dangol::tickets {

// Of the sweep.
inline constexpr std::string_view kPurgeTimer = "purge-attachments";

absl::StatusOr<v1::Attachment> CreateAttachment(storage::Transaction& transaction, const rpc::Call& call,
                                                const v1::CreateAttachmentRequest& request);
absl::StatusOr<v1::Attachment> UploadAttachment(storage::Transaction& transaction, const rpc::Call& call,
                                                const v1::UploadAttachmentRequest& request);
absl::StatusOr<v1::Attachment> GetAttachment(storage::Snapshot& snapshot, const rpc::Call& call,
                                             const v1::GetAttachmentRequest& request);
absl::StatusOr<v1::DownloadAttachmentResponse> DownloadAttachment(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                  const v1::DownloadAttachmentRequest& request);
absl::StatusOr<v1::ListAttachmentsResponse> ListAttachments(storage::Snapshot& snapshot, const rpc::Call& call,
                                                            const v1::ListAttachmentsRequest& request);
absl::StatusOr<v1::Attachment> RedactAttachment(storage::Transaction& transaction, const rpc::Call& call,
                                                const v1::RedactAttachmentRequest& request);

// Redacts those that came with a message.
absl::Status RedactAttachmentsOf(storage::Transaction& transaction, const rpc::Call& call, std::string_view message);
// Deletes bytes of what was redacted, and of what was not whole in time.
absl::Status PurgeAttachments(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::tickets
