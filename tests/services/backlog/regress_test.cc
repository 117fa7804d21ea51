// Changes that did not hold: shipments taken back, and what a person concludes.
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;

class RevertShipmentTest : public BacklogTest {
 protected:
  absl::StatusOr<Change> Revert(const std::string& id) { return Call<Change>("RevertShipment", RevertRequest(id)); }
  std::string Refused(const v1::RevertShipmentRequest& request) {
    return testing::Summary(Call<Change>("RevertShipment", request).status());
  }
};

TEST_F(RevertShipmentTest, LetsThoseItAnsweredWaitAgain) {
  CreateOne("a");
  Accept(2, "a");
  Ship("a");
  Apply(Accepted("late", "a", 1));
  EXPECT_EQ(ShownDemand("a", "late"), "ACTIVE 1 late by 1");
  Wait(absl::Hours(1));
  const auto reverted = Revert("a");
  ASSERT_TRUE(reverted.ok()) << reverted.status();
  EXPECT_EQ(reverted->state(), Change::REGRESSED);
  EXPECT_EQ(reverted->regression().cause(), v1::Regression::REVERTED);
  EXPECT_EQ(reverted->regression().shipment(), "changes/a/shipments/1");
  EXPECT_EQ(reverted->regression().reason(), "The depot burnt down.");
  EXPECT_EQ(reverted->regression().decided_by(), "members/kim");
  EXPECT_EQ(FromProtoTime(reverted->shipments(0).revert_time()), Now());
  EXPECT_EQ(LastDecided(), "changes/a REVERTED by changes/a/shipments/1 t00000@1.3 t00001@1.3 late@1.2 last");
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 1");
  EXPECT_EQ(ShownDemand("a", "late"), "ACTIVE 1");
  EXPECT_EQ(Shown(Get("a").evidence()), "3 demands, 0 answered, 0 late, 0 recurrences");
  EXPECT_EQ(Get("a").shipments(0).answered(), 0);
  Ship("a");
  EXPECT_EQ(LastDecided(), "changes/a ANSWERED by changes/a/shipments/2 t00000@1.4 t00001@1.4 late@1.3 last");
}

TEST_F(RevertShipmentTest, TellsWhatHappened) {
  CreateOne("a");
  Ship("a");
  ASSERT_TRUE(CallOnly<Change>("RevertShipment", RevertRequest("a")).ok());
  EXPECT_EQ(LastEvent().shipment_reverted().shipment(), "changes/a/shipments/1");
  EXPECT_EQ(LastEvent().shipment_reverted().reason(), "The depot burnt down.");
  EXPECT_EQ(LastEvent().facts().state(), Change::REGRESSED);
  EXPECT_EQ(FromProtoTime(LastEvent().facts().regress_time()), Now());
  Settle();
}

TEST_F(RevertShipmentTest, ShipsNoMoreWhatWasTakenBack) {
  CreateOne("a");
  Accept(1, "a");
  Ship("a");
  const auto reverted = Revert("a");
  ASSERT_TRUE(reverted.ok()) << reverted.status();
  EXPECT_FALSE(reverted->has_ship_time()) << "it is there for nobody";
  int told = 0;
  for (const ChangeEvent& event : Events()) told += event.has_shipment_reverted() && !event.facts().has_ship_time();
  EXPECT_EQ(told, 1);
}

TEST_F(RevertShipmentTest, LeavesTheShipmentForEveryoneThatHolds) {
  CreateOne("a");
  Accept(3, "a");
  const absl::Time first = Now();
  Ship("a");
  Wait(absl::Hours(1));
  for (const char* ticket : {"t00000", "t00001", "t00002"}) Apply(Reopened(ticket, "a", 2));
  ASSERT_EQ(Get("a").state(), Change::REGRESSED);
  Wait(absl::Hours(1));
  Ship("a");
  EXPECT_GT(FromProtoTime(Get("a").ship_time()), first);
  ASSERT_TRUE(Revert("a").ok());
  EXPECT_EQ(FromProtoTime(Get("a").ship_time()), first);
  Ship("a", {"t00000"});
  ASSERT_TRUE(Revert("a").ok());
  EXPECT_EQ(FromProtoTime(Get("a").ship_time()), first) << "a part was never there for everyone";
}

