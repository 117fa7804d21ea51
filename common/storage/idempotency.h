// Repeated requests have one effect (AIP-155). The key of a write is stored in the transaction of its effect; a replay
// names the same resources and shows them as they are now. Keys are kept for kKeyLifetime.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "common/storage/request_secrets.h"

namespace dangol::storage {

// The one place that says how long; protos repeat it in words, and a test compares them.
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
  std::string keyed_hash;              // by RequestSecrets, of the SHA-256 of the request
  int64_t day = 0;                     // whose secret it is keyed with: that on which it was stored
  std::vector<std::string> resources;  // names that the answer consisted of, in order
};

// Keys that are known in this transaction.
class KnownRequests {
 public:
  // `now`: when what is stored was. `secrets` outlives it.
  KnownRequests(RequestSecrets& secrets, absl::Time now) : secrets_(secrets), now_(now) {}

  // Looks up all the keys of a batch, with one statement for each 32.
  absl::Status Load(Transaction& transaction, std::span<const RequestKey* const> keys);

  // Null where the key is new.
  const StoredRequest* Find(const RequestKey& key) const;
  // Whether it is the request with this SHA-256.
  bool IsSame(const StoredRequest& stored, std::string_view request_hash) const;

  // By which a request of now is known again, from its SHA-256.
  absl::StatusOr<std::string> KeyedHash(Transaction& transaction, std::string_view request_hash);
  // Stores it, in this transaction and for the rest of the batch.
  absl::Status Store(Transaction& transaction, const RequestKey& key, std::string keyed_hash,
                     std::vector<std::string> resources);
  // What a write stored was rolled back, its key and the secret that it may have made: neither is known to the rest of
  // the batch. Nothing else is forgotten.
  absl::Status Forget(Transaction& transaction, const std::optional<RequestKey>& key);

 private:
  absl::Status KnowSecrets(Transaction& transaction);

  RequestSecrets& secrets_;
  const absl::Time now_;
  absl::flat_hash_map<RequestKey, StoredRequest> known_;
};

// Deletes the keys that are past their lifetime among about `most` behind `position`, in the order of the keys; returns
// the position behind them, empty where these were the last. An index by time would be shorter to write, and cost every
// write a page.
absl::StatusOr<std::string> DeleteExpiredKeys(Transaction& transaction, absl::Time now, const std::string& position,
                                              int64_t most);

}  // namespace dangol::storage
