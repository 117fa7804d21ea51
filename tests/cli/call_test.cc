// `dangol call`
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using dangol::api::v1::GetStatusResponse;
using ::testing::AllOf;
using testing::ChildProcess;
using testing::Dangol;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kCreateTicket;
using testing::kDangol;
using testing::kGetTicket;
using testing::kPatience;
using testing::kStreamEvents;
using testing::Parsed;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;

TEST(Call, SaysWhereJsonIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"garbage", "line 1, column 1: a value was expected"},
      {"", "line 1, column 1: a value was expected, but the text ends"},
      {R"({"a" 1})", "line 1, column 6: ':' was expected"},
      {R"({"a":1)", "line 1, column 7: ',' or '}' was expected, but the text ends"},
      {"{\n  \"ticket\": {\"subject\": \"가\",}\n}", "line 2, column 29: a field's name in double quotes was expected"},
      {R"({"a":"b)", "line 1, column 6: the text that begins here has no end"},
      {R"({"a":"\q"})", "line 1, column 7: there is no such escape"},
      {R"({"a":"\u12G4"})", "line 1, column 7: four hexadecimal digits"},
      {"{\"a\":\"\xff\"}", "line 1, column 7: this is not UTF-8"},
      {R"({"a":01})", "line 1, column 7: a number must not begin with 0"},
      {R"({"a":-})", "line 1, column 7: a digit was expected"},
      {R"({} {})", "line 1, column 4: nothing more was expected"},
      {std::string(200, '['), "line 1, column 101: this is nested too deep"},
      {"[]", "must be a JSON object"},
      {R"({"ticket":{"subjct":"x"}})", "ticket.subjct: dangol.tickets.v1.Ticket has no such field"},
      {R"({"ticket":{"severity":"BAD"}})", "ticket.severity: \"BAD\" is no Severity"},
  };
  for (const auto& [json, problem] : cases) {
    const Ended ended = Dangol({"call", kCreateTicket, "-"}, {json, {}, ""});
    EXPECT_EQ(ended.code, 1) << json;
    EXPECT_THAT(ended.errors, AllOf(StartsWith("dangol call: INVALID_ARGUMENT ("), HasSubstr(problem))) << json;
    EXPECT_THAT(ended.output, IsEmpty()) << json;
  }
}

TEST(Call, NamesMethodsThatMayBeMeant) {
  for (const char* name : {"dangol.tickets.v1.TicketService/GetTickt", "GetTicket", "ticketservice/getticket",
                           "dangol.tickets.v1.TicketService.GetTicket"}) {
    const Ended ended = Dangol({"call", name, "{}"});
    EXPECT_EQ(ended.code, 1) << name;
    EXPECT_THAT(ended.errors, AllOf(HasSubstr("There is no method"),
                                    HasSubstr("mean:\n  dangol.tickets.v1.TicketService/GetTicket\n")))
        << name;
  }
  EXPECT_THAT(Dangol({"call", "nothing/of_the_kind"}).errors, HasSubstr("dangol call --list"));
  const Ended list = Dangol({"call", "--list"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.output, AllOf(HasSubstr("dangol.tickets.v1.TicketService/CreateTicket\n"),
                                 HasSubstr("dangol.api.v1.AdminService/GetStatus\n")));
}

TEST(Call, ShowsEveryWrongField) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended wrong =
      suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late","stage":"b","contactReason":"C D"}})"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, IsEmpty());
  EXPECT_THAT(wrong.errors,
              AllOf(StartsWith("dangol call: INVALID_ARGUMENT (INVALID_FIELD)\n"), HasSubstr("\n  ticket.stage: \"b\""),
                    HasSubstr("\n  ticket.contact_reason: \"C D\"")));
  const Ended missing = suite.Run({"call", kGetTicket, R"({"name":"tickets/none"})"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.errors, StartsWith("dangol call: NOT_FOUND (NOT_FOUND): tickets/none does not exist."));
}

TEST(Call, SendsAndShowsMetadata) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended created =
      suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"},"ticketId":"t1"})", "--verbose"});
  EXPECT_EQ(created.code, 0) << created.errors;
  ASSERT_THAT(created.errors, StartsWith("x-dangol-cursor: "));
  const std::string cursor = created.errors.substr(17, created.errors.find('\n') - 17);
  const std::string get = R"({"name":"tickets/t1"})";
  EXPECT_EQ(suite.Run({"call", kGetTicket, get, "--metadata", "x-dangol-min-cursor=" + cursor}).code, 0);
  const Ended wrong = suite.Run({"call", "--metadata", "x-dangol-min-cursor=what", kGetTicket, get});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(suite.Run({"call", kGetTicket, get, "--metadata", "novalue"}).errors, HasSubstr("KEY=VALUE"));
}

TEST(Call, FindsTheServiceOrAsksWhichOne) {
  const Ended which = Dangol({"call", "dangol.api.v1.AdminService/GetStatus"});
  EXPECT_EQ(which.code, 1);
  EXPECT_THAT(which.errors, HasSubstr("--service tickets"));
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  for (const auto& [flag, value] :
       {std::pair<std::string, std::string>{"--service", "tickets"}, {"--address", suite.address()}}) {
    const Ended status = suite.Run({"call", "dangol.api.v1.AdminService/GetStatus", flag, value});
    EXPECT_EQ(status.code, 0) << status.errors;
    EXPECT_EQ(Parsed<GetStatusResponse>(status.output).service(), "tickets");
  }
}

TEST(Call, PrintsAStreamAsItComes) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  ChildProcess stream(kDangol, {"call", kStreamEvents, "--address", suite.address()});
  for (const char* id : {"t1", "t2"}) {
    const std::string request = fmt::format(R"({{"ticket":{{"subject":"Late"}},"ticketId":"{}"}})", id);
    EXPECT_EQ(suite.Run({"call", kCreateTicket, request}).code, 0);
    EXPECT_TRUE(stream.WaitForText(fmt::format(R"("ticket":"tickets/{}")", id), kPatience)) << stream.errors();
  }
  for (const auto& line : absl::StrSplit(stream.output(), '\n', absl::SkipEmpty())) {
    Parsed<tickets::v1::StreamEventsResponse>(std::string(line));
  }
  stream.Signal(SIGINT);
  EXPECT_EQ(stream.Wait(kPatience), 128 + SIGINT);
}

TEST(Call, TellsTheReaderOfAStreamThatTheServerStops) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);
  ChildProcess stream(kDangol, {"call", kStreamEvents, "--address", suite.address()});
  EXPECT_TRUE(stream.WaitForText("cursor", kPatience));
  suite.StopInTime();
  EXPECT_EQ(stream.Wait(kPatience), 1);
  EXPECT_THAT(stream.errors(), StartsWith("dangol call: UNAVAILABLE"));
}

TEST(Call, FailsWhereItsOutputCannotBeWritten) {
  const Ended ended = testing::RunToEnd("/bin/sh", {"-c", fmt::format("'{}' call --list > /dev/full", kDangol)});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("No space left"));
}

}  // namespace
}  // namespace dangol
