// Tickets by RPC: made, read, heard, declined.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "tests/common/rpc/request_sites.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class CreateTicketTest : public TicketsTest {};

TEST_F(CreateTicketTest, FillsInWhatIsNotSaid) {
  const auto ticket = Create(CreateRequest());
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  EXPECT_THAT(ticket->name(), MatchesRegex("tickets/[0-9a-hjkmnp-tv-z]{13}"));
  EXPECT_EQ(ticket->etag(), "1");
  EXPECT_EQ(ticket->state(), Ticket::RECEIVED);
  EXPECT_EQ(ticket->kind(), Ticket::COMPLAINT);
  EXPECT_EQ(ticket->severity(), Ticket::NORMAL);
  EXPECT_EQ(FromProtoTime(ticket->receive_time()), Now());
  EXPECT_EQ(FromProtoTime(ticket->waiting_since_time()), Now());
}

TEST_F(CreateTicketTest, KeepsEveryFieldThatACallerMaySet) {
  v1::CreateTicketRequest request;
  testing::FillValid(request);
  request.mutable_ticket()->mutable_remedy()->set_kind(v1::Remedy::REFUND);  // which has an amount
  request.mutable_ticket()->mutable_remedy()->set_currency_code("KRW");
  request.set_ticket_id("a");
  request.mutable_ticket()->clear_customer();  // there is a sender
  const auto created = Create(request);
  ASSERT_TRUE(created.ok()) << created.status();
  tickets_.Restart();
  const auto found = Get("tickets/a");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*created, *found)) << created->DebugString() << found->DebugString();
  Ticket as_sent = *found;
  for (int i = 0; i < Ticket::descriptor()->field_count(); ++i) {
    const auto* field = Ticket::descriptor()->field(i);
    if (field->options().GetExtension(api::v1::field).output_only())
      as_sent.GetReflection()->ClearField(&as_sent, field);
  }
  EXPECT_NE(as_sent.customer(), "");
  as_sent.clear_customer();
  EXPECT_TRUE(MessageDifferencer::Equals(as_sent, request.ticket())) << as_sent.DebugString();
}

TEST_F(CreateTicketTest, TakesTheCallersId) {
  EXPECT_EQ(CreateOne("order-17").name(), "tickets/order-17");
  EXPECT_EQ(CreateOne(std::string(63, 'z')).name(), "tickets/" + std::string(63, 'z'));
}

TEST_F(CreateTicketTest, RefusesAnIdThatIsTaken) {
  const Ticket first = CreateOne("a");
  const auto second = Create(CreateRequest("a", "another"));
  EXPECT_EQ(testing::Summary(second.status()), "ALREADY_EXISTS ALREADY_EXISTS ticket_id");
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("tickets/a exists already"));
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), first));
  EXPECT_EQ(Rows("ticket"), 1);
  EXPECT_EQ(Rows("feed"), 1);
}

TEST_F(CreateTicketTest, RefusesAnIdThatWasTakenInTheSameBatch) {
  std::vector<std::shared_ptr<testing::FakeUnaryCall>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(testing::MakeCall<testing::FakeUnaryCall>("/dangol.tickets.v1.TicketService/CreateTicket",
                                                              CreateRequest("a").SerializeAsString()));
    tickets_.methods().Start(calls.back());
  }
  tickets_.runtime().RunReady();
  EXPECT_EQ(testing::Summary(calls[0]->reply().status), "OK");
  EXPECT_EQ(testing::Summary(calls[1]->reply().status), "ALREADY_EXISTS ALREADY_EXISTS ticket_id");
  EXPECT_EQ(testing::Summary(calls[2]->reply().status), "ALREADY_EXISTS ALREADY_EXISTS ticket_id");
  EXPECT_EQ(Rows("feed"), 1);
}

TEST_F(CreateTicketTest, TellsTheFeed) {
  v1::CreateTicketRequest request;
  testing::FillValid(request);
  request.mutable_ticket()->mutable_remedy()->set_kind(v1::Remedy::REFUND);  // which has an amount
  request.mutable_ticket()->mutable_remedy()->set_currency_code("KRW");
  request.clear_history();
  request.clear_sender();
  request.mutable_ticket()->clear_customer();
  const auto ticket = Create(request);
  ASSERT_TRUE(ticket.ok());
  ASSERT_THAT(Events(), SizeIs(1));
  ASSERT_TRUE(Events()[0].has_ticket_created());
  const v1::TicketFacts created = Events()[0].facts();
  EXPECT_EQ(created.ticket(), ticket->name());
  EXPECT_EQ(created.kind(), ticket->kind());
  EXPECT_EQ(created.state(), Ticket::RECEIVED);
  EXPECT_EQ(created.severity(), ticket->severity());
  EXPECT_EQ(created.channel(), ticket->source().channel());
  EXPECT_EQ(created.connection(), ticket->source().connection());
  EXPECT_EQ(created.contact_reason(), ticket->contact_reason());
  EXPECT_EQ(created.stage(), ticket->stage());
  EXPECT_TRUE(MessageDifferencer::Equals(created.occur_time(), ticket->occur_time()));
  EXPECT_TRUE(MessageDifferencer::Equals(created.receive_time(), ticket->receive_time()));
}

