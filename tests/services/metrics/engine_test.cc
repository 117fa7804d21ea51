// Engines, their revisions and what they lack; members.
#include <algorithm>
#include <string>
#include <vector>

#include "services/metrics/engine/blueprint.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Shown(const v1::EngineRevision& revision) {
  std::vector<std::string> lines;
  for (const v1::Difference& difference : revision.differences())
    lines.push_back(fmt::format("{}: {} -> {}", difference.path(), difference.before(), difference.after()));
  return lines;
}

class Engines : public EngineTest {
 protected:
  v1::EngineRevision Revision(int64_t number) {
    const auto response = Must<v1::ListEngineRevisionsResponse, v1::ListEngineRevisionsRequest>(
        "EngineService/ListEngineRevisions", "parent: 'engines/shop'");
    for (const v1::EngineRevision& revision : response.revisions()) {
      if (revision.engine().revision() == number) return revision;
    }
    ADD_FAILURE() << "no revision " << number;
    return {};
  }
  std::vector<std::string> Gaps(const std::string& engine = "engines/shop") {
    const auto readiness = Must<v1::EngineReadiness, v1::GetEngineReadinessRequest>("EngineService/GetEngineReadiness",
                                                                                    "name: '" + engine + "'");
    EXPECT_EQ(readiness.ready(), readiness.gaps().empty());
    std::vector<std::string> lines;
    for (const auto& gap : readiness.gaps()) {
      lines.push_back(fmt::format("{} {}", gap.stage().substr(gap.stage().rfind('/') + 1),
                                  v1::EngineReadiness::Lack_Name(gap.lack())));
    }
    return lines;
  }
};

TEST_F(Engines, ABlueprintIsAWholeEngineInTwoLanguages) {
  SetClock("2026-11-24 09:00");
  for (const std::string blueprint : {"ENGINE", "FIVE_A"}) {
    const auto engine = CreateEngine(fmt::format("blueprint: {} engine {{ time_zone: 'Asia/Seoul' }}", blueprint));
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_EQ(engine->revision(), 1);
    for (const v1::Stage& stage : engine->stages()) {
      SCOPED_TRACE(stage.stage_id());
      for (const char* language : {"ko", "en"}) {
        EXPECT_TRUE(stage.display_names().contains(language));
        EXPECT_TRUE(stage.scenario().contains(language));
        for (const v1::ProcessStep& step : stage.steps()) EXPECT_TRUE(step.description().contains(language));
        for (const v1::Play& play : stage.playbook()) EXPECT_TRUE(play.response().contains(language));
      }
    }
    const auto kpis = Must<v1::ListKpisResponse, v1::ListKpisRequest>("KpiService/ListKpis",
                                                                      fmt::format("parent: '{}'", engine->name()));
    std::vector<std::string> names;
    for (const v1::Kpi& kpi : kpis.kpis()) {
      names.push_back(kpi.name());
      EXPECT_TRUE(kpi.display_names().contains("ko") && kpi.definition().contains("en")) << kpi.name();
      EXPECT_EQ(kpi.first_day(), "2026-11-24");
    }
    EXPECT_THAT(names, Contains(engine->exposure_kpi()));
  }
}

TEST_F(Engines, OfABlueprintTheRequestReplacesWhatItSays) {
  const auto engine = CreateEngine(R"(engine_id: "e" blueprint: ENGINE
      engine { time_zone: "Asia/Seoul" week_start: SUNDAY display_names { key: "en" value: "Ours" } })");
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ(engine->week_start(), v1::SUNDAY);
  EXPECT_EQ(engine->display_names().size(), 1U);
  EXPECT_EQ(engine->stages_size(), 4);
  EXPECT_EQ(testing::Summary(CreateEngine(R"(blueprint: ENGINE engine { time_zone: "UTC" stages { stage_id: "x"
      display_names { key: "en" value: "X" } } })")
                                 .status()),
            "INVALID_ARGUMENT INVALID_FIELD engine.stages");
}

TEST_F(Engines, TheFirstOneIsTheDefaultAndIdsAreTakenOnce) {
  EXPECT_TRUE(Shop().default_engine());
  const auto second = CreateEngine("engine_id: 'second' blueprint: FIVE_A engine { time_zone: 'UTC' }");
  EXPECT_FALSE(second->default_engine());
  EXPECT_EQ(testing::Summary(CreateEngine("engine_id: 'shop' blueprint: ENGINE engine { time_zone: 'UTC' }").status()),
            "ALREADY_EXISTS ALREADY_EXISTS engine_id");
}

