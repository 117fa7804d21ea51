// KPIs of what customers say of an answer, and of what changes owe to them.
#include "tests/services/metrics/system_kpi_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tickets::v1::PreviewAnswered;
using tickets::v1::ReopenTicketRequest;

class SystemCohorts : public SystemKpiTest {
 protected:
  SystemCohorts() {
    SetClock("2026-12-31T00:00:00Z");
    MakeEngine();
    Settle();
  }

  void Resolved(const std::string& id, const std::string& time) {
    if (!Ticket(id).has_receive_time()) Received(id, At("2026-11-01T00:00:00Z"));
    Ticket(id).set_state(Ticket::ANSWERED);
    Ticket(id).set_disposition(Ticket::INFORMED);
    *Ticket(id).mutable_answer_time() = ToProtoTime(At(time));
    Tell(id, At(time));
  }
  void Declined(const std::string& id, const std::string& time) {
    if (!Ticket(id).has_receive_time()) Received(id, At("2026-11-01T00:00:00Z"));
    Ticket(id).set_state(Ticket::NOT_YET);
    Tell(id, At(time));
  }
  void Reopened(const std::string& id, ReopenTicketRequest::Cause cause, const std::string& time) {
    TicketFacts& facts = Ticket(id);
    facts.set_state(cause == ReopenTicketRequest::NOT_FIXED ? Ticket::ACCEPTED : Ticket::HEARD);
    facts.clear_answer_time();
    if (cause == ReopenTicketRequest::NOT_FIXED) {
      facts.set_recurrence_count(facts.recurrence_count() + 1);
    } else if (cause != ReopenTicketRequest::MISTAKE) {
      facts.set_reopen_count(facts.reopen_count() + 1);
    }
    TicketEvent event = Event(id, At(time));
    event.mutable_ticket_reopened()->set_cause(cause);
    Apply(event);
  }
  void Rated(const std::string& id, int outcome, int handling) {
    if (!Ticket(id).has_receive_time()) Received(id, At("2026-11-01T00:00:00Z"));
    Ticket(id).set_outcome_rating(outcome);
    Ticket(id).set_handling_rating(handling);
    Tell(id, At("2026-11-05T00:00:00Z"));
  }
};

