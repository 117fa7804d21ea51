// What the backlog decides, done to tickets: each outcome in each state, told again, told late, told of another link.
#include "services/tickets/reactions.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using backlog::v1::ChangeEvent;
using backlog::v1::DemandsUpdated;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::TicketsFollowed;

constexpr DemandsUpdated::Outcome kOutcomes[] = {
    DemandsUpdated::CONFIRMED, DemandsUpdated::ANSWERED, DemandsUpdated::LATE,   DemandsUpdated::RECURRENCE,
    DemandsUpdated::RETURNED,  DemandsUpdated::MOVED,    DemandsUpdated::REFUSED};

class ReactionsTest : public TicketsTest {
 protected:
  Ticket AcceptOne(const std::string& id) {
    CreateOne(id);
    auto ticket = Accept(AcceptRequest("tickets/" + id));
    EXPECT_TRUE(ticket.ok()) << ticket.status();
    return ticket.value_or(Ticket());
  }
  // What the service says of itself.
  void ExpectWhole() {
    const auto response = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                         api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->violation_count(), 0) << response->DebugString();
  }
  // That the event changes no row and appends nothing.
  void ExpectIgnored(const ChangeEvent& event) {
    const std::string before = tickets_.file().Dump();
    EXPECT_TRUE(Apply(event).ok());
    EXPECT_EQ(tickets_.file().Dump(), before) << event.DebugString();
  }
  void ExpectIgnored(DemandsUpdated::Outcome outcome, const std::string& ticket, int64_t acceptance, int64_t revision) {
    ChangeEvent event = DemandsEvent(outcome);
    AddDemand(event, ticket, acceptance, revision);
    ExpectIgnored(event);
  }
  TicketsFollowed LastFollowed() { return Events().back().tickets_followed(); }
  std::vector<std::string> LastTickets() {
    std::vector<std::string> names;
    const TicketsFollowed followed = LastFollowed();
    for (const v1::FollowedTicket& ticket : followed.tickets()) names.push_back(ticket.ticket());
    return names;
  }
};

TEST_F(ReactionsTest, Confirmed) {
  AcceptOne("a");
  Wait(absl::Seconds(1));
  Tell(DemandsUpdated::CONFIRMED, "tickets/a", 1, 1);
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->state(), Ticket::ACCEPTED);
  EXPECT_EQ(FromProtoTime(ticket->confirm_time()), Now());
  EXPECT_EQ(FromProtoTime(ticket->update_time()), Now());
  EXPECT_EQ(ticket->etag(), "3");
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::CONFIRMED);
  EXPECT_THAT(LastTickets(), ElementsAre("tickets/a"));
  EXPECT_EQ(LastFollowed().change(), "changes/cold-box");
  EXPECT_EQ(tickets_.file().Column("SELECT kind || ' ' || resources FROM feed WHERE seq = 3")[0],
            "tickets_followed tickets/a@3");
}

TEST_F(ReactionsTest, Answered) {
  AcceptOne("a");
  Tell(DemandsUpdated::CONFIRMED, "tickets/a", 1, 1);
  const auto confirm_time = Get("tickets/a")->confirm_time();
  Wait(absl::Hours(1));
  Tell(DemandsUpdated::ANSWERED, "tickets/a", 1, 2);
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->state(), Ticket::ANSWERED);
  EXPECT_EQ(ticket->disposition(), Ticket::CHANGED);
  EXPECT_EQ(ticket->shipment(), "changes/cold-box/shipments/1");
  EXPECT_EQ(ticket->change(), "changes/cold-box");
  EXPECT_EQ(FromProtoTime(ticket->answer_time()), Now());
  EXPECT_TRUE(MessageDifferencer::Equals(ticket->confirm_time(), confirm_time));
  EXPECT_FALSE(ticket->late());
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::ANSWERED);
  EXPECT_EQ(LastFollowed().shipment(), "changes/cold-box/shipments/1");
  ExpectWhole();
}

TEST_F(ReactionsTest, Late) {
  AcceptOne("a");
  Tell(DemandsUpdated::LATE, "tickets/a", 1, 1);
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->state(), Ticket::ANSWERED);
  EXPECT_TRUE(ticket->late());
  EXPECT_EQ(ticket->recurrence_count(), 0);
  EXPECT_EQ(FromProtoTime(ticket->confirm_time()), Now());
  EXPECT_EQ(FromProtoTime(ticket->answer_time()), Now());
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::ANSWERED_LATE);
  ExpectWhole();
}

