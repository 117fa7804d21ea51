// A table declared once, by its columns: reading, inserting and updating rows by name, in the order of the declaration.
// The SQL is made at compile time; a golden file (tests/common/resource/sql.golden) shows it.
//
//   constexpr auto kDemandTable = resource::Table<Demand>(
//       "demand", std::tuple(Column<kKey>(MEMBER_OF(Demand, change_id)), …, Column<kUpdate>(MEMBER_OF(Demand, state)),
//       …));
//   ASSIGN_OR_RETURN(std::optional<Demand> demand, resource::Find<kDemandTable>(snapshot, {change_id, ordinal}));
//
// What has a meaning of its own (counts, ranges, sums, statements in bulk) stays SQL by hand. All functions are for
// handlers: on the thread of their transaction or snapshot, and with its errors.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/columns.h"
#include "common/storage/database.h"

namespace dangol::resource {

template <typename RowType, typename... ColumnTypes>
struct TableOf {
  using Row = RowType;
  static constexpr size_t kSize = sizeof...(ColumnTypes);

  std::string_view name;
  std::tuple<ColumnTypes...> columns;

  template <size_t index>
  constexpr const auto& Get() const {
    return std::get<index>(columns);
  }
};

template <typename Row, typename... ColumnTypes>
constexpr auto Table(std::string_view name, std::tuple<ColumnTypes...> columns) {
  return TableOf<Row, ColumnTypes...>{name, columns};
}

// A text that is known at compile time, as a template's argument.
template <size_t size>
struct Tail {
  char chars[size] = {};
  constexpr Tail(const char (&text)[size]) { std::copy_n(text, size, chars); }  // NOLINT: implicit by design
  constexpr std::string_view view() const { return {chars, size - 1}; }
};

namespace internal {

template <const auto& table>
using RowOf = typename std::remove_cvref_t<decltype(table)>::Row;

template <const auto& table, size_t index>
using ColumnAt = std::remove_cvref_t<decltype(table.template Get<index>())>;

template <typename T>
inline constexpr bool kIsRest = false;
template <typename Outer, typename... Fields>
inline constexpr bool kIsRest<RestColumn<Outer, Fields...>> = true;

template <const auto& table, size_t... index>
constexpr auto FlagsOf(std::index_sequence<index...>) {
  return std::array<unsigned, sizeof...(index)>{ColumnAt<table, index>::kFlags...};
}
template <const auto& table>
inline constexpr auto kFlags = FlagsOf<table>(std::make_index_sequence<std::remove_cvref_t<decltype(table)>::kSize>());

template <const auto& table, size_t... index>
constexpr auto NamesOf(std::index_sequence<index...>) {
  return std::array<std::string_view, sizeof...(index)>{table.template Get<index>().name...};
}
template <const auto& table>
inline constexpr auto kNames = NamesOf<table>(std::make_index_sequence<std::remove_cvref_t<decltype(table)>::kSize>());

template <const auto& table, size_t... index>
constexpr auto RestsOf(std::index_sequence<index...>) {
  return std::array<bool, sizeof...(index)>{kIsRest<ColumnAt<table, index>>...};
}
template <const auto& table>
inline constexpr auto kRests = RestsOf<table>(std::make_index_sequence<std::remove_cvref_t<decltype(table)>::kSize>());

// Which columns a statement has, in their order.
enum class Pick { kHead, kAll, kKeys, kBound, kUpdate, kUpdateIndexed, kUpdateRest, kUpdateIndexedRest, kIndexed };

constexpr bool Picks(Pick pick, unsigned flags, bool is_rest) {
  const bool updates = (flags & kUpdate) != 0 && !is_rest;
  const bool indexed = (flags & kIndexed) != 0;
  switch (pick) {
    case Pick::kHead:
      return (flags & kLong) == 0;
    case Pick::kAll:
      return true;
    case Pick::kKeys:
      return (flags & kKey) != 0;
    case Pick::kBound:
      return (flags & kLater) == 0;
    case Pick::kUpdate:
      return updates && !indexed;
    case Pick::kUpdateIndexed:
      return updates;
    case Pick::kUpdateRest:
      return (updates && !indexed) || is_rest;
    case Pick::kUpdateIndexedRest:
      return updates || is_rest;
    case Pick::kIndexed:
      return updates && indexed;
  }
  return false;
}

template <const auto& table, Pick pick>
constexpr auto PickColumns() {
  constexpr size_t size = [] {
    size_t count = 0;
    for (size_t i = 0; i < kFlags<table>.size(); ++i) count += Picks(pick, kFlags<table>[i], kRests<table>[i]) ? 1 : 0;
    return count;
  }();
  std::array<size_t, size> picked{};
  for (size_t i = 0, next = 0; i < kFlags<table>.size(); ++i) {
    if (Picks(pick, kFlags<table>[i], kRests<table>[i])) picked[next++] = i;
  }
  return picked;
}
template <const auto& table, Pick pick>
inline constexpr auto kPicked = PickColumns<table, pick>();

// Texts are written twice at compile time: to learn their length, and into the array.
struct Counter {
  size_t size = 0;
  constexpr void Add(std::string_view text) { size += text.size(); }
};
template <size_t size>
struct Writer {
  std::array<char, size + 1> chars{};
  size_t end = 0;
  constexpr void Add(std::string_view text) {
    for (const char each : text) chars[end++] = each;
  }
};
constexpr void AddNumber(auto& out, size_t number) {
  if (number >= 10) AddNumber(out, number / 10);
  const char digit = static_cast<char>('0' + number % 10);
  out.Add(std::string_view(&digit, 1));
}
template <typename Write>
constexpr auto TextOf() {
  constexpr size_t size = [] {
    Counter counter;
    Write()(counter);
    return counter.size;
  }();
  Writer<size> writer;
  Write()(writer);
  return writer.chars;
}
template <typename Write>
struct Text {
  static constexpr auto kChars = TextOf<Write>();
  static constexpr storage::Sql sql() { return storage::Sql::OfTable(kChars); }
};

constexpr void AddList(auto& out, const auto& names, const auto& picked) {
  for (size_t i = 0; i < picked.size(); ++i) {
    if (i > 0) out.Add(", ");
    out.Add(names[picked[i]]);
  }
}

template <const auto& table, Pick pick, auto tail>
struct WriteSelect {
  constexpr void operator()(auto& out) const {
    out.Add("SELECT ");
    AddList(out, kNames<table>, kPicked<table, pick>);
    out.Add(" FROM ");
    out.Add(table.name);
    out.Add(tail.view());
  }
};

template <const auto& table, Pick pick>
struct WriteFind {
  constexpr void operator()(auto& out) const {
    WriteSelect<table, pick, Tail("")>()(out);
    AddWhere(out);
  }
  static constexpr void AddWhere(auto& out) {
    const auto& keys = kPicked<table, Pick::kKeys>;
    for (size_t i = 0; i < keys.size(); ++i) {
      out.Add(i == 0 ? " WHERE " : " AND ");
      out.Add(kNames<table>[keys[i]]);
      out.Add(" = $");
      AddNumber(out, i + 1);
    }
  }
};

enum class Conflict { kError, kNothing, kReplace };

template <const auto& table, Conflict conflict>
struct WriteInsert {
  constexpr void operator()(auto& out) const {
    constexpr auto all = kPicked<table, Pick::kAll>;
    out.Add("INSERT INTO ");
    out.Add(table.name);
    out.Add(" (");
    AddList(out, kNames<table>, all);
    out.Add(") VALUES (");
    AddValues(out, std::make_index_sequence<all.size()>());
    out.Add(")");
    if constexpr (conflict != Conflict::kError) AddConflict(out);
  }