TEST_F(SystemCohorts, AnAnswerIsReopenedOnceAndWithin14Days) {
  Resolved("a", "2026-11-02T00:00:00Z");
  Resolved("b", "2026-11-02T00:00:00Z");
  Resolved("c", "2026-11-02T00:00:00Z");
  EXPECT_THAT(Days("reopen"), ElementsAre("2026-11-02 0/3"));
  Reopened("a", ReopenTicketRequest::NOT_SATISFIED, "2026-11-16T00:00:00Z");
  Reopened("b", ReopenTicketRequest::NOT_SATISFIED, "2026-11-16T00:00:01Z");
  Reopened("c", ReopenTicketRequest::NOT_FIXED, "2026-11-03T00:00:00Z");
  EXPECT_THAT(Days("reopen"), ElementsAre("2026-11-02 2/3")) << "b was a second too late";
  Resolved("a", "2026-11-20T00:00:00Z");
  Reopened("a", ReopenTicketRequest::NOT_SATISFIED, "2026-11-21T00:00:00Z");
  EXPECT_THAT(Days("reopen"), ElementsAre("2026-11-02 2/3")) << "of a ticket its first answer counts";
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, AMistakeAndWhatWasTakenBackAreNoAnswer) {
  Resolved("a", "2026-11-02T00:00:00Z");
  Reopened("a", ReopenTicketRequest::MISTAKE, "2026-11-03T00:00:00Z");
  EXPECT_THAT(Days("reopen"), IsEmpty());
  Resolved("a", "2026-11-09T00:00:00Z");
  EXPECT_THAT(Days("reopen"), ElementsAre("2026-11-09 0/1"));
  Received("b", At("2026-11-01T00:00:00Z")).set_change("changes/x");
  Answered("b", At("2026-11-04T00:00:00Z"));
  Tell("b", At("2026-11-04T00:00:00Z"));
  EXPECT_THAT(Days("reopen"), ElementsAre("2026-11-04 0/1", "2026-11-09 0/1"));
  TicketEvent reverted = Event("b", At("2026-11-05T00:00:00Z"));
  reverted.clear_facts();
  tickets::v1::TicketsFollowed& followed = *reverted.mutable_tickets_followed();
  followed.set_effect(tickets::v1::TicketsFollowed::REVERTED);
  followed.set_change("changes/x");
  followed.mutable_facts()->set_state(Ticket::ACCEPTED);
  followed.mutable_facts()->set_change("changes/x");
  followed.add_tickets()->set_ticket("tickets/b");
  followed.mutable_tickets(0)->set_version(Ticket("b").version());
  Apply(reverted);
  EXPECT_THAT(Days("reopen"), ElementsAre("2026-11-09 0/1"));
  EXPECT_THAT(Days("trust-them"), IsEmpty());
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, AnAppealCountsWithin30DaysOfTheFirstDecline) {
  for (const char* id : {"a", "b", "c"}) Declined(id, "2026-11-02T00:00:00Z");
  Reopened("a", ReopenTicketRequest::APPEAL, "2026-12-02T00:00:00Z");
  Reopened("b", ReopenTicketRequest::APPEAL, "2026-12-02T00:00:01Z");
  Reopened("c", ReopenTicketRequest::MISTAKE, "2026-11-03T00:00:00Z");
  EXPECT_THAT(Days("appeal"), ElementsAre("2026-11-02 1/2")) << "a mistake counts nowhere";
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, RatingsOfFewerThanTenAreNotShown) {
  for (int i = 0; i < 9; ++i) Rated(fmt::format("t{}", i), i < 6 ? 4 : 1, 5);
  EXPECT_THAT(Days("outcome"), IsEmpty());
  Rated("t9", 5, 0);
  EXPECT_THAT(Days("outcome"), ElementsAre("2026-11-05 32/10"));
  EXPECT_THAT(Days("outcome-satisfied"), ElementsAre("2026-11-05 7/10"));
  EXPECT_THAT(Days("handling"), IsEmpty()) << "nine rated it";
  Rated("t9", 1, 5);
  EXPECT_THAT(Days("outcome-satisfied"), ElementsAre("2026-11-05 6/10")) << "rating again replaces";
  EXPECT_THAT(Days("handling-satisfied", "2026-11-01", "2026-11-30", v1::MONTH), ElementsAre("2026-11-01 10/10"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, RatingsAreAlsoToldApartByTheAnswer) {
  for (int i = 0; i < 10; ++i) {
    const std::string id = fmt::format("t{}", i);
    Resolved(id, "2026-11-02T00:00:00Z");
    Rated(id, 2, 0);
  }
  EXPECT_THAT(Days("outcome-of-resolved"), ElementsAre("2026-11-05 20/10"));
  EXPECT_THAT(Days("outcome-of-changed"), IsEmpty());
  for (int i = 0; i < 10; ++i) {
    Ticket(fmt::format("t{}", i)).set_disposition(tickets::v1::Ticket::CHANGED);
    Rated(fmt::format("t{}", i), 5, 0);
  }
  EXPECT_THAT(Days("outcome-of-resolved"), IsEmpty()) << "they were answered anew";
  EXPECT_THAT(Days("outcome-of-changed"), ElementsAre("2026-11-05 50/10"));
  for (int i = 0; i < 10; ++i) {
    tickets::v1::TicketFacts& facts = Ticket(fmt::format("t{}", i));
    facts.clear_disposition();
    facts.clear_answer_time();
    facts.set_state(tickets::v1::Ticket::NOT_YET);
    Rated(fmt::format("t{}", i), 1, 0);
  }
  EXPECT_THAT(Days("outcome-of-not-yet"), ElementsAre("2026-11-05 10/10"));
  EXPECT_THAT(Days("outcome"), ElementsAre("2026-11-05 10/10"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, ARatingStaysWithTheAnswerThatWasRated) {
  for (int i = 0; i < 10; ++i) {
    const std::string id = fmt::format("t{}", i);
    Resolved(id, "2026-11-02T00:00:00Z");
    Rated(id, 1, 0);
    Reopened(id, ReopenTicketRequest::NOT_SATISFIED, "2026-11-06T00:00:00Z");
    EXPECT_THAT(WrongCounts(), IsEmpty());
    Answered(id, At("2026-11-09T00:00:00Z"));
    Tell(id, At("2026-11-09T00:00:00Z"));
  }
  EXPECT_THAT(Days("outcome-of-resolved"), ElementsAre("2026-11-05 10/10"));
  EXPECT_THAT(Days("outcome-of-changed"), IsEmpty()) << "nobody has rated that";
  for (int i = 0; i < 10; ++i) Rated(fmt::format("t{}", i), 5, 0);
  EXPECT_THAT(Days("outcome-of-resolved"), IsEmpty());
  EXPECT_THAT(Days("outcome-of-changed"), ElementsAre("2026-11-05 50/10"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, WorkIsWhatComplaintsAreLinkedTo) {
  FactsOfChange("x").set_effort_percent(300);
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  Apply(EventOfChange("y", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
  EXPECT_THAT(Days("voice"), ElementsAre("2026-11-02 0/4"));
  Received("a", At("2026-11-01T00:00:00Z")).set_change("changes/x");
  Ticket("a").set_state(Ticket::ACCEPTED);
  Tell("a");
  EXPECT_THAT(Days("voice"), ElementsAre("2026-11-02 3/4"));
  EXPECT_THAT(Days("collaboration"), IsEmpty()) << "nobody may be asked";
  Ticket("a").set_may_ask(true);
  Tell("a");
  EXPECT_THAT(Days("collaboration"), ElementsAre("2026-11-02 0/1"));
  Ticket("a").set_change("changes/y");
  Tell("a");
  EXPECT_THAT(Days("voice"), ElementsAre("2026-11-02 1/4"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, WhatACustomerFoundMendedBeforeWasMendedTogether) {
  Received("a", At("2026-11-01T00:00:00Z")).set_change("changes/x");
  Ticket("a").set_state(Ticket::ACCEPTED);
  Ticket("a").set_may_ask(true);
  Tell("a");
  Tried("a", "x", PreviewAnswered::NOT_FIXED, "2026-11-02T00:00:00Z");
  Apply(EventOfChange("x", "2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z"));
  EXPECT_THAT(Days("collaboration"), ElementsAre("2026-11-04 0/1"));
  Tried("a", "x", PreviewAnswered::FIXED, "2026-11-04T00:00:01Z");
  EXPECT_THAT(Days("collaboration"), ElementsAre("2026-11-04 0/1")) << "that was after it shipped";
  Tried("a", "x", PreviewAnswered::FIXED, "2026-11-03T00:00:00Z");
  EXPECT_THAT(Days("collaboration"), ElementsAre("2026-11-04 1/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemCohorts, TimesHaveQuantiles) {
  for (int hours = 1; hours <= 10; ++hours) {
    const std::string id = fmt::format("t{}", hours);
    *Received(id, At("2026-11-02T00:00:00Z")).mutable_first_response_time() =
        ToProtoTime(At("2026-11-02T00:00:00Z") + absl::Hours(hours));
    Tell(id);
  }
  const auto quantiles = [&](v1::Granularity granularity) {
    v1::QuerySeriesRequest request;
    request.set_engine("engines/shop");
    request.add_kpis("engines/shop/kpis/first-response");
    request.set_first_day("2026-11-02");
    request.set_last_day("2026-11-02");
    request.set_granularity(granularity);
    return metrics_.Call<v1::QuerySeriesResponse>(std::string(kKpis) + "QuerySeries", request)->series(0).points(0);
  };
  for (const v1::Granularity granularity : {v1::DAY, v1::WEEK, v1::MONTH}) {
    const v1::Point point = quantiles(granularity);
    EXPECT_GE(point.p50(), 5);
    EXPECT_LE(point.p50(), 5 * 33.0 / 32);
    EXPECT_GE(point.p90(), 9);
    EXPECT_LE(point.p90(), 9 * 33.0 / 32);
  }
  v1::UpdateEngineRequest update;
  update.set_name("engines/shop");
  update.mutable_engine()->set_week_start(v1::TUESDAY);
  ASSERT_TRUE(metrics_.Call<v1::Engine>(std::string(kEngines) + "UpdateEngine", update).ok());
  EXPECT_GE(quantiles(v1::WEEK).p50(), 5);
  EXPECT_THAT(WrongCounts(), IsEmpty()) << "weeks begin elsewhere now";
  for (const char* id : {"t9", "t10"}) {
    Ticket(id).set_state(Ticket::SPAM);
    Tell(id);
  }
  EXPECT_LE(quantiles(v1::DAY).p90(), 8 * 33.0 / 32);
  EXPECT_THAT(WrongCounts(), IsEmpty());
  metrics_.file().Execute("UPDATE time_slot SET tickets = 7 WHERE granularity = 2");
  EXPECT_THAT(WrongCounts(), ElementsAre("kpi-system engines/shop/kpis/first-response: how long its complaints took is "
                                         "not a recount of what it counts"));
}

}  // namespace
}  // namespace dangol::metrics
