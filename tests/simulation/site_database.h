// The database of a site, seen from outside.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "tests/simulation/site.h"

namespace dangol::simulation {

class SiteDatabase {
 public:
  // What SQLite refuses is added to `violations`: a table or a column that is not there any more may hide nothing.
  SiteDatabase(Site& site, std::vector<std::string>& violations);
  ~SiteDatabase();
  SiteDatabase(const SiteDatabase&) = delete;
  SiteDatabase& operator=(const SiteDatabase&) = delete;

  // The first column of the first row; 0 where there is none.
  int64_t Integer(const std::string& sql);
  // Each row, its values as they are stored, byte by byte, so that a word in it is found.
  std::vector<std::string> Rows(const std::string& sql);
  void Run(const std::string& sql);
  // Each row of each table behind the table's name.
  std::vector<std::string> AllRows();
  // Likewise, but for what may differ between two runs of the same service: how often it started, who follows what, its
  // timers.
  std::vector<std::string> LastingRows();

 private:
  void Query(const std::string& sql, const std::function<void(sqlite3_stmt* row)>& each);
  std::vector<std::string> Tables();
  void Dump(const std::string& table, std::vector<std::string>& rows);
  void Require(int code, int expected, const std::string& what);

  std::vector<std::string>& violations_;
  sqlite3* handle_ = nullptr;
};

// The first rows in which two dumps differ.
std::string FirstDifference(const std::vector<std::string>& before, const std::vector<std::string>& after);

}  // namespace dangol::simulation