TEST_F(ReactionsTest, RecurrenceIsCountedOnceALink) {
  AcceptOne("a");
  Tell(DemandsUpdated::RECURRENCE, "tickets/a", 1, 1);
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::ACCEPTED);
  EXPECT_TRUE(Get("tickets/a")->has_confirm_time());
  EXPECT_EQ(Get("tickets/a")->recurrence_count(), 1);
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::RECURRED);
  Tell(DemandsUpdated::MOVED, "tickets/a", 1, 2);
  Tell(DemandsUpdated::RECURRENCE, "tickets/a", 1, 3);
  EXPECT_EQ(Get("tickets/a")->recurrence_count(), 1) << "it came back once, wherever it is counted";
  Tell(DemandsUpdated::ANSWERED, "tickets/a", 1, 4);
  ASSERT_TRUE(Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_FIXED)).ok());
  EXPECT_EQ(Get("tickets/a")->recurrence_count(), 2);
  Tell(DemandsUpdated::RECURRENCE, "tickets/a", 2, 5);
  EXPECT_EQ(Get("tickets/a")->recurrence_count(), 2) << "counted when it was opened again";
  ASSERT_TRUE(Unlink(UnlinkRequest("tickets/a")).ok());
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  Tell(DemandsUpdated::RECURRENCE, "tickets/a", 4, 6);
  EXPECT_EQ(Get("tickets/a")->recurrence_count(), 3);
  ExpectWhole();
}

TEST_F(ReactionsTest, Returned) {
  AcceptOne("a");
  Tell(DemandsUpdated::CONFIRMED, "tickets/a", 1, 1);
  Tell(DemandsUpdated::RETURNED, "tickets/a", 1, 2);
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->state(), Ticket::NOT_YET);
  EXPECT_TRUE(ticket->owes_reply());
  EXPECT_EQ(ticket->change(), "");
  EXPECT_FALSE(ticket->has_confirm_time());
  EXPECT_EQ(ticket->decision().decline_reason(), v1::Decision::BEYOND_CAPABILITY) << "the decision of its change";
  EXPECT_EQ(ticket->decision().capability_gap(), "cold-chain");
  EXPECT_EQ(ticket->decision().decided_by(), "members/kim");
  EXPECT_EQ(LastFollowed().facts().decline_reason(), v1::Decision::BEYOND_CAPABILITY);
  EXPECT_EQ(LastFollowed().facts().capability_gap(), "cold-chain");
  EXPECT_EQ(LastFollowed().facts().decided_by(), "members/kim");
  EXPECT_TRUE(ticket->has_decide_time());
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::RETURNED);
  EXPECT_EQ(LastFollowed().change(), "changes/cold-box");
  ExpectWhole();
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  EXPECT_FALSE(Get("tickets/a")->owes_reply());
  ASSERT_TRUE(Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::APPEAL)).ok());
  ExpectWhole();
}

TEST_F(ReactionsTest, WhatWasAcceptedFirstIsDecidedByTheChangeThatGivesItBack) {
  AcceptOne("a");
  AcceptOne("b");
  ASSERT_TRUE(Unlink(UnlinkRequest("tickets/b")).ok());
  ASSERT_TRUE(Decline(DeclineRequest("tickets/b")).ok());
  const absl::Time declined = FromProtoTime(Get("tickets/b")->decide_time());
  ASSERT_TRUE(Accept(AcceptRequest("tickets/b")).ok());
  const absl::Time dropped = FromProtoTime(Get("tickets/b")->update_time()) + absl::Hours(5);
  backlog::v1::ChangeEvent event = DemandsEvent(DemandsUpdated::RETURNED);
  *event.mutable_demands_updated()->mutable_decide_time() = ToProtoTime(dropped);
  event.mutable_demands_updated()->set_undecided(true);
  *event.mutable_demands_updated()->mutable_revisit_time() = ToProtoTime(dropped + absl::Hours(9));
  AddDemand(event, "tickets/a", 1, 1);
  AddDemand(event, "tickets/b", 3, 1);
  ASSERT_TRUE(Apply(event).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->decide_time()), dropped);
  EXPECT_EQ(FromProtoTime(Get("tickets/b")->decide_time()), declined) << "it was declined before";
  EXPECT_EQ(FromProtoTime(LastFollowed().tickets(0).decide_time()), dropped);
  EXPECT_EQ(LastFollowed().tickets(0).first_decision(), v1::Decision::DECLINED);
  EXPECT_FALSE(LastFollowed().tickets(1).has_decide_time()) << "of that nothing changed";
  EXPECT_EQ(Get("tickets/a")->first_decision(), v1::Decision::DECLINED);
  EXPECT_EQ(FromProtoTime(Get("tickets/b")->decision().revisit_time()), dropped + absl::Hours(9));
  v1::ListTicketsRequest request;
  request.set_view(v1::REVISIT);
  for (const char* ticket : {"tickets/a", "tickets/b"}) ASSERT_TRUE(Say(ticket, Message::PUBLIC).ok());
  Wait(absl::Hours(99));
  EXPECT_EQ(Call<v1::ListTicketsResponse>("ListTickets", request)->tickets_size(), 2);
  ExpectWhole();
}

