// Wrong command lines.
#include <algorithm>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
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
      {kDangol, {"feed", "tail", "gateway"}},
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

TEST(WrongUsage, NamesWhatMayHaveBeenMeant) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"tickets", "list"}, "dangol: there is no command \"tickets\"; did you mean ticket? (see `dangol --help`)\n"},
      {{"ticket", "lst"},
       "dangol ticket: there is no command \"lst\"; did you mean list? (see `dangol ticket --help`)\n"},
      {{"ticket", "acknowledge", "t1"},
       "dangol ticket: there is no command \"acknowledge\"; did you mean ack? (see `dangol ticket --help`)\n"},
      {{"ticket", "create", "--subjct", "x"},
       "dangol ticket create: there is no flag \"--subjct\"; did you mean --subject? (see `dangol ticket create "
       "--help`)\n"},
      {{"loop", "--chang", "c1"},
       "dangol loop: there is no flag \"--chang\"; did you mean --change? (see `dangol loop --help`)\n"},
      {{"loop"}, "dangol loop: say which: either a TICKET, or --change (see `dangol loop --help`)\n"},
      {{"loop", "t1", "--change", "c1"},
       "dangol loop: say which: either a TICKET, or --change (see `dangol loop --help`)\n"},
      {{"ticket", "get", "t1", "t2"},
       "dangol ticket get: TICKET takes one value, and there are more (see `dangol ticket get --help`)\n"},
      {{"feed"}, "dangol feed: say which: tail (see `dangol feed --help`)\n"},
      {{"--port-base", "7600", "ticket", "list"},
       "dangol ticket list: --port-base stands before the command; put it behind `dangol ticket list` (see `dangol "
       "ticket list --help`)\n"},
      {{"\x1b[31mred"}, "dangol: there is no command \"\\x1b[31mred\" (see `dangol --help`)\n"},
  };
  for (const auto& [arguments, line] : cases) EXPECT_EQ(Dangol(arguments).errors, line);
}

TEST(Help, SaysOfEveryFlagWhatItIs) {
  // A flag with nothing behind its type.
  const std::regex bare("\n +(-o,)?--[a-z-]+( [A-Z=\\[\\]]+)?( \\.\\.\\.)?( REQUIRED)?\n +-");
  for (const char* verb : {"list", "get", "messages", "create", "ack", "accept", "decline", "resolve", "reply", "note",
                           "reopen", "unlink", "reasons"}) {
    const std::string help = Dangol({"ticket", verb, "--help"}).output;
    EXPECT_FALSE(std::regex_search(help, bare)) << help;
  }
  EXPECT_THAT(Dangol({"ticket", "decline", "--help"}).output,
              AllOf(HasSubstr("What the customer is told: honest, and by a person. (required)"),
                    HasSubstr("UNSUSTAINABLE, BEYOND_CAPABILITY")));
  EXPECT_THAT(Dangol({"policy", "set", "--help"}).output, ::testing::Not(HasSubstr("(required)")))
      << "what is not given stays as it is";
}

TEST(Help, SaysWhatMayBeLeftOutAndWhatIsAllowed) {
  EXPECT_THAT(Dangol({"member", "create", "--help"}).output, HasSubstr("Another member. (with the others, or none)"));
  const std::string help = Dangol({"ticket", "resolve", "--help"}).output;
  EXPECT_THAT(help, HasSubstr("THANKED, NOT_OURS or WITHDRAWN. (required)"));
  EXPECT_THAT(help, ::testing::Not(HasSubstr("IMPORTED")));
}

// What they print has no names of resources, and no table.
TEST(Help, SaysHowTablesLookOnlyWhereThereAreSome) {
  for (const char* command : {"keys", "tls"})
    EXPECT_THAT(Dangol({command, "--help"}).output, ::testing::Not(HasSubstr("-o json")));
  for (const char* command : {"token", "ticket"}) EXPECT_THAT(Dangol({command, "--help"}).output, HasSubstr("-o json"));
}

TEST(Help, RunsOnBelowTheFlags) {
  EXPECT_THAT(Dangol({"ticket", "--help"}).output, HasSubstr("A table is as wide as the terminal:"));
  EXPECT_THAT(Dangol({"inbox", "--help"}).output,
              HasSubstr("one at a time:\nh         a person has read all of it\nx         the"));
}

TEST(Completion, KnowsCommandsAndFlags) {
  const auto complete = [](const std::string& line) {
    const std::string script = fmt::format(
        "source <('{}' completion bash); COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _dangol; "
        "echo \"${{COMPREPLY[*]}}\"",
        kDangol, line);
    return testing::RunToEnd("/bin/bash", {"-c", script}).output;
  };
  EXPECT_EQ(complete("dangol tic"), "ticket\n");
  EXPECT_EQ(complete("dangol ticket re"),
            "reasons redact-attachment resolve reply reopen resolve-many reply-many restore redact\n");
  EXPECT_EQ(complete("dangol ticket decline t1 --dec"), "--decided-by\n");
  EXPECT_EQ(complete("dangol loop --ch"), "--change\n");
}

}  // namespace
}  // namespace dangol