TEST_F(RevertShipmentTest, LeavesAloneWhoCameBackAndWhomAnOlderShipmentAnswered) {
  CreateOne("a");
  Accept(3, "a");
  Ship("a", {"t00000"});
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Reopened("t00001", "a", 2));
  ASSERT_TRUE(Revert("a").ok());
  EXPECT_EQ(LastDecided(), "changes/a REVERTED by changes/a/shipments/2 t00002@1.3 last");
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 1 by 1");
  EXPECT_EQ(ShownDemand("a", "t00001"), "ACTIVE 2 recurrence");
  EXPECT_EQ(Get("a").shipments(0).answered(), 1);
  EXPECT_EQ(Get("a").shipments(1).answered(), 0) << "its answers do not count, also that of who came back";
}

TEST_F(RevertShipmentTest, CrossesACustomerWhoComesBack) {
  CreateOne("a");
  Accept(1, "a");
  Ship("a");
  const TicketEvent reopened = Reopened("t00000", "a", 2);
  ASSERT_TRUE(Revert("a").ok());
  EXPECT_EQ(LastDecided(), "changes/a REVERTED by changes/a/shipments/1 t00000@1.3 last");
  Apply(reopened);
  EXPECT_EQ(LastDecided(), "changes/a RECURRENCE t00000@2.4");
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 2 recurrence");
  Ship("a");
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 2 recurrence by 2");
}

TEST_F(RevertShipmentTest, LetsAMoveCrossACustomerWhoComesBack) {
  CreateOne("a");
  CreateOne("b");
  Accept(1, "a");
  Ship("a");
  const TicketEvent reopened = Reopened("t00000", "a", 2);
  ASSERT_TRUE(Revert("a").ok());
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"t00000"})).ok());
  Wait(absl::Hours(1));
  Ship("b");
  Apply(reopened);
  const auto decided = Decided();
  EXPECT_EQ(Shown(decided[decided.size() - 2]), "changes/a MOVED to changes/b t00000@2.6")
      << "the ticket was at its second link already when it moved";
  EXPECT_EQ(LastDecided(), "changes/b LATE by changes/b/shipments/1 t00000@2.7");
  EXPECT_EQ(Get("b").shipments(0).answered(), 1) << "an answer that was never heard is given once";
}

TEST_F(RevertShipmentTest, OfAPartLeavesTheWorkInProgress) {
  CreateOne("a");
  Accept(2, "a");
  Ship("a", {"t00000"});
  const auto reverted = Revert("a");
  ASSERT_TRUE(reverted.ok()) << reverted.status();
  EXPECT_EQ(reverted->state(), Change::IN_PROGRESS);
  EXPECT_FALSE(reverted->has_regression());
  EXPECT_EQ(LastDecided(), "changes/a REVERTED by changes/a/shipments/1 t00000@1.3 last");
  EXPECT_EQ(Refused(RevertRequest("a")), "FAILED_PRECONDITION SHIPMENT_REVERTED shipment");
}

