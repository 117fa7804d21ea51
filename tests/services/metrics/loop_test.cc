// The chain of one ticket: from events to GetLoop and SummarizeLoop.
#include <algorithm>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

#include "tests/services/metrics/metrics_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kMonday = At("2026-11-23T09:00:00Z");

absl::Time Hour(int hours) { return kMonday + absl::Hours(hours); }

constexpr char kShipped[] = R"(
  name: "loops/late"
  ticket: "tickets/late"
  kind: COMPLAINT
  severity: NORMAL
  contact_reason: "delivery/late"
  channel: "web"
  state: ANSWERED
  disposition: CHANGED
  change: "changes/announce"
  change_title: "Parcels are announced"
  change_state: SHIPPED
  shipment: "changes/announce/shipments/1"
  occur_time { seconds: 1795420800 }
  receive_time { seconds: 1795424400 }
  hear_time { seconds: 1795428000 }
  first_response_time { seconds: 1795431600 }
  decide_time { seconds: 1795435200 }
  answer_time { seconds: 1795460400 }
  steps { time { seconds: 1795424400 } kind: RECEIVED }
  steps { time { seconds: 1795428000 } kind: HEARD }
  steps { time { seconds: 1795431600 } kind: REPLIED }
  steps { time { seconds: 1795435200 } kind: ACCEPTED change: "changes/announce" }
  steps { time { seconds: 1795438800 } kind: CHANGE_PROPOSED change: "changes/announce" }
  steps { time { seconds: 1795442400 } kind: CONFIRMED change: "changes/announce" }
  steps { time { seconds: 1795446000 } kind: CHANGE_PLANNED change: "changes/announce" decided_by: "members/kim" detail: "PROCESS" }
  steps { time { seconds: 1795449600 } kind: CHANGE_STARTED change: "changes/announce" decided_by: "members/kim" }
  steps { time { seconds: 1795453200 } kind: CUSTOMER_WROTE }
  steps {
    time { seconds: 1795456800 }
    kind: CHANGE_SHIPPED
    change: "changes/announce"
    shipment: "changes/announce/shipments/1"
    decided_by: "members/kim"
  }
  steps { time { seconds: 1795460400 } kind: ANSWERED change: "changes/announce" shipment: "changes/announce/shipments/1" }
)";

TEST_F(MetricsTest, TheWholeChainIsOneAnswer) {
  TicketsScript tickets;
  BacklogScript backlog;
  tickets.Created("tickets/late", Hour(0));
  tickets.Acknowledged("tickets/late", Hour(1));
  tickets.Said("tickets/late", "m1", Message::PUBLIC, Hour(2));
  tickets.Accepted("tickets/late", "changes/announce", Hour(3));
  backlog.Created("changes/announce", Hour(4));
  tickets.Followed({"tickets/late"}, TicketsFollowed::CONFIRMED, "changes/announce", Hour(5));
  backlog.Planned("changes/announce", Hour(6));
  backlog.Started("changes/announce", Hour(7));
  tickets.Said("tickets/late", "m2", Message::CUSTOMER, Hour(8));
  tickets.Said("tickets/late", "m3", Message::INTERNAL, Hour(8), /*touches=*/false);
  backlog.Shipped("changes/announce", Hour(9));
  tickets.Followed({"tickets/late"}, TicketsFollowed::ANSWERED, "changes/announce", Hour(10));
  Apply(backlog.events());
  Apply(tickets.events());

  const auto loop = GetLoop("loops/late");
  ASSERT_TRUE(loop.ok()) << loop.status();
  v1::Loop expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kShipped, &expected));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*loop, expected)) << loop->DebugString();
  EXPECT_THAT(Counts(), ElementsAre("2026-11-23 RECEIVED +1 -1", "2026-11-23 HEARD +1 -1", "2026-11-23 ACCEPTED +1 -1",
                                    "2026-11-23 ANSWERED +1 -0"));
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, AStepIsKnownBeforeItsChangeIs) {
  TicketsScript tickets;
  tickets.Created("tickets/late", Hour(0));
  tickets.Accepted("tickets/late", "changes/announce", Hour(1));
  Apply(tickets.events());
  const auto loop = GetLoop("loops/late");
  ASSERT_TRUE(loop.ok()) << loop.status();
  EXPECT_EQ(loop->change(), "changes/announce");
  EXPECT_EQ(loop->change_title(), "");
  EXPECT_EQ(loop->change_state(), Change::STATE_UNSPECIFIED);
  EXPECT_EQ(FromProtoTime(loop->hear_time()), Hour(1)) << "whoever accepts a ticket has heard it";
  const auto summary = Summarize("changes/announce");
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->tickets(), 1);
  EXPECT_EQ(summary->title(), "");
}

