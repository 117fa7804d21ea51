// Tickets answered without a change, opened again, and taken in as history.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using backlog::v1::DemandsUpdated;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ResolveTicketTest : public TicketsTest {};

TEST_F(ResolveTicketTest, AnswersIt) {
  CreateOne("a");
  Wait(absl::Hours(1));
  const auto resolved = Resolve(ResolveRequest("tickets/a"));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->state(), Ticket::ANSWERED);
  EXPECT_EQ(resolved->disposition(), Ticket::RELIEF_GIVEN);
  EXPECT_EQ(resolved->remedy_given(), "the price of the cake");
  EXPECT_EQ(resolved->decision().decided_by(), "members/kim");
  EXPECT_EQ(resolved->subject(), "It came late");
  for (const auto& time :
       {resolved->hear_time(), resolved->decide_time(), resolved->answer_time(), resolved->first_response_time()}) {
    EXPECT_EQ(FromProtoTime(time), Now());
  }
  EXPECT_FALSE(resolved->has_waiting_since_time()) << "the reply was the word that was owed";
  EXPECT_EQ(resolved->etag(), "2");
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *resolved));
  ASSERT_THAT(Messages("tickets/a"), SizeIs(1));
  EXPECT_EQ(Messages("tickets/a")[0].kind(), Message::PUBLIC);
  EXPECT_EQ(Messages("tickets/a")[0].author(), "members/kim");
  ASSERT_THAT(Events(), SizeIs(3));
  ASSERT_TRUE(Events()[2].has_ticket_resolved());
  const v1::TicketFacts event = Events()[2].facts();
  EXPECT_EQ(event.ticket(), "tickets/a");
  EXPECT_EQ(event.disposition(), Ticket::RELIEF_GIVEN);
  EXPECT_EQ(event.decided_by(), "members/kim");
  EXPECT_EQ(FromProtoTime(event.answer_time()), Now());
}

TEST_F(ResolveTicketTest, NeedsNoReplyWhereTheyWereTold) {
  CreateOne("a");
  v1::ResolveTicketRequest request = ResolveRequest("tickets/a");
  request.clear_reply();
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok());
  EXPECT_TRUE(resolved->has_waiting_since_time());
  EXPECT_THAT(Messages("tickets/a"), IsEmpty());
}

