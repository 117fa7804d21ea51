// What metrics says of a shipped change is looked at when a check is due.
#include "services/backlog/effect/effect_checks.h"

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using metrics::v1::Effect;
using ::testing::ElementsAre;

class EffectChecksTest : public BacklogTest {
 protected:
  // What metrics would tell of the newest shipment, at its look `look`.
  metrics::v1::MetricsEvent Said(const std::string& change, Effect::Verdict verdict, int64_t look) {
    metrics::v1::MetricsEvent event;
    auto& resource = *event.mutable_envelope()->add_resources();
    resource.set_name("effects/" + change);
    resource.set_version(look);
    event.mutable_effect_updated()->set_effect("effects/" + change);
    event.mutable_effect_updated()->set_change("changes/" + change);
    event.mutable_effect_updated()->set_verdict(verdict);
    *event.mutable_effect_updated()->mutable_ship_time() = Get(change).ship_time();
    return event;
  }
  std::vector<std::string> ToConclude() {
    v1::ListChangesRequest request;
    request.set_order(v1::ListChangesRequest::CONCLUDE_DUE_TIME);
    std::vector<std::string> names;
    const auto response = Call<v1::ListChangesResponse>("ListChanges", request);
    for (const Change& change : response->changes()) names.push_back(change.name());
    return names;
  }
};

TEST_F(EffectChecksTest, VerifyWhatImproved) {
  CreateOne("a");
  Ship("a");
  Hear(Said("a", Effect::IMPROVED, 7));
  EXPECT_EQ(Get("a").effect_verdict(), v1::IMPROVED);
  PassDays(27);
  EXPECT_EQ(Get("a").state(), Change::SHIPPED) << "it is not checked yet";
  PassDays(1);
  const Change change = Get("a");
  EXPECT_EQ(change.state(), Change::VERIFIED);
  EXPECT_TRUE(LastEvent().has_change_verified());
  EXPECT_EQ(LastEvent().facts().state(), Change::VERIFIED);
  EXPECT_EQ(FromProtoTime(LastEvent().facts().verify_time()), FromProtoTime(change.verify_time()));
  PassDays(100);
  EXPECT_EQ(Get("a").etag(), change.etag()) << "no check is left";
}

TEST_F(EffectChecksTest, RegressWhatDidNothingAndWhatMadeItWorse) {
  for (const auto& [id, verdict] : {std::pair("a", Effect::NO_DETECTABLE_EFFECT), {"b", Effect::WORSENED}}) {
    CreateOne(id);
    Ship(id);
    Hear(Said(id, verdict, 7));
    PassDays(28);
    const Change change = Get(id);
    EXPECT_EQ(change.state(), Change::REGRESSED);
    EXPECT_EQ(change.regression().cause(), v1::Regression::EFFECT);
    EXPECT_EQ(static_cast<int>(change.regression().effect_verdict()), verdict);
    EXPECT_EQ(change.regression().decided_by(), "");
    EXPECT_EQ(LastEvent().change_regressed().cause(), v1::Regression::EFFECT);
    EXPECT_EQ(LastEvent().change_regressed().shipment(), fmt::format("changes/{}/shipments/1", id));
  }
}

TEST_F(EffectChecksTest, AskAPersonAfterThreeInVain) {
  CreateOne("a");
  CreateOne("b");
  Ship("a");
  Ship("b");
  Hear(Said("a", Effect::INCONCLUSIVE, 7));
  for (int i = 1; i <= 2; ++i) {
    PassDays(28);
    EXPECT_EQ(Get("a").check_count(), i);
    EXPECT_TRUE(LastEvent().has_change_checked());
    EXPECT_EQ(LastEvent().facts().check_count(), i);
    EXPECT_THAT(ToConclude(), ElementsAre());
  }
  PassDays(28);
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  EXPECT_THAT(ToConclude(), ElementsAre("changes/a", "changes/b")) << "of b nothing was ever said";
  auto request = Named<v1::ConcludeChangeRequest>("a");
  request.set_verdict(v1::Conclusion::HELD);
  request.set_reason("Those who asked for it say so.");
  request.set_decided_by("members/kim");
  ASSERT_TRUE(Call<Change>("ConcludeChange", request).ok());
  EXPECT_THAT(ToConclude(), ElementsAre("changes/b"));
}

TEST_F(EffectChecksTest, GoByWhatWasSaidLastOfTheNewestShipment) {
  CreateOne("a");
  Ship("a");
  const metrics::v1::MetricsEvent old = Said("a", Effect::WORSENED, 9);
  Hear(Said("a", Effect::IMPROVED, 8));
  Hear(old);
  Hear(Said("a", Effect::IMPROVED, 8));
  EXPECT_EQ(Get("a").effect_verdict(), v1::WORSENED) << "what was said before is no news";
  ASSERT_TRUE(Call<Change>("RevertShipment", RevertRequest("a")).ok());
  PassDays(1);
  Ship("a");
  EXPECT_EQ(Get("a").effect_verdict(), v1::EFFECT_VERDICT_UNSPECIFIED);
  Hear(old);
  EXPECT_EQ(Get("a").effect_verdict(), v1::EFFECT_VERDICT_UNSPECIFIED);
  Hear(Said("a", Effect::IMPROVED, 10));
  EXPECT_EQ(Get("a").effect_verdict(), v1::IMPROVED);
}

TEST_F(EffectChecksTest, GoByTheShipmentThatHoldsOnceTheNewestIsTakenBack) {
  CreateOne("a");
  Ship("a");
  Hear(Said("a", Effect::WORSENED, 9));
  PassDays(28);
  ASSERT_EQ(Get("a").state(), Change::REGRESSED);
  Ship("a");
  const metrics::v1::MetricsEvent late = Said("a", Effect::IMPROVED, 50);
  Hear(late);
  ASSERT_TRUE(Call<Change>("RevertShipment", RevertRequest("a")).ok());
  EXPECT_EQ(Get("a").effect_verdict(), v1::EFFECT_VERDICT_UNSPECIFIED);
  Hear(Said("a", Effect::INCONCLUSIVE, 12));
  Hear(late);
  EXPECT_EQ(Get("a").effect_verdict(), v1::INCONCLUSIVE) << "the first shipment is looked at anew";
}

TEST_F(EffectChecksTest, TellNothingOfWhatTheyHear) {
  CreateOne("a");
  Ship("a");
  const int64_t events = Rows("feed");
  Hear(Said("a", Effect::IMPROVED, 7));
  metrics::v1::MetricsEvent unknown = Said("a", Effect::IMPROVED, 7);
  unknown.mutable_effect_updated()->set_change("changes/nowhere");
  Hear(unknown);
  Hear({});
  EXPECT_EQ(Rows("feed"), events) << "metrics follows this feed: nothing goes round in a circle";
}

TEST_F(EffectChecksTest, AreDueForManyChangesAtOnce) {
  for (int i = 0; i < 205; ++i) {
    const std::string id = fmt::format("c{:03}", i);
    CreateOne(id);
    Ship(id);
  }
  PassDays(29);
  EXPECT_EQ(backlog_.file().Integer("SELECT COUNT(*) FROM change WHERE check_due_time IS NOT NULL"), 205);
  EXPECT_EQ(Get("c000").check_count(), 1);
  EXPECT_EQ(Get("c204").check_count(), 1);
}

}  // namespace
}  // namespace dangol::backlog
