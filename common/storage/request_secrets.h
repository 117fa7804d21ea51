// With what the hashes of requests are keyed that are kept with request ids. Who reads the database could else guess
// what stood in a request, a telephone number say, and see by the hash that it is right. There is a secret for each
// day, in the database, which all replicas share; it is deleted when the last request id of its day has expired.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/database.h"

namespace dangol::storage {

// Used by the writer's thread alone.
class RequestSecrets {
 public:
  explicit RequestSecrets(Runtime& runtime) : runtime_(runtime) {}

  // In UTC, from 1970 on.
  static int64_t DayOf(absl::Time time);

  // Reads all of them unless that of this day is known.
  absl::Status Know(Transaction& transaction, int64_t day);
  // Makes that of this day in this transaction, unless there is one.
  absl::Status Make(Transaction& transaction, int64_t day);
  // One that was made may be of a transaction that was rolled back.
  void Forget() { secrets_.clear(); }

  // `request_hash` is the SHA-256 of a request. Empty where no secret of that day is known.
  std::string KeyedHash(int64_t day, std::string_view request_hash) const;

 private:
  Runtime& runtime_;
  std::map<int64_t, std::string> secrets_;  // by day
};

// Deletes the secrets of all days before that of `end`. No request id may be left that was stored before `end`.
absl::Status DeleteSecretsBefore(Transaction& transaction, absl::Time end);

}  // namespace dangol::storage
