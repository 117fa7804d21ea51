// Positions in a feed, and cursors, which name them for clients.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dangol::storage {

class Snapshot;

// A place in a feed, and which history it is of. A database that is put back to an older state gives out the same
// numbers again, for other events; but each commit draws a number of its own, so an event with the same two numbers is
// the same event, and all before it are the same, too.
struct Position {
  int64_t sequence = 0;   // of an event; 0: before the first
  int64_t commit_id = 0;  // of the commit that wrote the event, 32 random bits; 0 before the first

  bool operator==(const Position&) const = default;
};

// A position in the feed of one database. For clients it is opaque text.
struct Cursor : Position {
  Cursor() = default;
  Cursor(std::string of, const Position& position) : Position(position), incarnation(std::move(of)) {}

  std::string incarnation;
};

std::string FormatCursor(const Cursor& cursor);
// INVALID_ARGUMENT (CURSOR_MALFORMED) that names `path`, the field or metadata that it came in.
absl::StatusOr<Cursor> ParseCursor(std::string_view text, std::string_view path);

// Of the newest event in this snapshot.
absl::StatusOr<Position> ReadFeedHead(Snapshot& snapshot);

// OK where the feed in this snapshot has that very event. DATA_LOSS that names `path`: CURSOR_AHEAD where the feed does
// not go so far, HISTORY_CHANGED where another event is there.
absl::Status CheckPosition(Snapshot& snapshot, const Position& position, std::string_view path);

}  // namespace dangol::storage
