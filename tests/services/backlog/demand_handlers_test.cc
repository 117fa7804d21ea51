// Demands by RPC: moved and listed.
#include "services/backlog/demand/demand_handlers.h"

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::MoveDemandsResponse;

class MoveDemandsTest : public BacklogTest {
 protected:
  MoveDemandsTest() {
    CreateOne("a");
    CreateOne("b");
    Accept(3, "a");
  }
  absl::StatusOr<MoveDemandsResponse> Move(const v1::MoveDemandsRequest& request) {
    return Call<MoveDemandsResponse>("MoveDemands", request);
  }
  // What the last so many events decided.
  std::vector<std::string> LastDecisions(size_t count) {
    std::vector<std::string> shown;
    for (const DemandsUpdated& decided : Decided()) shown.push_back(Shown(decided));
    return {shown.end() - static_cast<ptrdiff_t>(count), shown.end()};
  }
};

TEST_F(MoveDemandsTest, CountsThemInTheOtherChange) {
  const auto moved = Move(MoveRequest("a", "b", {"t00000", "t00002"}));
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->changes(0).name(), "changes/a");
  EXPECT_EQ(moved->changes(0).evidence().demands(), 1);
  EXPECT_EQ(moved->changes(1).evidence().demands(), 2);
  EXPECT_EQ(moved->changes(0).etag(), "1");
  EXPECT_EQ(LastDecided(), "changes/a MOVED to changes/b t00000@1.2 t00002@1.2 last");
  EXPECT_EQ(
      LastResources(),
      "changes/a/demands/t00000@2 changes/b/demands/t00000@1 changes/a/demands/t00002@2 changes/b/demands/t00002@1");
  EXPECT_EQ(ShownDemand("a", "t00000"), "MOVED 1");
  EXPECT_EQ(ShownDemand("b", "t00000"), "ACTIVE 1");
}

TEST_F(MoveDemandsTest, ThereAndBackAgain) {
  ASSERT_TRUE(Move(MoveRequest("a", "b", {"t00000"})).ok());
  ASSERT_TRUE(Move(MoveRequest("b", "a", {"t00000"})).ok());
  EXPECT_EQ(ShownDemand("a", "t00000"), "ACTIVE 1");
  EXPECT_EQ(ShownDemand("b", "t00000"), "MOVED 1");
  EXPECT_EQ(LastDecided(), "changes/b MOVED to changes/a t00000@1.3 last");
  EXPECT_EQ(Get("a").evidence().demands(), 3);
  EXPECT_EQ(Get("b").evidence().demands(), 0);
}

TEST_F(MoveDemandsTest, ToAShippedChangeAnswersWhatHappenedBefore) {
  Ship("b");
  Wait(absl::Minutes(30));
  Apply(AcceptedNow("fresh", "a", 1));
  ASSERT_TRUE(Move(MoveRequest("a", "b", {"t00000", "fresh"})).ok());
  EXPECT_THAT(LastDecisions(3),
              ElementsAre("changes/a MOVED to changes/b t00000@1.2 fresh@1.2 last",
                          "changes/b LATE by changes/b/shipments/1 t00000@1.3", "changes/b RECURRENCE fresh@1.3"));
  EXPECT_EQ(ShownDemand("b", "t00000"), "ACTIVE 1 late by 1");
  EXPECT_EQ(ShownDemand("b", "fresh"), "ACTIVE 1 recurrence");
  EXPECT_EQ(Get("b").shipments(0).answered(), 1);
  EXPECT_EQ(Shown(Get("b").evidence()), "2 demands, 1 answered, 1 late, 1 recurrences");
}

