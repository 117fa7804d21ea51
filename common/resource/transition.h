// A handler of a named resource is load, rule, store: it loads the row by name and etag, lets a rule change it, and
// stores it as the next version. The table has its name as KeyColumns, a VersionColumn, and an `update_time`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/table.h"

namespace dangol::resource {

namespace internal {

template <typename T>
inline constexpr bool kIsEtag = false;
template <typename F>
inline constexpr bool kIsEtag<EtagColumn<F>> = true;

template <const auto& table>
const auto& EtagOf() {
  constexpr size_t index = []<size_t... i>(std::index_sequence<i...>) {
    size_t found = 0;
    ((kIsEtag<ColumnAt<table, i>> ? void(found = i) : void()), ...);
    return found;
  }
  (std::make_index_sequence<kFlags<table>.size()>());
  static_assert(kIsEtag<ColumnAt<table, index>>, "the table has no VersionColumn");
  return table.template Get<index>();
}

// The key in a name that has the table's pattern.
template <const auto& table>
auto KeyOf(std::string_view name) {
  constexpr auto keys = kPicked<table, Pick::kKeys>;
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return std::array<storage::Param, keys.size()>{
        table.template Get<keys[i]>().pattern.Id(name, table.template Get<keys[i]>().index)...};
  }
  (std::make_index_sequence<keys.size()>());
}

}  // namespace internal

// The version that the row's etag stands for.
template <const auto& table>
int64_t VersionOf(const internal::RowOf<table>& row) {
  return internal::EtagOf<table>().Version(row);
}
template <const auto& table>
void SetVersion(internal::RowOf<table>& row, int64_t version) {
  internal::EtagOf<table>().SetVersion(row, version);
}

// Of what is made now; a message with an etag.
template <typename Message>
void SetFirstVersion(const storage::Transaction& transaction, Message& message) {
  message.set_etag(std::to_string(transaction.NextVersion(0)));
}

// NOT_FOUND where there is none.
template <const auto& table>
absl::StatusOr<internal::RowOf<table>> Read(storage::Snapshot& snapshot, std::string_view name,
                                            Part part = Part::kWhole) {
  const auto key = internal::KeyOf<table>(name);
  ASSIGN_OR_RETURN(std::optional<internal::RowOf<table>> row,
                   part == Part::kWhole ? Find<table>(snapshot, storage::Params(std::span(key)))
                                        : FindHead<table>(snapshot, storage::Params(std::span(key))));
  if (!row) return NotFound(name);
  return *std::move(row);
}

// NOT_FOUND where there is none; ABORTED unless `etag` is empty or the row's.
template <const auto& table>
absl::StatusOr<Loaded<internal::RowOf<table>>> Load(storage::Snapshot& snapshot, std::string_view name,
                                                    std::string_view etag = {}, Part part = Part::kWhole) {
  const auto key = internal::KeyOf<table>(name);
  ASSIGN_OR_RETURN(std::optional<Loaded<internal::RowOf<table>>> loaded,
                   FindToUpdate<table>(snapshot, storage::Params(std::span(key)), part));
  if (!loaded) return NotFound(name);
  const std::string& current = internal::EtagOf<table>().field.get(loaded->row);
  if (!etag.empty() && etag != current) return EtagMismatch(name, etag, current);
  return *std::move(loaded);
}

// Writes the row as its next version. `update_time` is a field of it.
template <const auto& table>
absl::Status Store(storage::Transaction& transaction, Loaded<internal::RowOf<table>>& loaded,
                   google::protobuf::Timestamp* update_time, absl::Time now) {
  SetVersion<table>(loaded.row, transaction.NextVersion(VersionOf<table>(loaded.row)));
  *update_time = ToProtoTime(now);
  return Update<table>(transaction, loaded);
}

}  // namespace dangol::resource
