// Lists of changes: every order and filter, and what is published.
#include "services/backlog/change/change_rules.h"
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ListChangesRequest;

class ListChangesTest : public BacklogTest {
 protected:
  // The ids of all pages of two.
  template <typename Response, typename Request>
  std::vector<std::string> AllPages(const std::string& method, Request request) {
    std::vector<std::string> ids;
    request.set_page_size(2);
    do {
      const auto page = Call<Response>(method, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return ids;
      EXPECT_LE(page->changes_size(), 2);
      for (const auto& change : page->changes()) ids.push_back(IdOf(change));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  static std::string IdOf(const Change& change) { return change.name().substr(8); }
  static std::string IdOf(const v1::PublishedChange& change) { return change.change().substr(8); }
  std::vector<std::string> List(const ListChangesRequest& request) {
    return AllPages<v1::ListChangesResponse>("ListChanges", request);
  }
  std::vector<std::string> Published() {
    return AllPages<v1::ListPublishedChangesResponse>("ListPublishedChanges", v1::ListPublishedChangesRequest());
  }
  static ListChangesRequest By(ListChangesRequest::Order order) {
    ListChangesRequest request;
    request.set_order(order);
    return request;
  }
  // `count` more tickets ask for it.
  void Ask(const std::string& id, int count) {
    for (int i = 0; i < count; ++i) Apply(Accepted(fmt::format("{}-{}", id, next_ticket_++), id, 1));
  }
  Change Update(const std::string& id, const Change& fields) {
    auto request = Named<v1::UpdateChangeRequest>(id);
    *request.mutable_change() = fields;
    const auto change = Call<Change>("UpdateChange", request);
    EXPECT_TRUE(change.ok()) << change.status();
    return change.value_or(Change());
  }
  static Change Fields(const std::string& owner, const std::string& stage, const std::string& release) {
    Change fields;
    fields.set_owner(owner);
    fields.set_stage(stage);
    fields.set_release(release);
    return fields;
  }

 private:
  int next_ticket_ = 0;
};

TEST_F(ListChangesTest, ByScoreFollowsDemandsAndEstimates) {
  for (const char* id : {"a", "b", "c", "d"}) CreateOne(id);
  Ask("a", 1);
  Ask("b", 3);
  Ask("c", 2);
  EXPECT_THAT(List(By(ListChangesRequest::SCORE)), ElementsAre("b", "c", "a", "d"));
  EXPECT_EQ(Get("b").score_hundredths(), 150) << "not estimated: 3 × 1 × 0.5 ÷ 1";
  Change fields;
  fields.mutable_estimate()->set_impact_percent(300);
  fields.mutable_estimate()->set_confidence_percent(100);
  fields.mutable_estimate()->set_effort_percent(50);
  EXPECT_EQ(Update("a", fields).score_hundredths(), 600) << "1 × 3 × 1 ÷ 0.5";
  EXPECT_THAT(List(By(ListChangesRequest::SCORE)), ElementsAre("a", "b", "c", "d"));
  Ask("c", 2);
  EXPECT_EQ(Get("c").score_hundredths(), 200);
  EXPECT_THAT(List(By(ListChangesRequest::SCORE)), ElementsAre("a", "c", "b", "d"));
  Apply(Unlinked("a-0", "a", 2));
  EXPECT_THAT(List(By(ListChangesRequest::SCORE)), ElementsAre("c", "b", "d", "a"));
}

TEST_F(ListChangesTest, ByTargetTimeHoldsThoseThatHaveOne) {
  for (const char* id : {"a", "b", "c"}) CreateOne(id);
  Change fields;
  *fields.mutable_target_time() = ToProtoTime(Now() + absl::Hours(48));
  Update("a", fields);
  *fields.mutable_target_time() = ToProtoTime(Now() + absl::Hours(24));
  Update("c", fields);
  EXPECT_THAT(List(By(ListChangesRequest::TARGET_TIME)), ElementsAre("c", "a"));
}

TEST_F(ListChangesTest, FiltersByOwnerStageAndReleaseInEveryOrder) {
  const std::string stage = "engines/main/stages/experience";
  for (const char* id : {"a", "b", "c", "d"}) {
    CreateOne(id);
    Wait(absl::Seconds(1));
  }
  Update("a", Fields("members/kim", stage, "2026.12"));
  Update("b", Fields("members/kim", "", ""));
  Update("c", Fields("members/lee", stage, "2026.12"));
  Ask("a", 2);
  for (const auto& [order, expected] : std::vector<std::pair<ListChangesRequest::Order, std::vector<std::string>>>{
           {ListChangesRequest::ORDER_UNSPECIFIED, {"c", "a"}}, {ListChangesRequest::SCORE, {"a", "c"}}}) {
    ListChangesRequest request = By(order);
    request.set_stage(stage);
    EXPECT_EQ(List(request), expected);
    request.clear_stage();
    request.set_release("2026.12");
    EXPECT_EQ(List(request), expected);
    request.set_owner("members/kim");
    EXPECT_THAT(List(request), ElementsAre("a"));
    request.add_states(Change::SHIPPED);
    EXPECT_THAT(List(request), IsEmpty());
  }
  ListChangesRequest kim;
  kim.set_owner("members/kim");
  EXPECT_THAT(List(kim), ElementsAre("b", "a"));
}

TEST_F(ListChangesTest, UndecidedIsWhatSomebodyAsksFor) {
  for (const char* id : {"a", "b", "c", "d"}) CreateOne(id);
  Ask("b", 1);
  Wait(absl::Hours(1));
  Ask("a", 1);
  Ask("d", 1);
  ListChangesRequest undecided;
  undecided.set_undecided(true);
  EXPECT_THAT(List(undecided), ElementsAre("d", "b", "a"));
  ListChangesRequest decided = undecided;
  decided.add_states(Change::PLANNED);
  EXPECT_THAT(List(decided), IsEmpty());
  EXPECT_THAT(List(By(ListChangesRequest::DECIDE_DUE_TIME)), ElementsAre("b", "a", "d"));
  EXPECT_EQ(FromProtoTime(Get("b").decide_due_time()), DecideDueTime(Now() - absl::Hours(1)));
  EXPECT_FALSE(Get("c").has_decide_due_time());
  ASSERT_TRUE(Call<Change>("PlanChange", Named<v1::PlanChangeRequest>("b")).ok());
  Drop("d");
  EXPECT_THAT(List(By(ListChangesRequest::DECIDE_DUE_TIME)), ElementsAre("a"));
  auto again = Named<v1::ReconsiderChangeRequest>("d");
  again.set_reason("Somebody would pay for it.");
  again.set_decided_by("members/kim");
  ASSERT_TRUE(Call<Change>("ReconsiderChange", again).ok());
  EXPECT_THAT(List(By(ListChangesRequest::DECIDE_DUE_TIME)), ElementsAre("a")) << "nobody asks for it any more";
  Ask("d", 1);
  EXPECT_THAT(List(By(ListChangesRequest::DECIDE_DUE_TIME)), ElementsAre("a", "d"));
}

TEST_F(ListChangesTest, AgainstSustainabilityIsWhatShippedAllTheSame) {
  for (const char* id : {"a", "b", "c"}) CreateOne(id);
  v1::Decision against = ADecision();
  against.set_for_everyone(v1::Decision::NO);
  auto ship = ShipRequest("a");
  *ship.mutable_decision() = against;
  ASSERT_TRUE(Call<Change>("ShipChange", ship).ok());
  auto plan = Named<v1::PlanChangeRequest>("b");
  *plan.mutable_decision() = against;
  ASSERT_TRUE(Call<Change>("PlanChange", plan).ok());
  Ship("c");
  ListChangesRequest request;
  request.set_against_sustainability(true);
  EXPECT_THAT(List(request), ElementsAre("a"));
  request.set_order(ListChangesRequest::SCORE);
  EXPECT_THAT(List(request), ElementsAre("a"));
}

TEST_F(ListChangesTest, UndecidedIsNoMoreWhatNobodyAsksForAnyMore) {
  for (const char* id : {"a", "b"}) CreateOne(id);
  Ask("a", 2);
  Apply(Unlinked("a-0", "a", 2));
  EXPECT_TRUE(Get("a").has_decide_due_time());
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"a-1"})).ok());
  EXPECT_FALSE(Get("a").has_decide_due_time());
  ListChangesRequest undecided;
  undecided.set_undecided(true);
  EXPECT_THAT(List(undecided), ElementsAre("b"));
  Apply(Unlinked("a-1", "b", 2));
  EXPECT_THAT(List(undecided), IsEmpty());
  Wait(absl::Hours(1));
  Ask("a", 1);
  EXPECT_EQ(FromProtoTime(Get("a").decide_due_time()), DecideDueTime(Now()));
}

