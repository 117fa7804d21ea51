// What a change did, and which stages an engine has, as a person reads it.
#include "cli/resource/effect_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output/effect_words.h"
#include "cli/output/names.h"
#include "cli/output/text_width.h"
#include "cli/resource/engine_text.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Effect;
using dangol::metrics::v1::Engine;
using dangol::metrics::v1::SUNDAY;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::ResultOf;

Effect Improved() {
  Effect effect;
  effect.set_name("effects/hour");
  effect.set_change("changes/hour");
  effect.add_contact_reasons("delivery/late");
  effect.set_exposure_kpi("engines/shop/kpis/orders");
  effect.set_verdict(Effect::IMPROVED);
  effect.set_verdict_day("2026-09-01");
  effect.mutable_before()->set_first_day("2026-06-15");
  effect.mutable_before()->set_last_day("2026-08-11");
  effect.mutable_before()->set_days(57);
  effect.mutable_before()->set_complaints(1085);
  effect.mutable_before()->set_exposure(7219);
  effect.mutable_after()->set_first_day("2026-08-13");
  effect.mutable_after()->set_last_day("2026-08-20");
  effect.mutable_after()->set_days(8);
  effect.mutable_after()->set_complaints(24);
  effect.mutable_after()->set_exposure(876);
  effect.mutable_look()->set_complaints(24);
  effect.mutable_look()->set_expected(44.5);
  effect.mutable_look()->set_ratio(0.54);
  effect.mutable_look()->set_ratio_low(0.34);
  effect.mutable_look()->set_ratio_high(0.84);
  effect.add_looks();
  return effect;
}

TEST(EffectText, CallsChangesAndKpisAsPeopleDo) {
  const EffectNames names = {"도착 시각을 한 시간 단위로 알린다", "주문"};
  EXPECT_THAT(EffectText(Improved(), names, "ko", 80),
              AllOf(HasSubstr("hour  도착 시각을 한 시간 단위로 알린다\ndelivery/late: 불만이 줄었다"),
                    HasSubstr("불만   주문  1,000당"), HasSubstr("한 번 보았다"), Not(HasSubstr("changes/")),
                    Not(HasSubstr("orders"))));
  EXPECT_THAT(EffectText(Improved(), {}, "en", 80), AllOf(HasSubstr("hour\n"), HasSubstr("orders")))
      << "ids where nothing else is known";
}

TEST(EffectText, NumbersStandBelowEachOther) {
  EXPECT_THAT(EffectText(Improved(), {"Name the hour", "Orders"}, "en", 80),
              HasSubstr("        FROM        TO          DAYS  COMPLAINTS  Orders  PER 1,000\n"
                        "before  2026-06-15  2026-08-11    57       1,085   7,219     150.30\n"
                        "after   2026-08-13  2026-08-20     8          24     876      27.40\n"));
}

TEST(EffectText, ByDaysHasNoExposure) {
  Effect effect = Improved();
  effect.clear_exposure_kpi();
  effect.mutable_before()->set_exposure(57);
  effect.mutable_after()->set_exposure(8);
  EXPECT_THAT(EffectText(effect, {}, "en", 80), HasSubstr("DAYS  COMPLAINTS  PER DAY\n"));
}

TEST(EffectText, IsNoWiderThanTheTerminal) {
  for (const std::string language : {"ko", "en"}) {
    const std::vector<std::string> lines =
        absl::StrSplit(EffectText(Improved(), {"A title", "Orders"}, language, 72), '\n');
    EXPECT_THAT(lines, Each(ResultOf([](const std::string& line) { return DisplayWidth(line); }, Le(72u))));
  }
}

TEST(EffectWords, AreWords) {
  for (int verdict = Effect::TOO_EARLY; verdict <= Effect::INCONCLUSIVE; ++verdict) {
    const auto one = static_cast<Effect::Verdict>(verdict);
    EXPECT_THAT(std::string(VerdictIn("en", one)), Not(HasSubstr("_")));
    EXPECT_NE(VerdictIn("en", one), VerdictIn("ko", one));
    EXPECT_EQ(VerdictIn("en", one) == VerdictIn("en", Effect::TOO_EARLY), one == Effect::TOO_EARLY);
  }
}

TEST(Names, AreCutInOnePlace) {
  EXPECT_EQ(IdOf("engines/shop/kpis/orders"), "orders");
  EXPECT_EQ(IdOf("t1"), "t1");
  EXPECT_EQ(IdOf(""), "");
  EXPECT_EQ(ShortName("engines/shop/kpis/orders"), "shop/orders");
  EXPECT_EQ(ShortName(""), "");
}

class EngineTextTest : public ::testing::Test {
 protected:
  EngineTextTest() {
    engine_.set_name("engines/shop");
    (*engine_.mutable_display_names())["ko"] = "우리 가게";
    engine_.set_time_zone("Asia/Seoul");
    engine_.set_week_start(dangol::metrics::v1::MONDAY);
    engine_.set_closed_days(Engine::POLICY);
    engine_.set_exposure_kpi("engines/shop/kpis/orders");
    engine_.set_revision(3);
    auto& stage = *engine_.add_stages();
    stage.set_stage_id("apply");
    (*stage.mutable_display_names())["ko"] = "신청";
    (*stage.mutable_display_names())["en"] = "Sign-up";
    (*stage.mutable_scenario())["en"] =
        "Within a minute they know who we are, and what we promise, and what we do not.";
    stage.set_owner("members/kim");
    (*stage.add_steps()->mutable_description())["en"] = "Promise only what we keep.";
    auto& play = *stage.add_playbook();
    (*play.mutable_situation())["en"] = "It does not suit them";
    (*play.mutable_response())["en"] = "Say so.";
    auto& old = *engine_.add_stages();
    old.set_stage_id("old");
    (*old.mutable_display_names())["en"] = "Old";
    old.set_retired(true);
    old.set_retired_into("engines/store/stages/new");
  }
  std::string Text(const std::string& language, size_t width = 60) const {
    return EngineText(engine_, "", {{"members/kim", "김민지"}}, language, width);
  }

  Engine engine_;
};

TEST_F(EngineTextTest, ShowsItsStagesInOneLanguage) {
  EXPECT_EQ(Text("en"), R"(shop  우리 가게 (revision 3)
  Time zone: Asia/Seoul
  A week begins on Monday
  Closed: the days of the triage policy (dangol policy show)
  Complaints are counted against: orders

1. Sign-up (apply): 김민지
   Within a minute they know who we are, and what we
   promise, and what we do not.
   What we do
     - Promise only what we keep.
   When: It does not suit them
     Say so.

2. Old (old): retired; store/new goes on with it
)");
  EXPECT_THAT(Text("ko"), AllOf(HasSubstr("1. 신청 (apply): 김민지"), HasSubstr("한 주의 시작: 월요일")));
}

TEST_F(EngineTextTest, SaysWhoseClosedDaysHold) {
  EXPECT_THAT(Text("ko"), HasSubstr("쉬는 날: 응대 정책을 따름"));
  engine_.set_closed_days(Engine::OWN);
  EXPECT_THAT(Text("en"), HasSubstr("Closed: no day\n"));
  engine_.add_closed_weekdays(SUNDAY);
  engine_.add_holidays("2026-12-25");
  EXPECT_THAT(Text("en"), HasSubstr("Closed: Sunday, 2026-12-25\n"));
  EXPECT_THAT(Text("ko"), HasSubstr("쉬는 날: 일요일, 2026-12-25\n"));
}

}  // namespace
}  // namespace dangol::cli
