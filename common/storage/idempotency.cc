#include "common/storage/idempotency.h"

#include <array>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

constexpr size_t kKeysPerStatement = 32;

// Names hold no spaces.
std::string Join(const std::vector<std::string>& names) { return absl::StrJoin(names, " "); }
std::vector<std::string> Split(const std::string& text) { return absl::StrSplit(text, ' ', absl::SkipEmpty()); }

}  // namespace

absl::Status KnownRequests::Load(Transaction& transaction, std::span<const RequestKey* const> keys) {
  for (size_t begin = 0; begin < keys.size(); begin += kKeysPerStatement) {
    std::array<std::string_view, kKeysPerStatement> id;
    for (size_t i = 0; i < kKeysPerStatement; ++i) {
      // The last statement is filled up with its last key.
      id[i] = keys[std::min(begin + i, keys.size() - 1)]->request_id;
    }
    RETURN_IF_ERROR(transaction.Query(
        "SELECT request_id, principal, method, request_hash, resources, create_time FROM idempotency WHERE request_id IN "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
        "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32) ORDER BY request_id",
        {id[0],  id[1],  id[2],  id[3],  id[4],  id[5],  id[6],  id[7],  id[8],  id[9],  id[10],
         id[11], id[12], id[13], id[14], id[15], id[16], id[17], id[18], id[19], id[20], id[21],
         id[22], id[23], id[24], id[25], id[26], id[27], id[28], id[29], id[30], id[31]},
        [&](const Row& row) {
          known_[{row.Text(0), row.Text(1), row.Text(2)}] = {row.Text(3), RequestSecrets::DayOf(row.Time(5)),
                                                             Split(row.Text(4))};
        }));
  }
  return KnowSecrets(transaction);
}

absl::Status KnownRequests::KnowSecrets(Transaction& transaction) {
  for (const auto& [key, request] : known_) RETURN_IF_ERROR(secrets_.Know(transaction, request.day));
  return absl::OkStatus();
}

absl::Status KnownRequests::Forget(Transaction& transaction, const std::optional<RequestKey>& key) {
  if (key) known_.erase(*key);
  secrets_.Forget();
  return KnowSecrets(transaction);
}

const StoredRequest* KnownRequests::Find(const RequestKey& key) const {
  auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second;
}

bool KnownRequests::IsSame(const StoredRequest& stored, std::string_view request_hash) const {
  return stored.keyed_hash == secrets_.KeyedHash(stored.day, request_hash);
}

absl::StatusOr<std::string> KnownRequests::KeyedHash(Transaction& transaction, std::string_view request_hash) {
  const int64_t day = RequestSecrets::DayOf(now_);
  RETURN_IF_ERROR(secrets_.Make(transaction, day));
  return secrets_.KeyedHash(day, request_hash);
}

absl::Status KnownRequests::Store(Transaction& transaction, const RequestKey& key, std::string keyed_hash,
                                  std::vector<std::string> resources) {
  StoredRequest request{std::move(keyed_hash), RequestSecrets::DayOf(now_), std::move(resources)};
  RETURN_IF_ERROR(transaction.Execute(
      "INSERT INTO idempotency (request_id, principal, method, request_hash, resources, create_time) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      {key.request_id, key.principal, key.method, Param::Blob(request.keyed_hash), Join(request.resources), now_}));
  known_[key] = std::move(request);
  return absl::OkStatus();
}

absl::StatusOr<std::string> DeleteExpiredKeys(Transaction& transaction, absl::Time now, const std::string& position,
                                              int64_t most) {
  std::string end;
  RETURN_IF_ERROR(transaction.Query(
      "SELECT request_id FROM idempotency WHERE request_id > $1 ORDER BY request_id LIMIT 1 OFFSET $2",
      {position, most - 1}, [&](const Row& row) { end = row.Text(0); }));
  if (end.empty()) {
    RETURN_IF_ERROR(transaction.Execute("DELETE FROM idempotency WHERE request_id > $1 AND create_time < $2",
                                        {position, now - kKeyLifetime}));
  } else {
    RETURN_IF_ERROR(
        transaction.Execute("DELETE FROM idempotency WHERE request_id > $1 AND request_id <= $2 AND create_time < $3",
                            {position, end, now - kKeyLifetime}));
  }
  return end;
}

}  // namespace dangol::storage