TEST_F(MetricsTest, HistoryCountsOnTheDaysItWasReceivedAndClosed) {
  TicketsScript tickets;
  tickets.Created("tickets/old", At("2026-03-01T10:00:00Z"), At("2026-03-05T10:00:00Z"));
  tickets.Created("tickets/older", At("2026-02-27T10:00:00Z"), At("2026-03-05T10:00:00Z"));
  Apply(tickets.events());
  EXPECT_THAT(Counts(), ElementsAre("2026-02-27 RECEIVED +1 -0", "2026-03-01 RECEIVED +1 -0",
                                    "2026-03-05 RECEIVED +0 -2", "2026-03-05 CLOSED +2 -0"));
  const auto loop = GetLoop("loops/old");
  ASSERT_TRUE(loop.ok()) << loop.status();
  EXPECT_EQ(loop->state(), Ticket::CLOSED);
  EXPECT_EQ(loop->disposition(), Ticket::IMPORTED);
  EXPECT_FALSE(loop->has_hear_time());
  EXPECT_FALSE(loop->has_decide_time());
  EXPECT_THAT(StepsOf(*loop), ElementsAre("RECEIVED", "CLOSED IMPORTED"));
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, WhatComesBackIsCountedOnce) {
  TicketsScript tickets;
  BacklogScript backlog;
  backlog.Created("changes/announce", Hour(0));
  tickets.Created("tickets/late", Hour(1));
  tickets.Accepted("tickets/late", "changes/announce", Hour(2));
  tickets.Followed({"tickets/late"}, TicketsFollowed::CONFIRMED, "changes/announce", Hour(3));
  backlog.Shipped("changes/announce", Hour(4));
  tickets.Followed({"tickets/late"}, TicketsFollowed::ANSWERED, "changes/announce", Hour(5));
  tickets.NotFixed("tickets/late", "changes/announce", Hour(6));
  tickets.Followed({"tickets/late"}, TicketsFollowed::RECURRED, "changes/announce", Hour(7));
  Apply(backlog.events());
  Apply(tickets.events());

  auto loop = GetLoop("loops/late");
  ASSERT_TRUE(loop.ok()) << loop.status();
  EXPECT_EQ(loop->state(), Ticket::ACCEPTED);
  EXPECT_EQ(loop->recurrence_count(), 1);
  EXPECT_FALSE(loop->has_answer_time());
  EXPECT_EQ(loop->disposition(), Ticket::DISPOSITION_UNSPECIFIED);
  EXPECT_THAT(StepsOf(*loop), ElementsAre("CHANGE_PROPOSED announce", "RECEIVED", "ACCEPTED announce",
                                          "CONFIRMED announce", "CHANGE_SHIPPED announce", "ANSWERED announce",
                                          "RECURRED announce NOT_FIXED", "CONFIRMED announce"));
  auto summary = Summarize("changes/announce");
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->recurrences(), 1);
  EXPECT_EQ(summary->answered(), 0);
  EXPECT_EQ(summary->loop_time_p50_seconds(), -1);

  tickets.Followed({"tickets/late"}, TicketsFollowed::ANSWERED, "changes/announce", Hour(8), 2);
  Apply(tickets.events().back());
  loop = GetLoop("loops/late");
  EXPECT_EQ(loop->shipment(), "changes/announce/shipments/2");
  EXPECT_EQ(loop->recurrence_count(), 1);
  summary = Summarize("changes/announce");
  EXPECT_EQ(summary->answered(), 1);
  EXPECT_THAT(Violations(), IsEmpty());
}

