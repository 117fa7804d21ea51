// `dangol feed tail`
#include <algorithm>
#include <csignal>
#include <memory>
#include <string>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using testing::Dangol;
using testing::Ended;
using ::testing::HasSubstr;
using testing::kDangol;
using testing::kPatience;
using testing::Parsed;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;

TEST(FeedTail, TellsWhatHappenedAndGoesOnBehindACursor) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(
      suite.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1", "--contact-reason", "delivery/late"})
          .code,
      0);
  EXPECT_EQ(suite.Run({"ticket", "ack", "t1"}).code, 0);
  const Ended text = suite.Run({"feed", "tail", "tickets", "--max", "2"});
  EXPECT_EQ(text.code, 0) << text.errors;
  EXPECT_THAT(text.output,
              AllOf(StartsWith("tickets      1  20"), HasSubstr("ticket_created       tickets/t1@1  customers/"),
                    HasSubstr("@1  state=RECEIVED  kind=COMPLAINT"), HasSubstr("contact_reason=delivery/late"),
                    HasSubstr("ticket_acknowledged  tickets/t1@2  state=HEARD")));
  const Ended json = suite.Run({"feed", "tail", "tickets", "--max", "1", "-o", "json"});
  const auto event = Parsed<tickets::v1::TicketEvent>(json.output);
  EXPECT_EQ(event.facts().ticket(), "tickets/t1");
  const Ended rest = suite.Run({"feed", "tail", "tickets", "--max", "1", "--after", event.envelope().cursor()});
  EXPECT_THAT(rest.output, HasSubstr("ticket_acknowledged"));
}

TEST(FeedTail, GoesOnOverARestart) {
  TemporaryFolder folder;
  auto suite = std::make_unique<RunningSuite>(folder.path());
  const int port_base = suite->port_base();
  EXPECT_EQ(suite->Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}).code, 0);
  ChildProcess tail(kDangol, {"feed", "tail", "tickets", "--port-base", std::to_string(port_base)});
  EXPECT_TRUE(tail.WaitForText("tickets/t1@1", kPatience)) << tail.errors();
  suite->process().Kill();
  EXPECT_TRUE(tail.WaitForText("Trying again", kPatience));
  suite = nullptr;
  suite = std::make_unique<RunningSuite>(folder.path(), port_base);
  EXPECT_EQ(suite->Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t2"}).code, 0);
  EXPECT_TRUE(tail.WaitForText("tickets/t2@1", kPatience)) << tail.errors();
  tail.Signal(SIGINT);
  EXPECT_EQ(tail.Wait(kPatience), 130);
  const std::string output = tail.output();
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2) << output;
  EXPECT_THAT(tail.errors(), HasSubstr("to go on: dangol feed tail tickets --after "));
}

TEST(FeedTail, SaysThatNobodyIsThere) {
  const Ended ended = Dangol({"feed", "tail", "tickets", "--port-base", std::to_string(testing::FreePorts())});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, StartsWith("dangol feed tail tickets: UNAVAILABLE (UNREACHABLE)"));
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_THAT(suite.Run({"feed", "tail", "tickets", "--after", "nonsense"}).errors, HasSubstr("INVALID_ARGUMENT"));
}

}  // namespace
}  // namespace dangol
