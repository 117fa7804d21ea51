// Numbers as they are entered, corrected, added up and missed.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "common/base/proto_time.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "tests/common/feed/apply_event.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A Wednesday. Saturdays and Sundays are closed.
class Observations : public EngineTest {
 protected:
  Observations() {
    SetClock("2026-11-11 09:00");
    Shop("time_zone: 'Asia/Seoul' closed_weekdays: SATURDAY closed_weekdays: SUNDAY");
    Kpi("orders", "stage: 'engines/shop/stages/a' kind: COUNT");
    Kpi("share", "stage: 'engines/shop/stages/a' kind: RATIO");
    Kpi("members", "stage: 'engines/shop/stages/b' kind: LAST");
    SetClock("2026-11-25 09:00");
  }

  std::string Refusal(const std::vector<std::string>& entries, const std::string& member = "members/kim") {
    return testing::Summary(Record(entries, member).status());
  }
  // At noon.
  void Complain(const std::string& day) {
    absl::Time noon;
    ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M %Ez", day + " 12:00 +09:00", &noon, nullptr));
    tickets::v1::TicketEvent event;
    event.mutable_envelope()->set_sequence(++complaints_);
    event.mutable_ticket_created();
    tickets::v1::TicketFacts& facts = *event.mutable_facts();
    facts.set_ticket(fmt::format("tickets/t{}", complaints_));
    facts.set_version(1);
    facts.set_state(tickets::v1::Ticket::RECEIVED);
    *facts.mutable_receive_time() = ToProtoTime(noon);
    ASSERT_EQ(testing::ApplyEvent(metrics_, MetricsService().sources[0], event), absl::OkStatus());
  }
  // Of complaints, each as `2026-11-23 10`, `-` where it is absent.
  std::vector<std::string> PerThousand(const std::string& first, const std::string& last,
                                       const std::string& granularity) {
    std::vector<std::string> lines;
    for (const v1::Point& point : Points("complaints", first, last, granularity))
      lines.push_back(point.first_day() +
                      (point.has_per_thousand() ? fmt::format(" {:g}", point.per_thousand()) : " -"));
    return lines;
  }

 private:
  int64_t complaints_ = 0;
};

// 0, nothing and NOT_APPLICABLE are three things.
TEST_F(Observations, ZeroNothingAndNotApplicableAreThreeThings) {
  Enter({"orders 2026-11-23 value: 0", "orders 2026-11-24 state: NOT_APPLICABLE note: 'Moved house'"});
  EXPECT_THAT(Series("orders", "2026-11-20", "2026-11-25"),
              ElementsAre("2026-11-20 - missing=1", "2026-11-21 -", "2026-11-22 -", "2026-11-23 0",
                          "2026-11-24 - n/a=1", "2026-11-25 - so far"));
  EXPECT_THAT(Series("orders", "2026-11-23", "2026-11-23", "WEEK"), ElementsAre("2026-11-23 0 n/a=1 so far"));
}

TEST_F(Observations, APeriodOfARatioIsTheSumOverTheSum) {
  Enter({"share 2026-11-16 numerator: 1 denominator: 2", "share 2026-11-17 numerator: 1 denominator: 98",
         "share 2026-11-18 numerator: 0 denominator: 0"});
  EXPECT_THAT(Series("share", "2026-11-16", "2026-11-18"),
              ElementsAre("2026-11-16 0.5", "2026-11-17 0.0102041", "2026-11-18 -"));
  const auto week = Points("share", "2026-11-16", "2026-11-16", "WEEK");
  ASSERT_THAT(week, SizeIs(1));
  EXPECT_EQ(week[0].value(), 0.02);
  EXPECT_EQ(week[0].numerator(), 2);
  EXPECT_EQ(week[0].denominator(), 100);
  EXPECT_EQ(week[0].recorded(), 3);
}

