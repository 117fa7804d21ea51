// KPIs that are computed of complaints: by what is true of them now, whenever and in whatever order it was heard of.
#include <algorithm>
#include <random>

#include "dangol/metrics/v1/gap.pb.h"
#include "tests/services/metrics/system_kpi_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tickets::v1::Decision;
using tickets::v1::TicketsFollowed;

TEST_F(SystemKpiTest, ComplaintsAreThoseFromOutsideOnTheDayOfTheEngine) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Received("a", At("2026-11-01T14:59:59Z"));  // a second before midnight in Seoul
  Received("b", At("2026-11-01T15:00:00Z"));
  Received("c", At("2026-11-01T15:00:00Z")).set_kind(Ticket::REQUEST);
  Received("question", At("2026-11-01T15:00:00Z")).set_kind(Ticket::QUESTION);
  Received("internal", At("2026-11-01T15:00:00Z")).mutable_customer()->set_audience(tickets::v1::CustomerKey::INTERNAL);
  Received("history", At("2026-11-01T15:00:00Z")).set_imported(true);
  Received("spam", At("2026-11-01T15:00:00Z"));
  for (const char* id : {"a", "b", "c", "question", "internal", "history", "spam"}) Tell(id);
  EXPECT_THAT(Days("complaints"), ElementsAre("2026-11-01 1", "2026-11-02 3"));
  Ticket("spam").set_state(Ticket::SPAM);
  Tell("spam");
  Ticket("question").set_kind(Ticket::COMPLAINT);
  Tell("question");
  EXPECT_THAT(Days("complaints"), ElementsAre("2026-11-01 1", "2026-11-02 3"));
  EXPECT_THAT(Days("complaints", "2026-11-01", "2026-11-30", v1::MONTH), ElementsAre("2026-11-01 4"));
  Ticket("a").set_state(Ticket::DUPLICATE);
  Tell("a");
  EXPECT_THAT(Days("complaints"), ElementsAre("2026-11-02 3"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, TimesBelongToTheDayOnWhichItHappens) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  *Received("a", At("2026-11-01T00:00:00Z")).mutable_first_response_time() = ToProtoTime(At("2026-11-02T06:00:00Z"));
  *Received("b", At("2026-11-02T00:00:00Z")).mutable_first_response_time() = ToProtoTime(At("2026-11-02T01:30:00Z"));
  Tell("a");
  Tell("b");
  EXPECT_THAT(Days("first-response"), ElementsAre("2026-11-02 31.5/2"));
  Answered("a", At("2026-11-03T00:00:00Z"));
  Tell("a");
  EXPECT_THAT(Days("loop"), IsEmpty()) << "nobody was told";
  *Ticket("a").mutable_told_time() = ToProtoTime(At("2026-11-04T00:00:00Z"));
  Tell("a");
  EXPECT_THAT(Days("loop"), ElementsAre("2026-11-04 3/1"));
  EXPECT_THAT(Days("closed-loop"), ElementsAre("2026-11-03 1/1"));
  *Ticket("a").mutable_told_time() = ToProtoTime(At("2026-11-07T00:00:00Z"));
  Tell("a");
  EXPECT_THAT(Days("closed-loop"), ElementsAre("2026-11-03 0/1")) << "that was too late";
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, WhatIsAcceptedIsDecidedOnceItsChangeIs) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  const auto decided = [&](const std::string& id, Ticket::State state, Ticket::Disposition disposition,
                           Decision::Kind kind) {
    Received(id, At("2026-11-01T00:00:00Z"));
    Ticket(id).set_first_decision(kind);
    Ticket(id).set_state(state);
    Ticket(id).set_disposition(disposition);
    *Ticket(id).mutable_decide_time() = ToProtoTime(At("2026-11-02T00:00:00Z"));
  };
  decided("a", Ticket::ACCEPTED, Ticket::DISPOSITION_UNSPECIFIED, Decision::ACCEPTED);
  Ticket("a").set_change("changes/x");
  decided("b", Ticket::NOT_YET, Ticket::DISPOSITION_UNSPECIFIED, Decision::DECLINED);
  decided("c", Ticket::ANSWERED, Ticket::RELIEF_GIVEN, Decision::RESOLVED);
  for (const char* id : {"a", "b", "c"}) Tell(id);
  EXPECT_THAT(Days("acceptance"), ElementsAre("2026-11-02 0/2"));
  EXPECT_THAT(Days("defensive"), ElementsAre("2026-11-02 1/2"));
  Apply(EventOfChange("x", ""));
  Settle();
  EXPECT_THAT(Days("acceptance"), ElementsAre("2026-11-02 0/2"));
  Apply(EventOfChange("x", "2026-11-05T00:00:00Z"));
  Settle();
  EXPECT_THAT(Days("acceptance"), ElementsAre("2026-11-02 0/2", "2026-11-05 1/1"));
  EXPECT_THAT(Days("decision"), ElementsAre("2026-11-02 48/2", "2026-11-05 96/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, CohortsAreSoFarUntilTheirTimeHasPassed) {
  SetClock("2027-01-30T00:00:00Z");
  MakeEngine();
  Settle();
  Received("a", At("2026-11-01T00:00:00Z"));
  Answered("a", At("2026-12-01T00:00:00Z"));
  Received("b", At("2026-11-02T00:00:00Z"));
  Received("c", At("2026-11-01T00:00:00Z"));
  Answered("c", At("2027-01-30T00:00:01Z"));
  for (const char* id : {"a", "b", "c"}) Tell(id);
  EXPECT_THAT(Days("proactive"), ElementsAre("2026-11-01 1/2 so far", "2026-11-02 0/1 so far"));
  SetClock("2027-01-31T00:00:00Z");
  EXPECT_THAT(Days("proactive"), ElementsAre("2026-11-01 1/2", "2026-11-02 0/1 so far"));
}

TEST_F(SystemKpiTest, AChangeRecursWhereAComplaintComesBackWithin28Days) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  Apply(EventOfChange("y", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 0/2"));
  for (const auto& [id, change, when] : {std::tuple("a", "x", "2026-11-30T00:00:00Z"),
                                         {"b", "y", "2026-11-30T00:00:01Z"},
                                         {"c", "z", "2026-11-12T00:00:00Z"}}) {
    Received(id, At("2026-11-01T00:00:00Z")).set_change(fmt::format("changes/{}", change));
    Ticket(id).set_recurrence(true);
    Ticket(id).set_recurrence_count(1);
    Tell(id, At(when));
  }
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 1/2")) << "y had held for 28 days";
  Apply(EventOfChange("z", "2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z"));
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 1/2", "2026-11-10 1/1")) << "it had come back already";
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, WhatWasTakenOutOfAChangeNeverCameBackToIt) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  Apply(EventOfChange("y", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"));
  for (const char* id : {"a", "b"}) {
    Received(id, At("2026-11-04T00:00:00Z")).set_change("changes/x");
    Ticket(id).set_state(Ticket::ACCEPTED);
    Ticket(id).set_recurrence(true);
    Ticket(id).set_recurrence_count(1);
    Tell(id, At("2026-11-04T00:00:00Z"));
  }
  TicketEvent unlinked = Event("a", At("2026-11-05T00:00:00Z"));
  unlinked.mutable_ticket_unlinked()->set_change("changes/x");
  unlinked.mutable_facts()->set_state(Ticket::HEARD);
  unlinked.mutable_facts()->clear_change();
  unlinked.mutable_facts()->clear_recurrence();
  Apply(unlinked);
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 1/1", "2026-11-03 0/1")) << "b came back";
  const auto follow = [&](TicketsFollowed::Effect effect, bool recurrence) {
    TicketEvent event = Event("b", At("2026-11-06T00:00:00Z"));
    event.clear_facts();
    TicketsFollowed& followed = *event.mutable_tickets_followed();
    followed.set_effect(effect);
    followed.set_change("changes/y");
    followed.mutable_facts()->set_state(Ticket::ACCEPTED);
    followed.mutable_facts()->set_change("changes/y");
    tickets::v1::FollowedTicket& ticket = *followed.add_tickets();
    ticket.set_ticket("tickets/b");
    ticket.set_version(Ticket("b").version());
    ticket.set_recurrence(recurrence);
    ticket.set_recurrence_count(1);
    Apply(event);
  };
  follow(TicketsFollowed::MOVED, false);
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 0/1", "2026-11-03 0/1")) << "it is another change's";
  follow(TicketsFollowed::RECURRED, true);
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 0/1", "2026-11-03 1/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, WhatTheCustomerSaidCameBackThoughItIsMoved) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  Received("a", At("2026-11-01T00:00:00Z")).set_change("changes/x");
  Answered("a", At("2026-11-02T00:00:00Z"));
  Tell("a", At("2026-11-02T00:00:00Z"));
  Ticket("a").set_state(Ticket::ACCEPTED);
  Ticket("a").clear_answer_time();
  Ticket("a").clear_disposition();
  Ticket("a").set_recurrence(true);
  Ticket("a").set_recurrence_count(1);
  TicketEvent reopened = Event("a", At("2026-11-04T00:00:00Z"));
  reopened.mutable_ticket_reopened()->set_cause(tickets::v1::ReopenTicketRequest::NOT_FIXED);
  Apply(reopened);
  Ticket("a").clear_change();
  Ticket("a").clear_recurrence();
  Ticket("a").set_state(Ticket::HEARD);
  TicketEvent unlinked = Event("a", At("2026-11-05T00:00:00Z"));
  unlinked.mutable_ticket_unlinked()->set_change("changes/x");
  Apply(unlinked);
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 1/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, TheFirstDecisionStaysWhateverFollows) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Received("a", At("2026-11-01T00:00:00Z")).set_state(Ticket::NOT_YET);
  Ticket("a").set_first_decision(Decision::DECLINED);
  *Ticket("a").mutable_decide_time() = ToProtoTime(At("2026-11-02T00:00:00Z"));
  Tell("a");
  Ticket("a").set_state(Ticket::HEARD);
  Tell("a");
  EXPECT_THAT(Days("acceptance"), ElementsAre("2026-11-02 0/1")) << "an appeal does not undo it";
  Ticket("a").set_state(Ticket::ACCEPTED);
  Ticket("a").set_change("changes/x");
  Tell("a");
  Apply(EventOfChange("x", "2026-11-20T00:00:00Z"));
  Settle();
  EXPECT_THAT(Days("acceptance"), ElementsAre("2026-11-02 0/1"));
  EXPECT_THAT(Days("decision"), ElementsAre("2026-11-02 24/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, WhatItsChangeGaveBackWasDecidedByThat) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Received("a", At("2026-11-01T00:00:00Z")).set_change("changes/x");
  Ticket("a").set_state(Ticket::ACCEPTED);
  Ticket("a").set_first_decision(Decision::ACCEPTED);
  *Ticket("a").mutable_decide_time() = ToProtoTime(At("2026-11-02T00:00:00Z"));
  Tell("a");
  EXPECT_THAT(Days("decision"), IsEmpty());
  TicketEvent event = Event("a", At("2026-11-08T00:00:00Z"));
  event.clear_facts();
  TicketsFollowed& followed = *event.mutable_tickets_followed();
  followed.set_effect(TicketsFollowed::RETURNED);
  followed.mutable_facts()->set_state(Ticket::NOT_YET);
  tickets::v1::FollowedTicket& ticket = *followed.add_tickets();
  ticket.set_ticket("tickets/a");
  ticket.set_version(Ticket("a").version());
  *ticket.mutable_decide_time() = ToProtoTime(At("2026-11-07T00:00:00Z"));
  ticket.set_first_decision(Decision::DECLINED);
  Apply(event);
  EXPECT_THAT(Days("decision"), ElementsAre("2026-11-07 144/1"));
  EXPECT_THAT(Days("acceptance"), ElementsAre("2026-11-07 0/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, AnEngineThatIsMadeLaterCountsWhatWasThere) {
  SetClock("2026-12-31T00:00:00Z");
  std::vector<TicketEvent> events;
  for (int i = 0; i < 1200; ++i) {
    const std::string id = fmt::format("t{:04}", i);
    Received(id, At("2026-11-01T00:00:00Z") + absl::Hours(i % 48));
    if (i % 3 == 0) Ticket(id).set_stage("engines/shop/stages/b");
    if (i % 5 == 0) Ticket(id).set_stage("engines/other/stages/a");
    events.push_back(Event(id, At("2026-11-02T00:00:00Z")));
  }
  Apply(events);
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  MakeEngine();
  // Meanwhile some change that are counted already, and some that are not.
  for (const char* id : {"t0001", "t1199"}) {
    Ticket(id).set_state(Ticket::SPAM);
    Tell(id);
  }
  Settle();
  EXPECT_THAT(Days("complaints", "2026-11-01", "2026-11-30", v1::MONTH), ElementsAre("2026-11-01 958"));
  EXPECT_THAT(Days("recurrence"), ElementsAre("2026-11-02 0/1"));
  ASSERT_TRUE(MakeKpi(v1::COMPLAINTS, v1::Kpi::COUNT, "engines/shop/stages/b").ok());
  Settle();
  EXPECT_THAT(Days("mine", "2026-11-01", "2026-11-30", v1::MONTH), ElementsAre("2026-11-01 320"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemKpiTest, AreTheSameInWhateverOrderTheFeedsCome) {
  SetClock("2026-12-31T00:00:00Z");
  std::vector<TicketEvent> of_tickets;
  std::vector<ChangeEvent> of_changes;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    const std::string id = fmt::format("t{}", random() % 40);
    const absl::Time now = At("2026-11-01T00:00:00Z") + absl::Hours(3 * i);
    if (!Ticket(id).has_receive_time()) Received(id, now);
    TicketFacts& facts = Ticket(id);
    switch (random() % 9) {
      case 0:
        facts.set_state(random() % 2 == 0 ? Ticket::SPAM : Ticket::HEARD);
        break;
      case 1:
        facts.set_change(fmt::format("changes/c{}", random() % 4));
        facts.set_state(Ticket::ACCEPTED);
        if (!facts.has_decide_time()) facts.set_first_decision(Decision::ACCEPTED);
        if (!facts.has_decide_time()) *facts.mutable_decide_time() = ToProtoTime(now);
        break;
      case 2:
        Answered(id, now);
        break;
      case 3:
        *facts.mutable_told_time() = ToProtoTime(now);
        break;
      case 4:
        if (facts.change().empty()) break;
        facts.set_recurrence(true);
        facts.set_recurrence_count(facts.recurrence_count() + 1);
        break;
      case 5:
        if (facts.has_answer_time()) {
          facts.clear_answer_time();
          facts.set_state(Ticket::HEARD);
          facts.set_reopen_count(facts.reopen_count() + 1);
        }
        break;
      case 6:
        facts.set_outcome_rating(static_cast<int32_t>(random() % 6));
        facts.set_may_ask(random() % 2 == 0);
        break;
      case 7:
        facts.set_state(Ticket::NOT_YET);
        facts.set_change("");
        if (!facts.has_first_response_time()) *facts.mutable_first_response_time() = ToProtoTime(now);
        break;
      default:
        facts.set_stage(random() % 2 == 0 ? "engines/shop/stages/a" : "");
    }
    of_tickets.push_back(Event(id, now));
    if (i % 10 != 0) continue;
    const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone());
    of_changes.push_back(EventOfChange(fmt::format("c{}", random() % 4), time, random() % 2 == 0 ? time : ""));
  }
  const auto sums = [](testing::SimulatedService& service) {
    std::vector<std::string> rows = service.file().Column(
        "SELECT kpi_id || ' ' || day || ' ' || numerator || ' ' || denominator FROM observation ORDER BY kpi_id, day");
    for (std::string& row : service.file().Column(
             "SELECT kpi_id || ' ' || granularity || ' ' || first_day || ' ' || slot || ' ' || tickets FROM time_slot "
             "ORDER BY kpi_id, granularity, first_day, slot"))
      rows.push_back(std::move(row));
    for (std::string& row : service.file().Column(
             "SELECT kpi_id || ' ' || granularity || ' ' || first_day || ' ' || numerator || ' ' || denominator || ' ' "
             "|| recorded FROM rollup ORDER BY kpi_id, granularity, first_day"))
      rows.push_back(std::move(row));
    return rows;
  };
  std::vector<std::string> expected;
  for (int order = 0; order < 6; ++order) {
    testing::SimulatedService service{MetricsService()};
    if (order % 2 == 0) MakeEngine(service, "shop");
    service.runtime().RunReady();
    std::vector<AnyEvent> events;
    size_t ticket = 0;
    size_t change = 0;
    while (ticket < of_tickets.size() || change < of_changes.size()) {
      const bool takes_ticket =
          change == of_changes.size() || (ticket < of_tickets.size() && random() % 40 < static_cast<size_t>(order) * 8);
      if (takes_ticket) {
        events.emplace_back(of_tickets[ticket++]);
      } else {
        events.emplace_back(of_changes[change++]);
      }
    }
    ApplyPage(service, events);
    service.runtime().RunReady();
    if (order % 2 != 0) MakeEngine(service, "shop");
    service.runtime().RunReady();
    ApplyPage(service, events);
    if (expected.empty()) expected = sums(service);
    EXPECT_EQ(sums(service), expected) << order;
    EXPECT_GT(expected.size(), 50u);
  }
}

TEST_F(SystemKpiTest, GapsSayWhoWaitsForThem) {
  const auto declined = [&](const std::string& id, const std::string& gap, const std::string& customer) {
    TicketFacts& facts = Received(id, At("2026-11-01T00:00:00Z"));
    facts.set_state(Ticket::NOT_YET);
    facts.set_capability_gap(gap);
    facts.mutable_customer()->set_customer("customers/" + customer);
    facts.mutable_customer()->set_anonymous(customer == "nobody");
    Tell(id);
  };
  const auto gaps = [&] {
    const auto report = metrics_.Call<v1::GapReport>(std::string(kKpis) + "GetGapReport", v1::GetGapReportRequest());
    EXPECT_TRUE(report.ok()) << report.status();
    std::vector<std::string> lines;
    for (const v1::Gap& gap : report->gaps())
      lines.push_back(
          fmt::format("{} {}+{} of {}", gap.capability_gap(), gap.customers(), gap.anonymous(), gap.tickets()));
    return lines;
  };
  declined("a", "cold-chain", "kim");
  declined("b", "cold-chain", "kim");
  declined("c", "cold-chain", "lee");
  declined("d", "cold-chain", "nobody");
  declined("e", "jar-washing", "kim");
  Received("history", At("2026-11-01T00:00:00Z")).set_imported(true);
  declined("history", "cold-chain", "park");
  EXPECT_THAT(gaps(), ElementsAre("cold-chain 2+1 of 4", "jar-washing 1+0 of 1"));
  TicketEvent merged;
  merged.mutable_customers_merged()->set_customer("customers/lee");
  merged.mutable_customers_merged()->set_merged("customers/kim");
  Apply(merged);
  Apply(merged);
  EXPECT_THAT(gaps(), ElementsAre("cold-chain 1+1 of 4", "jar-washing 1+0 of 1"));
  Ticket("a").set_state(Ticket::ACCEPTED);
  Tell("a");
  Ticket("e").set_state(Ticket::HEARD);
  Tell("e");
  EXPECT_THAT(gaps(), ElementsAre("cold-chain 1+1 of 3"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
  metrics_.file().Execute("UPDATE gap SET customers = 9");
  EXPECT_THAT(WrongCounts(), ElementsAre("gaps : cold-chain has 3 tickets, 1 customers, 1 of nobody known and counts 3 "
                                         "tickets, 9 customers, 1 of nobody known"));
}

TEST_F(SystemKpiTest, FindsDaysThatAreNoRecount) {
  SetClock("2026-12-31T00:00:00Z");
  MakeEngine();
  Settle();
  Received("a", At("2026-11-01T00:00:00Z"));
  Tell("a");
  metrics_.file().Execute("UPDATE observation SET numerator = 5000 WHERE kpi_id = 'complaints'");
  EXPECT_THAT(WrongCounts(),
              ::testing::Contains("kpi-system engines/shop/kpis/complaints: its days are not a recount of "
                                  "what it counts"));
}

TEST_F(SystemKpiTest, TakesNoNumbersAndKeepsWhatItIs) {
  MakeEngine();
  Settle();
  v1::RecordObservationsRequest record;
  record.set_parent("engines/shop");
  record.set_recorded_by("members/kim");
  record.add_entries()->set_kpi("engines/shop/kpis/complaints");
  record.mutable_entries(0)->set_day("2026-11-01");
  record.mutable_entries(0)->set_value(1);
  EXPECT_EQ(
      testing::Summary(
          metrics_.Call<v1::RecordObservationsResponse>(std::string(kKpis) + "RecordObservations", record).status()),
      "FAILED_PRECONDITION KPI_COMPUTED entries[0].kpi");
  EXPECT_EQ(testing::Summary(MakeKpi(v1::COMPLAINTS, v1::Kpi::RATIO, "").status()),
            "INVALID_ARGUMENT INVALID_FIELD kpi.kind");
  EXPECT_EQ(testing::Summary(MakeKpi(v1::SYSTEM_KPI_UNSPECIFIED, v1::Kpi::RATIO, "").status()),
            "INVALID_ARGUMENT INVALID_FIELD kpi.system");
  v1::UpdateKpiRequest update;
  update.set_name("engines/shop/kpis/complaints");
  update.mutable_kpi()->set_stage("engines/shop/stages/a");
  EXPECT_EQ(testing::Summary(metrics_.Call<v1::Kpi>(std::string(kKpis) + "UpdateKpi", update).status()),
            "INVALID_ARGUMENT INVALID_FIELD kpi.stage");
}

}  // namespace
}  // namespace dangol::metrics