TEST_F(CreateTicketTest, IsThereAfterARestart) {
  const Ticket created = CreateOne("a");
  tickets_.Restart();
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), created));
}

TEST_F(CreateTicketTest, MakesIdsInOrderWhateverTheClockDoes) {
  std::string last;
  for (int i = 0; i < 50; ++i) {
    if (i % 10 == 0) Wait(-absl::Minutes(1));
    const std::string name = CreateOne().name();
    EXPECT_LT(last, name);
    last = name;
  }
}

class GetTicketTest : public TicketsTest {};

TEST_F(GetTicketTest, SaysThatThereIsNone) {
  const auto ticket = Get("tickets/nobody");
  EXPECT_EQ(testing::Summary(ticket.status()), "NOT_FOUND NOT_FOUND");
  EXPECT_THAT(std::string(ticket.status().message()), HasSubstr("tickets/nobody does not exist"));
}

class AcknowledgeTicketTest : public TicketsTest {};

TEST_F(AcknowledgeTicketTest, MakesItHeard) {
  CreateOne("a");
  Wait(absl::Hours(1));
  const auto heard = Acknowledge(AcknowledgeRequest("tickets/a"));
  ASSERT_TRUE(heard.ok()) << heard.status();
  EXPECT_EQ(heard->state(), Ticket::HEARD);
  EXPECT_EQ(heard->heard_summary(), "A child's birthday was spoilt.");
  EXPECT_EQ(FromProtoTime(heard->hear_time()), Now());
  EXPECT_EQ(FromProtoTime(heard->update_time()), Now());
  EXPECT_EQ(heard->etag(), "2");
  EXPECT_TRUE(heard->has_waiting_since_time()) << "nobody has said a word to the customer yet";
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *heard));
  ASSERT_THAT(Events(), SizeIs(2));
  EXPECT_TRUE(Events()[1].has_ticket_acknowledged());
  EXPECT_EQ(Events()[1].facts().ticket(), "tickets/a");
  EXPECT_EQ(Events()[1].facts().state(), Ticket::HEARD);
  EXPECT_EQ(FromProtoTime(Events()[1].facts().hear_time()), Now());
}

TEST_F(AcknowledgeTicketTest, IsRefusedTheSecondTime) {
  CreateOne("a");
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/a")).ok());
  const auto again = Acknowledge(AcknowledgeRequest("tickets/a"));
  EXPECT_EQ(testing::Summary(again.status()), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_EQ(Get("tickets/a")->etag(), "2");
  EXPECT_EQ(Rows("feed"), 2);
}

TEST_F(AcknowledgeTicketTest, WantsTheEtagThatTheCallerSaw) {
  CreateOne("a");
  v1::AcknowledgeTicketRequest request = AcknowledgeRequest("tickets/a");
  request.set_etag("2");
  EXPECT_EQ(testing::Summary(Acknowledge(request).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::RECEIVED);
  request.set_etag("1");
  EXPECT_TRUE(Acknowledge(request).ok());
}

TEST_F(AcknowledgeTicketTest, SaysThatThereIsNone) {
  EXPECT_EQ(testing::Summary(Acknowledge(AcknowledgeRequest("tickets/nobody")).status()), "NOT_FOUND NOT_FOUND");
}

class DeclineTicketTest : public TicketsTest {};

TEST_F(DeclineTicketTest, SaysSoHonestly) {
  CreateOne("a");
  Wait(absl::Hours(1));
  const auto declined = Decline(DeclineRequest("tickets/a"));
  ASSERT_TRUE(declined.ok()) << declined.status();
  EXPECT_EQ(declined->state(), Ticket::NOT_YET);
  EXPECT_EQ(declined->decision().decline_reason(), v1::Decision::BEYOND_CAPABILITY);
  EXPECT_EQ(declined->decision().capability_gap(), "cold-chain");
  EXPECT_EQ(declined->decision().revisit_condition(), "when the depot has a cooling cell");
  EXPECT_EQ(declined->decision().decided_by(), "members/kim");
  for (const auto& time :
       {declined->hear_time(), declined->decide_time(), declined->first_response_time(), declined->update_time()}) {
    EXPECT_EQ(FromProtoTime(time), Now());
  }
  EXPECT_FALSE(declined->has_waiting_since_time()) << "the reply was the word that was owed";
  EXPECT_EQ(declined->etag(), "2");
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *declined));
}

