// One table that `dangol migrate` moves, as the catalogue of the source describes it, and the statements that move it.
// So a table of a later step of a schema is moved without a line here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/storage/database.h"

namespace dangol::cli {

// What a row has in one column.
struct Value {
  enum class Type { kNull, kInteger, kText, kBlob };
  Type type = Type::kNull;
  int64_t integer = 0;
  std::string bytes;
};

// Values of rows, one row behind the other.
struct Rows {
  int64_t count = 0;
  std::vector<Value> values;
};

// All rows, whatever their order.
struct Digest {
  int64_t rows = 0;
  std::array<uint64_t, 4> sum{};  // of the rows' SHA-256, each taken as four numbers

  bool operator==(const Digest&) const = default;
  std::string Hex() const;
};

// Not thread-safe. Its statements are prepared under their addresses: it outlives all connections that it was used on.
class MovedTable {
 public:
  struct Column {
    std::string name;
    Value::Type type;
    int key_position;  // in the primary key, from 1; 0: not in it
  };

  MovedTable(std::string name, std::vector<Column> columns);
  MovedTable(const MovedTable&) = delete;
  MovedTable& operator=(const MovedTable&) = delete;

  const std::string& name() const { return name_; }

  // At most `rows_max` rows behind the key `after`, in the order of their keys; empty: from the first. Fewer where
  // their texts are long: what is given takes kBytesMost and one row at most.
  absl::StatusOr<Rows> Read(storage::Snapshot& snapshot, const std::vector<Value>& after, int64_t rows_max) const;
  // With one statement.
  absl::Status Insert(storage::Transaction& postgres, const Rows& rows) const;

  // Of the last row of these, which are not none.
  std::vector<Value> LastKey(const Rows& rows) const;
  // Of the last row that is stored; empty: there is none.
  absl::StatusOr<std::vector<Value>> LastKey(storage::Snapshot& snapshot) const;

  absl::StatusOr<int64_t> CountRows(storage::Snapshot& snapshot) const;

  // Of all columns but those named `incarnation`.
  absl::StatusOr<Digest> MakeDigest(storage::Snapshot& snapshot) const;

 private:
  const std::string name_;
  const std::vector<Column> columns_;
  std::vector<size_t> key_;  // columns, in the key's order
  std::string read_first_;
  std::string read_behind_;
  std::string last_key_;
  std::string count_;
  std::string insert_;
};

// The tables of an SQLite database that hold a service's data, each behind those that it refers to. Without
// `schema_migration`: a target has steps of its own. FAILED_PRECONDITION where a table cannot be moved: it has no
// key, or numbers that are not whole.
absl::StatusOr<std::vector<std::unique_ptr<MovedTable>>> ReadCatalogue(storage::Snapshot& sqlite);

}  // namespace dangol::cli