TEST_F(Observations, ComplaintsPerThousandAreOfTheDaysOfWhichTheExposureIsKnown) {
  ASSERT_TRUE(UpdateEngine("name: 'engines/shop' engine { exposure_kpi: 'engines/shop/kpis/orders' } "
                           "update_mask { paths: 'exposure_kpi' }")
                  .ok());
  for (const char* day : {"10", "16", "17", "18", "19", "20", "21", "22", "23", "25"})
    Complain(fmt::format("2026-11-{}", day));
  // Monday to Friday, the running week until yesterday, and a day before the first complaint.
  for (const char* day : {"16", "17", "18", "19", "20", "23", "24"})
    Enter({fmt::format("orders 2026-11-{} value: 100", day)});
  Enter({"orders 2026-11-06 value: 5000", "orders 2026-11-12 value: 0"});
  EXPECT_THAT(PerThousand("2026-11-16", "2026-11-25", "WEEK"), ElementsAre("2026-11-16 10", "2026-11-23 5"));
  EXPECT_THAT(PerThousand("2026-11-20", "2026-11-24", "DAY"),
              ElementsAre("2026-11-20 10", "2026-11-21 -", "2026-11-22 -", "2026-11-23 10", "2026-11-24 0"));
  EXPECT_THAT(PerThousand("2026-11-02", "2026-11-10", "WEEK"), ElementsAre("2026-11-02 -", "2026-11-09 -"))
      << "nothing is known of the complaints of one, and of the orders of the other";
  const std::vector<std::string> month = PerThousand("2026-11-01", "2026-11-30", "MONTH");
  EXPECT_THAT(month, ElementsAre(fmt::format("2026-11-01 {:g}", 6.0 / 700 * 1000)));
}

TEST_F(Observations, APeriodOfALastIsItsLastDay) {
  Enter({"members 2026-11-16 value: 100", "members 2026-11-19 value: 90", "members 2026-11-20 state: NOT_APPLICABLE"});
  EXPECT_THAT(Series("members", "2026-11-16", "2026-11-16", "WEEK"), ElementsAre("2026-11-16 90 n/a=1 missing=2"));
}

TEST_F(Observations, ACorrectionRestatesEveryPeriodAndKeepsWhatWasSaid) {
  Member("lee", "roles: LEAD");
  Enter({"orders 2026-11-20 value: 7", "orders 2026-11-19 value: 1"});
  Enter({"orders 2026-11-20 value: 9 note: 'Two came late'"}, "members/lee");
  EXPECT_THAT(Series("orders", "2026-11-19", "2026-11-20"), ElementsAre("2026-11-19 1", "2026-11-20 9 restated"));
  for (const std::string granularity : {"WEEK", "MONTH"}) {
    const auto points = Points("orders", "2026-11-20", "2026-11-20", granularity);
    ASSERT_THAT(points, SizeIs(1));
    EXPECT_EQ(points[0].value(), 10) << granularity;
    EXPECT_EQ(points[0].restated_by(), "members/lee") << granularity;
  }
  const auto said = Must<v1::ListObservationRevisionsResponse, v1::ListObservationRevisionsRequest>(
      "KpiService/ListObservationRevisions", "parent: 'engines/shop/kpis/orders/observations/2026-11-20'");
  ASSERT_EQ(said.revisions_size(), 2);
  EXPECT_EQ(said.revisions(0).observation().value(), 9);
  EXPECT_EQ(said.revisions(0).observation().note(), "Two came late");
  EXPECT_EQ(said.revisions(1).observation().value(), 7);
  EXPECT_EQ(said.revisions(1).observation().recorded_by(), "members/kim");
  EXPECT_EQ(said.revisions(1).name(), "engines/shop/kpis/orders/observations/2026-11-20/revisions/1");
}