 private:
  template <size_t... index>
  static constexpr void AddValues(auto& out, std::index_sequence<index...>) {
    size_t number = 0;
    const auto add = [&](size_t i, unsigned flags, std::string_view later) {
      if (i > 0) out.Add(", ");
      if ((flags & kLater) != 0) return out.Add(later);
      out.Add("$");
      AddNumber(out, ++number);
    };
    (add(index, ColumnAt<table, index>::kFlags, ColumnAt<table, index>::Later()), ...);
  }
  static constexpr void AddConflict(auto& out) {
    out.Add(" ON CONFLICT (");
    AddList(out, kNames<table>, kPicked<table, Pick::kKeys>);
    out.Add(conflict == Conflict::kReplace ? ") DO UPDATE SET " : ") DO NOTHING");
    if constexpr (conflict == Conflict::kReplace) {
      bool first = true;
      for (size_t i = 0; i < kNames<table>.size(); ++i) {
        if ((kFlags<table>[i] & kKey) != 0) continue;
        if (!first) out.Add(", ");
        first = false;
        out.Add(kNames<table>[i]);
        out.Add(" = excluded.");
        out.Add(kNames<table>[i]);
      }
    }
  }
};

template <const auto& table, Pick pick>
struct WriteUpdate {
  constexpr void operator()(auto& out) const {
    out.Add("UPDATE ");
    out.Add(table.name);
    out.Add(" SET ");
    size_t number = kPicked<table, Pick::kKeys>.size();
    bool first = true;
    for (const size_t column : kPicked<table, pick>) {
      if (!first) out.Add(", ");
      first = false;
      out.Add(kNames<table>[column]);
      out.Add(" = $");
      AddNumber(out, ++number);
    }
    WriteFind<table, pick>::AddWhere(out);
  }
};

// Bytes of `details`, which have to live as long as the parameters.
using Details = std::string;

template <const auto& table, size_t index>
storage::Param ParamOf(const RowOf<table>& row, const Details& details) {
  if constexpr (kIsRest<ColumnAt<table, index>>) {
    return storage::Param::Blob(details);
  } else {
    return table.template Get<index>().ToParam(row);
  }
}

template <const auto& table, Pick... picks>
auto ParamsOf(const RowOf<table>& row, const Details& details) {
  constexpr size_t size = (kPicked<table, picks>.size() + ...);
  constexpr auto columns = [] {
    std::array<size_t, size> all{};
    size_t next = 0;
    const auto add = [&](const auto& picked) {
      for (const size_t column : picked) all[next++] = column;
    };
    (add(kPicked<table, picks>), ...);
    return all;
  }();
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return std::array<storage::Param, size>{ParamOf<table, columns[i]>(row, details)...};
  }
  (std::make_index_sequence<size>());
}

template <const auto& table, typename Each>
void ForEachColumn(Each each) {
  [&]<size_t... i>(std::index_sequence<i...>) { (each.template operator()<i>(), ...); }
  (std::make_index_sequence<kFlags<table>.size()>());
}

template <const auto& table>
Details DetailsOf(const RowOf<table>& row) {
  Details details;
  ForEachColumn<table>([&]<size_t i>() {
    if constexpr (kIsRest<ColumnAt<table, i>>) details = table.template Get<i>().Bytes(row);
  });
  return details;
}

template <const auto& table>
absl::Status CheckStorable(const RowOf<table>& row) {
  std::string_view missing;
  ForEachColumn<table>([&]<size_t i>() {
    if constexpr ((ColumnAt<table, i>::kFlags & kLater) == 0) {
      if (!table.template Get<i>().IsStorable(row)) missing = table.template Get<i>().name;
    }
  });
  if (missing.empty()) return absl::OkStatus();
  return InternalError(std::string("a row of ").append(table.name).append(" without ").append(missing));
}

// The row's values into `row`. False where its details do not parse.
template <const auto& table, Pick pick>
[[nodiscard]] bool Fill(const storage::Row& from, RowOf<table>& row, Details* details) {
  bool parsed = true;
  constexpr auto columns = kPicked<table, pick>;
  const auto each = [&]<size_t i>(bool rest_first) {
    constexpr size_t column = columns[i];
    if constexpr (kIsRest<ColumnAt<table, column>>) {
      if (!rest_first) return;
      parsed = table.template Get<column>().Parse(from, static_cast<int>(i), row);
      if (details != nullptr) *details = from.Text(static_cast<int>(i));
    } else if (!rest_first) {
      table.template Get<column>().FromRow(from, static_cast<int>(i), row);
    }
  };
  [&]<size_t... i>(std::index_sequence<i...>) {
    // What was parsed replaces the message, so it comes first.
    (each.template operator()<i>(true), ...);
    (each.template operator()<i>(false), ...);
  }
  (std::make_index_sequence<columns.size()>());
  return parsed;
}

template <const auto& table>
absl::Status BrokenDetails() {
  return InternalError(std::string("the details of a row of ").append(table.name).append(" do not parse"));
}

template <const auto& table, Pick pick>
absl::StatusOr<std::optional<RowOf<table>>> Find(storage::Snapshot& snapshot, storage::Params key, Details* details) {
  std::optional<RowOf<table>> row;
  bool parsed = true;
  RETURN_IF_ERROR(snapshot.Query(Text<WriteFind<table, pick>>::sql(), key, [&](const storage::Row& from) {
    parsed = Fill<table, pick>(from, row.emplace(), details);
  }));
  if (!parsed) return BrokenDetails<table>();
  return row;
}

}  // namespace internal

