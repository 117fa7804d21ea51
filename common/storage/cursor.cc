#include "common/storage/cursor.h"

#include <charconv>
#include <optional>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/database.h"

namespace dangol::storage {
namespace {

constexpr size_t kUuidBytes = 36;
constexpr size_t kCommitIdDigits = 8;

constexpr std::string_view kRemedy =
    "This database was put back to an older state. Put the newer one back; or stop the service, run its server once "
    "with --new-incarnation, and let everybody replay the feed from the beginning.";

// The whole of `text` in this base, as FormatCursor writes it.
std::optional<int64_t> ParseNumber(std::string_view text, int base) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && parsed == end && number >= 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string FormatCursor(const Cursor& cursor) {
  return fmt::format("{}.{}.{:08x}", cursor.incarnation, cursor.sequence, cursor.commit_id);
}

absl::StatusOr<Cursor> ParseCursor(std::string_view text, std::string_view path) {
  const size_t last = text.rfind('.');
  if (last != std::string_view::npos && last > kUuidBytes && text[kUuidBytes] == '.') {
    const std::optional<int64_t> sequence = ParseNumber(text.substr(kUuidBytes + 1, last - kUuidBytes - 1), 10);
    const std::optional<int64_t> commit_id = ParseNumber(text.substr(last + 1), 16);
    if (sequence && commit_id && text.size() - last - 1 == kCommitIdDigits)
      return Cursor(std::string(text.substr(0, kUuidBytes)), {*sequence, *commit_id});
  }
  return InvalidField(path, fmt::format("{} is not a cursor. Send one as it was received, or none.", ShownValue(text)),
                      "CURSOR_MALFORMED");
}

absl::StatusOr<Position> ReadFeedHead(Snapshot& snapshot) {
  Position head;
  RETURN_IF_ERROR(snapshot.Query("SELECT last_seq, commit_id FROM feed_head", {}, [&](const Row& row) {
    head = {row.Integer(0), row.Integer(1)};
  }));
  return head;
}

absl::Status CheckPosition(Snapshot& snapshot, const Position& position, std::string_view path) {
  if (position.sequence == 0) return absl::OkStatus();
  std::optional<int64_t> commit_id;
  RETURN_IF_ERROR(snapshot.Query("SELECT commit_id FROM feed WHERE seq = $1", {position.sequence},
                                 [&](const Row& row) { commit_id = row.Integer(0); }));
  if (commit_id == position.commit_id) return absl::OkStatus();
  if (commit_id) {
    return Error(absl::StatusCode::kDataLoss, "HISTORY_CHANGED",
                 fmt::format("{}: event {} is another one here than the one that the cursor is of. {}", path,
                             position.sequence, kRemedy));
  }
  ASSIGN_OR_RETURN(const Position head, ReadFeedHead(snapshot));
  return Error(absl::StatusCode::kDataLoss, "CURSOR_AHEAD",
               fmt::format("{}: the cursor is at {} and the feed ends at {}: events that were sent are gone. {}", path,
                           position.sequence, head.sequence, kRemedy));
}

}  // namespace dangol::storage
