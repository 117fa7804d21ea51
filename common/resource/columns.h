// The kinds of columns that a table is declared of. Each says its name, whether it can be NULL, and how its value goes
// into a parameter and out of a row. Absent is NULL, never 0 or 1970.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "common/resource/field.h"
#include "common/resource/names.h"
#include "common/storage/sql.h"

namespace dangol::resource {

// What is done with a column.
enum ColumnFlags : unsigned {
  kFixed = 0,    // set by the insert and never again by the table
  kKey = 1,      // part of the key: comes first
  kUpdate = 2,   // a transition may change it
  kIndexed = 4,  // some index names it: an update that leaves it as it is leaves it out
  kLater = 8,    // a new row has none: the insert writes NULL, 0 or ''
  kBlob = 32,    // a text that holds bytes
  kLong = 16,    // read with the whole row only, not with its head; stands behind the others
};

enum class Null { kNever, kWhereAbsent };

namespace internal {

template <typename T>
using Plain = std::remove_cvref_t<T>;
template <typename T>
concept TimestampLike = std::same_as<Plain<T>, google::protobuf::Timestamp>;
template <typename T>
concept NumberLike = std::is_enum_v<Plain<T>> || std::integral<Plain<T>>;

inline int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

// Values as parameters.
inline storage::Param ToParam(const google::protobuf::Timestamp& time) { return Micros(time); }
inline storage::Param ToParam(absl::Time time) { return time; }
inline storage::Param ToParam(const std::optional<absl::Time>& time) { return time; }
inline storage::Param ToParam(const std::string& text) { return text; }
inline storage::Param ToParam(const std::optional<std::string>& text) {
  return text ? storage::Param(*text) : storage::Param(nullptr);
}
template <NumberLike T>
storage::Param ToParam(T number) {
  return static_cast<int64_t>(number);
}

template <NumberLike T>
storage::Param ToParam(const std::optional<T>& number) {
  return number ? storage::Param(static_cast<int64_t>(*number)) : storage::Param(nullptr);
}

inline bool IsEmpty(const std::string& text) { return text.empty(); }
inline bool IsEmpty(absl::Time) { return false; }
template <typename T>
bool IsEmpty(const std::optional<T>& value) {
  return !value;
}
inline bool IsEmpty(const google::protobuf::Timestamp&) { return false; }
template <NumberLike T>
bool IsEmpty(T number) {
  return number == T{};
}

inline void FromRow(const storage::Row& row, int column, google::protobuf::Timestamp& time) {
  time = ToProtoTime(row.Time(column));
}
inline void FromRow(const storage::Row& row, int column, absl::Time& time) { time = row.Time(column); }
inline void FromRow(const storage::Row& row, int column, std::optional<absl::Time>& time) {
  time = row.OptionalTime(column);
}
inline void FromRow(const storage::Row& row, int column, std::optional<std::string>& text) { text = row.Text(column); }
template <NumberLike T>
void FromRow(const storage::Row& row, int column, std::optional<T>& number) {
  number = static_cast<T>(row.Integer(column));
}
inline void FromRow(const storage::Row& row, int column, std::string& text) { text = row.Bytes(column); }
template <NumberLike T>
void FromRow(const storage::Row& row, int column, T& number) {
  number = static_cast<T>(row.Integer(column));
}

}  // namespace internal

// A value that is stored as it is: numbers, enumerations, texts, times.
template <unsigned kFlagsValue, Null kNull, typename FieldType>
struct ValueColumn {
  static constexpr unsigned kFlags = kFlagsValue;

  std::string_view name;
  FieldType field;

  // NULL is what is absent: a message that is not set, whatever stands within it, or else an empty value.
  template <typename Row>
  bool IsNull(const Row& row) const {
    if constexpr (FieldType::kHasPresence || FieldType::kIsNested) return !field.has(row);
    return internal::IsEmpty(field.get(row));
  }
  // False where the row lacks what must be there: then it cannot be stored.
  template <typename Row>
  bool IsStorable(const Row& row) const {
    if constexpr (kNull == Null::kNever && FieldType::kHasPresence) return field.has(row);
    return true;
  }
  template <typename Row>
  storage::Param ToParam(const Row& row) const {
    if constexpr (kNull == Null::kWhereAbsent) {
      if (IsNull(row)) return nullptr;
    }
    if constexpr ((kFlags & kBlob) != 0) return storage::Param::Blob(field.get(row));
    return internal::ToParam(field.get(row));
  }
  template <typename Row>
  void FromRow(const storage::Row& from, int column, Row& row) const {
    if (from.IsNull(column)) return;
    // What is empty does not make the message that it would stand in.
    if constexpr (kNull == Null::kNever && FieldType::kIsNested) {
      if constexpr (internal::NumberLike<decltype(field.get(row))>) {
        if (from.Integer(column) == 0) return;
      } else {
        if (from.Bytes(column).empty()) return;
      }
    }
    field.mutate(row, [&](auto& place) { internal::FromRow(from, column, place); });
  }
  static constexpr std::string_view Later() {
    if constexpr (kNull == Null::kWhereAbsent) return "NULL";
    return "0";
  }
};

// An id that stands in the row as a name: its own (as a key) or another's. The id of `index` in the pattern.
template <unsigned kFlagsValue, Null kNull, typename FieldType, bool kIsNumber = false>
struct IdColumn {
  static constexpr unsigned kFlags = kFlagsValue;

  std::string_view name;
  FieldType field;
  Pattern pattern;
  size_t index;