// As the tickets service counts: by the link, which a move does not make anew.
TEST_F(MetricsTest, ARecurrenceThatIsMovedIsCountedOnce) {
  TicketsScript tickets;
  tickets.Created("tickets/after", Hour(1));
  tickets.Accepted("tickets/after", "changes/wrong", Hour(2));
  tickets.Followed({"tickets/after"}, TicketsFollowed::RECURRED, "changes/wrong", Hour(3));
  tickets.Followed({"tickets/after"}, TicketsFollowed::MOVED, "changes/right", Hour(4));
  tickets.Followed({"tickets/after"}, TicketsFollowed::RECURRED, "changes/right", Hour(4));
  Apply(tickets.events());
  EXPECT_EQ(GetLoop("loops/after")->recurrence_count(), 1);
  EXPECT_EQ(Summarize("changes/right")->recurrences(), 1);
  tickets.Unlinked("tickets/after", "changes/right", Hour(5));
  tickets.Accepted("tickets/after", "changes/right", Hour(6));
  tickets.Followed({"tickets/after"}, TicketsFollowed::RECURRED, "changes/right", Hour(7));
  for (size_t i = 5; i < tickets.events().size(); ++i) Apply(tickets.events()[i]);
  EXPECT_EQ(GetLoop("loops/after")->recurrence_count(), 2);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, WhatHappenedAfterTheShipmentIsARecurrenceAndBeforeIsLate) {
  TicketsScript tickets;
  for (const char* ticket : {"tickets/after", "tickets/before"}) {
    tickets.Created(ticket, Hour(1));
    tickets.Accepted(ticket, "changes/announce", Hour(2));
  }
  tickets.Followed({"tickets/after"}, TicketsFollowed::RECURRED, "changes/announce", Hour(3));
  tickets.Followed({"tickets/before"}, TicketsFollowed::ANSWERED_LATE, "changes/announce", Hour(3));
  Apply(tickets.events());
  EXPECT_THAT(Steps("loops/after"), ElementsAre("RECEIVED", "ACCEPTED announce", "RECURRED announce"));
  EXPECT_THAT(Steps("loops/before"), ElementsAre("RECEIVED", "ACCEPTED announce", "ANSWERED announce LATE"));
  EXPECT_EQ(GetLoop("loops/after")->recurrence_count(), 1);
  EXPECT_TRUE(GetLoop("loops/before")->late());
  const auto summary = Summarize("changes/announce");
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->tickets(), 2);
  EXPECT_EQ(summary->tickets_by_state().at("ACCEPTED"), 1);
  EXPECT_EQ(summary->tickets_by_state().at("ANSWERED"), 1);
  EXPECT_EQ(summary->answered(), 1);
  EXPECT_EQ(summary->late(), 1);
  EXPECT_EQ(summary->recurrences(), 1);
  EXPECT_EQ(summary->loop_time_p50_seconds(), -1) << "what is late has no loop time";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, AnUnhappyCustomerIsHeardAgain) {
  TicketsScript tickets;
  tickets.Created("tickets/rude", Hour(0));
  tickets.Resolved("tickets/rude", Ticket::INFORMED, Hour(1));
  tickets.Reopened("tickets/rude", Hour(2));
  tickets.Declined("tickets/rude", Hour(3));
  tickets.Reopened("tickets/rude", Hour(4));
  tickets.Declined("tickets/rude", Hour(5), "");
  Apply(tickets.events());
  const auto loop = GetLoop("loops/rude");
  ASSERT_TRUE(loop.ok()) << loop.status();
  EXPECT_THAT(StepsOf(*loop), ElementsAre("RECEIVED", "RESOLVED INFORMED", "REOPENED NOT_SATISFIED",
                                          "DECLINED cold-chain", "REOPENED APPEAL", "DECLINED UNSUSTAINABLE"));
  EXPECT_EQ(loop->reopen_count(), 2);
  EXPECT_EQ(loop->state(), Ticket::NOT_YET);
  EXPECT_EQ(FromProtoTime(loop->decide_time()), Hour(1));
  EXPECT_FALSE(loop->has_answer_time());
  EXPECT_EQ(loop->steps(1).decided_by(), "members/lee");
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, AMistakeOfOursIsAStepAndNoReopening) {
  TicketsScript script;
  script.Created("tickets/hasty", Hour(0));
  script.Declined("tickets/hasty", Hour(1));
  script.Reopened("tickets/hasty", Hour(2));
  std::vector<TicketEvent> events = script.events();
  events.back().mutable_ticket_reopened()->set_cause(tickets::v1::ReopenTicketRequest::MISTAKE);
  events.back().mutable_facts()->set_reopen_count(0);
  events.back().mutable_facts()->clear_decide_time();
  Apply(events);
  const auto loop = GetLoop("loops/hasty");
  ASSERT_TRUE(loop.ok()) << loop.status();
  EXPECT_THAT(StepsOf(*loop), ElementsAre("RECEIVED", "DECLINED cold-chain", "REOPENED MISTAKE"));
  EXPECT_EQ(loop->reopen_count(), 0);
  EXPECT_FALSE(loop->has_decide_time());
  EXPECT_THAT(Violations(), IsEmpty());
}

