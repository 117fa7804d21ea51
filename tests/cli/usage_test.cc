// Wrong command lines.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using testing::Dangol;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDangol;
using testing::kStreamEvents;
using testing::kTickets;

TEST(WrongUsage, ExitsWith2AndOneLine) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {kDangol, {"nonsense"}},
      {kDangol, {"status", "--nonsense"}},
      {kDangol, {"status", "-o", "xml"}},
      {kDangol, {"status", "--port-base", "70000"}},
      {kDangol, {"status", "--address", "localhost"}},
      {kDangol, {"status", "--address", "127.0.0.1:7401,127.0.0.1:7411"}},
      {kDangol, {"status", "--address", "gateway=127.0.0.1:7400"}},
      {kTickets, {"--peer", "backlog=dns:///backlog"}},
      {kTickets, {"--peer", "127.0.0.1:7402"}},
      {kTickets, {"--connection-age", "soon"}},
      {kDangol, {"status", "--timeout", "soon"}},
      {kDangol, {"status", "--timeout", "-1s"}},
      {kDangol, {"call"}},
      {kDangol, {"call", kStreamEvents, "--max", "0"}},
      {kDangol, {"up", "--data"}},
      {kDangol, {"import"}},
      {kDangol, {"import", "xml", "file"}},
      {kDangol, {"ticket"}},
      {kDangol, {"ticket", "get"}},
      {kDangol, {"ticket", "list", "--state", "LOST"}},
      {kDangol, {"ticket", "decline", "t1", "--reason", "LAZY"}},
      {kDangol, {"ticket", "create", "--subject", "x", "--occur-time", "yesterday"}},
      {kDangol, {"ticket", "create", "--subject", "x", "--attributes", "novalue"}},
      {kDangol, {"ticket", "accept", "--draft", "x"}},
      {kDangol, {"ticket", "accept", "t1"}},
      {kDangol, {"ticket", "accept", "t1", "--contact-reason", "x", "--draft", "x"}},
      {kDangol, {"ticket", "accept", "t1", "--change", "c", "--draft", "x"}},
      {kDangol, {"change", "ship"}},
      {kDangol, {"feed", "tail", "metrics"}},
      {kDangol, {"feed", "tail", "--after", "x"}},
      {kTickets, {"--log-level", "loud"}},
      {kTickets, {"--port-base", "0"}},
      {kTickets, {"extra"}},
      {kTickets, {"--peer", "127.0.0.1:7401"}},
      {kTickets, {"--peer", "gateway=127.0.0.1:7401"}},
      {kTickets, {"--peer", "backlog=localhost"}},
      {kDangol, {"parked", "retry", "metrics"}},
      {kDangol, {"migrate", "data"}},
      {kDangol, {"migrate", "data", "sqlite:x.db"}},
      {kDangol, {"migrate", "data", "postgresql://h/x", "--only", "gateway"}},
  };
  for (const auto& [program, arguments] : cases) {
    const Ended ended = testing::RunToEnd(program, arguments);
    EXPECT_EQ(ended.code, 2) << fmt::format("{}", fmt::join(arguments, " "));
    EXPECT_THAT(ended.errors, HasSubstr("--help"));
    EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
    EXPECT_THAT(ended.output, IsEmpty());
  }
  EXPECT_EQ(Dangol({}).code, 2);
  EXPECT_EQ(Dangol({"status"}, {"", {"DANGOL_PORT_BASE=here"}, ""}).code, 2);
  for (const char* flag : {"--help", "--version"}) {
    EXPECT_EQ(Dangol({flag}).code, 0);
    EXPECT_EQ(testing::RunToEnd(kTickets, {flag}).code, 0);
  }
}

}  // namespace
}  // namespace dangol