TEST_F(ReactionsTest, Reverted) {
  AcceptOne("a");
  Tell(DemandsUpdated::LATE, "tickets/a", 1, 1);
  Tell(DemandsUpdated::REVERTED, "tickets/a", 1, 2);
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->state(), Ticket::ACCEPTED);
  EXPECT_EQ(ticket->disposition(), Ticket::DISPOSITION_UNSPECIFIED);
  EXPECT_EQ(ticket->change(), "changes/cold-box");
  EXPECT_TRUE(ticket->owes_reply());
  EXPECT_FALSE(ticket->has_answer_time() || ticket->late());
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::REVERTED);
  EXPECT_EQ(LastFollowed().facts().state(), Ticket::ACCEPTED);
  EXPECT_TRUE(LastFollowed().facts().owes_reply());
  ExpectIgnored(DemandsUpdated::REVERTED, "tickets/a", 1, 2);
  ExpectWhole();
  Tell(DemandsUpdated::ANSWERED, "tickets/a", 1, 3);
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::ANSWERED);
  ASSERT_TRUE(Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_FIXED)).ok());
  ExpectIgnored(DemandsUpdated::REVERTED, "tickets/a", 1, 4);  // it came back by itself
  ExpectWhole();
}

TEST_F(ReactionsTest, Moved) {
  AcceptOne("a");
  Tell(DemandsUpdated::MOVED, "tickets/a", 1, 1);
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->state(), Ticket::ACCEPTED);
  EXPECT_EQ(ticket->change(), "changes/warm-box");
  EXPECT_EQ(ticket->acceptance(), 1) << "the link is the same";
  EXPECT_TRUE(ticket->has_confirm_time());
  EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::MOVED);
  EXPECT_EQ(LastFollowed().change(), "changes/warm-box");
  ExpectWhole();
}

// Nobody heard, decided or answered a ticket by an acceptance that does not hold.
TEST_F(ReactionsTest, RefusedLeavesTheTicketWhatItWas) {
  CreateOne("received");
  CreateOne("heard");
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/heard")).ok());
  CreateOne("declined");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/declined")).ok());
  CreateOne("resolved");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/resolved")).ok());
  for (const std::string name : {"tickets/received", "tickets/heard", "tickets/declined", "tickets/resolved"}) {
    SCOPED_TRACE(name);
    const Ticket before = *Get(name);
    ASSERT_TRUE(Accept(AcceptRequest(name)).ok());
    Wait(absl::Seconds(1));
    Tell(DemandsUpdated::REFUSED, name, 1, 1);
    Ticket after = *Get(name);
    EXPECT_EQ(after.acceptance(), 1);
    EXPECT_EQ(after.acceptance_refusal().change(), "changes/cold-box");
    EXPECT_EQ(after.acceptance_refusal().reason(), v1::AcceptanceRefusal::CHANGE_DROPPED);
    EXPECT_EQ(FromProtoTime(after.acceptance_refusal().time()), Now());
    EXPECT_EQ(LastFollowed().effect(), TicketsFollowed::REFUSED);
    EXPECT_EQ(LastFollowed().refusal(), v1::AcceptanceRefusal::CHANGE_DROPPED);
    EXPECT_EQ(LastFollowed().tickets(0).facts().state(), before.state());
    after.clear_acceptance();
    after.clear_acceptance_refusal();
    after.set_etag(before.etag());
    *after.mutable_update_time() = before.update_time();
    EXPECT_TRUE(MessageDifferencer::Equals(before, after)) << before.DebugString() << after.DebugString();
  }
  ExpectWhole();
  const auto accepted = Accept(AcceptRequest("tickets/received", "changes/other"));
  ASSERT_TRUE(accepted.ok());
  EXPECT_FALSE(accepted->has_acceptance_refusal());
  EXPECT_EQ(accepted->acceptance(), 2);
}