TEST_F(Engines, ARevisionSaysWhatIsDifferentAndWhy) {
  Shop();
  const auto revised = UpdateEngine(R"(name: "engines/shop" etag: "1" note: "Nobody knew" changes: "changes/c1"
      update_mask { paths: "stages" }
      engine { stages { stage_id: "a" display_names { key: "en" value: "A" } owner: "members/lee" }
               stages { stage_id: "b" display_names { key: "en" value: "B" }
                        steps { step_id: "s" description { key: "en" value: "Say so" } } }
               stages { stage_id: "c" display_names { key: "en" value: "C" } } })");
  ASSERT_TRUE(revised.ok()) << revised.status();
  EXPECT_EQ(revised->revision(), 2);
  const v1::EngineRevision revision = Revision(2);
  EXPECT_EQ(revision.note(), "Nobody knew");
  EXPECT_EQ(revision.author(), "operator");
  EXPECT_THAT(revision.changes(), ElementsAre("changes/c1"));
  EXPECT_THAT(Shown(revision), ElementsAre("stages: a, b -> a, b, c", "stages[a].owner: members/kim -> members/lee",
                                           "stages[b].steps:  -> s", "stages[b].steps[s].description[en]:  -> Say so",
                                           "stages[b].steps[s].step_id:  -> s", "stages[c].display_names[en]:  -> C",
                                           "stages[c].stage_id:  -> c"));
  EXPECT_EQ(Revision(1).engine().stages(0).owner(), "members/kim") << "a revision never changes";
}

TEST_F(Engines, WhatChangesNothingMakesNoRevision) {
  Shop();
  const auto same = UpdateEngine("name: 'engines/shop' engine { time_zone: 'Asia/Seoul' }");
  EXPECT_EQ(same->revision(), 1);
  EXPECT_EQ(same->etag(), "1");
}

TEST_F(Engines, AStageWithKpisIsRetiredAndNeverRemoved) {
  Shop();
  Kpi("k", "stage: 'engines/shop/stages/b' kind: COUNT");
  const std::string only_a = "stages { stage_id: 'a' display_names { key: 'en' value: 'A' } }";
  const std::string retired = "stages { stage_id: 'b' display_names { key: 'en' value: 'B' } retired: true }";
  const auto update = [&](const std::string& stages) {
    return testing::Summary(UpdateEngine(fmt::format("name: 'engines/shop' engine {{ {} }}", stages)).status());
  };
  EXPECT_EQ(update(only_a), "FAILED_PRECONDITION STAGE_IN_USE");
  EXPECT_EQ(update(only_a + retired), "OK");
}

TEST_F(Engines, TheZoneIsFixedOnceANumberWasEntered) {
  SetClock("2026-11-24 09:00");
  Shop();
  Kpi("k", "kind: COUNT");
  EXPECT_TRUE(UpdateEngine("name: 'engines/shop' engine { time_zone: 'Asia/Tokyo' }").ok());
  Enter({"k 2026-11-23 value: 0"});
  EXPECT_EQ(testing::Summary(UpdateEngine("name: 'engines/shop' engine { time_zone: 'UTC' }").status()),
            "FAILED_PRECONDITION TIME_ZONE_FIXED");
}

TEST_F(Engines, RefusesIdsThatStandTwiceAndKpisOfOthers) {
  const auto create = [&](const std::string& stages) {
    return testing::Summary(
        CreateEngine(fmt::format("engine {{ time_zone: 'UTC' display_names {{ key: 'en' value: 'E' }} {} }}", stages))
            .status());
  };
  const std::string a = "stages { stage_id: 'a' display_names { key: 'en' value: 'A' } }";
  EXPECT_EQ(create(""), "INVALID_ARGUMENT INVALID_FIELD engine.stages");
  EXPECT_EQ(create(a + a), "INVALID_ARGUMENT INVALID_FIELD engine.stages[1].stage_id");
  EXPECT_EQ(create(a + "exposure_kpi: 'engines/other/kpis/orders'"),
            "INVALID_ARGUMENT INVALID_FIELD engine.exposure_kpi");
  Shop();
  Kpi("share", "kind: RATIO");
  const auto exposure = [&](const std::string& kpi) {
    return testing::Summary(
        UpdateEngine(fmt::format("name: 'engines/shop' engine {{ exposure_kpi: 'engines/shop/kpis/{}' }}", kpi))
            .status());
  };
  EXPECT_EQ(exposure("none"), "NOT_FOUND NOT_FOUND engine.exposure_kpi");
  EXPECT_EQ(exposure("share"), "INVALID_ARGUMENT INVALID_FIELD engine.exposure_kpi");
}

