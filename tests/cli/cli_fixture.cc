#include "tests/cli/cli_fixture.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "fmt/format.h"
#include <sqlite3.h>

#include "tests/support/eventually.h"

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

void ExpectDone(const Ended& ended) { EXPECT_EQ(ended.code, 0) << ended.output << ended.errors; }

void WaitFor(const RunningSuite& suite, const std::vector<std::string>& command, const std::string& text) {
  std::string seen;
  const auto says_it = [&] { return absl::StrContains(seen = suite.Run(command).output, text); };
  EXPECT_TRUE(Eventually(says_it, kPatience)) << text << " does not come: " << seen;
}

void FillSuite(const RunningSuite& suite) {
  std::string requests;
  for (int i = 1; i <= 10; ++i)
    requests += fmt::format(R"({}{{"ticketId":"t{}","ticket":{{"subject":"Late"}}}})", i == 1 ? "" : ",", i);
  ExpectDone(suite.Run({"call", "dangol.tickets.v1.TicketService/BatchCreateTickets", "-"},
                       "{\"requests\":[" + requests + "]}"));
  for (const char* change : {"done", "next"})
    ExpectDone(suite.Run({"change", "create", "--title", "Say it", "--change-id", change, "--kind", "service"}));
  ExpectDone(suite.Run({"ticket", "accept", "t1", "t2", "t3", "t4", "--change", "done"}));
  ExpectDone(suite.Run({"ticket", "accept", "t5", "t6", "t7", "t8", "t9", "--change", "next"}));
  ExpectDone(suite.Run({"change", "ship", "done", "--can-keep", "yes", "--for-everyone", "yes", "--within-capability",
                        "yes", "--rationale", "It is easy", "--decided-by", "kim"}));
  for (const char* ticket : {"t1", "t2", "t3", "t4"})
    WaitFor(suite, {"ticket", "get", ticket, "-o", "json"}, "\"state\":\"ANSWERED\"");
  for (const char* ticket : {"t5", "t9"}) WaitFor(suite, {"ticket", "get", ticket, "-o", "json"}, "confirmTime");
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
