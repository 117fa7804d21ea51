#include "tests/simulation/site_database.h"

#include <set>
#include <sstream>
#include <utility>

#include "fmt/format.h"

namespace dangol::simulation {

SiteDatabase::SiteDatabase(Site& site) {
  sqlite3_open_v2(site.database_path().c_str(), &handle_, SQLITE_OPEN_READWRITE, site.disk().name().c_str());
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

SiteDatabase::~SiteDatabase() { sqlite3_close(handle_); }

int64_t SiteDatabase::Integer(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
  const int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  return value;
}

void SiteDatabase::Run(const std::string& sql) { sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); }

std::string SiteDatabase::Rows(const std::string& sql) {
  std::string rows;
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      rows += fmt::format("{}{}", i == 0 ? "" : "|", text == nullptr ? "NULL" : text);
    }
    rows += '\n';
  }
  sqlite3_finalize(statement);
  return rows;
}

std::string SiteDatabase::Dump() {
  const std::set<std::string> kLeftOut = {"feed_head",   "subscription",   "timer",
                                          "idempotency", "request_secret", "replica"};
  std::istringstream tables(Rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"));
  std::string dump = Rows("SELECT last_seq, incarnation FROM feed_head");
  for (std::string table; std::getline(tables, table);) {
    if (kLeftOut.contains(table)) continue;
    std::istringstream rows(Rows(fmt::format("SELECT * FROM \"{}\" ORDER BY 1, 2", table)));
    for (std::string row; std::getline(rows, row);) dump += fmt::format("{}: {}\n", table, row);
  }
  return dump;
}

std::string FirstDifference(const std::string& before, const std::string& after) {
  std::istringstream old_lines(before);
  std::istringstream new_lines(after);
  std::string old_line;
  std::string new_line;
  while (true) {
    const bool old_left = static_cast<bool>(std::getline(old_lines, old_line));
    const bool new_left = static_cast<bool>(std::getline(new_lines, new_line));
    if (!old_left && !new_left) return "nothing";
    if (!old_left || !new_left || old_line != new_line) {
      return fmt::format("'{}' became '{}'", old_left ? old_line : "(nothing)", new_left ? new_line : "(nothing)");
    }
  }
}

}  // namespace dangol::simulation