TEST_F(Engines, AMemberAgreesOrIsConcernedOnceForEachRevision) {
  Shop();
  Member("kim");
  const auto say = [&](const std::string& rest) {
    return Ask<v1::EngineRevision, v1::AcknowledgeRevisionRequest>("EngineService/AcknowledgeRevision",
                                                                   "name: 'engines/shop/revisions/1' " + rest);
  };
  EXPECT_TRUE(say("member: 'members/kim' answer: CONCERN note: 'Who answers at night?'").ok());
  const auto agreed = say("member: 'members/kim' answer: AGREE etag: '2'");
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  ASSERT_EQ(agreed->acknowledgements_size(), 1);
  EXPECT_EQ(agreed->acknowledgements(0).answer(), v1::Acknowledgement::AGREE);
  EXPECT_EQ(testing::Summary(say("member: 'members/kim' answer: AGREE etag: '2'").status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(testing::Summary(say("member: 'members/lee' answer: AGREE").status()), "NOT_FOUND NOT_FOUND member");
  for (const char* revision : {"0", "2", "01", "x"}) {
    EXPECT_EQ(testing::Summary(
                  Ask<v1::EngineRevision, v1::AcknowledgeRevisionRequest>(
                      "EngineService/AcknowledgeRevision",
                      fmt::format("name: 'engines/shop/revisions/{}' member: 'members/kim' answer: AGREE", revision))
                      .status()),
              "NOT_FOUND NOT_FOUND")
        << revision;
  }
}

TEST_F(Engines, ReadinessListsWhatEachStageLacks) {
  SetClock("2026-11-23 09:00");
  Shop();
  EXPECT_THAT(Gaps(), ElementsAre("a SCENARIO", "a PROCESS", "a OWNER", "a KPI", "b SCENARIO", "b PROCESS", "b OWNER",
                                  "b KPI"));
  Member("kim");
  Kpi("k", "stage: 'engines/shop/stages/a' kind: COUNT better: HIGHER");
  SetClock("2026-11-25 13:00");
  EXPECT_THAT(Gaps(), ElementsAre("a SCENARIO", "a PROCESS", "a TARGET", "a ENTRIES", "a AGREEMENT", "b SCENARIO",
                                  "b PROCESS", "b OWNER", "b KPI"));
}

TEST_F(Engines, ReadinessLooksAtTheWholeEngineLast) {
  SetClock("2026-11-23 09:00");
  Shop();
  Kpi("whole", "kind: COUNT better: HIGHER");
  Kpi("any-way", "kind: COUNT first_day: '2026-11-25'");
  SetClock("2026-11-25 13:00");
  EXPECT_THAT(Gaps(), ElementsAre("a SCENARIO", "a PROCESS", "a OWNER", "a KPI", "b SCENARIO", "b PROCESS", "b OWNER",
                                  "b KPI", " TARGET", " ENTRIES"));
}

TEST_F(Engines, AnEngineThatLacksNothingIsReady) {
  SetClock("2026-11-24 09:00");
  Member("kim");
  const std::string text = R"(scenario { key: "en" value: "S" } owner: "members/kim"
                              steps { step_id: "s" description { key: "en" value: "D" } })";
  ASSERT_TRUE(CreateEngine(fmt::format(R"(engine_id: "shop" engine {{ time_zone: "Asia/Seoul"
      display_names {{ key: "en" value: "E" }}
      stages {{ stage_id: "a" display_names {{ key: "en" value: "A" }} {} }} }})",
                                       text))
                  .ok());
  Kpi("k", R"(stage: "engines/shop/stages/a" kind: COUNT better: HIGHER
              targets { granularity: DAY from_day: "2026-01-01" value: 3 })");
  (void)Must<v1::EngineRevision, v1::AcknowledgeRevisionRequest>(
      "EngineService/AcknowledgeRevision", "name: 'engines/shop/revisions/1' member: 'members/kim' answer: AGREE");
  EXPECT_THAT(Gaps(), IsEmpty());
}

TEST_F(Engines, MembersOwnStagesByTheNewestRevision) {
  Shop();
  EXPECT_THAT(Member("kim").stages(), ElementsAre("engines/shop/stages/a"));
  EXPECT_THAT(Member("lee").stages(), IsEmpty());
  ASSERT_TRUE(UpdateEngine(R"(name: "engines/shop" engine {
      stages { stage_id: "a" display_names { key: "en" value: "A" } owner: "members/lee" } })")
                  .ok());
  EXPECT_THAT((Must<v1::Member, v1::GetMemberRequest>("MemberService/GetMember", "name: 'members/kim'").stages()),
              IsEmpty());
  EXPECT_THAT((Must<v1::Member, v1::GetMemberRequest>("MemberService/GetMember", "name: 'members/lee'").stages()),
              ElementsAre("engines/shop/stages/a"));
}