// As the clocks of two replicas may differ.
TEST_F(Observations, ACorrectionByAClockThatWasSetBackIsNoOlderOne) {
  Member("lee", "roles: LEAD");
  Enter({"orders 2026-11-11 value: 7", "orders 2026-11-20 value: 1"});
  Enter({"orders 2026-11-11 value: 8"});
  const auto restated = [this] {
    return FromProtoTime(Points("orders", "2026-11-01", "2026-11-30", "MONTH").at(0).restate_time());
  };
  const absl::Time first = restated();
  SetClock("2026-11-25 07:00");
  Enter({"orders 2026-11-20 value: 2"}, "members/lee");
  EXPECT_EQ(restated(), first) << "the newest one stays";
  EXPECT_THAT(Violations(), IsEmpty());
  Enter({"orders 2026-11-11 value: 9"}, "members/lee");
  EXPECT_GT(restated(), first) << "what is corrected again is corrected later";
  EXPECT_EQ(Points("orders", "2026-11-01", "2026-11-30", "MONTH").at(0).restated_by(), "members/lee");
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(Observations, WhatWasTakenBackIsMissingAgain) {
  Enter({"orders 2026-11-20 value: 7"});
  Enter({"orders 2026-11-20 state: EMPTY"});
  EXPECT_THAT(Series("orders", "2026-11-20", "2026-11-20"), ElementsAre("2026-11-20 - missing=1 restated"));
  EXPECT_EQ(Points("orders", "2026-11-20", "2026-11-20", "MONTH")[0].recorded(), 0);
  EXPECT_EQ(Refusal({"orders 2026-11-19 state: EMPTY"}), "INVALID_ARGUMENT INVALID_FIELD entries[0].state");
}

TEST_F(Observations, SayingTheSameAgainChangesNothing) {
  Enter({"orders 2026-11-20 value: 7"});
  const auto again = Record({"orders 2026-11-20 value: 7"}, "members/kim");
  EXPECT_EQ(again->observations(0).revision(), 1);
  EXPECT_THAT(metrics_.file().Column("SELECT kind FROM feed WHERE kind = 'observations_recorded'"), SizeIs(1));
}

TEST_F(Observations, ABlockIsTakenWholeOrNotAtAll) {
  const auto refused =
      Record({"orders 2026-11-20 value: 7", "orders 2026-11-26 value: 1", "orders 1826-11-26 value: 1",
              "orders 2026-02-29 value: 1", "orders 2026-11-20 value: 8", "share 2026-11-20 value: 1"});
  EXPECT_EQ(
      testing::Summary(refused.status()),
      "INVALID_ARGUMENT INVALID_FIELD entries[1].day entries[2].day entries[3].day entries[4].day entries[5].value");
  EXPECT_THAT(metrics_.file().Column("SELECT COUNT(*) FROM observation"), ElementsAre("0"));
}

TEST_F(Observations, EachCellIsRefusedForWhatIsWrongWithIt) {
  const auto orders = [&](const std::string& rest) { return Refusal({"orders 2026-11-20 " + rest}); };
  const std::string value = "INVALID_ARGUMENT INVALID_FIELD entries[0].value";
  EXPECT_EQ(orders(""), value);
  EXPECT_EQ(orders("value: -1"), value);
  EXPECT_EQ(orders("value: 1.5"), value);
  EXPECT_EQ(orders("value: nan"), value);
  EXPECT_EQ(orders("value: inf"), value);
  EXPECT_EQ(orders("value: 1e13"), value);
  EXPECT_EQ(orders("numerator: 1 denominator: 2"), "INVALID_ARGUMENT INVALID_FIELD entries[0].numerator");
  EXPECT_EQ(orders("value: 1 state: NOT_APPLICABLE"), "INVALID_ARGUMENT INVALID_FIELD entries[0].state");
  const auto share = [&](const std::string& rest) { return Refusal({"share 2026-11-20 " + rest}); };
  EXPECT_EQ(share("numerator: 3 denominator: 2"), "INVALID_ARGUMENT INVALID_FIELD entries[0].numerator");
  EXPECT_EQ(share("numerator: -1 denominator: 2"), "INVALID_ARGUMENT INVALID_FIELD entries[0].numerator");
  EXPECT_EQ(share("numerator: 1 denominator: 0"), "INVALID_ARGUMENT INVALID_FIELD entries[0].numerator");
  EXPECT_EQ(share("numerator: 0 denominator: -1"), "INVALID_ARGUMENT INVALID_FIELD entries[0].denominator");
  EXPECT_EQ(share("numerator: 1"), "INVALID_ARGUMENT INVALID_FIELD entries[0].denominator");
  EXPECT_EQ(Refusal({"none 2026-11-20 value: 1"}), "NOT_FOUND NOT_FOUND entries[0].kpi");
  EXPECT_EQ(Refusal({"members 2026-11-20 value: 0.0001"}), value) << "more than three decimals";
  EXPECT_EQ(Refusal({"members 2026-11-20 value: 12.345"}), "OK");
  EXPECT_EQ(Refusal({"members 2026-11-19 value: -1000000000000"}), "OK");
  for (const size_t cells : {1001, 10'000}) {
    EXPECT_EQ(Refusal(std::vector<std::string>(cells, "orders 2026-11-20 value: 1")),
              "INVALID_ARGUMENT INVALID_FIELD entries");
  }
}

TEST_F(Observations, TheDayIsThatOfTheEnginesZone) {
  SetClock("2026-11-25 23:59");
  EXPECT_EQ(Refusal({"orders 2026-11-26 value: 1"}), "INVALID_ARGUMENT INVALID_FIELD entries[0].day");
  SetClock("2026-11-26 00:00");
  EXPECT_EQ(Refusal({"orders 2026-11-26 value: 1"}), "OK");
}

TEST_F(Observations, WhoIsInTimeIsInTime) {
  SetClock("2026-11-25 12:00");
  EXPECT_TRUE(Record({"orders 2026-11-24 value: 1"})->observations(0).on_time());
  SetClock("2026-11-25 12:01");
  EXPECT_FALSE(Record({"share 2026-11-24 state: NOT_APPLICABLE"})->observations(0).on_time());
  EXPECT_TRUE(Record({"orders 2026-11-24 value: 2"})->observations(0).on_time()) << "a correction is not late";
  SetClock("2026-11-30 11:00");
  EXPECT_TRUE(Record({"orders 2026-11-27 value: 1"})->observations(0).on_time()) << "the weekend is closed";
}

TEST_F(Observations, OwnersTheirDeputiesAndLeadsEnter) {
  Member("lee");
  Member("park", "roles: LEAD");
  Member("choi", "roles: LEAD state: LEFT");
  const std::vector<std::string> one = {"orders 2026-11-24 value: 1"};
  EXPECT_EQ(Refusal(one, "members/lee"), "PERMISSION_DENIED NOT_THE_OWNER entries[0].kpi");
  EXPECT_EQ(Refusal(one, "members/choi"), "FAILED_PRECONDITION MEMBER_LEFT recorded_by");
  EXPECT_EQ(Refusal(one, "members/park"), "OK");
  EXPECT_EQ(Refusal(one, "members/kim"), "OK");
  Member("kim", "deputy { member: 'members/lee' first_day: '2026-11-25' last_day: '2026-11-25' }");
  EXPECT_EQ(Refusal(one, "members/lee"), "OK");
  SetClock("2026-11-26 00:00");
  EXPECT_EQ(Refusal({"orders 2026-11-25 value: 1"}, "members/lee"), "PERMISSION_DENIED NOT_THE_OWNER entries[0].kpi");
  EXPECT_EQ(Refusal({"members 2026-11-24 value: 1"}, "members/lee"), "OK") << "nobody owns it";
}

TEST_F(Observations, WhatIsMissingIsListedForWhoHasToEnterIt) {
  Enter({"orders 2026-11-23 value: 0", "share 2026-11-24 state: NOT_APPLICABLE"});
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                            "name: 'engines/shop/kpis/members' kpi { first_day: '2026-11-24' }");
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                            "name: 'engines/shop/kpis/share' kpi { first_day: '2026-11-23' }");
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                            "name: 'engines/shop/kpis/orders' kpi { first_day: '2026-11-20' }");
  EXPECT_THAT(Missing(), ElementsAre("orders 2026-11-20 members/kim", "share 2026-11-23 members/kim",
                                     "members 2026-11-24 ", "orders 2026-11-24 members/kim"));
  Member("kim", "deputy { member: 'members/lee' first_day: '2026-11-25' last_day: '2026-11-25' }");
  EXPECT_THAT(Missing("member: 'members/kim'"), IsEmpty());
  EXPECT_THAT(Missing("member: 'members/lee'"), SizeIs(3));
}