// The tickets service keeps the first decision's time and tells it again.
TEST_F(MetricsTest, ASecondDecisionHappensWhenItIsTold) {
  TicketsScript tickets;
  tickets.Created("tickets/rude", Hour(0));
  tickets.Declined("tickets/rude", Hour(1));
  tickets.Reopened("tickets/rude", Hour(2));
  TicketEvent again = tickets.events()[1];
  again.mutable_envelope()->set_sequence(4);
  *again.mutable_envelope()->mutable_time() = ToProtoTime(Hour(3));
  again.mutable_envelope()->mutable_resources(0)->set_version(4);
  again.mutable_facts()->set_version(4);
  Apply(tickets.events());
  Apply(again);
  EXPECT_THAT(Steps("loops/rude"),
              ElementsAre("RECEIVED", "DECLINED cold-chain", "REOPENED APPEAL", "DECLINED cold-chain"));
  EXPECT_EQ(FromProtoTime(GetLoop("loops/rude")->decide_time()), Hour(1));
}

TEST_F(MetricsTest, AMovedTicketTakesNothingMoreFromItsFirstChange) {
  TicketsScript tickets;
  BacklogScript backlog;
  backlog.Created("changes/wrong", Hour(0));
  backlog.Created("changes/right", Hour(1));
  tickets.Created("tickets/late", Hour(2));
  tickets.Accepted("tickets/late", "changes/wrong", Hour(3));
  backlog.Planned("changes/wrong", Hour(4));
  tickets.Followed({"tickets/late"}, TicketsFollowed::MOVED, "changes/right", Hour(5));
  backlog.Shipped("changes/wrong", Hour(6));
  backlog.Shipped("changes/right", Hour(7), 1, /*partial=*/true);
  tickets.Followed({"tickets/late"}, TicketsFollowed::ANSWERED, "changes/right", Hour(8));
  Apply(tickets.events());
  Apply(backlog.events());
  EXPECT_THAT(Steps("loops/late"), ElementsAre("CHANGE_PROPOSED wrong", "CHANGE_PROPOSED right", "RECEIVED",
                                               "ACCEPTED wrong", "CHANGE_PLANNED wrong PROCESS", "MOVED right",
                                               "CHANGE_SHIPPED right PARTIAL", "ANSWERED right"));
  EXPECT_EQ(GetLoop("loops/late")->change_state(), Change::IN_PROGRESS);
  EXPECT_EQ(Summarize("changes/wrong")->tickets(), 0);
  EXPECT_EQ(Summarize("changes/right")->answered(), 1);
  EXPECT_FALSE(Summarize("changes/right")->has_ship_time());
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, ADroppedChangeGivesItsTicketsBack) {
  TicketsScript tickets;
  BacklogScript backlog;
  backlog.Created("changes/announce", Hour(0));
  tickets.Created("tickets/late", Hour(1));
  tickets.Accepted("tickets/late", "changes/announce", Hour(2));
  backlog.Dropped("changes/announce", Hour(4));
  // The clock of the tickets service is behind.
  tickets.Followed({"tickets/late"}, TicketsFollowed::RETURNED, "changes/announce", Hour(3));
  Apply(tickets.events());
  Apply(backlog.events());
  EXPECT_THAT(Steps("loops/late"), ElementsAre("CHANGE_PROPOSED announce", "RECEIVED", "ACCEPTED announce",
                                               "RETURNED announce", "CHANGE_DROPPED announce the depot closes"));
  EXPECT_EQ(GetLoop("loops/late")->change(), "");
  EXPECT_EQ(GetLoop("loops/late")->state(), Ticket::NOT_YET);
  EXPECT_EQ(Summarize("changes/announce")->tickets(), 0);
  EXPECT_EQ(Summarize("changes/announce")->state(), Change::DROPPED);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, ARefusedAndAnUnlinkedTicketAreHeardAgain) {
  TicketsScript tickets;
  for (const char* ticket : {"tickets/refused", "tickets/unlinked"}) {
    tickets.Created(ticket, Hour(0));
    tickets.Accepted(ticket, "changes/none", Hour(1));
  }
  tickets.Followed({"tickets/refused"}, TicketsFollowed::REFUSED, "changes/none", Hour(2));
  tickets.Unlinked("tickets/unlinked", "changes/none", Hour(2));
  Apply(tickets.events());
  EXPECT_THAT(Steps("loops/refused"), ElementsAre("RECEIVED", "ACCEPTED none", "REFUSED none CHANGE_NOT_FOUND"));
  EXPECT_THAT(Steps("loops/unlinked"), ElementsAre("RECEIVED", "ACCEPTED none", "UNLINKED none"));
  for (const char* loop : {"loops/refused", "loops/unlinked"}) {
    EXPECT_EQ(GetLoop(loop)->state(), Ticket::HEARD);
    EXPECT_EQ(GetLoop(loop)->change(), "");
  }
  EXPECT_EQ(testing::Summary(Summarize("changes/none").status()), "NOT_FOUND NOT_FOUND") << "it never was";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, WhereTimesTieTheCauseComesFirst) {
  TicketsScript tickets;
  BacklogScript backlog;
  backlog.Created("changes/c", kMonday);
  tickets.Created("tickets/t", kMonday);
  tickets.Accepted("tickets/t", "changes/c", kMonday);
  backlog.Planned("changes/c", kMonday);
  tickets.Followed({"tickets/t"}, TicketsFollowed::CONFIRMED, "changes/c", kMonday);
  backlog.Shipped("changes/c", kMonday, 1);
  tickets.Followed({"tickets/t"}, TicketsFollowed::ANSWERED, "changes/c", kMonday, 1);
  tickets.NotFixed("tickets/t", "changes/c", kMonday);
  backlog.Shipped("changes/c", kMonday, 2);
  tickets.Followed({"tickets/t"}, TicketsFollowed::ANSWERED, "changes/c", kMonday, 2);
  Apply(tickets.events());
  Apply(backlog.events());
  EXPECT_THAT(Steps("loops/t"),
              ElementsAre("RECEIVED", "CHANGE_PROPOSED c", "ACCEPTED c", "CONFIRMED c", "CHANGE_PLANNED c PROCESS",
                          "CHANGE_SHIPPED c", "ANSWERED c", "RECURRED c NOT_FIXED", "CHANGE_SHIPPED c", "ANSWERED c"));
}

