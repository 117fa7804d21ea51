// Which files are kept: pure, without SQL and clock.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

#include "dangol/tickets/v1/attachment.pb.h"

namespace dangol::tickets {

// Most attachments of one ticket, redacted ones aside.
inline constexpr int64_t kAttachmentsMost = 32;

// Checks what a caller announces. INVALID_ARGUMENT for a name that is a path, for a type that is not kept, for a size
// beyond that of its type, for a hash that is none.
absl::Status CheckAttachment(const v1::Attachment& attachment, std::string_view path);

// How many of a file's first bytes say that it is of its type; 0: none do.
int64_t SignBytes(const v1::Attachment& attachment);

// INVALID_ARGUMENT, reason CONTENT_MISMATCH, where a file that begins so is not of its type. `data` are all bytes that
// have arrived: what is there has to fit, and of a file that is whole nothing may be missing.
absl::Status CheckBeginning(const v1::Attachment& attachment, std::string_view data);

}  // namespace dangol::tickets
