#include "common/resource/page.h"

#include "common/base/ids.h"

namespace dangol::resource {
namespace {

constexpr size_t kNumberBytes = 8;

std::string EncodeNumber(int64_t number) {
  std::string bytes;
  for (size_t i = 0; i < kNumberBytes; ++i) bytes += static_cast<char>(static_cast<uint64_t>(number) >> (8 * i));
  return bytes;
}

// `bytes` has at least kNumberBytes.
int64_t DecodeNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    number |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return static_cast<int64_t>(number);
}

}  // namespace

std::string NumberKey::Encode() const { return EncodeNumber(number); }

std::optional<NumberKey> NumberKey::Decode(std::string_view bytes) {
  if (bytes.size() != kNumberBytes) return std::nullopt;
  return NumberKey{DecodeNumber(bytes)};
}

std::string TimeKey::Encode() const { return EncodeNumber(absl::ToUnixMicros(time)) + id; }

std::optional<TimeKey> TimeKey::Decode(std::string_view bytes) {
  if (bytes.size() <= kNumberBytes || !IsResourceId(bytes.substr(kNumberBytes))) return std::nullopt;
  return TimeKey{absl::FromUnixMicros(DecodeNumber(bytes)), std::string(bytes.substr(kNumberBytes))};
}

absl::StatusOr<std::vector<TimeKey>> ListTimeKeys(storage::Snapshot& snapshot, storage::Sql sql,
                                                  storage::Params params) {
  std::vector<TimeKey> keys;
  RETURN_IF_ERROR(snapshot.Query(sql, params, [&](const storage::Row& row) {
    keys.push_back({row.Time(0), row.Text(1)});
  }));
  return keys;
}

std::string PairKey::Encode() const { return EncodeNumber(first) + EncodeNumber(second); }

std::optional<PairKey> PairKey::Decode(std::string_view bytes) {
  if (bytes.size() != 2 * kNumberBytes) return std::nullopt;
  return PairKey{DecodeNumber(bytes), DecodeNumber(bytes.substr(kNumberBytes))};
}

}  // namespace dangol::resource