TEST_F(MetricsTest, WhatWasSaidBeforeTheTicketIsNoReply) {
  TicketsScript tickets;
  tickets.Created("tickets/t", Hour(10));
  tickets.Said("tickets/t", "m1", Message::PUBLIC, Hour(12));
  tickets.Said("tickets/t", "m2", Message::PUBLIC, Hour(5), /*touches=*/false);
  Apply(tickets.events());
  EXPECT_THAT(Steps("loops/t"), ElementsAre("RECEIVED", "REPLIED"));
  EXPECT_EQ(FromProtoTime(GetLoop("loops/t")->first_response_time()), Hour(12));
}

TEST_F(MetricsTest, ShowsTheNewest200Steps) {
  TicketsScript tickets;
  tickets.Created("tickets/long", Hour(0));
  for (int i = 0; i < 250; ++i)
    tickets.Said("tickets/long", fmt::format("m{}", i), Message::PUBLIC, Hour(i + 1), i == 0);
  Apply(tickets.events());
  const auto loop = GetLoop("loops/long");
  ASSERT_TRUE(loop.ok()) << loop.status();
  ASSERT_EQ(loop->steps_size(), 200);
  EXPECT_EQ(FromProtoTime(loop->steps(0).time()), Hour(51));
  EXPECT_EQ(FromProtoTime(loop->steps(199).time()), Hour(250));
  EXPECT_EQ(FromProtoTime(loop->first_response_time()), Hour(1));
}

