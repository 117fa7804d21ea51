// `dangol up`: one process, all services.
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/http_client.h"

namespace dangol {
namespace {

using testing::Ended;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kCreateTicket;
using testing::kGetTicket;
using testing::kStreamEvents;
using testing::Parsed;
using testing::RunningSuite;
using testing::TemporaryFolder;

TEST(Suite, TakesATicketAndGivesItBack) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());

  const Ended created = suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"늦게 왔어요"},"ticketId":"t1"})"});
  EXPECT_EQ(created.code, 0) << created.errors;
  EXPECT_THAT(created.errors, IsEmpty());
  EXPECT_EQ(Parsed<tickets::v1::Ticket>(created.output).name(), "tickets/t1");

  const Ended got = suite.Run({"call", kGetTicket, "-"}, R"({"name": "tickets/t1"})");
  EXPECT_EQ(got.code, 0) << got.errors;
  EXPECT_EQ(Parsed<tickets::v1::Ticket>(got.output).subject(), "늦게 왔어요");

  const Ended listed = suite.Run({"call", "dangol.tickets.v1.TicketService/ListTickets"});
  EXPECT_EQ(listed.code, 0) << listed.errors;
  EXPECT_EQ(Parsed<tickets::v1::ListTicketsResponse>(listed.output).tickets_size(), 1);

  const Ended streamed = suite.Run({"call", kStreamEvents, "--max", "1"});
  EXPECT_EQ(streamed.code, 0) << streamed.errors;
  const auto events = Parsed<tickets::v1::StreamEventsResponse>(streamed.output);
  ASSERT_EQ(events.events_size(), 1);
  EXPECT_EQ(events.events(0).facts().ticket(), "tickets/t1");

  suite.StopInTime();
  EXPECT_THAT(suite.process().errors(), HasSubstr("stopped"));
}

TEST(Suite, AnswersOverHttp) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const auto created = testing::Post(suite.port_base(), fmt::format("/{}", kCreateTicket),
                                     R"({"ticket":{"subject":"Late"},"ticketId":"t1"})");
  EXPECT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(testing::Ask(suite.port_base(), "GET", "/v1/tickets/t1").body, HasSubstr("Late"));
  EXPECT_EQ(testing::Ask(suite.port_base(), "GET", "/readyz").body,
            "{\"tickets\":\"SERVING\",\"backlog\":\"SERVING\",\"metrics\":\"SERVING\"}\n");
  suite.StopInTime();
}

TEST(Suite, KeepsWhatItTookOverAKill) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"},"ticketId":"t1"})"}).code, 0);
    suite.process().Kill();
  }
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kGetTicket, R"({"name":"tickets/t1"})"}).code, 0);
}

TEST(Suite, GivesItsDatabasesToTheirOwnerOnly) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("new"));
  for (const char* file : {"new", "new/tickets.db", "new/tickets.db-wal"}) {
    struct stat found {};
    ASSERT_EQ(stat(folder.File(file).c_str(), &found), 0) << file;
    EXPECT_EQ(found.st_mode & 077U, 0U) << file;
  }
}

}  // namespace
}  // namespace dangol
