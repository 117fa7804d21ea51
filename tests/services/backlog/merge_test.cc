// Changes of which another takes the place.
#include <algorithm>

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using v1::MergeChangesResponse;

class MergeChangesTest : public BacklogTest {
 protected:
  MergeChangesTest() {
    for (const char* id : {"a", "b", "c"}) CreateOne(id);
  }
  absl::StatusOr<MergeChangesResponse> Merge(const std::string& from, const std::string& into) {
    return Call<MergeChangesResponse>("MergeChanges", MergeRequest(from, into));
  }
  std::string Refused(const std::string& from, const std::string& into) {
    return testing::Summary(Merge(from, into).status());
  }
  std::vector<std::string> AllDecided() {
    std::vector<std::string> shown;
    for (const DemandsUpdated& decided : Decided()) shown.push_back(Shown(decided));
    return shown;
  }
  std::vector<std::string> LastDecisions(size_t count) {
    const std::vector<std::string> shown = AllDecided();
    return {shown.end() - static_cast<ptrdiff_t>(count), shown.end()};
  }
};

TEST_F(MergeChangesTest, MovesEveryDemandToTheSurvivor) {
  Accept(3, "a");
  const auto merged = Merge("a", "b");
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->changes(0).name(), "changes/a");
  EXPECT_EQ(merged->changes(0).state(), Change::MERGED);
  EXPECT_EQ(merged->changes(0).merged_into(), "changes/b");
  EXPECT_EQ(merged->changes(1).name(), "changes/b");
  EXPECT_EQ(LastDecided(), "changes/a MOVED to changes/b t00000@1.2 t00001@1.2 t00002@1.2 last");
  EXPECT_EQ(Get("a").evidence().demands(), 0);
  EXPECT_EQ(Get("b").evidence().demands(), 3);
  EXPECT_EQ(ShownDemand("a", "t00000"), "MOVED 1");
}

TEST_F(MergeChangesTest, TellsWhatTookItsPlace) {
  ASSERT_TRUE(CallOnly<MergeChangesResponse>("MergeChanges", MergeRequest("a", "b")).ok());
  // What it makes of the demands may follow before the call is answered.
  const auto events = Events();
  const auto merged = std::ranges::find_if(events, &ChangeEvent::has_change_merged);
  ASSERT_NE(merged, events.end());
  EXPECT_EQ(merged->change_merged().into(), "changes/b");
  EXPECT_EQ(merged->facts().merged_into(), "changes/b");
  EXPECT_EQ(merged->facts().state(), Change::MERGED);
  Settle();
}

TEST_F(MergeChangesTest, WhoComesLaterComesToTheSurvivor) {
  ASSERT_TRUE(Merge("a", "b").ok());
  Apply(Accepted("t", "a", 1));
  EXPECT_EQ(LastDecided(), "changes/a MOVED to changes/b t@1.2");
  EXPECT_EQ(ShownDemand("a", "t"), "none");
  EXPECT_EQ(ShownDemand("b", "t"), "ACTIVE 1");
  Apply(Unlinked("t", "b", 2));
  EXPECT_EQ(ShownDemand("b", "t"), "WITHDRAWN 1");
  Drop("b");
  Apply(Accepted("u", "a", 1));
  EXPECT_EQ(LastDecided(), "changes/a REFUSED CHANGE_DROPPED u@1.1");
}

TEST_F(MergeChangesTest, IntoAShippedChangeAnswersWhatHappenedBefore) {
  Apply(Accepted("t", "a", 1));
  Ship("b");
  Wait(absl::Minutes(30));
  Apply(AcceptedNow("fresh", "a", 1));
  ASSERT_TRUE(Merge("a", "b").ok());
  EXPECT_THAT(LastDecisions(3),
              ElementsAre("changes/a MOVED to changes/b t@1.2 fresh@1.2 last",
                          "changes/b LATE by changes/b/shipments/1 t@1.3", "changes/b RECURRENCE fresh@1.3"));
  Apply(Accepted("later", "a", 1));
  EXPECT_THAT(LastDecisions(2), ElementsAre("changes/a MOVED to changes/b later@1.2",
                                            "changes/b LATE by changes/b/shipments/1 later@1.3"));
}

TEST_F(MergeChangesTest, OfAMergedChangeIsFollowedToItsEnd) {
  Accept(1, "a");
  ASSERT_TRUE(Merge("a", "b").ok());
  ASSERT_TRUE(Merge("b", "c").ok());
  EXPECT_EQ(Get("a").merged_into(), "changes/c");
  EXPECT_EQ(ShownDemand("c", "t00000"), "ACTIVE 1");
  Apply(Accepted("t", "a", 1));
  EXPECT_EQ(LastDecided(), "changes/a MOVED to changes/c t@1.2");
}

TEST_F(MergeChangesTest, GoesOutSomeHundredAtATimeAndKeepsOthersOut) {
  Accept(450, "a");
  ASSERT_TRUE(CallOnly<MergeChangesResponse>("MergeChanges", MergeRequest("a", "b")).ok());
  EXPECT_EQ(testing::Summary(CallOnly<Change>("ShipChange", ShipRequest("b")).status()),
            "FAILED_PRECONDITION FAN_OUT_RUNS");
  EXPECT_EQ(testing::Summary(CallOnly<Change>("DropChange", DropRequest("b")).status()),
            "FAILED_PRECONDITION FAN_OUT_RUNS");
  EXPECT_EQ(testing::Summary(CallOnly<MergeChangesResponse>("MergeChanges", MergeRequest("c", "b")).status()),
            "FAILED_PRECONDITION FAN_OUT_RUNS");
  Apply(Accepted("between", "a", 1));
  EXPECT_THAT(AllDecided(), Contains("changes/a MOVED to changes/b between@1.2"));
  backlog_.Restart();
  Settle();
  EXPECT_EQ(Get("b").evidence().demands(), 451);
  Ship("b");
  EXPECT_EQ(Get("b").shipments(0).answered(), 451);
}

TEST_F(MergeChangesTest, IsRefusedWhereItMakesNoSense) {
  CreateOne("shipped");
  Accept(1, "shipped");
  Ship("shipped", {"t00000"});
  CreateOne("dropped");
  Drop("dropped");
  ASSERT_TRUE(Merge("c", "b").ok());
  const std::string before = backlog_.file().Dump();
  EXPECT_EQ(Refused("a", "a"), "INVALID_ARGUMENT INVALID_FIELD survivor");
  EXPECT_EQ(Refused("a", "nothing"), "NOT_FOUND NOT_FOUND survivor");
  EXPECT_EQ(Refused("nothing", "a"), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(Refused("a", "dropped"), "FAILED_PRECONDITION WRONG_STATE survivor");
  EXPECT_EQ(Refused("a", "c"), "FAILED_PRECONDITION WRONG_STATE survivor");
  EXPECT_EQ(Refused("c", "a"), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_EQ(Refused("shipped", "a"), "FAILED_PRECONDITION ALREADY_SHIPPED");
  auto old = MergeRequest("a", "b");
  old.set_survivor_etag("0");
  EXPECT_EQ(testing::Summary(Call<MergeChangesResponse>("MergeChanges", old).status()),
            "ABORTED ETAG_MISMATCH survivor");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

}  // namespace
}  // namespace dangol::backlog