// Which columns are read.
enum class Part { kWhole, kHead };

// The row with this key; nothing where there is none.
template <const auto& table>
absl::StatusOr<std::optional<internal::RowOf<table>>> Find(storage::Snapshot& snapshot, storage::Params key) {
  return internal::Find<table, internal::Pick::kAll>(snapshot, key, nullptr);
}
// Without what is kLong.
template <const auto& table>
absl::StatusOr<std::optional<internal::RowOf<table>>> FindHead(storage::Snapshot& snapshot, storage::Params key) {
  return internal::Find<table, internal::Pick::kHead>(snapshot, key, nullptr);
}

namespace internal {

template <const auto& table, Pick pick, Tail tail>
absl::StatusOr<std::vector<RowOf<table>>> List(storage::Snapshot& snapshot, storage::Params params) {
  std::vector<RowOf<table>> rows;
  bool parsed = true;
  RETURN_IF_ERROR(snapshot.Query(Text<WriteSelect<table, pick, tail>>::sql(), params, [&](const storage::Row& from) {
    parsed &= Fill<table, pick>(from, rows.emplace_back(), nullptr);
  }));
  if (!parsed) return BrokenDetails<table>();
  return rows;
}

}  // namespace internal

// The rows that `tail` chooses: what follows the table's name, such as ` WHERE change_id = $1 ORDER BY ordinal LIMIT
// $2`.
template <const auto& table, Tail tail>
absl::StatusOr<std::vector<internal::RowOf<table>>> List(storage::Snapshot& snapshot, storage::Params params) {
  return internal::List<table, internal::Pick::kAll, tail>(snapshot, params);
}
// Without what is kLong.
template <const auto& table, Tail tail>
absl::StatusOr<std::vector<internal::RowOf<table>>> ListHeads(storage::Snapshot& snapshot, storage::Params params) {
  return internal::List<table, internal::Pick::kHead, tail>(snapshot, params);
}