TEST_F(DeclineTicketTest, ItsReplyIsAPublicMessage) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  const std::vector<Message> messages = Messages("tickets/a");
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].kind(), Message::PUBLIC);
  EXPECT_EQ(messages[0].body(), "We cannot keep it cold on the way yet.");
  EXPECT_EQ(messages[0].author(), "members/kim");
  EXPECT_THAT(messages[0].name(), MatchesRegex("tickets/a/messages/[0-9a-z]{13}"));
}

TEST_F(DeclineTicketTest, TellsTheFeedOfBoth) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  const std::vector<v1::TicketEvent> events = Events();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].message_created().message(), Messages("tickets/a")[0].name());
  EXPECT_EQ(events[1].message_created().kind(), Message::PUBLIC);
  EXPECT_TRUE(events[2].has_ticket_declined());
  EXPECT_EQ(events[2].facts().ticket(), "tickets/a");
  EXPECT_EQ(events[2].facts().decline_reason(), v1::Decision::BEYOND_CAPABILITY);
  EXPECT_EQ(events[2].facts().capability_gap(), "cold-chain");
  EXPECT_EQ(events[2].facts().decided_by(), "members/kim");
}

TEST_F(DeclineTicketTest, KeepsTheTimeThatItWasHeard) {
  CreateOne("a");
  const auto heard = Acknowledge(AcknowledgeRequest("tickets/a"));
  Wait(absl::Hours(1));
  const auto declined = Decline(DeclineRequest("tickets/a"));
  ASSERT_TRUE(declined.ok());
  EXPECT_TRUE(MessageDifferencer::Equals(declined->hear_time(), heard->hear_time()));
  EXPECT_EQ(declined->heard_summary(), heard->heard_summary());
}

TEST_F(DeclineTicketTest, LeavesNothingWhereItIsRefused) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Decline(DeclineRequest("tickets/a")).status()), "FAILED_PRECONDITION WRONG_STATE");
  v1::DeclineTicketRequest request = DeclineRequest("tickets/a");
  request.set_etag("1");
  EXPECT_EQ(testing::Summary(Decline(request).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(testing::Summary(Decline(DeclineRequest("tickets/nobody")).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(DeclineTicketTest, WantsAGapExactlyWhereCapabilityIsMissing) {
  CreateOne("a");
  v1::DeclineTicketRequest request = DeclineRequest("tickets/a");
  request.clear_capability_gap();
  EXPECT_EQ(testing::Summary(Decline(request).status()), "INVALID_ARGUMENT INVALID_FIELD capability_gap");
  request = DeclineRequest("tickets/a");
  request.set_reason(v1::Decision::UNSUSTAINABLE);
  EXPECT_EQ(testing::Summary(Decline(request).status()), "INVALID_ARGUMENT INVALID_FIELD capability_gap");
  request.clear_capability_gap();
  EXPECT_TRUE(Decline(request).ok());
}

// By RPC, from every state that a ticket can be brought into; the others are set in the database.
TEST_F(TicketsTest, EveryActionIsRefusedFromEveryOtherState) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  for (int state :
       {Ticket::ACCEPTED, Ticket::NOT_YET, Ticket::ANSWERED, Ticket::CLOSED, Ticket::DUPLICATE, Ticket::SPAM}) {
    tickets_.file().Execute(fmt::format("UPDATE ticket SET state = {}", state));
    const std::string before = tickets_.file().Dump();
    EXPECT_EQ(testing::Summary(Acknowledge(AcknowledgeRequest("tickets/a")).status()),
              "FAILED_PRECONDITION WRONG_STATE")
        << state;
    EXPECT_EQ(testing::Summary(Decline(DeclineRequest("tickets/a")).status()), "FAILED_PRECONDITION WRONG_STATE")
        << state;
    EXPECT_EQ(tickets_.file().Dump(), before);
  }
}

}  // namespace
}  // namespace dangol::tickets