TEST_F(Observations, WhoHasLeftEntersNothingAndStandsInForNobody) {
  Member("lee", "state: LEFT");
  Member("kim", "deputy { member: 'members/lee' first_day: '2026-11-25' last_day: '2026-11-25' }");
  EXPECT_EQ(Refusal({"orders 2026-11-24 value: 1"}, "members/lee"), "FAILED_PRECONDITION MEMBER_LEFT recorded_by");
  EXPECT_THAT(Missing("member: 'members/lee'"), IsEmpty());
  EXPECT_THAT(Missing("member: 'members/kim'"), Not(IsEmpty()));
  (void)Must<v1::Member, v1::UpdateMemberRequest>("MemberService/UpdateMember",
                                                  "name: 'members/kim' member { state: LEFT }");
  EXPECT_EQ(Refusal({"orders 2026-11-24 value: 1"}, "members/kim"), "FAILED_PRECONDITION MEMBER_LEFT recorded_by")
      << "also where the KPI still is theirs";
  EXPECT_EQ(Refusal({"members 2026-11-24 value: 1"}, "members/kim"), "FAILED_PRECONDITION MEMBER_LEFT recorded_by");
}

TEST_F(Observations, PagesOfWhatIsMissingMeet) {
  std::vector<std::string> paged;
  std::string token;
  do {
    const auto page = Must<v1::ListMissingEntriesResponse, v1::ListMissingEntriesRequest>(
        "KpiService/ListMissingEntries", fmt::format("parent: 'engines/shop' page_size: 7 page_token: '{}'", token));
    for (const auto& entry : page.missing_entries())
      paged.push_back(
          fmt::format("{} {} {}", entry.kpi().substr(entry.kpi().rfind('/') + 1), entry.day(), entry.member()));
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(paged, Missing());
  EXPECT_THAT(paged, SizeIs(30));  // three KPIs, ten days
}

TEST_F(Observations, ARetiredKpiTakesNoNumbersAndMissesNone) {
  Enter({"orders 2026-11-23 value: 3"});
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                            "name: 'engines/shop/kpis/orders' kpi { state: RETIRED }");
  EXPECT_EQ(Refusal({"orders 2026-11-24 value: 1"}), "FAILED_PRECONDITION KPI_RETIRED entries[0].kpi");
  EXPECT_THAT(Series("orders", "2026-11-20", "2026-11-23"),
              ElementsAre("2026-11-20 -", "2026-11-21 -", "2026-11-22 -", "2026-11-23 3"));
}

