#include "cli/migrate/moved_table.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::cli {
namespace {

using storage::Param;
using storage::Params;
using storage::Row;
using storage::Sql;

constexpr int64_t kDigestRows = 500;
constexpr size_t kBytesMost = 4 << 20;

std::string Quoted(const std::string& name) { return '"' + absl::StrReplaceAll(name, {{"\"", "\"\""}}) + '"'; }

Param ToParam(const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      return nullptr;
    case Value::Type::kInteger:
      return value.integer;
    case Value::Type::kText:
      return std::string_view(value.bytes);
    case Value::Type::kBlob:
      return Param::Blob(value.bytes);
  }
  return nullptr;
}

// `$FIRST, $FIRST+1, …`
std::string Placeholders(size_t first, size_t count) {
  std::string text;
  for (size_t i = first; i < first + count; ++i) text += fmt::format("{}${}", i == first ? "" : ", ", i);
  return text;
}

// As postgres_schema.h translates them.
std::string_view PostgresType(Value::Type type) {
  if (type == Value::Type::kInteger) return "BIGINT";
  return type == Value::Type::kBlob ? "BYTEA" : "TEXT";
}

// To an array in PostgreSQL's text form.
void AppendElement(std::string& array, const Value& value) {
  if (value.type == Value::Type::kNull) {
    array += "NULL";
  } else if (value.type == Value::Type::kInteger) {
    array += std::to_string(value.integer);
  } else if (value.type == Value::Type::kBlob) {
    array += "\"\\\\x" + EncodeHex(value.bytes) + '"';
  } else {
    array += '"';
    for (const char c : value.bytes) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
}

Value Taken(const Row& row, int index, Value::Type type) {
  if (row.IsNull(index)) return {};
  if (type == Value::Type::kInteger) return {type, row.Integer(index), ""};
  return {type, 0, row.Text(index)};
}

void Append(std::string& bytes, uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

// Two values are the same where this is.
void Append(std::string& bytes, const Value& value) {
  Append(bytes, static_cast<uint64_t>(value.type));
  Append(bytes, value.type == Value::Type::kInteger ? static_cast<uint64_t>(value.integer) : value.bytes.size());
  bytes += value.bytes;
}

}  // namespace

std::string Digest::Hex() const {
  std::string bytes;
  for (const uint64_t part : sum) Append(bytes, part);
  return EncodeHex(bytes);
}

MovedTable::MovedTable(std::string name, std::vector<Column> columns)
    : name_(std::move(name)), columns_(std::move(columns)) {
  std::vector<std::string> all;
  for (const Column& column : columns_) all.push_back(Quoted(column.name));
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].key_position > 0) key_.push_back(i);
  }
  std::ranges::sort(key_, {}, [&](size_t column) { return columns_[column].key_position; });
  std::vector<std::string> key;
  for (const size_t column : key_) key.push_back(all[column]);
  const std::string keys = absl::StrJoin(key, ", ");
  const std::string select = fmt::format("SELECT {} FROM {}", absl::StrJoin(all, ", "), Quoted(name_));
  read_first_ = fmt::format("{} ORDER BY {} LIMIT $1", select, keys);
  read_behind_ =
      fmt::format("{} WHERE ({}) > ({}) ORDER BY {} LIMIT $1", select, keys, Placeholders(2, key.size()), keys);
  last_key_ =
      fmt::format("SELECT {} FROM {} ORDER BY {} DESC LIMIT 1", keys, Quoted(name_), absl::StrJoin(key, " DESC, "));
  count_ = fmt::format("SELECT COUNT(*) FROM {}", Quoted(name_));
  std::vector<std::string> arrays;
  for (const Column& column : columns_)
    arrays.push_back(fmt::format("${}::{}[]", arrays.size() + 1, PostgresType(column.type)));
  insert_ = fmt::format("INSERT INTO {} ({}) SELECT * FROM UNNEST({})", Quoted(name_), absl::StrJoin(all, ", "),
                        absl::StrJoin(arrays, ", "));
}

absl::StatusOr<Rows> MovedTable::Read(storage::Snapshot& snapshot, const std::vector<Value>& after,
                                      int64_t rows_max) const {
  std::vector<Param> params = {rows_max};
  for (const Value& value : after) params.push_back(ToParam(value));
  Rows rows;
  size_t bytes = 0;
  RETURN_IF_ERROR(snapshot.Query(Sql::OfCatalogue(after.empty() ? read_first_ : read_behind_),
                                 Params(std::span<const Param>(params)), [&](const Row& row) {
                                   if (bytes > kBytesMost) return;  // read again behind these
                                   ++rows.count;
                                   for (size_t i = 0; i < columns_.size(); ++i) {
                                     rows.values.push_back(Taken(row, static_cast<int>(i), columns_[i].type));
                                     bytes += rows.values.back().bytes.size();
                                   }
                                 }));
  return rows;
}