TEST_F(ReactionsTest, RefusedIsDueByASeverityThatWasCorrectedMeanwhile) {
  CreateOne("corrected");
  v1::CreateTicketRequest critical = CreateRequest("critical");
  critical.mutable_ticket()->set_severity(Ticket::CRITICAL);
  ASSERT_TRUE(Create(critical).ok());
  ASSERT_TRUE(Accept(AcceptRequest("tickets/corrected")).ok());
  v1::UpdateTicketRequest correction;
  correction.set_name("tickets/corrected");
  correction.mutable_ticket()->set_severity(Ticket::CRITICAL);
  ASSERT_TRUE(Call<Ticket>("UpdateTicket", correction).ok());
  Tell(DemandsUpdated::REFUSED, "tickets/corrected", 1, 1);
  EXPECT_EQ(FromProtoTime(Get("tickets/corrected")->decide_due_time()),
            FromProtoTime(Get("tickets/critical")->decide_due_time()));
  EXPECT_EQ(Get("tickets/corrected")->severity(), Ticket::CRITICAL);
  ExpectWhole();
}

TEST_F(ReactionsTest, EveryOutcomeIsIgnoredInEveryOtherState) {
  AcceptOne("a");
  for (int state = Ticket::RECEIVED; state <= Ticket::SPAM; ++state) {
    if (state == Ticket::ACCEPTED) continue;
    tickets_.file().Execute(fmt::format("UPDATE ticket SET state = {}", state));
    for (DemandsUpdated::Outcome outcome : kOutcomes) ExpectIgnored(outcome, "tickets/a", 1, 1);
  }
}

TEST_F(ReactionsTest, EveryOutcomeIsIgnoredForAnotherLinkAndForWhatWasSaidBefore) {
  AcceptOne("a");
  Tell(DemandsUpdated::CONFIRMED, "tickets/a", 1, 5);
  for (DemandsUpdated::Outcome outcome : kOutcomes) {
    SCOPED_TRACE(DemandsUpdated::Outcome_Name(outcome));
    for (int64_t acceptance : {0, 2}) ExpectIgnored(outcome, "tickets/a", acceptance, 6);
    for (int64_t revision : {0, 4, 5}) ExpectIgnored(outcome, "tickets/a", 1, revision);
    ExpectIgnored(outcome, "tickets/nobody", 1, 6);
  }
}

TEST_F(ReactionsTest, AnUnlinkThatCrossesTheAnswerWins) {
  AcceptOne("a");
  ASSERT_TRUE(Unlink(UnlinkRequest("tickets/a")).ok());
  ExpectIgnored(DemandsUpdated::ANSWERED, "tickets/a", 1, 1);
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  ExpectIgnored(DemandsUpdated::ANSWERED, "tickets/a", 1, 1);
  Tell(DemandsUpdated::ANSWERED, "tickets/a", 3, 2);
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::ANSWERED);
}

TEST_F(ReactionsTest, TheWholeSequenceAgainChangesNothing) {
  for (const char* id : {"a", "b", "c", "d"}) AcceptOne(id);
  std::vector<ChangeEvent> told;
  const auto tell = [&](DemandsUpdated::Outcome outcome, const std::vector<std::string>& ids, int64_t acceptance,
                        int64_t revision) {
    told.push_back(DemandsEvent(outcome));
    for (const std::string& id : ids) AddDemand(told.back(), "tickets/" + id, acceptance, revision);
    ASSERT_TRUE(Apply(told.back()).ok());
  };
  tell(DemandsUpdated::CONFIRMED, {"a", "b", "c"}, 1, 1);
  tell(DemandsUpdated::RECURRENCE, {"d"}, 1, 1);
  tell(DemandsUpdated::MOVED, {"b"}, 1, 2);
  tell(DemandsUpdated::ANSWERED, {"a"}, 1, 2);
  ASSERT_TRUE(Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_FIXED)).ok());
  tell(DemandsUpdated::RECURRENCE, {"a"}, 2, 3);
  tell(DemandsUpdated::ANSWERED, {"a"}, 2, 4);
  tell(DemandsUpdated::RETURNED, {"c"}, 1, 2);
  ASSERT_TRUE(Accept(AcceptRequest("tickets/c")).ok());
  tell(DemandsUpdated::REFUSED, {"c"}, 2, 3);
  ASSERT_TRUE(Accept(AcceptRequest("tickets/c")).ok());
  tell(DemandsUpdated::LATE, {"c"}, 3, 4);
  tell(DemandsUpdated::REVERTED, {"c", "a"}, 3, 5);
  ExpectWhole();
  for (const ChangeEvent& event : told) ExpectIgnored(event);
  for (auto event = told.rbegin(); event != told.rend(); ++event) ExpectIgnored(*event);
}