TEST_F(Observations, TheKindIsFixedOnceANumberWasEntered) {
  const auto become = [&](const std::string& kind) {
    return testing::Summary(
        Ask<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                           fmt::format("name: 'engines/shop/kpis/orders' kpi {{ kind: {} }}", kind))
            .status());
  };
  EXPECT_EQ(become("SUM"), "OK");
  Enter({"orders 2026-11-23 value: 3"});
  EXPECT_EQ(become("COUNT"), "FAILED_PRECONDITION KIND_FIXED");
}

TEST_F(Observations, WhereNumbersComeFromIsFixed) {
  const auto become = [&](const std::string& name, const std::string& what) {
    return testing::Summary(
        Ask<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi", fmt::format("name: '{}' kpi {{ {} }}", name, what))
            .status());
  };
  const std::string orders = "engines/shop/kpis/orders";
  const std::string before = metrics_.file().Dump();
  EXPECT_EQ(become(orders, "source: SYSTEM"), "INVALID_ARGUMENT INVALID_FIELD kpi.source");
  EXPECT_EQ(become(orders, "system: COMPLAINTS"), "INVALID_ARGUMENT INVALID_FIELD kpi.system");
  EXPECT_EQ(metrics_.file().Dump(), before);
  EXPECT_EQ(become(orders, "source: MANUAL unit: 'bowls'"), "OK");
}