namespace internal {

template <const auto& table, Conflict conflict>
absl::Status ExecuteInsert(storage::Transaction& transaction, const RowOf<table>& row) {
  RETURN_IF_ERROR(CheckStorable<table>(row));
  const Details details = DetailsOf<table>(row);
  const auto params = ParamsOf<table, Pick::kBound>(row, details);
  return transaction.Execute(Text<WriteInsert<table, conflict>>::sql(), storage::Params(std::span(params)));
}

}  // namespace internal

// A new row. Where the key is taken, the error comes as that of the statement: for keys of our own making.
template <const auto& table>
absl::Status Insert(storage::Transaction& transaction, const internal::RowOf<table>& row) {
  return internal::ExecuteInsert<table, internal::Conflict::kError>(transaction, row);
}

// A new row, unless the key is taken.
template <const auto& table>
absl::Status InsertUnlessThere(storage::Transaction& transaction, const internal::RowOf<table>& row) {
  return internal::ExecuteInsert<table, internal::Conflict::kNothing>(transaction, row);
}

// The row, in place of the one there was.
template <const auto& table>
absl::Status Replace(storage::Transaction& transaction, const internal::RowOf<table>& row) {
  return internal::ExecuteInsert<table, internal::Conflict::kReplace>(transaction, row);
}

