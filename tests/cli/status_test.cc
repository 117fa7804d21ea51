// `dangol status`
#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/api/v1/admin_service.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using dangol::api::v1::GetStatusResponse;
using ::testing::AllOf;
using ::testing::AnyOf;
using testing::Dangol;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kCreateTicket;
using testing::kGetTicket;
using testing::kPatience;
using ::testing::Not;
using testing::Parsed;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;

TEST(Status, SaysHowAServiceIs) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);

  const Ended table = suite.Run({"status"});
  EXPECT_EQ(table.code, 0) << table.errors;
  EXPECT_THAT(table.output,
              AllOf(StartsWith("SERVICE  ADDRESS"), HasSubstr("tickets  " + suite.address() + "  SERVING"),
                    HasSubstr("\nbacklog  "), HasSubstr("\nmetrics  "), HasSubstr("KiB"), Not(HasSubstr("\x1b"))));

  const std::string all = suite.Run({"status", "-o", "json"}).output;
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
  const Ended json = suite.Run({"status", "-o", "json", "--address", suite.address()});
  EXPECT_EQ(json.code, 0) << json.errors;
  EXPECT_EQ(std::count(json.output.begin(), json.output.end(), '\n'), 1);
  const auto status = Parsed<GetStatusResponse>(json.output);
  EXPECT_EQ(status.service(), "tickets");
  EXPECT_EQ(status.state(), GetStatusResponse::SERVING);
  EXPECT_EQ(status.feed_sequence(), 1);
  EXPECT_THAT(json.output, HasSubstr(R"("writeQueueCalls":"0")"));  // what is zero is said too

  EXPECT_EQ(Dangol({"status", "--address", suite.address()}).code, 0);
}

TEST(Status, FindsServicesThatAreElsewhere) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended table = suite.Run({"status", "--address", "tickets=localhost:" + std::to_string(suite.port_base() + 1)});
  EXPECT_EQ(table.code, 0) << table.errors;
  EXPECT_THAT(table.output, AllOf(HasSubstr("tickets  localhost:"), HasSubstr("\nbacklog  ")));
  const std::string nowhere = fmt::format("backlog=127.0.0.1:{}", testing::FreePorts());
  EXPECT_EQ(suite.Run({"status", "--address", nowhere}).code, 1);
}

TEST(Status, HasALineForEachReplica) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  // One of the two leads nowhere: calls go to the other, and the status says which.
  const std::vector<std::vector<std::string>> ways = {
      {"--address", fmt::format("tickets=ipv4:127.0.0.1:1,{}", suite.address())},
      {"--address", "tickets=127.0.0.1:1", "--address", "tickets=" + suite.address()}};
  for (const std::vector<std::string>& way : ways) {
    std::vector<std::string> status = {"status"};
    status.insert(status.end(), way.begin(), way.end());
    const Ended table = suite.Run(status);
    EXPECT_EQ(table.code, 1);
    EXPECT_THAT(table.output, AllOf(HasSubstr("tickets  127.0.0.1:1 "), HasSubstr("UNREACHABLE"),
                                    HasSubstr("tickets  " + suite.address() + "  SERVING"), HasSubstr("\nbacklog  ")));
    EXPECT_THAT(table.errors, HasSubstr("tickets at 127.0.0.1:1: "));
    std::vector<std::string> list = {"ticket", "list"};
    list.insert(list.end(), way.begin(), way.end());
    EXPECT_EQ(suite.Run(list).code, 0);
  }
  const Ended alone = Dangol({"status", "--address", "127.0.0.1:1", "--address", suite.address()});
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.output, AllOf(HasSubstr("UNREACHABLE"), HasSubstr(suite.address() + "  SERVING")));
  const Ended name = Dangol({"status", "--address", "tickets:7401", "--address", suite.address()});
  EXPECT_EQ(name.code, 2);
  EXPECT_THAT(name.errors, AllOf(HasSubstr("tickets:7401"), HasSubstr("dns:///NAME:PORT")));
}

