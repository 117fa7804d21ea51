// How shipments and drops reach their tickets.
#include "services/backlog/fan_out.h"

#include <set>

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::SizeIs;

class FanOutTest : public BacklogTest {
 protected:
  void ShipOnly(const std::string& id) {
    const auto shipped = CallOnly<Change>("ShipChange", ShipRequest(id));
    ASSERT_TRUE(shipped.ok()) << shipped.status();
    EXPECT_EQ(shipped->state(), Change::SHIPPED);
    EXPECT_FALSE(shipped->shipments(0).has_finish_time()) << "it answers at once";
  }
  // Until some were told and some were not.
  void RunToTheMiddle() {
    while (Answered() == 0 && Step()) {
    }
    ASSERT_TRUE(FanOutRuns());
  }
  // The fan-out waits. A step that is under way sets the next one: hold it again.
  void Hold() { backlog_.file().Execute("UPDATE timer SET due_time = 4000000000000000"); }
  void Release() {
    backlog_.file().Execute("UPDATE timer SET due_time = 0");
    backlog_.runtime().RunFor(absl::Seconds(30));
  }
  void ApplyHeld(const TicketEvent& event) {
    Hold();
    Apply(event);
  }
  int64_t Answered() { return backlog_.file().Integer("SELECT COUNT(*) FROM demand WHERE shipment IS NOT NULL"); }
  // How often each ticket was told of this outcome.
  std::map<std::string, int> Told(DemandsUpdated::Outcome outcome) {
    std::map<std::string, int> told;
    for (const DemandsUpdated& decided : Decided()) {
      if (decided.outcome() != outcome) continue;
      for (const auto& demand : decided.demands()) ++told[demand.ticket()];
    }
    return told;
  }
};

TEST_F(FanOutTest, TellsEachTicketOnceInChunks) {
  CreateOne("a");
  Accept(401, "a");
  const Change shipped = Ship("a");
  EXPECT_EQ(shipped.state(), Change::SHIPPED);
  std::vector<int> sizes;
  std::vector<bool> last;
  for (const DemandsUpdated& decided : Decided()) {
    if (decided.outcome() != DemandsUpdated::ANSWERED) continue;
    EXPECT_EQ(decided.shipment(), "changes/a/shipments/1");
    sizes.push_back(decided.demands_size());
    last.push_back(decided.last());
  }
  EXPECT_THAT(sizes, ElementsAre(200, 200, 1));
  EXPECT_THAT(last, ElementsAre(false, false, true));
  const auto told = Told(DemandsUpdated::ANSWERED);
  EXPECT_THAT(told, SizeIs(401));
  for (const auto& [ticket, times] : told) EXPECT_EQ(times, 1) << ticket;
  const Change after = Get("a");
  EXPECT_EQ(after.shipments(0).answered(), 401);
  EXPECT_TRUE(after.shipments(0).has_finish_time());
  EXPECT_EQ(after.etag(), "3") << "the shipment, and its finish";
  EXPECT_EQ(Shown(after.evidence()), "401 demands, 401 answered, 0 late, 0 recurrences");
}

TEST_F(FanOutTest, EndsWithAFullChunk) {
  CreateOne("a");
  Accept(400, "a");
  Ship("a");
  const auto decided = Decided();
  EXPECT_EQ(decided.back().demands_size(), 200);
  EXPECT_TRUE(decided.back().last());
}

TEST_F(FanOutTest, TellsThatNobodyAskedForIt) {
  CreateOne("a");
  Ship("a");
  EXPECT_EQ(LastDecided(), "changes/a ANSWERED by changes/a/shipments/1 last");
  EXPECT_EQ(LastResources(), "changes/a@3");
  EXPECT_TRUE(Get("a").shipments(0).has_finish_time());
}

TEST_F(FanOutTest, GoesOnWhereItWasAfterARestart) {
  CreateOne("a");
  Accept(1000, "a");
  ShipOnly("a");
  int restarts = 0;
  while (FanOutRuns()) {
    const int64_t before = Answered();
    while (Answered() == before && FanOutRuns() && Step()) {
    }
    backlog_.Restart();
    ++restarts;
  }
  Settle();
  EXPECT_GE(restarts, 3);
  const auto told = Told(DemandsUpdated::ANSWERED);
  EXPECT_THAT(told, SizeIs(1000));
  for (const auto& [ticket, times] : told) EXPECT_EQ(times, 1) << ticket;
  EXPECT_EQ(Get("a").shipments(0).answered(), 1000);
}

