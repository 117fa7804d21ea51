#include "tests/cli/cli_fixture.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

#include "fmt/format.h"
#include <sqlite3.h>

namespace dangol::testing {

Ended Dangol(std::vector<std::string> arguments, ChildOptions options) { return RunToEnd(kDangol, arguments, options); }

RunningSuite::RunningSuite(const std::string& folder, int port_base) : port_base_(port_base) {
  process_ = std::make_unique<ChildProcess>(
      kDangol, std::vector<std::string>{"up", "--data", folder, "--port-base", std::to_string(port_base_)});
  for (const char* service : {"tickets", "backlog", "metrics"})
    EXPECT_TRUE(process_->WaitForText(fmt::format("serving {}", service), kPatience)) << process_->errors();
}

std::string RunningSuite::address() const { return fmt::format("127.0.0.1:{}", port_base_ + 1); }

Ended RunningSuite::Run(std::vector<std::string> arguments, const std::string& input) const {
  return Dangol(std::move(arguments), {input, {fmt::format("DANGOL_PORT_BASE={}", port_base_)}, ""});
}

void RunningSuite::StopInTime() {
  process_->Signal(SIGTERM);
  EXPECT_EQ(process_->Wait(kStopTimeMax), 0) << process_->errors();
}

void Execute(const std::string& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_close(handle);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace dangol::testing
