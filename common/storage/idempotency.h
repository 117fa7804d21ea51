// Repeated requests have one effect (AIP-155). The key of a write is stored in the transaction of its effect; a replay
// names the same resources and shows them as they are now. Keys are kept for 72 hours.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"

namespace dangol::storage {

constexpr absl::Duration kKeyLifetime = absl::Hours(72);

struct RequestKey {
  std::string request_id;  // as given
  std::string principal;
  std::string method;

  bool operator==(const RequestKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H state, const RequestKey& key) {
    return H::combine(std::move(state), key.request_id, key.principal, key.method);
  }
};

struct StoredRequest {
  std::string request_hash;            // SHA-256 of the request in deterministic wire format
  std::vector<std::string> resources;  // names that the answer consisted of, in order
};

// Keys that are known in this transaction.
class KnownRequests {
 public:
  // Looks up all the keys of a batch, with one statement for each 32.
  absl::Status Load(Snapshot& snapshot, std::span<const RequestKey* const> keys);

  // Null where the key is new.
  const StoredRequest* Find(const RequestKey& key) const;

  // Stores it, in this transaction and for the rest of the batch.
  absl::Status Store(Transaction& transaction, const RequestKey& key, StoredRequest request, absl::Time now);
  // For the rest of the batch only: its row was rolled back.
  void Forget(const RequestKey& key) { known_.erase(key); }

 private:
  absl::flat_hash_map<RequestKey, StoredRequest> known_;
};

// Deletes the keys that are past their lifetime among about `most` behind `position`, in the order of the keys; returns
// the position behind them, empty where these were the last. An index by time would be shorter to write, and cost every
// write a page.
absl::StatusOr<std::string> DeleteExpiredKeys(Transaction& transaction, absl::Time now, const std::string& position,
                                              int64_t most);

}  // namespace dangol::storage