TEST_F(Engines, AMemberLeavesAndComesBack) {
  EXPECT_EQ(Member("kim", "roles: OWNER email: 'kim@example.com' language: 'ko'").state(), v1::Member::ACTIVE);
  const auto update = [&](const std::string& rest) {
    return Ask<v1::Member, v1::UpdateMemberRequest>("MemberService/UpdateMember", "name: 'members/kim' " + rest);
  };
  const auto left = update("member { state: LEFT } etag: '1'");
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_TRUE(left->has_leave_time());
  EXPECT_EQ(left->email(), "kim@example.com");
  const auto back =
      update("member { state: ACTIVE display_name: 'Kim' } update_mask { paths: 'state' paths: 'email' }");
  EXPECT_FALSE(back->has_leave_time());
  EXPECT_EQ(back->display_name(), "kim");
  EXPECT_EQ(back->email(), "");
}

TEST_F(Engines, RefusesMembersThatCannotBe) {
  const auto create = [&](const std::string& member) {
    return testing::Summary(Ask<v1::Member, v1::CreateMemberRequest>(
                                "MemberService/CreateMember", fmt::format("member_id: 'kim' member {{ {} }}", member))
                                .status());
  };
  EXPECT_EQ(create("language: 'ko'"), "INVALID_ARGUMENT INVALID_FIELD member.display_name");
  EXPECT_EQ(create("display_name: 'K' email: 'kim'"), "INVALID_ARGUMENT INVALID_FIELD member.email");
  EXPECT_EQ(create("display_name: 'K' deputy { member: 'members/lee' first_day: '2026-11-24' last_day: '2026-11-23' }"),
            "INVALID_ARGUMENT INVALID_FIELD member.deputy.last_day");
  EXPECT_EQ(create("display_name: 'K' deputy { member: 'members/kim' first_day: '2026-11-24' last_day: '2026-11-24' }"),
            "INVALID_ARGUMENT INVALID_FIELD member.deputy.member");
  EXPECT_EQ(create("display_name: 'K'"), "OK");
  EXPECT_EQ(create("display_name: 'K'"), "ALREADY_EXISTS ALREADY_EXISTS member_id");
}

TEST_F(Engines, TheFeedTellsOfThemWithoutTheirTexts) {
  Member("kim", "email: 'kim@example.com'");
  Shop();
  Kpi("k", "kind: COUNT");
  // The KPIs that every engine has, and one of its own.
  std::vector<std::string> told = metrics_.file().Column("SELECT kind || ' ' || resources FROM feed ORDER BY seq");
  ASSERT_GT(told.size(), 4u);
  EXPECT_EQ(told[2], "kpi_updated engines/shop/kpis/complaints@1");
  EXPECT_EQ(told.back(), "kpi_updated engines/shop/kpis/k@1");
  told.resize(2);
  EXPECT_THAT(told, ElementsAre("member_updated members/kim@1", "engine_revised engines/shop@1"));
  EXPECT_THAT(metrics_.file().DumpTable("feed"), Not(HasSubstr("example")));
}

TEST_F(EngineTest, WorkIsTransferred) {
  Member("kim");
  Member("lee");
  Member("gone", "state: LEFT");
  Shop();
  Kpi("orders", "kind: COUNT owner: 'members/kim'");
  Kpi("visits", "kind: COUNT owner: 'members/park'");
  const auto transfer = [&](const std::string& to) {
    return Ask<v1::Member, v1::TransferWorkRequest>("MemberService/TransferWork",
                                                    fmt::format("name: 'members/kim' to: '{}'", to));
  };
  EXPECT_EQ(testing::Summary(transfer("members/kim").status()), "INVALID_ARGUMENT INVALID_FIELD to");
  EXPECT_EQ(testing::Summary(transfer("members/nobody").status()), "NOT_FOUND NOT_FOUND to");
  EXPECT_EQ(testing::Summary(transfer("members/gone").status()), "FAILED_PRECONDITION MEMBER_LEFT to");
  const auto taker = transfer("members/lee");
  ASSERT_TRUE(taker.ok()) << taker.status();
  EXPECT_THAT(taker->stages(), ::testing::ElementsAre("engines/shop/stages/a"));
  const auto engine = Must<v1::Engine, v1::GetEngineRequest>("EngineService/GetEngine", "name: 'engines/shop'");
  EXPECT_EQ(engine.stages(0).owner(), "members/lee");
  EXPECT_EQ(engine.revision(), 2);
  const auto owner = [&](const char* kpi) {
    return Must<v1::Kpi, v1::GetKpiRequest>("KpiService/GetKpi", fmt::format("name: 'engines/shop/kpis/{}'", kpi))
        .owner();
  };
  EXPECT_EQ(owner("orders"), "members/lee");
  EXPECT_EQ(owner("visits"), "members/park");
  ASSERT_TRUE(transfer("members/lee").ok());
  EXPECT_EQ((Must<v1::Engine, v1::GetEngineRequest>("EngineService/GetEngine", "name: 'engines/shop'").revision()), 2)
      << "there is nothing left to give";
}

}  // namespace
}  // namespace dangol::metrics
