// How SQLite serves the statements of a service: part of a program of tests, whose statements it collects. What is
// worth a look stands in the golden file: tables that are read whole, rows that are sorted, indexes that serve nothing.
//
// A partial index that the planner does not take costs every write and saves no read, and no other test notices.

#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace dangol::testing {
namespace {

// Of all databases of the process.
class Plans {
 public:
  static Plans& Instance() {
    static Plans plans;
    return plans;
  }

  void NoteStatement(sqlite3* database, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (!planned_.contains(std::string(text))) open_[database].emplace(text);
  }

  // The database is about to be closed.
  void PlanAll(sqlite3* database) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(database);
    if (found == open_.end()) return;
    for (const std::string& text : found->second) {
      if (planned_.insert(text).second) Plan(database, text);
    }
    open_.erase(found);
    ForEachRow(database, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
               [&](std::string_view name) { indexes_.emplace(name); });
  }

  std::set<std::string> Findings() {
    const std::lock_guard lock(mutex_);
    std::set<std::string> findings = findings_;
    for (const std::string& index : indexes_) {
      if (!used_.contains(index)) findings.insert("NOT USED " + index);
    }
    return findings;
  }

 private:
  template <typename Each>
  static void ForEachRow(sqlite3* database, const std::string& sql, Each each) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return;
    const int column = sqlite3_column_count(statement) - 1;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      each(reinterpret_cast<const char*>(sqlite3_column_text(statement, column)));
    }
    sqlite3_finalize(statement);
  }

  static std::string OnOneLine(std::string_view text) {
    std::stringstream words{std::string(text)};
    std::string line;
    for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
    return line;
  }

  void Plan(sqlite3* database, const std::string& text) {
    ForEachRow(database, "EXPLAIN QUERY PLAN " + text, [&](std::string_view step) {
      if (const size_t at = step.find(" INDEX "); at != std::string_view::npos) {
        const std::string_view name = step.substr(at + 7);
        used_.emplace(name.substr(0, name.find(' ')));
      }
      const bool reads_all = step.starts_with("SCAN ") && step != "SCAN CONSTANT ROW";
      const bool sorts = step.find("TEMP B-TREE") != std::string_view::npos;
      if (reads_all || sorts) findings_.insert(std::string(step) + ": " + OnOneLine(text));
    });
  }

  std::mutex mutex_;
  std::map<sqlite3*, std::set<std::string>> open_;  // the statements of open databases that have no plan yet
  std::set<std::string> planned_;
  std::set<std::string> findings_;
  std::set<std::string> indexes_;
  std::set<std::string> used_;
};

// What tests look up for themselves has no parameters, and nearly all that services do has.
bool IsPlanned(std::string_view text) {
  if (text.find('$') == std::string_view::npos) return false;
  for (const std::string_view verb : {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}) {
    if (text.substr(text.find_first_not_of(" \n")).starts_with(verb)) return true;
  }
  return false;
}

int OnTrace(unsigned event, void* database, void* subject, void* text) {
  thread_local bool is_planning = false;  // with statements of our own
  if (is_planning) return 0;
  auto* const connection = static_cast<sqlite3*>(database);
  if (event == SQLITE_TRACE_CLOSE) {
    is_planning = true;
    Plans::Instance().PlanAll(connection);
    is_planning = false;
  } else if (const std::string_view statement(static_cast<const char*>(text));
             subject != nullptr && !statement.empty() && IsPlanned(statement)) {
    Plans::Instance().NoteStatement(connection, statement);
  }
  return 0;
}

int OnOpen(sqlite3* database, const char**, const void*) {
  return sqlite3_trace_v2(database, SQLITE_TRACE_STMT | SQLITE_TRACE_CLOSE, OnTrace, database);
}

class QueryPlans : public ::testing::Environment {
 public:
  void SetUp() override { sqlite3_auto_extension(reinterpret_cast<void (*)()>(OnOpen)); }

  void TearDown() override {
    // A part of the tests has a part of the statements.
    if (::testing::FLAGS_gtest_filter != "*" || ::testing::UnitTest::GetInstance()->failed_test_count() > 0) return;
    if (const char* driver = std::getenv("DANGOL_TEST_DRIVER"); driver != nullptr && driver != std::string("sqlite")) {
      return;
    }
    std::string found;
    for (const std::string& finding : Plans::Instance().Findings()) found += finding + "\n";
    std::stringstream golden;
    golden << std::ifstream(DANGOL_PLANS_GOLDEN).rdbuf();
    EXPECT_EQ(found, golden.str()) << "Mend the statement or its index, or write what is right into "
                                   << DANGOL_PLANS_GOLDEN;
  }
};

[[maybe_unused]] const auto* const kQueryPlans = ::testing::AddGlobalTestEnvironment(new QueryPlans);

}  // namespace
}  // namespace dangol::testing
