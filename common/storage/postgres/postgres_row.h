// A row of a result in text format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "common/storage/sql.h"

namespace dangol::storage {

class PostgresRow : public Row {
 public:
  // The result must outlive it.
  explicit PostgresRow(const PGresult* result) : result_(result), decoded_(static_cast<size_t>(PQnfields(result))) {}

  void MoveTo(int row) {
    row_ = row;
    for (std::string& text : decoded_) text.clear();
  }

  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  int64_t Integer(int column) const override;
  std::string_view Bytes(int column) const override;
  int Find(const char* name) const override { return PQfnumber(result_, name); }

 private:
  std::string_view Text(int column) const;

  const PGresult* const result_;
  int row_ = 0;
  mutable std::vector<std::string> decoded_;  // bytes of this row, by column
};

}  // namespace dangol::storage
