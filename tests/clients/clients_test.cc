// The clients of README.md, as they stand there, against a running suite; the files of a release.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rpc/grpc_channel.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/child_process.h"
#include "tests/support/local_service.h"
#include "tests/support/service_process.h"

namespace dangol::testing {
namespace {

using ::testing::MatchesRegex;

class ClientsTest : public ::testing::Test {
 protected:
  ClientsTest() {
    EXPECT_TRUE(suite_.WaitForText("serving metrics", kPatience)) << suite_.errors();
    const absl::Time end = absl::Now() + kPatience;
    while (!MetricsFollows() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(10));
  }

  // Before, it knows no cursors of the others, and says so.
  bool MetricsFollows() const {
    const auto channel = rpc::NewGrpcChannel(Address(3));
    const auto status =
        Ask<api::v1::GetStatusResponse>(*channel, "/dangol.api.v1.AdminService/GetStatus", api::v1::GetStatusRequest());
    return status.ok() && std::ranges::all_of(status->subscriptions(), [](const auto& subscription) {
             return subscription.state() == api::v1::SubscriptionStatus::FOLLOWING;
           });
  }

  std::string Address(int offset) const { return fmt::format("127.0.0.1:{}", port_base_ + offset); }

  Ended Run(const std::string& program, std::vector<std::string> arguments) const {
    return RunToEnd(program, arguments, {"", {"PYTHONPATH=" DANGOL_PYTHON_STUBS, "PYTHONDONTWRITEBYTECODE=1"}, ""});
  }

  size_t Tickets() const {
    const auto channel = rpc::NewGrpcChannel(Address(1));
    const auto response = Ask<tickets::v1::ListTicketsResponse>(
        *channel, "/dangol.tickets.v1.TicketService/ListTickets", tickets::v1::ListTicketsRequest());
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? static_cast<size_t>(response->tickets_size()) : 0;
  }

  // Twice: the second time it says the same and changes nothing.
  void ExpectTellsItsLoop(const std::string& program, const std::vector<std::string>& arguments) {
    const Ended first = Run(program, arguments);
    EXPECT_EQ(first.code, 0) << first.errors;
    EXPECT_THAT(first.output, MatchesRegex("tickets/[0-9a-z]+ is ACCEPTED into changes/[0-9a-z]+\n"));
    const Ended second = Run(program, arguments);
    EXPECT_EQ(second.output, first.output) << second.errors;
  }

  const TemporaryFolder folder_;
  const int port_base_ = FreePorts();
  ChildProcess suite_{DANGOL_BINARY, {"up", "--data", folder_.path(), "--port-base", std::to_string(port_base_)}};
};

TEST_F(ClientsTest, TellTheLoopOfTheComplaintThatTheyMade) {
  ExpectTellsItsLoop(DANGOL_CPP_CLIENT, {Address(1), Address(3)});
  ExpectTellsItsLoop("/usr/bin/python3", {DANGOL_PYTHON_CLIENT, Address(1), Address(3)});
  EXPECT_EQ(Tickets(), 2U);
}

TEST_F(ClientsTest, TheTypeScriptClientOfAReleaseTellsItsLoop) {
  const TemporaryFolder release;
  const Ended built = RunToEnd(DANGOL_RELEASE_BUILD, {release.path()});
  ASSERT_EQ(built.code, 0) << built.errors;
  ExpectTellsItsLoop(DANGOL_TYPESCRIPT,
                     {release.path(), DANGOL_TYPESCRIPT_CLIENT, fmt::format("http://{}", Address(0))});
  EXPECT_EQ(Tickets(), 1U);
}

// Who gets one tomorrow can see that it is the same.
TEST(Release, IsTheSameEachTimeAndHoldsWhatProtocNeeds) {
  const TemporaryFolder first;
  const TemporaryFolder second;
  const std::string check = fmt::format(
      "set -e; {0} {1}; {0} {2}; cmp {1}/SHA256SUMS {2}/SHA256SUMS; cd {1}; sha256sum --check --quiet SHA256SUMS; "
      "tar -xzf dangol-protos-*.tar.gz; cd dangol-protos-*/; protoc -I. -o /dev/null $(find dangol -name '*.proto')",
      DANGOL_RELEASE_BUILD, first.path(), second.path());
  const Ended ended = RunToEnd("/bin/bash", {"-c", check});
  EXPECT_EQ(ended.code, 0) << ended.errors;
}

}  // namespace
}  // namespace dangol::testing
