// A company moves from one engine to another, stage by stage.
#include <string>
#include <vector>

#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `engines/shop` in Seoul, with a and b; `engines/store` in New York, with x and y. It is Wednesday, 9 o'clock in
// Seoul.
class RetiredStages : public EngineTest {
 protected:
  RetiredStages() {
    SetClock("2026-11-20 09:00");
    Member("kim");
    Member("lee");
    Shop();
    (void)Must<v1::Engine, v1::CreateEngineRequest>("EngineService/CreateEngine", R"(engine_id: "store" engine {
        display_names { key: "en" value: "Store" } time_zone: "America/New_York"
        stages { stage_id: "x" display_names { key: "en" value: "X" } }
        stages { stage_id: "y" display_names { key: "en" value: "Y" } owner: "members/lee" } })");
    Kpi("orders", R"(stage: 'engines/shop/stages/a' kind: COUNT unit: 'orders' due_time_of_day: '10:00'
                     first_day: '2026-11-23' targets { granularity: DAY from_day: '2026-01-01' value: 10 })");
    Kpi("whole", "kind: SUM first_day: '2026-11-24' owner: 'members/kim'");
    SetClock("2026-11-25 09:00");
  }

  absl::StatusOr<v1::Engine> Retire(const std::string& stage, const std::string& into, const std::string& more = "") {
    return Ask<v1::Engine, v1::RetireStageRequest>(
        "EngineService/RetireStage", fmt::format("name: 'engines/{}' into: 'engines/{}' {}", stage, into, more));
  }
  v1::Kpi GetKpi(const std::string& name) {
    return Must<v1::Kpi, v1::GetKpiRequest>("KpiService/GetKpi", fmt::format("name: 'engines/{}'", name));
  }
  v1::Engine GetEngine(const std::string& id) {
    return Must<v1::Engine, v1::GetEngineRequest>("EngineService/GetEngine", fmt::format("name: 'engines/{}'", id));
  }
};

TEST_F(RetiredStages, GoOnInTheOther) {
  const auto engine = Retire("shop/stages/a", "store/stages/x", "note: 'One store'");
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_TRUE(engine->stages(0).retired());
  EXPECT_EQ(engine->stages(0).retired_into(), "engines/store/stages/x");
  EXPECT_EQ(engine->revision(), 2);
  EXPECT_EQ(GetEngine("store").stages(0).owner(), "members/kim") << "nobody was named there";
  EXPECT_EQ(GetEngine("store").revision(), 2);

  const v1::Kpi next = GetKpi("store/kpis/orders");
  EXPECT_EQ(next.stage(), "engines/store/stages/x");
  EXPECT_EQ(next.kind(), v1::Kpi::COUNT);
  EXPECT_EQ(next.due_time_of_day(), "10:00");
  EXPECT_EQ(next.targets_size(), 1);
  EXPECT_EQ(next.owner(), "") << "the owner of the stage";
  EXPECT_EQ(next.first_day(), "2026-11-24") << "today in New York";
  EXPECT_EQ(next.state(), v1::Kpi::ACTIVE);
  EXPECT_EQ(GetKpi("shop/kpis/orders").state(), v1::Kpi::RETIRED);
  EXPECT_EQ(GetKpi("shop/kpis/orders").last_day(), "2026-11-24");
  EXPECT_EQ(GetKpi("shop/kpis/whole").state(), v1::Kpi::ACTIVE) << "b is still there";
}