// A new row. False: the key is taken, and nothing happened.
template <const auto& table>
absl::StatusOr<bool> InsertIfFree(storage::Transaction& transaction, const internal::RowOf<table>& row) {
  RETURN_IF_ERROR(internal::CheckStorable<table>(row));
  const internal::Details details = internal::DetailsOf<table>(row);
  const auto params = internal::ParamsOf<table, internal::Pick::kBound>(row, details);
  ASSIGN_OR_RETURN(const int64_t inserted,
                   transaction.Change(internal::Text<internal::WriteInsert<table, internal::Conflict::kNothing>>::sql(),
                                      storage::Params(std::span(params))));
  return inserted > 0;
}

// A row that was read to be changed, with what an update has to know of it as it was.
template <typename Row>
struct Loaded {
  Row row;
  std::string indexed;                 // the values of its indexed columns
  std::optional<std::string> details;  // as they are stored; none where the head alone was read
};

namespace internal {

inline void AddValue(std::string& values, const storage::Param& value) {
  const bool is_integer = value.type() == storage::Param::Type::kInteger;
  const int64_t integer = is_integer ? value.integer() : static_cast<int64_t>(value.bytes().size());
  values += static_cast<char>(value.type());
  values.append(reinterpret_cast<const char*>(&integer), sizeof(integer)).append(value.bytes());
}

// The values of the indexed columns, to be compared.
template <const auto& table>
std::string IndexedOf(const RowOf<table>& row) {
  std::string values;
  const auto params = ParamsOf<table, Pick::kIndexed>(row, {});
  for (const storage::Param& param : params) AddValue(values, param);
  return values;
}

template <const auto& table, Pick pick>
absl::Status RunUpdate(storage::Transaction& transaction, const RowOf<table>& row, const Details& details) {
  const auto params = ParamsOf<table, Pick::kKeys, pick>(row, details);
  return transaction.Execute(Text<WriteUpdate<table, pick>>::sql(), storage::Params(std::span(params)));
}

}  // namespace internal

// The row with this key, whole or its head, to be updated; nothing where there is none.
template <const auto& table>
absl::StatusOr<std::optional<Loaded<internal::RowOf<table>>>> FindToUpdate(storage::Snapshot& snapshot,
                                                                           storage::Params key, Part part) {
  using internal::Pick;
  Loaded<internal::RowOf<table>> loaded;
  std::optional<internal::RowOf<table>> row;
  if (part == Part::kWhole) {
    loaded.details.emplace();
    ASSIGN_OR_RETURN(row, (internal::Find<table, Pick::kAll>(snapshot, key, &*loaded.details)));
  } else {
    ASSIGN_OR_RETURN(row, (internal::Find<table, Pick::kHead>(snapshot, key, nullptr)));
  }
  if (!row) return std::nullopt;
  loaded.row = *std::move(row);
  loaded.indexed = internal::IndexedOf<table>(loaded.row);
  return loaded;
}

// Writes what an update can change: the indexed columns where one of them has changed, since to name them costs more
// than all others, and `details` where they have. What else is kLong is never written.
template <const auto& table>
absl::Status Update(storage::Transaction& transaction, const Loaded<internal::RowOf<table>>& loaded) {
  using internal::Pick;
  const internal::RowOf<table>& row = loaded.row;
  RETURN_IF_ERROR(internal::CheckStorable<table>(row));
  const bool indexed = internal::IndexedOf<table>(row) != loaded.indexed;
  const internal::Details details = loaded.details ? internal::DetailsOf<table>(row) : internal::Details();
  if (!loaded.details || details == *loaded.details) {
    return indexed ? internal::RunUpdate<table, Pick::kUpdateIndexed>(transaction, row, details)
                   : internal::RunUpdate<table, Pick::kUpdate>(transaction, row, details);
  }
  return indexed ? internal::RunUpdate<table, Pick::kUpdateIndexedRest>(transaction, row, details)
                 : internal::RunUpdate<table, Pick::kUpdateRest>(transaction, row, details);
}

// The same where the row as it was is at hand; for a table without details.
template <const auto& table>
absl::Status Update(storage::Transaction& transaction, const internal::RowOf<table>& before,
                    const internal::RowOf<table>& row) {
  return Update<table>(transaction, {row, internal::IndexedOf<table>(before), std::nullopt});
}

}  // namespace dangol::resource