TEST_F(MetricsTest, SummarizesTheTicketsOfAChange) {
  TicketsScript tickets;
  BacklogScript backlog;
  backlog.Created("changes/announce", Hour(0));
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) {
    names.push_back(fmt::format("tickets/t{}", i));
    tickets.Created(names.back(), Hour(100) - absl::Minutes(i + 1));
    tickets.Accepted(names.back(), "changes/announce", Hour(100));
  }
  backlog.Planned("changes/announce", Hour(101));
  backlog.Started("changes/announce", Hour(102));
  backlog.Shipped("changes/announce", Hour(103));
  tickets.Followed(names, TicketsFollowed::ANSWERED, "changes/announce", Hour(100));
  Apply(tickets.events());
  Apply(backlog.events());
  const auto summary = Summarize("changes/announce");
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->title(), "Parcels are announced");
  EXPECT_EQ(summary->state(), Change::SHIPPED);
  EXPECT_EQ(FromProtoTime(summary->propose_time()), Hour(0));
  EXPECT_EQ(FromProtoTime(summary->plan_time()), Hour(101));
  EXPECT_EQ(FromProtoTime(summary->start_time()), Hour(102));
  EXPECT_EQ(FromProtoTime(summary->ship_time()), Hour(103));
  EXPECT_EQ(summary->shipments(), 1);
  EXPECT_EQ(summary->tickets(), 10);
  EXPECT_EQ(summary->tickets_by_state().at("ANSWERED"), 10);
  EXPECT_EQ(summary->answered(), 10);
  EXPECT_EQ(FromProtoTime(summary->first_receive_time()), Hour(100) - absl::Minutes(10));
  EXPECT_EQ(FromProtoTime(summary->last_receive_time()), Hour(100) - absl::Minutes(1));
  EXPECT_EQ(summary->loop_time_p50_seconds(), 300);
  EXPECT_EQ(summary->loop_time_p90_seconds(), 541) << "540, counted to 1/256";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(MetricsTest, WhatIsNotKnownIsNotFound) {
  EXPECT_EQ(testing::Summary(GetLoop("loops/none").status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(Summarize("changes/none").status()), "NOT_FOUND NOT_FOUND");
}

TEST_F(MetricsTest, RefusesWhatIsNoDay) {
  for (const char* wrong : {"2026-13-01", "2026-02-30", "2026-1-1", "26-01-01", "yesterday", "2026/01/01", " 2026-01-1",
                            "2026-01-1 ", "-026-01-01"}) {
    EXPECT_EQ(testing::Summary(ListCounts(wrong, "2026-12-31").status()), "INVALID_ARGUMENT INVALID_FIELD first_day")
        << wrong;
    EXPECT_EQ(testing::Summary(ListCounts("2026-01-01", wrong).status()), "INVALID_ARGUMENT INVALID_FIELD last_day")
        << wrong;
  }
  EXPECT_EQ(testing::Summary(ListCounts("", "").status()), "INVALID_ARGUMENT INVALID_FIELD first_day last_day");
  EXPECT_EQ(testing::Summary(ListCounts("2026-01-02", "2026-01-01").status()),
            "INVALID_ARGUMENT INVALID_FIELD last_day");
  EXPECT_EQ(testing::Summary(ListCounts("2025-01-01", "2026-02-06").status()),
            "INVALID_ARGUMENT INVALID_FIELD last_day");
  EXPECT_TRUE(ListCounts("2025-01-01", "2026-02-05").ok()) << "400 days behind";
  EXPECT_TRUE(ListCounts("2026-02-05", "2026-02-05").ok());
}

TEST_F(MetricsTest, CountsComeInPages) {
  TicketsScript tickets;
  for (int i = 0; i < 60; ++i) {
    const std::string ticket = fmt::format("tickets/t{}", i);
    tickets.Created(ticket, At("2026-01-01T09:00:00Z") + i * absl::Hours(24));
    tickets.Acknowledged(ticket, At("2026-01-02T09:00:00Z") + i * absl::Hours(24));
  }
  Apply(tickets.events());
  v1::ListStateCountsRequest request;
  request.set_first_day("2026-01-01");
  request.set_last_day("2026-12-31");
  std::vector<std::string> seen;
  for (int page = 0; page == 0 || !request.page_token().empty(); ++page) {
    ASSERT_LT(page, 4);
    const auto response =
        metrics_.Call<v1::ListStateCountsResponse>("/dangol.metrics.v1.LoopService/ListStateCounts", request);
    ASSERT_TRUE(response.ok()) << response.status();
    for (const auto& count : response->counts())
      seen.push_back(fmt::format("{} {}", count.day(), static_cast<int>(count.state())));
    request.set_page_token(response->next_page_token());
  }
  EXPECT_EQ(seen.size(), 121u) << "RECEIVED on 61 days, HEARD on 60";
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());

  request.set_page_token("rubbish");
  EXPECT_EQ(testing::Summary(
                metrics_.Call<v1::ListStateCountsResponse>("/dangol.metrics.v1.LoopService/ListStateCounts", request)
                    .status()),
            "INVALID_ARGUMENT PAGE_TOKEN_MALFORMED page_token");
}