TEST_F(FanOutTest, LeavesAloneWhatComesWhileItGoesOut) {
  CreateOne("a");
  Accept(1000, "a");
  ShipOnly("a");
  RunToTheMiddle();
  ApplyHeld(Accepted("late", "a", 1));
  ApplyHeld(AcceptedNow("again", "a", 1));
  // Not answered yet, and taken out and in again.
  ApplyHeld(Unlinked("t00999", "a", 2));
  ApplyHeld(AcceptedNow("t00999", "a", 3));
  ApplyHeld(Unlinked("t00998", "a", 2));
  // Answered already, and back.
  TicketEvent back = Reopened("t00000", "a", 2);
  *back.mutable_envelope()->mutable_time() = ToProtoTime(Now() + absl::Seconds(1));
  ApplyHeld(back);
  ASSERT_TRUE(FanOutRuns());
  Release();
  Settle();
  EXPECT_EQ(ShownDemand("a", "late"), "ACTIVE 1 late by 1");
  EXPECT_EQ(ShownDemand("a", "again"), "ACTIVE 1 recurrence");
  EXPECT_EQ(ShownDemand("a", "t00999"), "ACTIVE 3 recurrence");
  EXPECT_EQ(ShownDemand("a", "t00998"), "WITHDRAWN 1");
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 2 recurrence");
  const auto told = Told(DemandsUpdated::ANSWERED);
  EXPECT_THAT(told, SizeIs(998));
  EXPECT_EQ(Get("a").shipments(0).answered(), 999) << "998, and a late one";
}

TEST_F(FanOutTest, RefusesWhatWouldCrossIt) {
  CreateOne("a");
  CreateOne("b");
  Accept(1000, "a");
  Apply(Accepted("other", "b", 1));
  std::vector<std::string> some;
  for (int i = 0; i < 500; ++i) some.push_back(fmt::format("t{:05}", i));
  ASSERT_TRUE(CallOnly<Change>("ShipChange", ShipRequest("a", some)).ok());
  RunToTheMiddle();
  const auto expect_refused = [&](const auto& call) {
    Hold();
    const absl::Status status = call();
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION FAN_OUT_RUNS");
    EXPECT_GT(RetryDelay(status), absl::ZeroDuration());
  };
  expect_refused([&] { return CallOnly<Change>("ShipChange", ShipRequest("a")).status(); });
  expect_refused([&] { return CallOnly<Change>("DropChange", DropRequest("a")).status(); });
  const auto move = [&](const std::string& from, const std::string& to, const std::string& ticket) {
    return CallOnly<v1::MoveDemandsResponse>("MoveDemands", MoveRequest(from, to, {ticket})).status();
  };
  expect_refused([&] { return move("a", "b", "t00999"); });
  expect_refused([&] { return move("b", "a", "other"); });
  Release();
  EXPECT_FALSE(FanOutRuns());
  EXPECT_TRUE(Call<Change>("ShipChange", ShipRequest("a")).ok());
}

class PartialShipTest : public FanOutTest {};

TEST_F(PartialShipTest, AnswersTheNamedOnly) {
  CreateOne("a");
  Accept(1000, "a");
  std::vector<std::string> named;
  for (int i = 0; i < 300; ++i) named.push_back(fmt::format("t{:05}", 999 - 3 * i));
  const Change shipped = Ship("a", named);
  EXPECT_EQ(shipped.state(), Change::IN_PROGRESS);
  EXPECT_TRUE(shipped.shipments(0).partial());
  EXPECT_FALSE(shipped.has_ship_time());
  std::set<std::string> expected;
  for (const std::string& ticket : named) expected.insert("tickets/" + ticket);
  std::set<std::string> told;
  for (const auto& [ticket, times] : Told(DemandsUpdated::ANSWERED)) told.insert(ticket);
  EXPECT_EQ(told, expected);
  EXPECT_EQ(Get("a").shipments(0).answered(), 300);
  EXPECT_EQ(Rows("fan_out_demand"), 0);
  Ship("a");
  EXPECT_EQ(Get("a").shipments(1).answered(), 700);
  EXPECT_EQ(Get("a").evidence().answered(), 1000);
}

