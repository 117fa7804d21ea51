// `dangol parked`
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::Execute;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RunningSuite;
using testing::TemporaryFolder;

// An event that failed, and one behind it. They are empty, so that they succeed when they are tried again.
constexpr char kParked[] =
    "INSERT INTO parked_event (number, parked_event_id, feed, incarnation, seq, kind, resources, payload, state, reason, park_time) "
    "VALUES (1, 'tickets-0b1c2d3e-7', 'tickets', '0b1c2d3e', 7, 'ticket_accepted', 'tickets/t1@2', x'', 1, 'INTERNAL: a bug', 1), "
    "(2, 'tickets-0b1c2d3e-9', 'tickets', '0b1c2d3e', 9, 'ticket_resolved', 'tickets/t1@3', x'', 1, '', 1); "
    "INSERT INTO parked_resource (feed, incarnation, resource, number) "
    "VALUES ('tickets', '0b1c2d3e', 'tickets/t1', 1), ('tickets', '0b1c2d3e', 'tickets/t1', 2)";

TEST(Parked, IsSettledByAnOperator) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    EXPECT_THAT(suite.Run({"parked", "list", "-o", "json"}).output, IsEmpty());
    suite.StopInTime();
  }
  Execute(folder.File("metrics.db"), kParked);
  RunningSuite suite(folder.path());
  const Ended status = suite.Run({"status"});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.errors, HasSubstr(" has parked 2 events of tickets: `dangol parked list` says why."));

  const Ended list = suite.Run({"parked", "list"});
  EXPECT_EQ(list.code, 0) << list.errors;
  EXPECT_THAT(list.output,
              AllOf(HasSubstr("metrics  tickets-0b1c2d3e-7  ticket_accepted"), HasSubstr("INTERNAL: a bug"),
                    HasSubstr("it comes after another of the same resource")));
  EXPECT_THAT(suite.Run({"parked", "list", "-o", "json"}).output,
              HasSubstr(R"("name":"parkedEvents/tickets-0b1c2d3e-9")"));

  const Ended behind = suite.Run({"parked", "retry", "metrics", "tickets-0b1c2d3e-9"});
  EXPECT_EQ(behind.code, 1);
  EXPECT_THAT(behind.errors, HasSubstr("EVENT_BEHIND_ANOTHER"));
  const Ended dropped = suite.Run({"parked", "drop", "metrics", "parkedEvents/tickets-0b1c2d3e-7"});
  EXPECT_EQ(dropped.output, "parkedEvents/tickets-0b1c2d3e-7 is DROPPED.\n") << dropped.errors;
  const Ended retried = suite.Run({"parked", "retry", "metrics", "tickets-0b1c2d3e-9"});
  EXPECT_EQ(retried.output, "parkedEvents/tickets-0b1c2d3e-9 is APPLIED.\n") << retried.errors;

  EXPECT_THAT(suite.Run({"parked", "list"}).output, Not(HasSubstr("tickets-0b1c2d3e")));
  EXPECT_THAT(suite.Run({"parked", "list", "--settled"}).output, AllOf(HasSubstr("DROPPED"), HasSubstr("APPLIED")));
  EXPECT_EQ(suite.Run({"status"}).code, 0);
}

TEST(Parked, SaysWhichServicesThereAre) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended ended = suite.Run({"parked", "drop", "gateway", "tickets-0b1c2d3e-7"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("gateway"));
  EXPECT_EQ(suite.Run({"parked", "drop", "metrics", "nothing"}).code, 1);
}

}  // namespace
}  // namespace dangol
