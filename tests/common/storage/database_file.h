// A database, most often an SQLite file, seen from outside of the service that owns it: what it holds, and damage done
// on purpose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include <sqlite3.h>

#include "tests/support/postgres_server.h"

namespace dangol::testing {

// What DatabaseFile opens of a URL.
inline std::string PathOf(const std::string& url) { return url.starts_with("sqlite:") ? url.substr(7) : url; }

class DatabaseFile {
 public:
  // A path, or a URL of PostgreSQL.
  explicit DatabaseFile(const std::string& path) {
    if (path.starts_with("postgresql:")) {
      postgres_ = std::make_unique<PostgresSession>(path);
      return;
    }
    if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) std::abort();
    sqlite3_busy_timeout(handle_, 10'000);
  }
  ~DatabaseFile() { sqlite3_close_v2(handle_); }
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;

  // The first column of all rows.
  std::vector<std::string> Column(const std::string& sql) const {
    std::vector<std::string> values;
    ForEachRow(sql, [&](const std::vector<std::string>& row) { values.push_back(row.at(0)); });
    return values;
  }
  int64_t Integer(const std::string& sql) const { return std::stoll(Column(sql).at(0)); }
  void Execute(const std::string& sql) const {
    ForEachRow(sql, [](const auto&) {});
  }

  // Every row of every table, as text that can be compared and searched.
  std::string Dump() const {
    std::string dump;
    const std::string tables = postgres_ == nullptr
                                   ? "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
                                   : "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename";
    for (const std::string& table : Column(tables)) {
      dump += DumpTable(table);
    }
    return dump;
  }
  std::string DumpTable(const std::string& table) const {
    std::vector<std::string> lines;
    ForEachRow(fmt::format("SELECT * FROM {}", table), [&](const std::vector<std::string>& row) {
      std::string& line = lines.emplace_back(table);
      for (const std::string& value : row) line += " | " + value;
      line += '\n';
    });
    std::ranges::sort(lines);  // whatever the engine and its keys
    std::string dump;
    for (const std::string& line : lines) dump += line;
    return dump;
  }

 private:
  template <typename Each>
  void ForEachRow(const std::string& sql, Each each) const {
    if (postgres_ != nullptr) return postgres_->ForEachRow(sql, each);
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
      code = sqlite3_step(statement);
      if (code != SQLITE_ROW) break;
      std::vector<std::string> row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, i));
        row.emplace_back(data, data + sqlite3_column_bytes(statement, i));
      }
      each(row);
    }
    if (code != SQLITE_DONE) {
      fmt::print(stderr, "{}: {}\n", sql, sqlite3_errmsg(handle_));
      std::abort();
    }
    sqlite3_finalize(statement);
  }

  sqlite3* handle_ = nullptr;
  std::unique_ptr<PostgresSession> postgres_;
};

}  // namespace dangol::testing
