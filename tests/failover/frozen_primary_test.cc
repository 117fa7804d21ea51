// A primary that stops answering and comes back when another has taken over: what a machine does whose hypervisor
// paused it, or that was cut off from everybody.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/failover/replicas_fixture.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using tickets::v1::GetTicketRequest;
using tickets::v1::Ticket;

constexpr int64_t kWrites = 500;
constexpr absl::Duration kDeadline = absl::Seconds(2);
// The server is given up after 10 s without an answer.
constexpr absl::Duration kGapMax = absl::Seconds(20);

// Of `marker-SEED-NUMBER.`
int64_t NumberOf(const std::string& marker) { return std::stoll(marker.substr(marker.rfind('-') + 1)); }

class FrozenPrimaryTest : public ReplicasFixture {
 protected:
  // The caller gets an answer by its deadline, whatever it is.
  void ExpectAnswerInTime(const std::string& method, const google::protobuf::Message& request) {
    const auto channel = one_.NewChannel();
    const absl::Time start = absl::Now();
    const rpc::Reply reply = CallAndWait(*channel, method, request.SerializeAsString(), kDeadline);
    EXPECT_THAT(reply.status.code(), AnyOf(absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kUnavailable));
    EXPECT_LT(absl::Now() - start, kDeadline + absl::Seconds(1)) << method;
  }

  // Each replica has left the old primary.
  void WaitUntilBothSeeTheEnd() {
    int64_t end = 0;
    PostgresSession(pair_.SocketUrl(primary_)).ForEachRow("SELECT last_seq FROM feed_head", [&](const auto& row) {
      end = std::stoll(row[0]);
    });
    for (const ServiceProcess* replica : {&one_, &two_}) {
      const absl::Time patience = absl::Now() + kPatience;
      auto status = replica->Status();
      while ((!status.ok() || status->feed_sequence() < end) && absl::Now() < patience) {
        absl::SleepFor(absl::Milliseconds(50));
        status = replica->Status();
      }
      ASSERT_TRUE(status.ok()) << status.status().ToString();
      EXPECT_EQ(status->feed_sequence(), end);
      EXPECT_EQ(status->state(), api::v1::GetStatusResponse::SERVING);
    }
  }

  // By each replica, all at once: every connection that reads has to do with it.
  void ExpectAllAreRead(const std::vector<LedgerLine>& lines) {
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) {
      readers.emplace_back([&, i] {
        const auto channel = (i % 2 == 0 ? one_ : two_).NewChannel();
        for (const LedgerLine& line : lines) {
          GetTicketRequest request;
          request.set_name(line.names[0].substr(0, line.names[0].find("/messages/")));
          const auto ticket = Ask<Ticket>(*channel, "/dangol.tickets.v1.TicketService/GetTicket", request);
          EXPECT_TRUE(ticket.ok()) << request.name() << ": " << ticket.status().ToString();
        }
      });
    }
    for (std::thread& reader : readers) reader.join();
  }

  std::set<std::string> Subjects(Server server) const {
    std::set<std::string> subjects;
    PostgresSession(pair_.SocketUrl(server)).ForEachRow("SELECT subject FROM ticket", [&](const auto& row) {
      subjects.insert(row[0]);
    });
    return subjects;
  }
};

TEST_F(FrozenPrimaryTest, HoldsNobodyUpAndAcknowledgesNothingWhenItWakes) {
  StartLoad();
  WaitForAcknowledgements(kWrites);
  const Server old = primary_;
  pair_.Freeze(old);
  ExpectAnswerInTime("/dangol.api.v1.AdminService/GetStatus", api::v1::GetStatusRequest());
  tickets::v1::CreateTicketRequest create;
  create.mutable_ticket()->set_subject("never acknowledged");
  ExpectAnswerInTime("/dangol.tickets.v1.TicketService/CreateTicket", create);

  const size_t before = ReadLedger(one_.File("ledger")).size();
  // What was on its way when the primary froze may have reached the standby all the same, and nobody heard of it: it is
  // sent again, and both servers have it.
  const int64_t last_on_its_way = load_->last_marker();
  Promote();
  // Nobody has fenced it, and the services still have their connections to it.
  pair_.Wake(old);
  EXPECT_LT(MeasureGap("frozen"), kGapMax);
  WaitForAcknowledgements(kWrites);
  FinishLoad();

  std::vector<LedgerLine> later = ReadLedger(one_.File("ledger"));
  later.erase(later.begin(), later.begin() + static_cast<std::ptrdiff_t>(before));
  const std::set<std::string> subjects = Subjects(old);
  for (const LedgerLine& line : later) {
    for (const std::string& marker : line.markers) {
      EXPECT_FALSE(NumberOf(marker) > last_on_its_way && subjects.contains(marker)) << marker;
    }
  }
  WaitUntilBothSeeTheEnd();
  later.resize(std::min<size_t>(later.size(), 200));
  ExpectAllAreRead(later);

  // Who knows no other server than the old primary is told nothing false, either: its commits wait for a standby that
  // has gone.
  ServiceProcess lost(DANGOL_TICKETS_BINARY, "tickets");
  lost.UseDatabase(pair_.UrlOf(old));
  lost.Start();
  EXPECT_EQ(lost.process().Wait(kPatience), 1);
  EXPECT_THAT(lost.process().errors(), HasSubstr("Cannot open postgresql://dangol@127.0.0.1"));
  EXPECT_THAT(lost.process().errors(), Not(HasSubstr(pair_.password())));

  JoinTheOther();
  ExpectAllIsWell();
  ExpectTheFollowerSawAll();
}

}  // namespace
}  // namespace dangol::testing
