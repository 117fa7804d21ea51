// Which days are closed: by the engine, or by the triage policy that held when they began.
#include "services/metrics/calendar/work_calendar.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

#include "services/metrics/day.h"
#include "tests/services/metrics/engine_fixture.h"
#include "tests/services/metrics/metrics_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Engine;

int64_t Day(const std::string& text) { return ParseDay(text).value(); }

Engine EngineIn(const std::string& zone) {
  Engine engine;
  engine.set_time_zone(zone);
  return engine;
}

TEST(WorkCalendar, WhatIsDueIsDueOnTheNextOpenDay) {
  Engine engine = EngineIn("Asia/Seoul");
  engine.add_closed_weekdays(v1::SATURDAY);
  engine.add_closed_weekdays(v1::SUNDAY);
  engine.add_holidays("2026-12-25");
  const WorkCalendar calendar(engine, {});
  EXPECT_EQ(calendar.DueTime(Day("2026-11-24"), 12 * 60), At("2026-11-25T03:00:00Z"));
  EXPECT_EQ(calendar.DueTime(Day("2026-11-27"), 12 * 60), At("2026-11-30T03:00:00Z"));  // a Friday
  EXPECT_EQ(calendar.DueTime(Day("2026-12-24"), 12 * 60), At("2026-12-28T03:00:00Z"));  // before a holiday
  EXPECT_FALSE(calendar.IsOpen(Day("2026-11-28")));
  EXPECT_FALSE(calendar.IsOpen(Day("2026-12-25")));
}

TEST(WorkCalendar, NoonIsNoonOnADayOf23Hours) {
  Engine engine = EngineIn("America/New_York");
  engine.set_closed_days(Engine::OWN);
  EXPECT_EQ(WorkCalendar(engine, {}).DueTime(Day("2026-03-07"), 12 * 60), At("2026-03-08T16:00:00Z"));
}

TEST(WorkCalendar, ADayIsJudgedByThePolicyThatHeldWhenItBegan) {
  WorkCalendar::ClosedDays none{.from = At("2026-11-23T15:00:00Z")};  // midnight of the 24th in Seoul
  WorkCalendar::ClosedDays late{.from = At("2026-11-25T15:00:01Z")};  // a second into the 26th
  late.days = {Day("2026-11-25"), Day("2026-11-26"), Day("2026-11-27")};
  WorkCalendar::ClosedDays same_day{.from = At("2026-11-26T01:00:00Z"), .days = {Day("2026-11-30")}};
  const Engine engine = EngineIn("Asia/Seoul");
  const WorkCalendar by_two(engine, {none, late});
  EXPECT_FALSE(by_two.IsOpen(Day("2026-11-22"))) << "a Sunday, by the default policy";
  EXPECT_TRUE(by_two.IsOpen(Day("2026-11-24")));
  EXPECT_TRUE(by_two.IsOpen(Day("2026-11-25")));
  EXPECT_TRUE(by_two.IsOpen(Day("2026-11-26"))) << "it had begun";
  EXPECT_FALSE(by_two.IsOpen(Day("2026-11-27")));
  EXPECT_TRUE(by_two.IsOpen(Day("2026-11-28"))) << "a Saturday with hours";
  const WorkCalendar by_three(engine, {none, late, same_day});
  EXPECT_TRUE(by_three.IsOpen(Day("2026-11-27"))) << "the last word of a day holds";
  EXPECT_FALSE(by_three.IsOpen(Day("2026-11-30")));
}

TEST(WorkCalendar, WhatIsNeverOpenIsDueSomeDay) {
  WorkCalendar::ClosedDays closed{.from = absl::UnixEpoch()};
  closed.weekdays.fill(true);
  const WorkCalendar calendar(EngineIn("UTC"), {closed});
  EXPECT_EQ(calendar.DueTime(0, 0), absl::UnixEpoch() + absl::Hours(24 * 3650));
}

struct Feeds : MetricsTest {
  using MetricsTest::ApplyPage;
};

// A shop that follows the policy, in Seoul; its number of orders is due each open day.
class DaysOfThePolicy : public EngineTest {
 protected:
  DaysOfThePolicy() {
    SetClock("2026-11-20 09:00");  // a Friday
    Shop();
    Kpi("orders", "stage: 'engines/shop/stages/a' kind: COUNT first_day: '2026-11-20'");
  }

  void Hear(const TicketEvent& event) { Feeds::ApplyPage(metrics_, {event}); }
  // At a time as clocks show it in Seoul.
  TicketEvent PolicyOf(int version, const char* utc, const std::vector<std::string>& closed_days, bool weekends) {
    TicketEvent event = Hours("Asia/Seoul", 9, 18, version, At(utc), closed_days);
    for (const auto weekday : {tickets::v1::SATURDAY, tickets::v1::SUNDAY}) {
      if (!weekends) continue;
      tickets::v1::WorkingHours::Span& span = *event.mutable_policy_updated()->mutable_working_hours()->add_spans();
      span.set_weekday(weekday);
      span.set_open_minutes(600);
      span.set_close_minutes(720);
    }
    return event;
  }
};