TEST(Status, ShowsEachAddressOfAName) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended table =
      suite.Run({"status", "--address", fmt::format("tickets=dns:///localhost:{}", suite.port_base() + 1)});
  EXPECT_THAT(table.output, HasSubstr("tickets  " + suite.address() + "  SERVING"));
}

TEST(Status, SaysWhichFeedsAReplicaFollows) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  testing::WaitFor(suite, {"status"}, "tickets,backlog");
  EXPECT_EQ(
      Parsed<GetStatusResponse>(suite.Run({"status", "-o", "json", "--address", suite.address()}).output).process(), 1);
}

TEST(Status, SaysWhichTimersAreOverdue) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    suite.StopInTime();
  }
  const std::string later = std::to_string(absl::ToUnixMicros(absl::Now() + absl::Minutes(5)));
  testing::Execute(
      folder.File("tickets.db"),
      fmt::format("INSERT INTO timer (due_time, kind, resource, attempt) VALUES ({}, 'close', 'all', 5)", later));
  RunningSuite suite(folder.path());
  const std::string text = "the timer close of all waits for its next attempt and has failed 5 times";
  const Ended status = suite.Run({"status"});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.errors, HasSubstr(text));
  const Ended doctor = suite.Run({"doctor"});
  EXPECT_EQ(doctor.code, 1);
  EXPECT_THAT(doctor.output, HasSubstr(text));
}

TEST(Status, ListsAServiceThatDoesNotAnswer) {
  const std::string port_base = std::to_string(testing::FreePorts());
  const Ended table = Dangol({"status", "--port-base", port_base});
  EXPECT_EQ(table.code, 1);
  EXPECT_THAT(table.output, HasSubstr("UNREACHABLE"));
  EXPECT_THAT(table.errors, HasSubstr("dangol up"));
  const Ended json = Dangol({"status", "--port-base", port_base, "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, IsEmpty());
}

TEST(Status, SaysThatStorageFailedAndThatItRecovered) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"},"ticketId":"t1"})"}).code, 0);
  EXPECT_EQ(suite.Run({"status"}).code, 0);
  // As a full disk: nothing of the process may grow beyond this, only its small log.
  rlimit before{};
  const rlimit small{16 << 10, RLIM_INFINITY};
  ASSERT_EQ(prlimit(suite.process().pid(), RLIMIT_FSIZE, &small, &before), 0);
  Ended refused;
  for (int i = 0; i < 20 && refused.code.value_or(0) == 0; ++i) {
    refused = suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"});
  }
  // The call's own commit failed, or one that the service made for itself, by which a feed is followed, a moment
  // before.
  EXPECT_THAT(refused.errors,
              AnyOf(HasSubstr("UNAVAILABLE (OUTCOME_UNKNOWN)"), HasSubstr("UNAVAILABLE (STORAGE_READ_ONLY)")));
  refused = suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("UNAVAILABLE (STORAGE_"), HasSubstr("\n  Try again in 1s.\n")));
  const Ended status = suite.Run({"status"});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.output, HasSubstr("READ_ONLY"));
  EXPECT_THAT(status.errors, HasSubstr(fmt::format("tickets at {} is READ_ONLY: ", suite.address())));
  EXPECT_EQ(suite.Run({"call", kGetTicket, R"({"name":"tickets/t1"})"}).code, 0);

  ASSERT_EQ(prlimit(suite.process().pid(), RLIMIT_FSIZE, &before, nullptr), 0);
  EXPECT_TRUE(suite.process().WaitForText("storage has recovered", kPatience));
  // The limit was that of the process, so another service may have met it, too, and recovers in its own time.
  const absl::Time end = absl::Now() + kPatience;
  while (suite.Run({"status"}).code != 0 && absl::Now() < end) {
  }
  EXPECT_EQ(suite.Run({"status"}).code, 0);
}

}  // namespace
}  // namespace dangol
