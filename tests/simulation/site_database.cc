#include "tests/simulation/site_database.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "fmt/format.h"

namespace dangol::simulation {
namespace {

std::string ValueOf(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return "NULL";
  // As text it would end at its first NUL byte.
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
  return bytes == nullptr ? "" : std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(row, column)));
}

}  // namespace

SiteDatabase::SiteDatabase(Site& site, std::vector<std::string>& violations) : violations_(violations) {
  const int code =
      sqlite3_open_v2(site.database_path().c_str(), &handle_, SQLITE_OPEN_READWRITE, site.disk().name().c_str());
  Require(code, SQLITE_OK, site.database_path());
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

SiteDatabase::~SiteDatabase() { sqlite3_close(handle_); }

void SiteDatabase::Require(int code, int expected, const std::string& what) {
  if (code != expected) violations_.push_back(fmt::format("{}: {}", what, sqlite3_errmsg(handle_)));
}

void SiteDatabase::Query(const std::string& sql, const std::function<void(sqlite3_stmt* row)>& each) {
  sqlite3_stmt* statement = nullptr;
  const int prepared = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
  Require(prepared, SQLITE_OK, sql);
  if (prepared != SQLITE_OK) return;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) each(statement);
  Require(code, SQLITE_DONE, sql);
  sqlite3_finalize(statement);
}

int64_t SiteDatabase::Integer(const std::string& sql) {
  std::optional<int64_t> value;
  Query(sql, [&](sqlite3_stmt* row) {
    if (!value) value = sqlite3_column_int64(row, 0);
  });
  return value.value_or(0);
}

void SiteDatabase::Run(const std::string& sql) {
  Require(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK, sql);
}

std::vector<std::string> SiteDatabase::Rows(const std::string& sql) {
  std::vector<std::string> rows;
  Query(sql, [&](sqlite3_stmt* row) {
    std::string& text = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(row); ++i) text.append(i == 0 ? "" : "|").append(ValueOf(row, i));
  });
  return rows;
}

std::vector<std::string> SiteDatabase::Tables() {
  return Rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
}

void SiteDatabase::Dump(const std::string& table, std::vector<std::string>& rows) {
  for (const std::string& row : Rows(fmt::format("SELECT * FROM \"{}\" ORDER BY 1, 2", table)))
    rows.push_back(fmt::format("{}: {}", table, row));
}

std::vector<std::string> SiteDatabase::AllRows() {
  std::vector<std::string> rows;
  for (const std::string& table : Tables()) Dump(table, rows);
  return rows;
}

std::vector<std::string> SiteDatabase::LastingRows() {
  const std::set<std::string> kLeftOut = {"feed_head",   "subscription",   "timer",
                                          "idempotency", "request_secret", "replica"};
  std::vector<std::string> rows = Rows("SELECT last_seq, incarnation FROM feed_head");
  for (const std::string& table : Tables()) {
    if (!kLeftOut.contains(table)) Dump(table, rows);
  }
  return rows;
}

std::string FirstDifference(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const auto [old_row, new_row] = std::ranges::mismatch(before, after);
  if (old_row == before.end() && new_row == after.end()) return "nothing";
  return fmt::format("'{}' became '{}'", old_row == before.end() ? "(nothing)" : absl::Utf8SafeCHexEscape(*old_row),
                     new_row == after.end() ? "(nothing)" : absl::Utf8SafeCHexEscape(*new_row));
}

}  // namespace dangol::simulation