TEST_F(ResolveTicketTest, LeavesNothingWhereItIsRefused) {
  CreateOne("a");
  const std::string new_one = tickets_.file().Dump();
  for (Ticket::Disposition disposition : {Ticket::CHANGED, Ticket::IMPORTED, Ticket::DISPOSITION_UNSPECIFIED}) {
    v1::ResolveTicketRequest request = ResolveRequest("tickets/a");
    request.set_disposition(disposition);
    EXPECT_EQ(testing::Summary(Resolve(request).status()), "INVALID_ARGUMENT INVALID_FIELD disposition");
  }
  v1::ResolveTicketRequest request = ResolveRequest("tickets/a");
  request.clear_remedy_given();
  EXPECT_EQ(testing::Summary(Resolve(request).status()), "INVALID_ARGUMENT INVALID_FIELD remedy_given");
  request = ResolveRequest("tickets/a");
  request.set_etag("2");
  EXPECT_EQ(testing::Summary(Resolve(request).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(tickets_.file().Dump(), new_one);
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  const std::string accepted = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Resolve(ResolveRequest("tickets/a")).status()), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_EQ(tickets_.file().Dump(), accepted);
}

TEST_F(ResolveTicketTest, ARepeatedRequestSaysNothingTwice) {
  CreateOne("a");
  v1::ResolveTicketRequest request = ResolveRequest("tickets/a");
  request.set_request_id("r");
  const auto first = Resolve(request);
  const std::string before = tickets_.file().Dump();
  EXPECT_TRUE(MessageDifferencer::Equals(*Resolve(request), *first));
  EXPECT_EQ(tickets_.file().Dump(), before);
}

class ReopenTicketTest : public TicketsTest {
 protected:
  void Ship(const std::string& id) {
    CreateOne(id);
    ASSERT_TRUE(Accept(AcceptRequest("tickets/" + id)).ok());
    Tell(DemandsUpdated::CONFIRMED, "tickets/" + id, 1, 1);
    Tell(DemandsUpdated::ANSWERED, "tickets/" + id, 1, 2);
  }
};

TEST_F(ReopenTicketTest, NotFixedGoesBackIntoItsChange) {
  Ship("a");
  Wait(absl::Hours(1));
  const auto reopened = Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_FIXED));
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(reopened->state(), Ticket::ACCEPTED);
  EXPECT_EQ(reopened->change(), "changes/cold-box");
  EXPECT_EQ(reopened->acceptance(), 2);
  EXPECT_EQ(reopened->recurrence_count(), 1);
  EXPECT_EQ(reopened->shipment(), "changes/cold-box/shipments/1");
  EXPECT_FALSE(reopened->has_confirm_time() || reopened->has_answer_time());
  EXPECT_TRUE(reopened->has_waiting_since_time());
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *reopened));
  ASSERT_THAT(Messages("tickets/a"), SizeIs(1));
  EXPECT_EQ(Messages("tickets/a")[0].kind(), Message::CUSTOMER);
  EXPECT_EQ(Messages("tickets/a")[0].author(), "");
  EXPECT_EQ(Events().back().ticket_reopened().cause(), v1::ReopenTicketRequest::NOT_FIXED);
  const v1::TicketFacts event = Events().back().facts();
  EXPECT_EQ(event.ticket(), "tickets/a");
  EXPECT_EQ(event.state(), Ticket::ACCEPTED);
  EXPECT_TRUE(event.recurrence());
  EXPECT_EQ(event.change(), "changes/cold-box");
  EXPECT_EQ(event.acceptance(), 2);
}

TEST_F(ReopenTicketTest, NotSatisfiedIsHeardAgain) {
  CreateOne("a");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  const auto reopened = Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_SATISFIED));
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(reopened->state(), Ticket::HEARD);
  EXPECT_EQ(reopened->reopen_count(), 1);
  EXPECT_FALSE(reopened->has_decision() || reopened->has_answer_time());
  EXPECT_EQ(reopened->remedy_given(), "the price of the cake") << "it was given";
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *reopened));
  EXPECT_EQ(Events().back().ticket_reopened().cause(), v1::ReopenTicketRequest::NOT_SATISFIED);
  const v1::TicketFacts event = Events().back().facts();
  EXPECT_EQ(event.state(), Ticket::HEARD);
  EXPECT_FALSE(event.recurrence());
  EXPECT_EQ(event.change(), "");
  EXPECT_EQ(event.acceptance(), 0);
  EXPECT_TRUE(Resolve(ResolveRequest("tickets/a")).ok()) << "and can be answered again";
}

TEST_F(ReopenTicketTest, AnAppealIsHeardAgainWithoutWords) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  v1::ReopenTicketRequest request = ReopenRequest("tickets/a", v1::ReopenTicketRequest::APPEAL);
  request.clear_body();
  const auto reopened = Reopen(request);
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(reopened->state(), Ticket::HEARD);
  EXPECT_FALSE(reopened->has_decision());
  EXPECT_TRUE(reopened->has_decide_time());
  EXPECT_THAT(Messages("tickets/a"), SizeIs(1)) << "the reply to the first";
  EXPECT_TRUE(reopened->owes_reply()) << "it is our turn, though it came by telephone";
  EXPECT_TRUE(reopened->has_due_time()) << "and is due";
}

