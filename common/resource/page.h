// One page of a list (AIP-158): the rows behind the last one sent, by a key that the list is in order of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/paging.h"
#include "common/storage/database.h"

namespace dangol::resource {

// Keys. Each says how it stands in a page token; a token that holds none is refused.

// A number, such as the ordinal of a demand.
struct NumberKey {
  int64_t number = 0;

  std::string Encode() const;
  static std::optional<NumberKey> Decode(std::string_view bytes);
};

// A time, and the id of what tie.
struct TimeKey {
  absl::Time time;
  std::string id;

  // Where a list begins that is oldest first, and one that is newest first: times are in the years 1970 to 9999.
  static TimeKey BeforeOldest() { return {absl::FromUnixMicros(INT64_MIN / 2), ""}; }
  static TimeKey BeforeNewest() { return {absl::FromUnixMicros(INT64_MAX / 2), ""}; }

  std::string Encode() const;
  static std::optional<TimeKey> Decode(std::string_view bytes);
};

// A number, such as a score or a day, and another or the id of what tie.
struct PairKey {
  int64_t first = 0;
  int64_t second = 0;

  std::string Encode() const;
  static std::optional<PairKey> Decode(std::string_view bytes);
};

// The keys that a query returns: a time and an id in each row.
absl::StatusOr<std::vector<TimeKey>> ListTimeKeys(storage::Snapshot& snapshot, storage::Sql sql,
                                                  storage::Params params);

// The keys of several ranges as one list, newest first, `most` at the most: `list(value, most)` gives those of one
// range, newest first. What is behind `most` is left out: a range that ended there may have more, which would come
// between.
template <typename Values, typename List>
absl::StatusOr<std::vector<TimeKey>> NewestOf(const Values& values, int64_t most, List list) {
  std::vector<TimeKey> keys;
  for (const auto& value : values) {
    ASSIGN_OR_RETURN(std::vector<TimeKey> more, list(value, most));
    std::ranges::move(more, std::back_inserter(keys));
  }
  std::ranges::sort(keys,
                    [](const TimeKey& a, const TimeKey& b) { return std::tie(a.time, a.id) > std::tie(b.time, b.id); });
  if (keys.size() > static_cast<size_t>(most)) keys.resize(static_cast<size_t>(most));
  return keys;
}

// `keys(after, most)` gives a vector of rows or keys behind `after` in order, `most` at the most; `read(key)` gives
// what the page holds of it; `key_of(row)` is the Key of a row. The page ends at the request's page_size, or early at
// rpc::kPageBytesMax bytes. INVALID_ARGUMENT for a page_token that is none of this query's.
template <typename Key, typename Response, typename Request, typename Item, typename ListRows, typename Read,
          typename KeyOf>
absl::StatusOr<Response> Page(const Request& request, google::protobuf::RepeatedPtrField<Item>* (Response::*items)(),
                              ListRows rows, Read read, KeyOf key_of) {
  ASSIGN_OR_RETURN(const std::optional<std::string> position, rpc::ParsePageToken(request, request.page_token()));
  const std::optional<Key> after = position ? Key::Decode(*position) : std::nullopt;
  if (position && !after) return rpc::MalformedPageToken(request.page_token());
  const auto page_size = static_cast<size_t>(rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(auto found, rows(after, static_cast<int64_t>(page_size) + 1));
  Response response;
  google::protobuf::RepeatedPtrField<Item>& page = *(response.*items)();
  size_t bytes = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (i == page_size || bytes >= rpc::kPageBytesMax) {
      response.set_next_page_token(rpc::MakePageToken(request, Key(key_of(found[i - 1])).Encode()));
      break;
    }
    ASSIGN_OR_RETURN(*page.Add(), read(found[i]));
    bytes += page.rbegin()->ByteSizeLong();
  }
  return response;
}

// The same where what is listed are the keys themselves.
template <typename Key, typename Response, typename Request, typename Item, typename ListKeys, typename Read>
absl::StatusOr<Response> Page(const Request& request, google::protobuf::RepeatedPtrField<Item>* (Response::*items)(),
                              ListKeys keys, Read read) {
  return Page<Key>(request, items, keys, read, [](const Key& key) -> const Key& { return key; });
}

}  // namespace dangol::resource