TEST_F(MetricsTest, AnEventWithoutItsVersionIsAFault) {
  TicketsScript tickets;
  tickets.Created("tickets/late", Hour(0));
  TicketEvent event = tickets.events().front();
  event.mutable_facts()->clear_version();
  EXPECT_EQ(testing::ApplyEvent(metrics_, MetricsService().sources[0], event).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(testing::Summary(GetLoop("loops/late").status()), "NOT_FOUND NOT_FOUND");
}

TEST_F(MetricsTest, ALostEventLeavesWhatFollowsTrue) {
  TicketsScript tickets;
  tickets.Created("tickets/late", Hour(0));
  tickets.Acknowledged("tickets/late", Hour(1));
  tickets.Accepted("tickets/late", "changes/c", Hour(2));
  Apply(tickets.events()[2]);  // an operator dropped the others
  EXPECT_THAT(Steps("loops/late"), ElementsAre("ACCEPTED c"));
  EXPECT_EQ(GetLoop("loops/late")->contact_reason(), "delivery/late");
  EXPECT_THAT(Counts(), ElementsAre("2026-11-23 ACCEPTED +1 -0"));
  Apply(tickets.events()[1]);  // and retries one too late
  EXPECT_EQ(GetLoop("loops/late")->state(), Ticket::ACCEPTED);
  EXPECT_THAT(Violations(), IsEmpty());
}

}  // namespace
}  // namespace dangol::metrics
