// Every way in which a ticket's row can contradict itself is found; what the API does never is one.
#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using backlog::v1::DemandsUpdated;
using ::testing::IsEmpty;

class IntegrityTest : public TicketsTest {
 protected:
  // `check resource: description`
  std::vector<std::string> Violations() {
    const auto response = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                         api::v1::CheckIntegrityRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> found;
    if (!response.ok()) return found;
    for (const auto& violation : response->violations()) {
      found.push_back(fmt::format("{} {}: {}", violation.check(), violation.resource(), violation.description()));
    }
    return found;
  }
  // One ticket in each state that the API leads to.
  void MakeOneOfEach() {
    for (const char* id : {"received", "heard", "accepted", "confirmed", "declined", "returned", "refused", "resolved",
                           "answered", "recurred"}) {
      CreateOne(id);
    }
    ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/heard")).ok());
    ASSERT_TRUE(Decline(DeclineRequest("tickets/declined")).ok());
    ASSERT_TRUE(Resolve(ResolveRequest("tickets/resolved")).ok());
    for (const char* id : {"accepted", "confirmed", "returned", "refused", "answered", "recurred"}) {
      ASSERT_TRUE(Accept(AcceptRequest(fmt::format("tickets/{}", id))).ok());
    }
    Tell(DemandsUpdated::CONFIRMED, "tickets/confirmed", 1, 1);
    Tell(DemandsUpdated::RETURNED, "tickets/returned", 1, 1);
    Tell(DemandsUpdated::REFUSED, "tickets/refused", 1, 1);
    Tell(DemandsUpdated::LATE, "tickets/answered", 1, 1);
    Tell(DemandsUpdated::ANSWERED, "tickets/recurred", 1, 1);
    ASSERT_TRUE(Reopen(ReopenRequest("tickets/recurred", v1::ReopenTicketRequest::NOT_FIXED)).ok());
    v1::CloseTicketRequest close;
    close.set_name("tickets/closed");
    CreateOne("closed");
    ASSERT_TRUE(Resolve(ResolveRequest("tickets/closed")).ok());
    ASSERT_TRUE(Call<Ticket>("CloseTicket", close).ok());
    v1::CreateTicketRequest history = CreateRequest("history");
    history.mutable_history();
    ASSERT_TRUE(Create(history).ok());
  }
};