TEST_F(ReopenTicketTest, AMistakeIsSaidByWhoMayDecideSo) {
  constexpr char kStage[] = "engines/e/stages/s";
  const rpc::Principal program{.name = "connector", .roles = {"service"}, .stages = {}};
  const rpc::Principal agent{.name = "kim", .roles = {"agent"}, .stages = {}};
  const rpc::Principal owner{.name = "lee", .roles = {"owner"}, .stages = {kStage}};
  const rpc::Principal other_owner{.name = "oh", .roles = {"owner"}, .stages = {"engines/e/stages/t"}};
  const rpc::Principal lead{.name = "park", .roles = {"lead"}, .stages = {}};
  for (const char* id : {"declined", "answered"}) {
    v1::CreateTicketRequest create = CreateRequest(id);
    create.mutable_ticket()->set_stage(kStage);
    ASSERT_TRUE(Create(create).ok());
  }
  const auto reopen_as = [&](const rpc::Principal& who, const std::string& name,
                             v1::ReopenTicketRequest::Cause cause = v1::ReopenTicketRequest::MISTAKE) {
    return testing::Summary(As(who, [&] { return Reopen(ReopenRequest(name, cause)); }).status());
  };
  constexpr char kDenied[] = "PERMISSION_DENIED PERMISSION_DENIED";
  ASSERT_TRUE(Decline(DeclineRequest("tickets/declined")).ok());
  const Ticket declined = *Get("tickets/declined");
  for (const rpc::Principal& who : {program, agent, other_owner})
    EXPECT_EQ(reopen_as(who, "tickets/declined"), kDenied) << who.name;
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/declined"), declined));
  for (const rpc::Principal& who : {owner, lead}) {
    EXPECT_EQ(reopen_as(who, "tickets/declined"), "OK") << who.name;
    ASSERT_TRUE(Decline(DeclineRequest("tickets/declined")).ok());
  }
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/answered")).ok());
  EXPECT_EQ(reopen_as(program, "tickets/answered"), kDenied);
  EXPECT_EQ(reopen_as(agent, "tickets/answered"), "OK");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/answered")).ok());
  EXPECT_EQ(reopen_as(program, "tickets/answered", v1::ReopenTicketRequest::NOT_SATISFIED), "OK") << "customers say so";
  EXPECT_EQ(reopen_as(program, "tickets/declined", v1::ReopenTicketRequest::APPEAL), "OK");
}

