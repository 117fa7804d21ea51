// SQL text, parameters and rows, as handlers see them. One text serves every engine:
//   * parameters are `$1`, `$2`, … and may be repeated;
//   * text compares by bytes; times are INTEGER microseconds since 1970; U+0000 never reaches the database;
//   * `Execute` has no result and its error may surface at the batch's end: who needs to know whether a row was changed
//     uses `Change`; who needs a value of it, `Query` with `RETURNING`, which costs SQLite a table for the answer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace dangol::storage {

// The text of one statement. Only a literal can become one, so no text is ever put together from values, and its
// address is the key under which a connection keeps the prepared statement.
class Sql {
 public:
  template <size_t N>
  consteval Sql(const char (&text)[N]) : text_(text), size_(N - 1) {}  // NOLINT: implicit by design

  // A text that is made at compile time from a table's declaration (common/resource).
  template <size_t N>
  static constexpr Sql OfTable(const std::array<char, N>& text) {
    return {text.data(), N - 1};
  }

  // The one exception, for `dangol migrate`, which learns tables and columns from a database's catalogue: a text put
  // together from their names, in quotes, and never from a value. It must outlive every connection that it was given
  // to.
  static Sql OfCatalogue(const std::string& text) { return {text.c_str(), text.size()}; }

  const char* text() const { return text_; }
  size_t size() const { return size_; }

 private:
  constexpr Sql(const char* text, size_t size) : text_(text), size_(size) {}

  const char* text_;
  size_t size_;
};

// A value for `$n`. Refers to texts and bytes of the caller, which must live until the call returns.
class Param {
 public:
  enum class Type { kNull, kInteger, kText, kBlob };

  // NOLINTBEGIN: implicit by design
  Param(std::nullptr_t) : type_(Type::kNull) {}
  Param(int value) : type_(Type::kInteger), integer_(value) {}
  Param(int64_t value) : type_(Type::kInteger), integer_(value) {}
  Param(bool value) : type_(Type::kInteger), integer_(value ? 1 : 0) {}
  Param(absl::Time value) : type_(Type::kInteger), integer_(absl::ToUnixMicros(value)) {}
  Param(std::optional<absl::Time> value)
      : type_(value ? Type::kInteger : Type::kNull), integer_(value ? absl::ToUnixMicros(*value) : 0) {}
  Param(std::string_view value) : type_(Type::kText), bytes_(value) {}
  Param(const std::string& value) : type_(Type::kText), bytes_(value) {}
  Param(const char* value) : type_(Type::kText), bytes_(value) {}
  // NOLINTEND
  static Param Blob(std::string_view bytes) {
    Param param(bytes);
    param.type_ = Type::kBlob;
    return param;
  }

  Type type() const { return type_; }
  int64_t integer() const { return integer_; }
  std::string_view bytes() const { return bytes_; }

 private:
  Type type_;
  int64_t integer_ = 0;
  std::string_view bytes_;
};

// The values for $1, $2, … of one call: `{a, b}` where their number is known, a span where it is not.
class Params {
 public:
  Params(std::initializer_list<Param> params) : Params(std::span(params.begin(), params.size())) {}  // NOLINT: implicit
  explicit Params(std::span<const Param> params) : params_(params) {}

  auto begin() const { return params_.begin(); }
  auto end() const { return params_.end(); }
  size_t size() const { return params_.size(); }

 private:
  std::span<const Param> params_;
};

// One row of a result; columns count from 0 in the order of the SELECT list. Valid only during the callback.
class Row {
 public:
  virtual ~Row() = default;

  virtual bool IsNull(int column) const = 0;
  // 0 for NULL.
  virtual int64_t Integer(int column) const = 0;
  // Text and blob; empty for NULL. Valid only during the callback.
  virtual std::string_view Bytes(int column) const = 0;

  // The column of this name (`AS name`), for results of many columns; -1: there is none.
  virtual int Find(const char* name) const = 0;

  std::string Text(int column) const { return std::string(Bytes(column)); }
  absl::Time Time(int column) const { return absl::FromUnixMicros(Integer(column)); }
  std::optional<absl::Time> OptionalTime(int column) const {
    return IsNull(column) ? std::nullopt : std::optional(Time(column));
  }
};

}  // namespace dangol::storage
