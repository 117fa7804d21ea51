// Attachments as rows, and their bytes as rows of up to 256 KiB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/attachment.pb.h"

namespace dangol::tickets {

struct AttachmentRow {
  v1::Attachment attachment;
  // When bytes of it are to be deleted, unless it is whole by then; nothing: it is whole, or they are deleted.
  std::optional<absl::Time> purge_time;
  // Of the bytes that have arrived, until they are all: see common/base/sha256_state.h.
  std::string sha256_state;
};

// NOT_FOUND where there is none.
absl::StatusOr<v1::Attachment> ReadAttachment(storage::Snapshot& snapshot, std::string_view name);
absl::StatusOr<AttachmentRow> LoadAttachment(storage::Snapshot& snapshot, std::string_view name);
// ALREADY_EXISTS where the name is taken.
absl::Status InsertAttachment(storage::Transaction& transaction, const AttachmentRow& row);
absl::Status StoreAttachment(storage::Transaction& transaction, const AttachmentRow& row);

// How many of a ticket were not redacted.
absl::StatusOr<int64_t> CountAttachments(storage::Snapshot& snapshot, std::string_view ticket_id);
// Keys of a ticket's attachments behind `after`, in the order in which they were announced.
absl::StatusOr<std::vector<resource::TimeKey>> ListAttachmentKeys(storage::Snapshot& snapshot,
                                                                  std::string_view ticket_id,
                                                                  const std::optional<resource::TimeKey>& after,
                                                                  int64_t most);
// Names of those that came with a message and were not redacted.
absl::StatusOr<std::vector<std::string>> AttachmentsOf(storage::Snapshot& snapshot, std::string_view message);

absl::Status AddChunk(storage::Transaction& transaction, std::string_view name, int64_t begins_at,
                      std::string_view data);
// Bytes from `offset` on, up to the end of the row that they stand in.
absl::StatusOr<std::string> ReadChunk(storage::Snapshot& snapshot, std::string_view name, int64_t offset);
// Deletes up to `most` rows of bytes, and says how many there were.
absl::StatusOr<int64_t> DeleteChunks(storage::Transaction& transaction, std::string_view name, int64_t most);

// The same of all attachments of a ticket, of which nothing is shown any more and no byte is taken.
absl::StatusOr<int64_t> EraseAttachments(storage::Transaction& transaction, std::string_view ticket_id, absl::Time now,
                                         int64_t most);

}  // namespace dangol::tickets