TEST_F(PartialShipTest, SkipsALinkThatEndedMeanwhile) {
  CreateOne("a");
  Accept(1000, "a");
  std::vector<std::string> all;
  for (int i = 0; i < 1000; ++i) all.push_back(fmt::format("t{:05}", i));
  ASSERT_TRUE(CallOnly<Change>("ShipChange", ShipRequest("a", all)).ok());
  Apply(Unlinked("t00999", "a", 2));
  Apply(Accepted("t00999", "a", 3));
  ASSERT_TRUE(FanOutRuns());
  Settle();
  EXPECT_FALSE(FanOutRuns());
  EXPECT_EQ(ShownDemand("a", "t00998"), "ACTIVE 1 by 1");
  EXPECT_EQ(ShownDemand("a", "t00999"), "ACTIVE 3") << "another link, which waits for the next shipment";
  EXPECT_EQ(Get("a").shipments(0).answered(), 999);
}

TEST_F(PartialShipTest, RefusesTicketsThatDoNotWaitHere) {
  CreateOne("a");
  CreateOne("b");
  Accept(3, "a");
  Apply(Accepted("other", "b", 1));
  Ship("a", {"t00002"});
  Apply(Unlinked("t00001", "a", 2));
  const std::string before = backlog_.file().Dump();
  for (const char* wrong : {"other", "t00001", "t00002", "nobody"}) {
    const auto refused = Call<Change>("ShipChange", ShipRequest("a", {"t00000", wrong}));
    EXPECT_EQ(testing::Summary(refused.status()), "FAILED_PRECONDITION DEMAND_NOT_WAITING tickets[1]") << wrong;
  }
  const auto twice = Call<Change>("ShipChange", ShipRequest("a", {"t00000", "t00000"}));
  EXPECT_EQ(testing::Summary(twice.status()), "INVALID_ARGUMENT INVALID_FIELD tickets[1]");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

class DropChangeTest : public FanOutTest {};

TEST_F(DropChangeTest, ReturnsTheUnanswered) {
  CreateOne("a");
  Accept(501, "a");
  Ship("a", {"t00007"});
  Drop("a");
  std::vector<int> sizes;
  for (const DemandsUpdated& decided : Decided()) {
    if (decided.outcome() != DemandsUpdated::RETURNED) continue;
    sizes.push_back(decided.demands_size());
    EXPECT_EQ(FromProtoTime(decided.decide_time()), FromProtoTime(Get("a").decide_time()));
  }
  EXPECT_THAT(sizes, ElementsAre(200, 200, 100));
  EXPECT_TRUE(Decided().back().last());
  EXPECT_EQ(ShownDemand("a", "t00007"), "ACTIVE 1 by 1");
  EXPECT_EQ(ShownDemand("a", "t00008"), "WITHDRAWN 1");
  EXPECT_EQ(Shown(Get("a").evidence()), "1 demands, 1 answered, 0 late, 0 recurrences");
}

TEST_F(DropChangeTest, RefusesWhatComesWhileItGoesOut) {
  CreateOne("a");
  Accept(500, "a");
  ASSERT_TRUE(CallOnly<Change>("DropChange", DropRequest("a")).ok());
  while (backlog_.file().Integer("SELECT COUNT(*) FROM demand WHERE state = 3") == 0 && Step()) {
  }
  ASSERT_TRUE(FanOutRuns());
  ExpectIntegrity();
  Apply(Accepted("late", "a", 1));
  EXPECT_EQ(ShownDemand("a", "late"), "none");
  Settle();
  EXPECT_EQ(Get("a").evidence().demands(), 0);
  EXPECT_THAT(Told(DemandsUpdated::RETURNED), SizeIs(500));
  EXPECT_THAT(Told(DemandsUpdated::REFUSED), SizeIs(1));
}

}  // namespace
}  // namespace dangol::backlog
