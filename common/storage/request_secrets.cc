#include "common/storage/request_secrets.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::storage {
namespace {

constexpr int kSecretWords = 4;  // of 64 bits

}  // namespace

int64_t RequestSecrets::DayOf(absl::Time time) { return absl::ToInt64Hours(time - absl::UnixEpoch()) / 24; }

absl::Status RequestSecrets::Know(Transaction& transaction, int64_t day) {
  if (secrets_.contains(day)) return absl::OkStatus();
  secrets_.clear();  // some may have been deleted
  return transaction.Query("SELECT day, secret FROM request_secret ORDER BY day", {},
                           [&](const Row& row) { secrets_[row.Integer(0)] = row.Text(1); });
}

absl::Status RequestSecrets::Make(Transaction& transaction, int64_t day) {
  RETURN_IF_ERROR(Know(transaction, day));
  if (secrets_.contains(day)) return absl::OkStatus();
  std::string secret;
  for (int i = 0; i < kSecretWords; ++i) {
    const uint64_t word = runtime_.RandomSecret();
    secret.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  RETURN_IF_ERROR(
      transaction.Execute("INSERT INTO request_secret (day, secret) VALUES ($1, $2)", {day, Param::Blob(secret)}));
  secrets_[day] = std::move(secret);
  return absl::OkStatus();
}

std::string RequestSecrets::KeyedHash(int64_t day, std::string_view request_hash) const {
  const auto secret = secrets_.find(day);
  // Both have 32 bytes, always: nothing can be moved from one to the other, or be added behind them.
  return secret == secrets_.end() ? "" : Sha256(secret->second + std::string(request_hash));
}

absl::Status DeleteSecretsBefore(Transaction& transaction, absl::Time end) {
  return transaction.Execute("DELETE FROM request_secret WHERE day < $1", {RequestSecrets::DayOf(end)});
}

}  // namespace dangol::storage