TEST_F(MoveDemandsTest, OfAThousandTakesFiveEvents) {
  std::vector<std::string> tickets;
  for (int i = 0; i < 1000; ++i) {
    tickets.push_back(fmt::format("m{}", i));
    Apply(Accepted(tickets.back(), "a", 1));
  }
  const int64_t head = Rows("feed");
  ASSERT_TRUE(Move(MoveRequest("a", "b", tickets)).ok());
  EXPECT_EQ(Rows("feed"), head + 5);
  EXPECT_EQ(Get("b").evidence().demands(), 1000);
  const auto decided = Decided();
  EXPECT_TRUE(decided.back().last());
  EXPECT_FALSE(decided[decided.size() - 2].last());
}

TEST_F(MoveDemandsTest, AreAllOrNone) {
  CreateOne("dropped");
  Drop("dropped");
  Ship("a", {"t00002"});
  const std::string before = backlog_.file().Dump();
  const auto refused = [&](const v1::MoveDemandsRequest& request) { return testing::Summary(Move(request).status()); };
  EXPECT_EQ(refused(MoveRequest("a", "b", {"t00000", "t00002"})), "FAILED_PRECONDITION DEMAND_NOT_WAITING tickets[1]");
  EXPECT_EQ(refused(MoveRequest("a", "b", {"t00000", "nobody"})), "FAILED_PRECONDITION DEMAND_NOT_WAITING tickets[1]");
  EXPECT_EQ(refused(MoveRequest("a", "b", {"t00000", "t00000"})), "INVALID_ARGUMENT INVALID_FIELD tickets[1]");
  EXPECT_EQ(refused(MoveRequest("a", "a", {"t00000"})), "INVALID_ARGUMENT INVALID_FIELD destination");
  EXPECT_EQ(refused(MoveRequest("a", "nothing", {"t00000"})), "NOT_FOUND NOT_FOUND destination");
  EXPECT_EQ(refused(MoveRequest("nothing", "a", {"t00000"})), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(refused(MoveRequest("a", "dropped", {"t00000"})), "FAILED_PRECONDITION WRONG_STATE destination");
  auto old = MoveRequest("a", "b", {"t00000"});
  old.set_etag("0");
  EXPECT_EQ(refused(old), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

TEST_F(MoveDemandsTest, HaveOneEffectHoweverOftenTheyAreSent) {
  auto request = MoveRequest("a", "b", {"t00000"});
  request.set_request_id("r1");
  const auto first = Move(request);
  const int64_t head = Rows("feed");
  const auto again = Move(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  EXPECT_EQ(Rows("feed"), head);
}

class ListDemandsTest : public BacklogTest {};

TEST_F(ListDemandsTest, ShowsThemInTheOrderInWhichTheyCame) {
  CreateOne("a");
  Accept(5, "a");
  Ship("a", {"t00001"});
  Apply(Unlinked("t00002", "a", 2));
  Apply(Unlinked("t00000", "a", 2));
  Apply(Accepted("t00000", "a", 3));
  v1::ListDemandsRequest request;
  request.set_parent("changes/a");
  request.set_page_size(2);
  std::vector<std::string> shown;
  do {
    const auto page = Call<v1::ListDemandsResponse>("ListDemands", request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Demand& demand : page->demands()) {
      EXPECT_EQ(demand.name(), "changes/a/demands/" + demand.ticket().substr(8));
      EXPECT_EQ(FromProtoTime(demand.receive_time()), received_);
      shown.push_back(
          fmt::format("{} {} {}", demand.ticket(), v1::Demand::State_Name(demand.state()), demand.shipment()));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(shown, ElementsAre("tickets/t00001 ACTIVE changes/a/shipments/1", "tickets/t00002 WITHDRAWN ",
                                 "tickets/t00003 ACTIVE ", "tickets/t00004 ACTIVE ", "tickets/t00000 ACTIVE "));
  request.set_parent("changes/nothing");
  EXPECT_EQ(testing::Summary(Call<v1::ListDemandsResponse>("ListDemands", request).status()), "NOT_FOUND NOT_FOUND");
}

}  // namespace
}  // namespace dangol::backlog