TEST_F(RetiredStages, TakeTheNumbersThatWereDueBefore) {
  ASSERT_TRUE(Retire("shop/stages/a", "store/stages/x").ok());
  EXPECT_THAT(
      Missing("member: 'members/kim'"),
      ElementsAre("orders 2026-11-23 members/kim", "orders 2026-11-24 members/kim", "whole 2026-11-24 members/kim"));
  Enter({"orders 2026-11-23 value: 3", "orders 2026-11-24 value: 4"});
  EXPECT_THAT(Missing("member: 'members/kim'"), ElementsAre("whole 2026-11-24 members/kim"));
  EXPECT_EQ(testing::Summary(Record({"orders 2026-11-25 value: 5"}).status()),
            "FAILED_PRECONDITION KPI_RETIRED entries[0].kpi");
  SetClock("2026-11-27 09:00");
  EXPECT_THAT(
      Missing("member: 'members/kim'"),
      ElementsAre("whole 2026-11-24 members/kim", "whole 2026-11-25 members/kim", "whole 2026-11-26 members/kim"));
  EXPECT_THAT(Series("orders", "2026-11-23", "2026-11-24"), ElementsAre("2026-11-23 3", "2026-11-24 4"));
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(RetiredStages, OwnersStay) {
  Kpi("named", "stage: 'engines/shop/stages/a' kind: LAST owner: 'members/lee'");
  ASSERT_TRUE(Retire("shop/stages/a", "store/stages/y").ok());
  EXPECT_EQ(GetKpi("store/kpis/orders").owner(), "members/kim") << "y is Lee's, and she entered it";
  EXPECT_EQ(GetKpi("store/kpis/named").owner(), "") << "Lee, whose stage it is now";
  EXPECT_EQ(GetEngine("store").revision(), 1);
}

TEST_F(RetiredStages, TheLastTakesTheNumbersOfTheEngineAlong) {
  ASSERT_TRUE(Retire("shop/stages/a", "store/stages/x").ok());
  ASSERT_TRUE(Retire("shop/stages/b", "store/stages/y").ok());
  EXPECT_EQ(GetKpi("store/kpis/whole").stage(), "");
  EXPECT_EQ(GetKpi("store/kpis/whole").owner(), "members/kim");
  EXPECT_EQ(GetKpi("shop/kpis/whole").last_day(), "2026-11-24");
  EXPECT_EQ(GetKpi("shop/kpis/complaints").state(), v1::Kpi::ACTIVE) << "computed of what is still said of its stages";
}

TEST_F(RetiredStages, GoWhereTheyAreKnown) {
  (void)Must<v1::Kpi, v1::CreateKpiRequest>(
      "KpiService/CreateKpi",
      "parent: 'engines/store' kpi_id: 'orders' kpi { display_names { key: 'en' value: 'O' } kind: COUNT stage: "
      "'engines/store/stages/x' first_day: '2026-11-01' }");
  EXPECT_EQ(testing::Summary(Retire("shop/stages/a", "store/stages/y").status()), "FAILED_PRECONDITION KPI_DIFFERS");
  EXPECT_FALSE(GetEngine("shop").stages(0).retired()) << "nothing of it was done";
  ASSERT_TRUE(Retire("shop/stages/a", "store/stages/x").ok());
  EXPECT_EQ(GetKpi("store/kpis/orders").first_day(), "2026-11-01") << "it goes on as it is";
}

TEST_F(RetiredStages, AreRefusedWhereTheyCannotGo) {
  EXPECT_EQ(testing::Summary(Retire("shop/stages/a", "shop/stages/b").status()), "INVALID_ARGUMENT INVALID_FIELD into");
  EXPECT_EQ(testing::Summary(Retire("shop/stages/none", "store/stages/x").status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(Retire("shop/stages/a", "store/stages/none").status()), "NOT_FOUND NOT_FOUND into");
  EXPECT_EQ(testing::Summary(Retire("shop/stages/a", "none/stages/x").status()), "NOT_FOUND NOT_FOUND into");
  EXPECT_EQ(testing::Summary(Retire("shop/stages/a", "store/stages/x", "etag: '9'").status()), "ABORTED ETAG_MISMATCH");
  ASSERT_TRUE(Retire("shop/stages/a", "store/stages/x").ok());
  EXPECT_EQ(testing::Summary(Retire("shop/stages/a", "store/stages/x").status()), "FAILED_PRECONDITION STAGE_RETIRED");
  EXPECT_EQ(testing::Summary(Retire("store/stages/y", "shop/stages/a").status()),
            "FAILED_PRECONDITION STAGE_RETIRED into");
}

TEST_F(RetiredStages, AnUpdateKeepsWhereTheyWent) {
  ASSERT_TRUE(Retire("shop/stages/a", "store/stages/x").ok());
  const auto update = [&](const std::string& a) {
    return UpdateEngine("name: 'engines/shop' engine { stages { stage_id: 'a' display_names { key: 'en' value: 'A' } " +
                        a + " } stages { stage_id: 'b' display_names { key: 'en' value: 'B' } } }");
  };
  EXPECT_EQ(update("retired: true retired_into: 'engines/else/stages/z'")->stages(0).retired_into(),
            "engines/store/stages/x");
  EXPECT_EQ(update("")->stages(0).retired_into(), "");
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                            "name: 'engines/shop/kpis/orders' kpi { state: ACTIVE }");
  EXPECT_EQ(GetKpi("shop/kpis/orders").last_day(), "") << "it is used again";
}

}  // namespace
}  // namespace dangol::metrics