TEST_F(Observations, ATargetHoldsFromItsDayOnForItsPeriodAlone) {
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi", R"(name: "engines/shop/kpis/orders" kpi {
      targets { granularity: WEEK from_day: "2026-01-01" value: 50 }
      targets { granularity: WEEK from_day: "2026-11-18" value: 70 }
      targets { granularity: DAY from_day: "2026-11-23" value: 12 } })");
  const auto targets = [&](const std::string& granularity) {
    std::vector<std::string> lines;
    for (const auto& point : Points("orders", "2026-11-09", "2026-11-24", granularity)) {
      if (granularity != "DAY" || point.first_day() >= "2026-11-22")
        lines.push_back(point.first_day() + (point.has_target() ? fmt::format(" {:g}", point.target()) : " -"));
    }
    return lines;
  };
  EXPECT_THAT(targets("WEEK"), ElementsAre("2026-11-09 50", "2026-11-16 70", "2026-11-23 70"));
  EXPECT_THAT(targets("DAY"), ElementsAre("2026-11-22 -", "2026-11-23 12", "2026-11-24 12"));
  EXPECT_THAT(targets("MONTH"), ElementsAre("2026-11-01 -"));
}

TEST_F(Observations, ALeapDayAndTheFiftyThirdWeekAreThoseOfTheCalendar) {
  SetClock("2029-01-10 09:00");
  Enter({"orders 2026-12-28 value: 1", "orders 2026-12-31 value: 2", "orders 2027-01-03 value: 4",
         "orders 2028-02-28 value: 8", "orders 2028-02-29 value: 16", "orders 2028-03-01 value: 32"});
  const auto values = [&](const char* first, const char* last, const char* granularity) {
    std::vector<std::string> lines;
    for (const v1::Point& point : Points("orders", first, last, granularity))
      lines.push_back(fmt::format("{} {:g}", point.first_day(), point.value()));
    return lines;
  };
  EXPECT_THAT(values("2026-12-31", "2027-01-03", "WEEK"), ElementsAre("2026-12-28 7"));
  EXPECT_THAT(values("2026-12-01", "2027-01-31", "MONTH"), ElementsAre("2026-12-01 3", "2027-01-01 4"));
  EXPECT_THAT(values("2028-02-01", "2028-03-31", "MONTH"), ElementsAre("2028-02-01 24", "2028-03-01 32"));
  EXPECT_THAT(values("2028-02-29", "2028-02-29", "DAY"), ElementsAre("2028-02-29 16"));
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(Observations, WhereTheWeekMovesWeeksAreCountedAnew) {
  Enter({"orders 2026-11-15 value: 1", "orders 2026-11-16 value: 10", "orders 2026-11-22 value: 100"});
  Enter({"orders 2026-11-22 value: 200"});
  EXPECT_THAT(Series("orders", "2026-11-15", "2026-11-16", "WEEK"),
              ElementsAre("2026-11-09 1 missing=3", "2026-11-16 210 missing=4 restated"));
  ASSERT_TRUE(UpdateEngine("name: 'engines/shop' engine { week_start: SUNDAY }").ok());
  EXPECT_THAT(Series("orders", "2026-11-15", "2026-11-22", "WEEK"),
              ElementsAre("2026-11-15 11 missing=4", "2026-11-22 200 missing=1 restated so far"));
  EXPECT_THAT(Violations(), IsEmpty());
}

// Whatever is entered, corrected and taken back, in whatever order, the sums are those of the days.
TEST_F(Observations, SumsAreARecountOfTheDays) {
  std::mt19937 random(7);
  const auto pick = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> entries;
    for (int day = 10; day <= 25; ++day) {
      const std::string date = fmt::format("2026-11-{:02}", day);
      if (pick(3) == 0) entries.push_back(fmt::format("orders {} value: {}", date, pick(50)));
      if (pick(3) == 0) {
        const int denominator = pick(20);
        entries.push_back(fmt::format("share {} numerator: {} denominator: {}", date,
                                      denominator == 0 ? 0 : pick(denominator), denominator));
      }
      if (pick(4) == 0) entries.push_back(fmt::format("members {} state: NOT_APPLICABLE", date));
    }
    if (!entries.empty()) Enter(entries);
  }
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(Observations, ALargeBlockIsToldInSeveralEvents) {
  std::vector<std::string> entries;
  SetClock("2027-06-01 09:00");
  for (int day = 0; day < 201; ++day) {
    const absl::CivilDay date = absl::CivilDay(2026, 11, 1) + day;
    entries.push_back(fmt::format("orders {} value: 1", absl::FormatCivilTime(date)));
  }
  Enter(entries);
  EXPECT_THAT(metrics_.file().Column("SELECT kind FROM feed WHERE kind = 'observations_recorded'"), SizeIs(2));
}

TEST_F(Observations, QuerySeriesCountsThePeriodsThatItWouldAnswer) {
  const auto query = [&](const char* first_day, const char* last_day, const char* granularity) {
    return Ask<v1::QuerySeriesResponse, v1::QuerySeriesRequest>(
        "KpiService/QuerySeries",
        fmt::format(
            "engine: 'engines/shop' kpis: 'engines/shop/kpis/orders' granularity: {} first_day: '{}' last_day: '{}'",
            granularity, first_day, last_day));
  };
  // From a Sunday to a Monday: of both weeks it is one day.
  EXPECT_EQ(testing::Summary(query("2018-01-07", "2025-09-01", "WEEK").status()),
            "INVALID_ARGUMENT INVALID_FIELD last_day");
  const auto whole = query("2018-01-08", "2025-09-07", "WEEK");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->series(0).points_size(), 400);
  const auto days = query("2025-01-01", "2026-02-04", "DAY");
  ASSERT_TRUE(days.ok()) << days.status();
  EXPECT_EQ(days->series(0).points_size(), 400);
  EXPECT_FALSE(query("2025-01-01", "2026-02-05", "DAY").ok());
}

