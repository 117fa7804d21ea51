// A write that waits for its turn in the WriteQueue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/storage/audit_log.h"
#include "common/storage/database.h"
#include "common/storage/idempotency.h"

namespace dangol::storage {

// One write, of a caller, a reaction or a timer. The queue calls Apply once or twice, of which only the last counts,
// and then Done exactly once.
class Write {
 public:
  virtual ~Write() = default;

  // Does it; what it did is undone where it fails. On the writer's thread; must not block.
  virtual absl::Status Apply(Transaction& transaction) = 0;

  // Instead of Apply, where the same request had its effect before: reads what the answer needs.
  virtual absl::Status Replay(Transaction& transaction, const std::vector<std::string>& resources);

  // After the commit. OK: durable. `position` is the feed's behind this write's events. Must not block.
  virtual void Done(const absl::Status& status, const Position& position) = 0;

  // True where nobody waits for it any more: it is dropped unless its turn has come.
  virtual bool Abandoned() const { return false; }

  // The names that a replay needs; asked after a successful Apply where there is a key.
  virtual std::vector<std::string> Resources() const { return {}; }

  // What the audit log says of it; asked after a successful Apply, and stored with its effect. `keyed_hash` is by
  // RequestSecrets, of `request_hash`; empty where there is none.
  virtual std::vector<AuditRecord> Audit(const std::string& keyed_hash);

  absl::Time deadline = absl::InfiniteFuture();  // dropped unexecuted when it has passed
  int64_t bytes = 0;                             // memory that it holds while it waits
  int64_t rows = 1;                              // about how many rows it writes
  std::optional<RequestKey> key;
  // Of a caller's: SHA-256 of the request in deterministic wire format; never stored as it is.
  std::string request_hash;
};

enum class Lane {
  kCall,      // bounded: refused when the queue is full
  kReaction,  // one a batch, never refused
  kTimer,     // one a batch, never refused
};

}  // namespace dangol::storage
