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
  // Tickets at two addresses, one of which leads nowhere; the others where the suite has them.
  const std::string target = fmt::format("ipv4:127.0.0.1:1,{}", suite.address());
  const Ended table = suite.Run({"status", "--address", "tickets=" + target});
  EXPECT_EQ(table.code, 0) << table.errors;
  EXPECT_THAT(table.output, AllOf(HasSubstr("tickets  " + target + "  SERVING"), HasSubstr("\nbacklog  ")));
  const std::string nowhere = fmt::format("backlog=127.0.0.1:{}", testing::FreePorts());
  EXPECT_EQ(suite.Run({"status", "--address", "tickets=" + target, "--address", nowhere}).code, 1);
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
  EXPECT_THAT(status.errors, HasSubstr("tickets is READ_ONLY: "));
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
