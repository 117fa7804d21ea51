// Which strategies an engine's work follows, and what of it could be left.
#include "dangol/metrics/v1/effect.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "dangol/metrics/v1/strategy.pb.h"
#include "tests/services/metrics/system_kpi_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tickets::v1::PreviewAnswered;

class Strategies : public SystemKpiTest {
 protected:
  Strategies() {
    SetClock("2026-12-15T00:00:00Z");
    MakeEngine();
    Settle();
  }

  absl::StatusOr<v1::StrategyMix> Mix(const std::string& first = "2026-11-20", const std::string& last = "2026-12-01") {
    v1::GetStrategyMixRequest request;
    request.set_engine("engines/shop");
    request.set_first_day(first);
    request.set_last_day(last);
    return metrics_.Call<v1::StrategyMix>(std::string(kEngines) + "GetStrategyMix", request);
  }
  static std::string Shown(const v1::StrategyMonth& month) {
    std::string text = month.first_day();
    for (const v1::StrategyShare& share : month.strategies())
      if (share.count() > 0) text += fmt::format(" {}={}", v1::SystemKpi_Name(share.strategy()), share.count());
    if (month.has_generation()) text += fmt::format(" {:.2f}", month.generation());
    return text + (month.so_far() ? " so far" : "");
  }
  v1::GetStopCandidatesResponse Candidates() {
    v1::GetStopCandidatesRequest request;
    request.set_engine("engines/shop");
    const auto response =
        metrics_.Call<v1::GetStopCandidatesResponse>(std::string(kEngines) + "GetStopCandidates", request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(v1::GetStopCandidatesResponse());
  }
  std::vector<std::string> UncitedSteps() {
    std::vector<std::string> steps;
    const v1::GetStopCandidatesResponse response = Candidates();
    for (const v1::UncitedStep& step : response.steps()) steps.push_back(step.stage() + " " + step.step_id());
    return steps;
  }
  // Gives the stage a this step, and b another.
  void Revise(const std::string& text, const std::vector<std::string>& changes = {}) {
    v1::GetEngineRequest get;
    get.set_name("engines/shop");
    v1::UpdateEngineRequest update;
    update.set_name("engines/shop");
    *update.mutable_engine() = *metrics_.Call<v1::Engine>(std::string(kEngines) + "GetEngine", get);
    for (v1::Stage& stage : *update.mutable_engine()->mutable_stages()) {
      stage.clear_steps();
      v1::ProcessStep& step = *stage.add_steps();
      step.set_step_id("ask");
      (*step.mutable_description())["en"] = stage.stage_id() == "a" ? text : "we ask";
    }
    update.mutable_update_mask()->add_paths("stages");
    update.mutable_changes()->Assign(changes.begin(), changes.end());
    const auto updated = metrics_.Call<v1::Engine>(std::string(kEngines) + "UpdateEngine", update);
    ASSERT_TRUE(updated.ok()) << updated.status();
  }
};

TEST_F(Strategies, AreDerivedFromWhatBecameOfComplaints) {
  Received("a", At("2026-11-01T00:00:00Z"));
  Ticket("a").set_state(Ticket::ANSWERED);
  Ticket("a").set_disposition(Ticket::RELIEF_GIVEN);
  Ticket("a").set_first_decision(tickets::v1::Decision::RESOLVED);
  *Ticket("a").mutable_decide_time() = ToProtoTime(At("2026-11-02T00:00:00Z"));
  *Ticket("a").mutable_answer_time() = ToProtoTime(At("2026-11-02T00:00:00Z"));
  Tell("a");
  for (const char* id : {"b", "c", "d"}) {
    Received(id, At("2026-11-01T00:00:00Z")).set_change(id == std::string("d") ? "changes/y" : "changes/x");
    Ticket(id).set_state(Ticket::ACCEPTED);
    Tell(id);
  }
  Tried("d", "y", PreviewAnswered::FIXED, "2026-11-03T00:00:00Z");
  for (const char* id : {"b", "c", "d"}) {
    Answered(id, At("2026-11-04T00:00:00Z"));
    Tell(id);
  }
  const auto mix = Mix();
  ASSERT_TRUE(mix.ok()) << mix.status();
  ASSERT_EQ(mix->months_size(), 2);
  EXPECT_EQ(Shown(mix->months(0)), "2026-11-01 MAKE_THEM_TRUST_US=1 TRUST_THEM=2 BECOME_ONE=1 2.25");
  EXPECT_EQ(mix->months(0).strategies(3).share(), 0.5);
  EXPECT_EQ(Shown(mix->months(1)), "2026-12-01 so far") << "nothing is no generation";
  EXPECT_FALSE(mix->counting());
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(Strategies, OfChangesThatNoComplaintAskedForAreSaidByHand) {
  FactsOfChange("x").set_strategy(Change::KNOW_THEM);
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  FactsOfChange("y").set_strategy(Change::BIND_THEM_TO_US);
  Apply(EventOfChange("y", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  Apply(EventOfChange("z", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  EXPECT_EQ(Shown(Mix()->months(0)), "2026-11-01 KNOW_THEM=1 BIND_THEM_TO_US=1 2.00");
  Received("a", At("2026-11-01T00:00:00Z")).set_change("changes/x");
  Ticket("a").set_state(Ticket::ACCEPTED);
  Tell("a");
  EXPECT_EQ(Shown(Mix()->months(0)), "2026-11-01 BIND_THEM_TO_US=1 3.00") << "a complaint asked for it";
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(Strategies, OfTooManyMonthsOrNoneAreRefused) {
  EXPECT_EQ(testing::Summary(Mix("2026-11-01", "2026-10-31").status()), "INVALID_ARGUMENT INVALID_FIELD last_day");
  EXPECT_EQ(testing::Summary(Mix("2021-12-01", "2026-12-31").status()), "INVALID_ARGUMENT INVALID_FIELD last_day");
  EXPECT_EQ(testing::Summary(Mix("2026-02-30", "2026-12-31").status()), "INVALID_ARGUMENT INVALID_FIELD first_day");
  EXPECT_EQ(Mix("2022-01-01", "2026-12-31")->months_size(), 60);
}

TEST_F(Strategies, AStepThatNothingCitesCouldBeLeft) {
  Revise("we call");
  EXPECT_THAT(UncitedSteps(), ElementsAre("engines/shop/stages/a ask", "engines/shop/stages/b ask"));
  ASSERT_TRUE(MakeKpi(v1::COMPLAINTS, v1::Kpi::COUNT, "engines/shop/stages/b").ok());
  EXPECT_THAT(UncitedSteps(), ElementsAre("engines/shop/stages/a ask")) << "a KPI of b measures it";
  Revise("we write", {"changes/x"});
  EXPECT_THAT(UncitedSteps(), IsEmpty()) << "a change made it so";
  Revise("we sing");
  EXPECT_THAT(UncitedSteps(), ElementsAre("engines/shop/stages/a ask")) << "and nothing made it this";
  v1::CreateMemberRequest member;
  member.set_member_id("kim");
  member.mutable_member()->set_display_name("Kim");
  ASSERT_TRUE(metrics_.Call<v1::Member>("/dangol.metrics.v1.MemberService/CreateMember", member).ok());
  v1::AcknowledgeRevisionRequest agree;
  agree.set_name("engines/shop/revisions/3");
  agree.set_member("members/kim");
  agree.set_answer(v1::Acknowledgement::AGREE);
  ASSERT_TRUE(metrics_.Call<v1::EngineRevision>(std::string(kEngines) + "AcknowledgeRevision", agree).ok());
  EXPECT_THAT(UncitedSteps(), ElementsAre("engines/shop/stages/a ask")) << "it was another step then";
  agree.set_name("engines/shop/revisions/4");
  ASSERT_TRUE(metrics_.Call<v1::EngineRevision>(std::string(kEngines) + "AcknowledgeRevision", agree).ok());
  EXPECT_THAT(UncitedSteps(), IsEmpty());
}

TEST_F(Strategies, AChangeWithoutEffectCouldBeLeft) {
  for (const auto& [id, stage] :
       {std::pair("x", ""), {"y", "engines/shop/stages/a"}, {"z", "engines/other/stages/a"}}) {
    FactsOfChange(id).add_contact_reasons("delivery/late");
    FactsOfChange(id).set_title(id);
    FactsOfChange(id).set_stage(stage);
    Apply(EventOfChange(id, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  }
  EXPECT_EQ(Candidates().changes_size(), 0) << "it is too early to say";
  metrics_.file().Execute(
      fmt::format("UPDATE effect SET verdict = {}", static_cast<int>(v1::Effect::NO_DETECTABLE_EFFECT)));
  std::vector<std::string> found;
  const v1::GetStopCandidatesResponse response = Candidates();
  for (const v1::ChangeWithoutEffect& change : response.changes())
    found.push_back(change.change() + " " + change.title() + " " + change.effect());
  EXPECT_THAT(found, ElementsAre("changes/y y effects/y", "changes/x x effects/x"));
}

}  // namespace
}  // namespace dangol::metrics