  template <typename Row>
  bool IsStorable(const Row&) const {
    return true;
  }
  template <typename Row>
  storage::Param ToParam(const Row& row) const {
    if constexpr (kNull == Null::kWhereAbsent) {
      if (!field.has(row) || field.get(row).empty()) return nullptr;
    }
    const std::string_view id = pattern.Id(field.get(row), index);
    if constexpr (kIsNumber) return ParseNumber(id);
    return id;
  }
  // Of an id that is a number, as it stands in a name.
  static storage::Param ParseNumber(std::string_view id) {
    int64_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    return number;
  }
  template <typename Row>
  void FromRow(const storage::Row& from, int column, Row& row) const {
    if (from.IsNull(column)) return;
    if constexpr ((kFlags & kKey) == 0 && kNull == Null::kNever) {
      if (from.Bytes(column).empty()) return;  // it names nothing
    }
    field.mutate(row, [&](std::string& text) {
      if constexpr (kIsNumber) {
        pattern.Append(text, index, from.Integer(column));
      } else {
        pattern.Append(text, index, from.Bytes(column));
      }
    });
  }
  static constexpr std::string_view Later() {
    if constexpr (kNull == Null::kWhereAbsent) return "NULL";
    return "''";
  }
};

// The version, which the row shows as its etag.
// The version of a resource is its etag.
inline int64_t VersionOfEtag(const std::string& etag) { return std::strtoll(etag.c_str(), nullptr, 10); }

template <typename FieldType>
struct EtagColumn {
  static constexpr unsigned kFlags = kUpdate;

  std::string_view name;
  FieldType field;

  template <typename Row>
  bool IsStorable(const Row&) const {
    return true;
  }
  template <typename Row>
  int64_t Version(const Row& row) const {
    return VersionOfEtag(field.get(row));
  }
  template <typename Row>
  void SetVersion(Row& row, int64_t version) const {
    field.mutate(row, [&](std::string& etag) { etag = std::to_string(version); });
  }
  template <typename Row>
  storage::Param ToParam(const Row& row) const {
    return Version(row);
  }
  template <typename Row>
  void FromRow(const storage::Row& from, int column, Row& row) const {
    SetVersion(row, from.Integer(column));
  }
  static constexpr std::string_view Later() { return "0"; }
};

// Fields that no query looks at, together: a message of the same type with these alone. Comes last but for what is
// longer.
template <typename Outer, typename... Fields>
struct RestColumn {
  static constexpr unsigned kFlags = kUpdate | kLong;

  std::string_view name;
  Outer outer;
  std::tuple<Fields...> fields;

  template <typename Row>
  bool IsStorable(const Row&) const {
    return true;
  }
  template <typename Row>
  std::string Bytes(const Row& row) const {
    const auto& message = outer.get(row);
    internal::Plain<decltype(message)> rest;
    std::apply([&](const auto&... field) { (Copy(field, message, rest), ...); }, fields);
    return SerializeDeterministically(rest);
  }
  template <typename Row>
  [[nodiscard]] bool Parse(const storage::Row& from, int column, Row& row) const {
    bool parsed = false;
    const std::string_view bytes = from.Bytes(column);
    outer.mutate(row,
                 [&](auto& message) { parsed = message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())); });
    return parsed;
  }
  static constexpr std::string_view Later() { return "''"; }

 private:
  template <typename F, typename Message>
  static void Copy(const F& field, const Message& from, Message& to) {
    if constexpr (F::kHasPresence || F::kIsNested) {
      if (!field.has(from)) return;
    }
    if constexpr (requires { field.get(from).empty(); }) {
      if (field.get(from).empty()) return;  // to touch a text allocates it
    }
    field.mutate(to, [&](auto& place) { place = field.get(from); });
  }
};

// The ways to declare them. `name` where it is not the field's own.
template <unsigned kFlags = kFixed, typename F>
constexpr auto Column(F field, std::string_view name = {}) {
  return ValueColumn<kFlags, Null::kNever, F>{name.empty() ? field.name : name, field};
}
template <unsigned kFlags = kFixed, typename F>
constexpr auto NullableColumn(F field, std::string_view name = {}) {
  return ValueColumn<kFlags, Null::kWhereAbsent, F>{name.empty() ? field.name : name, field};
}
// The id of this index in the row's own name.
template <typename F>
constexpr auto KeyColumn(Pattern pattern, size_t index, F field, std::string_view name) {
  return IdColumn<kKey, Null::kNever, F>{name, field, pattern, index};
}
// The same where the ids are numbers and the column is an INTEGER.
template <typename F>
constexpr auto NumberKeyColumn(Pattern pattern, size_t index, F field, std::string_view name) {
  return IdColumn<kKey, Null::kNever, F, true>{name, field, pattern, index};
}
// The id in the name of another resource.
template <unsigned kFlags = kFixed, Null kNull = Null::kWhereAbsent, typename F>
constexpr auto ReferenceColumn(Pattern pattern, F field, std::string_view name) {
  return IdColumn<kFlags, kNull, F>{name, field, pattern, 0};
}
template <typename F>
constexpr auto VersionColumn(F etag) {
  return EtagColumn<F>{"version", etag};
}
// `outer` is the message in the row; the fields are its.
template <typename Outer, typename... Fields>
constexpr auto Rest(Outer outer, Fields... fields) {
  return RestColumn<Outer, Fields...>{"details", outer, std::tuple(fields...)};
}

}  // namespace dangol::resource