TEST_F(ReactionsTest, TellsOfTwoHundredInOneEvent) {
  v1::BatchCreateTicketsRequest create;
  v1::BatchAcceptTicketsRequest accept;
  accept.set_change("changes/cold-box");
  ChangeEvent event = DemandsEvent(DemandsUpdated::ANSWERED);
  for (int i = 0; i < 200; ++i) {
    *create.add_requests() = CreateRequest(fmt::format("t{}", i));
    accept.add_names(fmt::format("tickets/t{}", i));
    AddDemand(event, accept.names(i), 1, 1);
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", create).ok());
  ASSERT_TRUE(Call<v1::BatchAcceptTicketsResponse>("BatchAcceptTickets", accept).ok());
  ASSERT_TRUE(Apply(event).ok());
  ASSERT_THAT(Events(), SizeIs(401));
  EXPECT_THAT(LastFollowed().tickets(), SizeIs(200));
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket WHERE state = 5 AND version = 3"), 200);
  ExpectWhole();
  ExpectIgnored(event);
}

TEST_F(ReactionsTest, TellsOnlyOfThoseToWhomItWasDone) {
  for (const char* id : {"a", "b", "c", "d", "e"}) AcceptOne(id);
  Tell(DemandsUpdated::CONFIRMED, "tickets/b", 1, 7);
  ASSERT_TRUE(Unlink(UnlinkRequest("tickets/d")).ok());
  ChangeEvent event = DemandsEvent(DemandsUpdated::ANSWERED);
  AddDemand(event, "tickets/e", 1, 2);
  for (const char* id : {"a", "b", "nobody", "c", "d"}) AddDemand(event, fmt::format("tickets/{}", id), 1, 2);
  ASSERT_TRUE(Apply(event).ok());
  EXPECT_THAT(LastTickets(), ElementsAre("tickets/e", "tickets/a", "tickets/c"));
  EXPECT_EQ(tickets_.file().Column("SELECT resources FROM feed ORDER BY seq DESC LIMIT 1")[0],
            "tickets/e@3 tickets/a@3 tickets/c@3");
}

TEST_F(ReactionsTest, OtherEventsAreNotItsConcern) {
  AcceptOne("a");
  ChangeEvent event;
  ExpectIgnored(event);
  event.mutable_change_shipped()->set_shipment("changes/cold-box/shipments/1");
  ExpectIgnored(event);
  event.mutable_demands_withdrawn()->add_tickets("tickets/a");
  ExpectIgnored(event);
  event = DemandsEvent(DemandsUpdated::ANSWERED);
  event.mutable_demands_updated()->set_last(true);
  ExpectIgnored(event);
}

TEST_F(ReactionsTest, WhatItDoesNotUnderstandIsNotLost) {
  AcceptOne("a");
  const std::string before = tickets_.file().Dump();
  ChangeEvent event = DemandsEvent(static_cast<DemandsUpdated::Outcome>(99));
  AddDemand(event, "tickets/a", 1, 1);
  EXPECT_EQ(testing::Summary(Apply(event)), "UNIMPLEMENTED OUTCOME_UNKNOWN");
  event = DemandsEvent(DemandsUpdated::CONFIRMED);
  AddDemand(event, "tickets/a", 1, 1);
  AddDemand(event, "x", 1, 1);
  EXPECT_EQ(Apply(event).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(tickets_.file().Dump(), before);
}

}  // namespace
}  // namespace dangol::tickets