TEST_F(DaysOfThePolicy, HoldForWhatIsDueWhereTheEngineNamesNone) {
  SetClock("2026-11-24 09:00");
  EXPECT_THAT(Missing(), ElementsAre("orders 2026-11-20 members/kim", "orders 2026-11-23 members/kim"))
      << "no weekend, as in the default policy";
  Hear(PolicyOf(1, "2026-11-24T01:00:00Z", {"2026-11-26", "2026-11-30"}, true));
  SetClock("2026-12-01 09:00");
  EXPECT_THAT(Missing(), ElementsAre("orders 2026-11-20 members/kim", "orders 2026-11-23 members/kim",
                                     "orders 2026-11-24 members/kim", "orders 2026-11-25 members/kim",
                                     "orders 2026-11-27 members/kim", "orders 2026-11-28 members/kim",
                                     "orders 2026-11-29 members/kim"));
  EXPECT_EQ(Points("orders", "2026-11-29", "2026-11-29")[0].missing(), 0) << "due after the holiday, at noon";
  EXPECT_EQ(Points("orders", "2026-11-28", "2026-11-28")[0].missing(), 1);
  SetClock("2026-12-01 12:01");
  EXPECT_EQ(Points("orders", "2026-11-29", "2026-11-29")[0].missing(), 1);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(DaysOfThePolicy, OfThePastAreWhatTheyWereWhenThePolicyChanges) {
  Hear(PolicyOf(1, "2026-11-20T01:00:00Z", {"2026-11-24"}, false));
  SetClock("2026-11-27 13:00");
  const std::vector<std::string> before = Missing();
  EXPECT_THAT(before, ElementsAre("orders 2026-11-20 members/kim", "orders 2026-11-23 members/kim",
                                  "orders 2026-11-25 members/kim", "orders 2026-11-26 members/kim"));
  Hear(PolicyOf(2, "2026-11-27T04:00:00Z", {"2026-11-25"}, true));
  EXPECT_EQ(Missing(), before) << "neither is the 24th due, nor is the 25th excused";
}

TEST_F(DaysOfThePolicy, CountWhatCameInTime) {
  Hear(PolicyOf(1, "2026-11-20T01:00:00Z", {"2026-11-23"}, false));
  SetClock("2026-11-24 11:00");
  Enter({"orders 2026-11-20 value: 5"});
  SetClock("2026-11-26 00:00");
  metrics_.runtime().RunFor(absl::Seconds(30));
  std::vector<std::string> days;
  for (const v1::Point& point : Points("entries-on-time", "2026-11-20", "2026-11-25")) {
    if (point.has_value())
      days.push_back(fmt::format("{} {:g}/{:g}", point.first_day(), point.numerator(), point.denominator()));
  }
  EXPECT_THAT(days, ElementsAre("2026-11-24 1/1", "2026-11-25 0/1"));
}

TEST_F(DaysOfThePolicy, AreNoneOfAnEngineThatHasItsOwn) {
  Hear(PolicyOf(1, "2026-11-20T01:00:00Z", {"2026-11-24"}, false));
  SetClock("2026-11-25 09:00");
  ASSERT_TRUE(UpdateEngine("name: 'engines/shop' engine { closed_days: OWN }").ok());
  EXPECT_EQ(Missing().size(), 5U) << "it is open every day";
  ASSERT_TRUE(UpdateEngine("name: 'engines/shop' engine { holidays: '2026-11-22' }").ok());
  EXPECT_EQ(Missing().size(), 4U);
}

// Invariant 14.
TEST_F(DaysOfThePolicy, AreTheSameInWhateverOrderPoliciesBecomeKnown) {
  std::vector<TicketEvent> policies = {PolicyOf(1, "2026-11-20T01:00:00Z", {"2026-11-24"}, false),
                                       PolicyOf(2, "2026-11-21T01:00:00Z", {"2026-11-25"}, true),
                                       PolicyOf(3, "2026-11-25T01:00:00Z", {"2026-11-27"}, false),
                                       PolicyOf(4, "2026-11-25T01:00:00Z", {"2026-11-26"}, true)};
  std::vector<int> order = {0, 1, 2, 3};
  do {
    testing::SimulatedService service{MetricsService()};
    service.runtime().Move(At("2026-11-20T00:00:00Z") - service.runtime().Now());
    const auto made =
        service.Call<Engine>("/dangol.metrics.v1.EngineService/CreateEngine",
                             Parsed<v1::CreateEngineRequest>(
                                 "engine_id: 'e' engine { display_names { key: 'en' value: 'E' } time_zone: "
                                 "'Asia/Seoul' stages { stage_id: 'a' display_names { key: 'en' value: 'A' } } }"));
    ASSERT_TRUE(made.ok()) << made.status();
    const auto kpi = service.Call<v1::Kpi>(
        "/dangol.metrics.v1.KpiService/CreateKpi",
        Parsed<v1::CreateKpiRequest>("parent: 'engines/e' kpi_id: 'k' kpi { kind: COUNT display_names { key: 'en' "
                                     "value: 'K' } }"));
    ASSERT_TRUE(kpi.ok()) << kpi.status();
    for (const int one : order) Feeds::ApplyPage(service, {policies[static_cast<size_t>(one)]});
    service.runtime().Move(At("2026-12-01T00:00:00Z") - service.runtime().Now());
    const auto missing =
        service.Call<v1::ListMissingEntriesResponse>("/dangol.metrics.v1.KpiService/ListMissingEntries",
                                                     Parsed<v1::ListMissingEntriesRequest>("parent: 'engines/e'"));
    ASSERT_TRUE(missing.ok()) << missing.status();
    std::string days;
    for (const v1::MissingEntry& entry : missing->missing_entries()) days += entry.day().substr(8) + " ";
    EXPECT_EQ(days, "20 22 23 24 27 28 29 30 ");
  } while (std::ranges::next_permutation(order).found);
}

class WhoseClosedDays : public EngineTest {
 protected:
  // `POLICY`, or `OWN` and what is named.
  std::string Said() {
    const Engine engine = Must<Engine, v1::GetEngineRequest>("EngineService/GetEngine", "name: 'engines/shop'");
    std::string said = Engine::ClosedDays_Name(engine.closed_days());
    for (const int weekday : engine.closed_weekdays())
      said += " " + v1::Weekday_Name(static_cast<v1::Weekday>(weekday));
    for (const std::string& day : engine.holidays()) said += " " + day;
    return said;
  }
  std::string Update(const std::string& engine, const std::string& paths = "") {
    std::string mask;
    for (const std::string& path : std::vector<std::string>(absl::StrSplit(paths, ' ', absl::SkipEmpty())))
      mask += fmt::format("paths: '{}' ", path);
    const auto updated = UpdateEngine(fmt::format("name: 'engines/shop' engine {{ {} }}{}", engine,
                                                  mask.empty() ? "" : fmt::format(" update_mask {{ {} }}", mask)));
    return updated.ok() ? Said() : testing::Summary(updated.status());
  }
};

TEST_F(WhoseClosedDays, IsSaidOfEveryEngine) {
  EXPECT_EQ(Shop().closed_days(), Engine::POLICY);
  const auto blueprint = CreateEngine("engine_id: 'b' blueprint: FIVE_A engine { time_zone: 'UTC' }");
  EXPECT_EQ(blueprint->closed_days(), Engine::POLICY);
  const auto own = CreateEngine("blueprint: ENGINE engine { time_zone: 'UTC' holidays: '2026-12-25' }");
  EXPECT_EQ(own->closed_days(), Engine::OWN);
  const auto open = CreateEngine("blueprint: ENGINE engine { time_zone: 'UTC' closed_days: OWN }");
  EXPECT_EQ(open->closed_days(), Engine::OWN);
  EXPECT_EQ(testing::Summary(CreateEngine("blueprint: ENGINE engine { time_zone: 'UTC' closed_days: POLICY "
                                          "closed_weekdays: MONDAY }")
                                 .status()),
            "INVALID_ARGUMENT INVALID_FIELD engine.closed_days");
}

TEST_F(WhoseClosedDays, ChangesByWhatIsNamed) {
  Shop();
  EXPECT_EQ(Update("closed_weekdays: SUNDAY"), "OWN SUNDAY");
  EXPECT_EQ(Update("closed_days: POLICY holidays: '2026-12-25'"), "INVALID_ARGUMENT INVALID_FIELD engine.closed_days");
  EXPECT_EQ(Update("holidays: '2026-12-25'"), "OWN SUNDAY 2026-12-25");
  EXPECT_EQ(Update("", "closed_weekdays holidays"), "OWN") << "open every day";
  EXPECT_EQ(Update("closed_days: POLICY"), "POLICY");
  EXPECT_EQ(Update("", "closed_weekdays holidays"), "POLICY");
  EXPECT_EQ(Update("closed_days: OWN closed_weekdays: MONDAY"), "OWN MONDAY");
  EXPECT_EQ(Update("closed_days: POLICY"), "POLICY") << "its own are forgotten";
  EXPECT_EQ(Update("closed_weekdays: SATURDAY", "closed_days closed_weekdays"), "OWN SATURDAY");
  EXPECT_EQ(Update("", "closed_days closed_weekdays"), "POLICY");
}

}  // namespace
}  // namespace dangol::metrics