TEST_F(ListChangesTest, UndecidedIsAgainWhatIsReconsideredAndAskedFor) {
  CreateOne("a");
  Ask("a", 1);
  Ship("a", {"a-0"});
  Drop("a");
  auto request = Named<v1::ReconsiderChangeRequest>("a");
  request.set_reason("A depot was given to us.");
  request.set_decided_by("members/kim");
  ASSERT_TRUE(Call<Change>("ReconsiderChange", request).ok());
  Wait(absl::Hours(1));
  Ask("a", 1);
  EXPECT_EQ(Get("a").evidence().demands(), 2) << "the one that was answered stays";
  EXPECT_EQ(FromProtoTime(Get("a").decide_due_time()), DecideDueTime(Now()));
}

TEST_F(ListChangesTest, ToKeepIsAskedOnce) {
  for (const char* id : {"a", "b"}) {
    CreateOne(id);
    Ship(id);
    Wait(absl::Hours(1));
  }
  EXPECT_THAT(List(By(ListChangesRequest::KEEP_DUE_TIME)), ElementsAre("a", "b"));
  Change fields;
  fields.mutable_keep_review()->set_answer(v1::Decision::YES);
  fields.mutable_keep_review()->set_answered_by("members/kim");
  Update("a", fields);
  EXPECT_THAT(List(By(ListChangesRequest::KEEP_DUE_TIME)), ElementsAre("b"));
}

TEST_F(ListChangesTest, PublishedIsWhatShippedAndIsSaidToBe) {
  for (const char* id : {"a", "b", "c", "d"}) CreateOne(id);
  Change fields;
  fields.set_published(true);
  (*fields.mutable_customer_notes())["en"] = "We come on time.";
  for (const char* id : {"a", "b", "c"}) Update(id, fields);
  for (const char* id : {"a", "b", "d"}) {
    Ship(id);
    Wait(absl::Hours(1));
  }
  EXPECT_THAT(Published(), ElementsAre("b", "a"));
  const auto page = Call<v1::ListPublishedChangesResponse>("ListPublishedChanges", v1::ListPublishedChangesRequest());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->changes(0).customer_notes().at("en"), "We come on time.");
  ASSERT_TRUE(Call<Change>("RevertShipment", RevertRequest("b")).ok());
  EXPECT_THAT(Published(), ElementsAre("a")) << "it is not there any more";
}

}  // namespace
}  // namespace dangol::backlog
