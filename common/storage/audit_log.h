// The audit log: entries in a chain, each of which has the hash of all before it. An entry is stored in the transaction
// of what it tells of, and the end of the chain stands in `feed_head`, in the row by which there is one writer at a
// time: so replicas share one chain, and what is rolled back leaves none. What an entry says is up to who makes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/storage/database.h"

namespace dangol::storage {

// An entry that has no place yet.
struct AuditRecord {
  std::string content;
  std::vector<std::string> resources;  // under which it is found, each once
};

// The newest entry.
struct AuditHead {
  int64_t number = 0;  // 0: there is none
  std::string hash;    // empty: there is none
};

struct AuditRow {
  int64_t number = 0;
  std::string content;
  std::string hash;
};

// The hash for a column that is NULL where there is none.
inline Param HashParam(const AuditHead& head) { return head.number == 0 ? Param(nullptr) : Param::Blob(head.hash); }

// Of an entry behind the one with the hash `previous`.
std::string AuditHash(std::string_view previous, int64_t number, std::string_view content);

// Stores an entry behind `head`, which moves on. Who calls it stores the head, too (BatchWriter).
absl::Status AppendAudit(Transaction& transaction, const AuditRecord& record, AuditHead& head);

absl::StatusOr<AuditHead> ReadAuditHead(Snapshot& snapshot);

// Which rows, and in which order.
struct AuditRange {
  std::string resource;      // those found under it; empty: all
  int64_t behind = 0;        // this number, in the order of the rows
  bool oldest_first = true;  // else the newest
};
// `most` at the most.
absl::StatusOr<std::vector<AuditRow>> ListAudit(Snapshot& snapshot, const AuditRange& range, int64_t most);

// Goes along a chain and says where it is broken: by a row that was changed, is missing or stands elsewhere.
class AuditChain {
 public:
  // `previous`: the entry before the first that comes.
  explicit AuditChain(AuditHead previous = {}) : previous_(std::move(previous)) {}

  // What is wrong with the next row; empty: nothing. After an error it goes on behind this row.
  std::string Next(const AuditRow& row);
  // What is wrong with the end, where the log says that it is this one; empty: nothing.
  std::string End(const AuditHead& head) const;

  // The last row that came.
  const AuditHead& previous() const { return previous_; }

 private:
  AuditHead previous_;
};

}  // namespace dangol::storage