TEST_F(RevertShipmentTest, IsForTheNewestShipmentAlone) {
  CreateOne("a");
  CreateOne("b");
  Accept(2, "a");
  Ship("a", {"t00000"});
  Ship("a");
  const std::string before = backlog_.file().Dump();
  auto request = RevertRequest("a");
  request.set_shipment("changes/a/shipments/1");
  EXPECT_EQ(Refused(request), "FAILED_PRECONDITION SHIPMENT_NOT_NEWEST shipment");
  request.set_shipment("changes/a/shipments/3");
  EXPECT_EQ(Refused(request), "NOT_FOUND NOT_FOUND shipment");
  request.set_shipment("changes/a/shipments/02");
  EXPECT_EQ(Refused(request), "NOT_FOUND NOT_FOUND shipment");
  request.set_shipment("changes/b/shipments/1");
  EXPECT_EQ(Refused(request), "INVALID_ARGUMENT INVALID_FIELD shipment");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

TEST_F(RevertShipmentTest, GoesOutSomeHundredAtATimeAndKeepsOthersOut) {
  CreateOne("a");
  Accept(450, "a");
  Ship("a", {"t00007"});
  Ship("a");
  ASSERT_TRUE(CallOnly<Change>("RevertShipment", RevertRequest("a")).ok());
  EXPECT_EQ(testing::Summary(CallOnly<Change>("ShipChange", ShipRequest("a")).status()),
            "FAILED_PRECONDITION FAN_OUT_RUNS");
  Apply(Accepted("between", "a", 1));
  // A step of the sweep may come before it or behind it.
  std::vector<std::string> decided_meanwhile;
  for (const DemandsUpdated& decided : Decided()) decided_meanwhile.push_back(Shown(decided));
  EXPECT_THAT(decided_meanwhile, ::testing::Contains("changes/a CONFIRMED between@1.1"));
  backlog_.Restart();
  Settle();
  std::vector<int> sizes;
  for (const DemandsUpdated& decided : Decided()) {
    if (decided.outcome() == DemandsUpdated::REVERTED) sizes.push_back(decided.demands_size());
  }
  EXPECT_THAT(sizes, ElementsAre(200, 200, 49)) << "one was answered by the shipment before";
  EXPECT_TRUE(Decided().back().last());
  EXPECT_EQ(Shown(Get("a").evidence()), "451 demands, 1 answered, 0 late, 0 recurrences");
}

class ConcludeChangeTest : public BacklogTest {
 protected:
  absl::StatusOr<Change> Conclude(const std::string& id, v1::Conclusion::Verdict verdict) {
    auto request = Named<v1::ConcludeChangeRequest>(id);
    request.set_verdict(verdict);
    request.set_reason("Three looks said nothing.");
    request.set_root_cause("Two depots share one list.");
    request.set_decided_by("members/kim");
    return Call<Change>("ConcludeChange", request);
  }
};

TEST_F(ConcludeChangeTest, VerifiesWhatHeld) {
  CreateOne("a");
  Ship("a");
  const auto change = Conclude("a", v1::Conclusion::HELD);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->state(), Change::VERIFIED);
  EXPECT_EQ(change->conclusion().decided_by(), "members/kim");
  EXPECT_EQ(change->root_cause(), "Two depots share one list.");
  EXPECT_TRUE(LastEvent().has_change_verified());
  EXPECT_EQ(testing::Summary(Conclude("a", v1::Conclusion::FAILED).status()), "FAILED_PRECONDITION WRONG_STATE");
}

TEST_F(ConcludeChangeTest, RegressesWhatFailed) {
  CreateOne("a");
  Accept(1, "a");
  Ship("a");
  const auto change = Conclude("a", v1::Conclusion::FAILED);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->state(), Change::REGRESSED);
  EXPECT_EQ(change->regression().cause(), v1::Regression::EFFECT);
  EXPECT_EQ(change->regression().shipment(), "changes/a/shipments/1");
  EXPECT_EQ(LastEvent().change_regressed().cause(), v1::Regression::EFFECT);
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 1 by 1") << "who was answered was answered";
}

class UpdateChangeTest : public BacklogTest {};

TEST_F(UpdateChangeTest, TellsTheFactsAsTheyAre) {
  CreateOne("a");
  auto request = Named<v1::UpdateChangeRequest>("a");
  request.mutable_change()->set_title("Parcels come when we said");
  request.mutable_change()->set_owner("members/lee");
  request.mutable_change()->add_closes_gaps("cold-chain");
  const auto change = Call<Change>("UpdateChange", request);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->etag(), "2");
  ASSERT_TRUE(LastEvent().has_change_updated());
  EXPECT_EQ(LastEvent().facts().title(), "Parcels come when we said");
  EXPECT_EQ(LastEvent().facts().owner(), "members/lee");
  EXPECT_THAT(LastEvent().facts().closes_gaps(), ElementsAre("cold-chain"));
  request.mutable_change()->Clear();
  request.mutable_update_mask()->add_paths("owner");
  EXPECT_EQ(Call<Change>("UpdateChange", request)->owner(), "");
  EXPECT_EQ(Get("a").title(), "Parcels come when we said");
}

}  // namespace
}  // namespace dangol::backlog
