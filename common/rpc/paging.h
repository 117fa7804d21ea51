// Keyset pages (AIP-158): a page token says where a page ended, and is bound to the query that it came from. Lists are
// made with common/resource/page.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace dangol::rpc {

inline constexpr int32_t kPageSizeDefault = 50;
inline constexpr int32_t kPageSizeMax = 1000;
// A page ends early at about this many bytes: a client's limit for one message is 4 MiB unless it says otherwise.
inline constexpr size_t kPageBytesMax = 3 << 20;

// 0 means the default; more than the most means the most. Negative values are refused before (FieldRules.minimum).
int32_t PageSize(int32_t requested);

// `request` is the List request; its fields page_size and page_token do not count as part of the query. `position` says
// where the page ended, in bytes that the list alone understands.
std::string MakePageToken(const google::protobuf::Message& request, std::string_view position);
// The position; none for the first page. INVALID_ARGUMENT, field page_token, for one of another query or one that was
// never given out.
absl::StatusOr<std::optional<std::string>> ParsePageToken(const google::protobuf::Message& request,
                                                          std::string_view page_token);
// For a position that the list does not understand.
absl::Status MalformedPageToken(std::string_view page_token);

}  // namespace dangol::rpc
