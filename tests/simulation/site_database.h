// The database of a site, seen from outside.
#pragma once

#include <string>

#include <sqlite3.h>

#include "tests/simulation/site.h"

namespace dangol::simulation {

class SiteDatabase {
 public:
  explicit SiteDatabase(Site& site);
  ~SiteDatabase();
  SiteDatabase(const SiteDatabase&) = delete;
  SiteDatabase& operator=(const SiteDatabase&) = delete;

  // The first column of the first row; 0 where there is none.
  int64_t Integer(const std::string& sql);
  // A line for each row.
  std::string Rows(const std::string& sql);
  void Run(const std::string& sql);
  // A line for each row of each table, but for what may differ between two runs of the same service: how often it
  // started, who follows what, its timers.
  std::string Dump();

 private:
  sqlite3* handle_ = nullptr;
};

// The first lines in which two dumps differ.
std::string FirstDifference(const std::string& before, const std::string& after);

}  // namespace dangol::simulation