TEST_F(IntegrityTest, WhatTheApiDoesIsWhole) {
  MakeOneOfEach();
  EXPECT_THAT(Violations(), IsEmpty());
  ASSERT_TRUE(Say("tickets/history", Message::CUSTOMER).ok());
  EXPECT_THAT(Violations(), IsEmpty());
  ASSERT_TRUE(Say("tickets/history", Message::PUBLIC).ok());
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(IntegrityTest, FindsWhatDoesNotBelongToAState) {
  MakeOneOfEach();
  struct Case {
    std::string id;
    std::string damage;
    std::string what;
  };
  const std::vector<Case> cases = {
      {"received", "hear_time = 1", "is RECEIVED and has been heard"},
      {"received", "decide_time = 1", "is RECEIVED and has been decided"},
      {"received", "answer_time = 1", "is RECEIVED and has a time of an answer"},
      {"received", "close_time = 1", "is RECEIVED and has a time of an end"},
      {"received", "disposition = 1", "is RECEIVED and has a disposition that does not fit"},
      {"heard", "hear_time = NULL", "is HEARD and has never been heard"},
      {"heard", "decline_reason = 1", "is HEARD and has a decision that does not fit"},
      {"heard", "confirm_time = 1", "is HEARD and is confirmed by no change"},
      {"accepted", "change_id = NULL", "is ACCEPTED and has no change"},
      {"accepted", "acceptance = 0", "is ACCEPTED and has a change that it was never accepted into"},
      {"accepted", "decide_time = NULL", "is ACCEPTED and has never been decided"},
      {"accepted", "refusal_reason = 1, refusal_change_id = 'c', refusal_time = 1", "is ACCEPTED and is refused"},
      {"declined", "decline_reason = 0", "is NOT_YET and has a decision that does not fit"},
      {"declined", "change_id = 'c', acceptance = 1", "is NOT_YET and has a change"},
      {"returned", "decline_reason = NULL, capability_gap = NULL, decided_by = NULL, revisit_condition = NULL",
       "is NOT_YET and has a decision that does not fit"},
      {"resolved", "answer_time = NULL", "is ANSWERED and has no time of its answer"},
      {"resolved", "decline_reason = NULL, capability_gap = NULL, decided_by = NULL, revisit_condition = NULL",
       "is ANSWERED and has a decision that does not fit"},
      {"answered", "shipment = NULL", "is ANSWERED and was answered by no shipment, or unconfirmed"},
      {"answered", "change_id = NULL", "is ANSWERED and has no change"},
      {"resolved", "told_time = NULL", "is ANSWERED and is due to be closed"},
      {"heard", "told_time = 1", "is HEARD and has told the customer of no answer"},
      {"closed", "told_time = NULL", "is CLOSED and never told the customer"},
      {"returned", "recalled = 0", "is NOT_YET and is not in the inbox"},
      {"heard", "recalled = 1", "is HEARD and is in the inbox"},
      {"history", "close_time = NULL", "is CLOSED and has no time of its end"},
      {"history", "hear_time = 1", "is CLOSED and has been heard"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.id + ": " + one.damage);
    const std::string where = fmt::format(" WHERE ticket_id = '{}'", one.id);
    tickets_.file().Execute("DROP TABLE IF EXISTS kept");
    tickets_.file().Execute("CREATE TABLE kept AS SELECT * FROM ticket" + where);
    tickets_.file().Execute("UPDATE ticket SET " + one.damage + where);
    EXPECT_THAT(Violations(), ::testing::Contains(fmt::format("ticket-states tickets/{}: {}", one.id, one.what)));
    if (!testing::OnPostgres()) tickets_.file().Execute("PRAGMA foreign_keys = OFF");
    tickets_.file().Execute("DELETE FROM ticket" + where);
    tickets_.file().Execute("INSERT INTO ticket SELECT * FROM kept");
  }
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(IntegrityTest, FindsCountsThatAreWrong) {
  MakeOneOfEach();
  tickets_.file().Execute("UPDATE ticket_count SET tickets = tickets + 2 WHERE state = 4 AND turn = 1");
  EXPECT_THAT(Violations(),
              ::testing::ElementsAre("ticket-counts tickets: 2 too many are counted as NOT_YET, turn 1, of '' in ''"));
}

TEST_F(IntegrityTest, FindsEventsOfWhatIsNotThereOrHasNotComeSoFar) {
  MakeOneOfEach();
  tickets_.file().Execute("UPDATE ticket SET version = 2 WHERE ticket_id = 'confirmed'");
  tickets_.file().Execute("DELETE FROM message WHERE ticket_id = 'declined'");
  const std::vector<std::string> found = Violations();
  EXPECT_THAT(found, ::testing::Contains(::testing::HasSubstr("tickets/confirmed@3: event")));
  EXPECT_THAT(found, ::testing::Contains(::testing::HasSubstr("tells of a message that is not there")));
}

TEST_F(IntegrityTest, GoesOnBehindARowThatCannotBe) {
  MakeOneOfEach();
  const std::vector<std::string> damages = {"", "@", "nonsense", "tickets/heard", "tickets/heard@x", "@1", "t@1"};
  for (const std::string& damage : damages) {
    SCOPED_TRACE(damage);
    tickets_.file().Execute(fmt::format("UPDATE feed SET resources = '{}' WHERE seq = 1", damage));
    const std::string found =
        fmt::format("ticket-events {}: event 1 tells of what is no resource of this service", damage);
    EXPECT_THAT(Violations(), damage.empty() ? ::testing::Matcher<std::vector<std::string>>(IsEmpty())
                                             : ::testing::ElementsAre(found));
  }
}

TEST_F(IntegrityTest, FindsDetailsThatDoNotParse) {
  MakeOneOfEach();
  tickets_.file().Execute(testing::OnPostgres() ? "UPDATE ticket SET details = '\\xff' WHERE ticket_id = 'heard'"
                                                : "UPDATE ticket SET details = x'ff' WHERE ticket_id = 'heard'");
  EXPECT_THAT(Violations(), ::testing::ElementsAre("ticket-states tickets/heard: has details that do not parse"));
}

TEST_F(IntegrityTest, LooksAtEveryEventHoweverManyTicketsItTellsOf) {
  v1::BatchCreateTicketsRequest create;
  v1::BatchAcceptTicketsRequest accept;
  accept.set_change("changes/cold-box");
  for (int i = 0; i < 200; ++i) {
    *create.add_requests() = CreateRequest(fmt::format("t{}", i));
    accept.add_names(fmt::format("tickets/t{}", i));
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", create).ok());
  ASSERT_TRUE(Call<v1::BatchAcceptTicketsResponse>("BatchAcceptTickets", accept).ok());
  for (int64_t revision = 1; revision <= 30; ++revision) {
    backlog::v1::ChangeEvent event = DemandsEvent(DemandsUpdated::CONFIRMED);
    for (const std::string& name : accept.names()) AddDemand(event, name, 1, revision);
    ASSERT_TRUE(Apply(event).ok());
  }
  const auto response = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                       api::v1::CheckIntegrityRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->violation_count(), 0);
  const auto events =
      std::ranges::find(response->checks(), "ticket-events", &api::v1::CheckIntegrityResponse::Check::name);
  ASSERT_NE(events, response->checks().end());
  EXPECT_EQ(events->examined(), 430);
  tickets_.file().Execute("DELETE FROM ticket WHERE ticket_id = 't7'");
  EXPECT_EQ(Violations().size(), 34u) << "counted, listed as waiting, made, accepted and followed thirty times";
}

}  // namespace
}  // namespace dangol::tickets
