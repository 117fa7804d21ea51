// Schema scripts are written for SQLite, once; this is all that PostgreSQL wants otherwise.
#pragma once

#include <string>
#include <string_view>

namespace dangol::storage {

// In CREATE TABLE and ALTER TABLE: INTEGER becomes BIGINT, BLOB BYTEA, REAL DOUBLE PRECISION, and TEXT compares by
// bytes (COLLATE "C"); the table options STRICT and WITHOUT ROWID go. Keywords are known by their capitals. Everything
// else, and what stands in quotes or comments, is left as it is.
std::string PostgresScript(std::string_view sqlite_script);

}  // namespace dangol::storage