absl::Status MovedTable::Insert(storage::Transaction& postgres, const Rows& rows) const {
  std::vector<std::string> arrays(columns_.size(), "{");
  for (size_t i = 0; i < rows.values.size(); ++i) {
    std::string& array = arrays[i % columns_.size()];
    if (i >= columns_.size()) array += ',';
    AppendElement(array, rows.values[i]);
  }
  std::vector<Param> params;
  for (std::string& array : arrays) {
    array += '}';
    params.emplace_back(array);
  }
  return postgres.Execute(Sql::OfCatalogue(insert_), Params(std::span<const Param>(params)));
}

std::vector<Value> MovedTable::LastKey(const Rows& rows) const {
  std::vector<Value> key;
  const size_t last = rows.values.size() - columns_.size();
  for (const size_t column : key_) key.push_back(rows.values[last + column]);
  return key;
}

absl::StatusOr<std::vector<Value>> MovedTable::LastKey(storage::Snapshot& snapshot) const {
  std::vector<Value> key;
  RETURN_IF_ERROR(snapshot.Query(Sql::OfCatalogue(last_key_), {}, [&](const Row& row) {
    for (size_t i = 0; i < key_.size(); ++i) key.push_back(Taken(row, static_cast<int>(i), columns_[key_[i]].type));
  }));
  return key;
}

absl::StatusOr<int64_t> MovedTable::CountRows(storage::Snapshot& snapshot) const {
  return snapshot.QueryInteger(Sql::OfCatalogue(count_), {});
}

absl::StatusOr<Digest> MovedTable::MakeDigest(storage::Snapshot& snapshot) const {
  Digest digest;
  std::vector<Value> after;
  while (true) {
    ASSIGN_OR_RETURN(const Rows rows, Read(snapshot, after, kDigestRows));
    if (rows.count == 0) return digest;
    for (auto value = rows.values.begin(); value != rows.values.end();) {
      std::string bytes;
      for (const Column& column : columns_) {
        if (column.name != "incarnation") Append(bytes, *value);
        ++value;
      }
      const std::string hash = Sha256(bytes);
      std::array<uint64_t, 4> parts;
      std::memcpy(parts.data(), hash.data(), sizeof(parts));
      for (size_t i = 0; i < parts.size(); ++i) digest.sum[i] += parts[i];
    }
    digest.rows += rows.count;
    after = LastKey(rows);
  }
}

namespace {

absl::Status CannotMove(const std::string& table, std::string_view problem) {
  return Error(
      absl::StatusCode::kFailedPrecondition, "TABLE_UNKNOWN",
      fmt::format("it has a table {} {}, which no service makes. Take it out of there first.", table, problem));
}

// Of a type as the schema writes it. REAL is none: no parameter of a statement can be one, so no service stores any.
std::optional<Value::Type> TypeOf(std::string_view declared) {
  if (declared == "INTEGER") return Value::Type::kInteger;
  if (declared == "TEXT") return Value::Type::kText;
  if (declared == "BLOB") return Value::Type::kBlob;
  return std::nullopt;
}

absl::StatusOr<std::unique_ptr<MovedTable>> Describe(storage::Snapshot& sqlite, const std::string& name) {
  std::vector<MovedTable::Column> columns;
  std::string unknown;
  bool has_key = false;
  RETURN_IF_ERROR(
      sqlite.Query("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", {name}, [&](const Row& row) {
        const std::optional<Value::Type> type = TypeOf(row.Bytes(1));
        if (!type) unknown = row.Text(1);
        columns.push_back({row.Text(0), type.value_or(Value::Type::kNull), static_cast<int>(row.Integer(2))});
        has_key = has_key || row.Integer(2) > 0;
      }));
  if (!unknown.empty()) return CannotMove(name, fmt::format("with a column of type {}", unknown));
  if (!has_key) return CannotMove(name, "without a primary key");
  return std::make_unique<MovedTable>(name, std::move(columns));
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<MovedTable>>> ReadCatalogue(storage::Snapshot& sqlite) {
  std::vector<std::string> waiting;
  RETURN_IF_ERROR(sqlite.Query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migration' "
      "ORDER BY name",
      {}, [&](const Row& row) { waiting.push_back(row.Text(0)); }));
  std::vector<std::unique_ptr<MovedTable>> tables;
  while (!waiting.empty()) {
    const size_t before = waiting.size();
    for (auto name = waiting.begin(); name != waiting.end();) {
      bool refers = false;  // to one that waits
      RETURN_IF_ERROR(
          sqlite.Query("SELECT \"table\" FROM pragma_foreign_key_list($1) ORDER BY id", {*name}, [&](const Row& row) {
            refers = refers || (row.Text(0) != *name && std::ranges::count(waiting, row.Text(0)) > 0);
          }));
      if (refers) {
        ++name;
        continue;
      }
      ASSIGN_OR_RETURN(tables.emplace_back(), Describe(sqlite, *name));
      name = waiting.erase(name);
    }
    if (waiting.size() == before) return InternalError("tables refer to each other in a circle");
  }
  return tables;
}

}  // namespace dangol::cli