TEST_F(ReopenTicketTest, LeavesNothingWhereItIsRefused) {
  Ship("a");
  const std::string before = tickets_.file().Dump();
  for (auto cause : {v1::ReopenTicketRequest::NOT_SATISFIED, v1::ReopenTicketRequest::APPEAL}) {
    EXPECT_EQ(testing::Summary(Reopen(ReopenRequest("tickets/a", cause)).status()), "FAILED_PRECONDITION WRONG_STATE");
  }
  EXPECT_EQ(testing::Summary(Reopen(ReopenRequest("tickets/a", v1::ReopenTicketRequest::CAUSE_UNSPECIFIED)).status()),
            "INVALID_ARGUMENT INVALID_FIELD cause");
  v1::ReopenTicketRequest old = ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_FIXED);
  old.set_etag("1");
  EXPECT_EQ(testing::Summary(Reopen(old).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(ReopenTicketTest, WhatIsUnlinkedAfterAReplyIsOurTurnAndDue) {
  CreateOne("a");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  const auto unlinked = Unlink(UnlinkRequest("tickets/a"));
  ASSERT_TRUE(unlinked.ok()) << unlinked.status();
  EXPECT_EQ(unlinked->state(), Ticket::HEARD);
  EXPECT_TRUE(unlinked->owes_reply());
  EXPECT_TRUE(unlinked->has_due_time());
}

TEST_F(ReopenTicketTest, WhatItsChangeRefusesAfterItCameBackIsOurTurnAndDue) {
  Ship("a");
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  v1::ReopenTicketRequest request = ReopenRequest("tickets/a", v1::ReopenTicketRequest::NOT_FIXED);
  request.clear_body();
  ASSERT_TRUE(Reopen(request).ok());
  Tell(DemandsUpdated::REFUSED, "tickets/a", 2, 3);
  const Ticket refused = *Get("tickets/a");
  EXPECT_EQ(refused.state(), Ticket::HEARD);
  EXPECT_TRUE(refused.owes_reply());
  EXPECT_TRUE(refused.has_due_time());
  EXPECT_TRUE(Events().back().tickets_followed().tickets(0).facts().owes_reply());
}

class HistoryTest : public TicketsTest {
 protected:
  static v1::CreateTicketRequest HistoryRequest(const std::string& id) {
    v1::CreateTicketRequest request = CreateRequest(id);
    request.mutable_ticket()->mutable_receive_time()->set_seconds(1'400'000'000);
    request.mutable_history()->mutable_close_time()->set_seconds(1'400'086'400);
    return request;
  }
};

TEST_F(HistoryTest, IsClosedAndWasNeverDecidedHere) {
  const auto ticket = Create(HistoryRequest("a"));
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  EXPECT_EQ(ticket->state(), Ticket::CLOSED);
  EXPECT_EQ(ticket->disposition(), Ticket::IMPORTED);
  EXPECT_EQ(ticket->close_time().seconds(), 1'400'086'400);
  EXPECT_FALSE(ticket->has_hear_time() || ticket->has_decide_time() || ticket->has_decision() ||
               ticket->has_waiting_since_time());
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *ticket));
  ASSERT_TRUE(Events()[0].has_ticket_created());
  const v1::TicketFacts event = Events()[0].facts();
  EXPECT_TRUE(event.imported());
  EXPECT_EQ(event.state(), Ticket::CLOSED);
  EXPECT_EQ(event.disposition(), Ticket::IMPORTED);
  EXPECT_EQ(event.close_time().seconds(), 1'400'086'400);
}

TEST_F(HistoryTest, IsImportedOnceHoweverOften) {
  v1::BatchCreateTicketsRequest batch;
  for (const char* id : {"a", "b", "c"}) *batch.add_requests() = HistoryRequest(id);
  CreateOne("b");
  EXPECT_EQ(testing::Summary(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).status()),
            "ALREADY_EXISTS ALREADY_EXISTS requests[1].ticket_id");
  batch.set_skip_existing(true);
  const auto names = [&] {
    const auto response = Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> made;
    for (const Ticket& ticket : response->tickets()) made.push_back(ticket.name());
    return made;
  };
  EXPECT_THAT(names(), ElementsAre("tickets/a", "tickets/c"));
  EXPECT_EQ(Get("tickets/b")->state(), Ticket::RECEIVED) << "it is as it was";
  const std::string before = tickets_.file().Dump();
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(HistoryTest, OfASkippedTicketIsCheckedAllTheSame) {
  CreateOne("a");
  v1::BatchCreateTicketsRequest batch;
  batch.set_skip_existing(true);
  *batch.add_requests() = HistoryRequest("a");
  batch.mutable_requests(0)->mutable_history()->mutable_close_time()->set_seconds(absl::ToUnixSeconds(Now()) + 90'000);
  EXPECT_EQ(testing::Summary(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).status()),
            "INVALID_ARGUMENT INVALID_FIELD requests[0].history.close_time");
}

TEST_F(HistoryTest, WaitsOnceTheCustomerWritesAgain) {
  ASSERT_TRUE(Create(HistoryRequest("a")).ok());
  ASSERT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
  EXPECT_TRUE(Get("tickets/a")->has_waiting_since_time());
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::CLOSED);
  for (auto cause :
       {v1::ReopenTicketRequest::NOT_FIXED, v1::ReopenTicketRequest::NOT_SATISFIED, v1::ReopenTicketRequest::APPEAL}) {
    EXPECT_EQ(testing::Summary(Reopen(ReopenRequest("tickets/a", cause)).status()), "FAILED_PRECONDITION WRONG_STATE");
  }
}

}  // namespace
}  // namespace dangol::tickets