TEST_F(Observations, QuerySeriesRefusesWhatItCannotShow) {
  const auto query = [&](const std::string& rest) {
    return testing::Summary(Ask<v1::QuerySeriesResponse, v1::QuerySeriesRequest>(
                                "KpiService/QuerySeries", "engine: 'engines/shop' granularity: DAY " + rest)
                                .status());
  };
  const std::string orders = "kpis: 'engines/shop/kpis/orders' ";
  EXPECT_EQ(query(orders + "first_day: '2026-11-24' last_day: '2026-11-23'"),
            "INVALID_ARGUMENT INVALID_FIELD last_day");
  EXPECT_EQ(query(orders + "first_day: '2024-11-24' last_day: '2026-11-23'"),
            "INVALID_ARGUMENT INVALID_FIELD last_day");
  EXPECT_EQ(query(orders + orders + "first_day: '2026-11-24' last_day: '2026-11-24'"),
            "INVALID_ARGUMENT INVALID_FIELD kpis[1]");
  EXPECT_EQ(query("kpis: 'engines/other/kpis/orders' first_day: '2026-11-24' last_day: '2026-11-24'"),
            "INVALID_ARGUMENT INVALID_FIELD kpis[0]");
  EXPECT_EQ(query("kpis: 'engines/shop/kpis/none' first_day: '2026-11-24' last_day: '2026-11-24'"),
            "NOT_FOUND NOT_FOUND kpis[0]");
}

}  // namespace
}  // namespace dangol::metrics
