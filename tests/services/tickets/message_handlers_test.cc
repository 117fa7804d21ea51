// Messages by RPC, and what they do to their ticket.
#include "services/tickets/message/message_handlers.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class CreateMessageTest : public TicketsTest {
 protected:
  void ExpectWhole() {
    const auto response = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                         api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->violations_size(), 0) << response->DebugString();
  }
};

TEST_F(CreateMessageTest, KeepsWhatWasSaid) {
  CreateOne("a");
  v1::CreateMessageRequest request = MessageRequest("tickets/a", Message::PUBLIC);
  request.mutable_message()->set_author("Kim Minji");
  const auto message = Call<Message>("CreateMessage", request);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_THAT(message->name(), MatchesRegex("tickets/a/messages/[0-9a-z]{13}"));
  EXPECT_EQ(message->author(), "Kim Minji");
  EXPECT_EQ(message->body(), "We look into it.");
  EXPECT_EQ(FromProtoTime(message->create_time()), Now());
  tickets_.Restart();
  ASSERT_THAT(Messages("tickets/a"), SizeIs(1));
  EXPECT_TRUE(MessageDifferencer::Equals(Messages("tickets/a")[0], *message));
}

TEST_F(CreateMessageTest, TheCallerIsTheAuthorUnlessItIsTheCustomer) {
  CreateOne("a");
  EXPECT_EQ(Say("tickets/a", Message::PUBLIC)->author(), "operator");
  EXPECT_EQ(Say("tickets/a", Message::INTERNAL)->author(), "operator");
  EXPECT_EQ(Say("tickets/a", Message::CUSTOMER)->author(), "");
}

TEST_F(CreateMessageTest, AReplyEndsTheWaiting) {
  CreateOne("a");
  Wait(absl::Hours(1));
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  const auto answered = Get("tickets/a");
  EXPECT_FALSE(answered->has_waiting_since_time());
  EXPECT_EQ(FromProtoTime(answered->first_response_time()), Now());
  EXPECT_EQ(answered->etag(), "2");
  EXPECT_EQ(answered->state(), Ticket::RECEIVED);

  const absl::Time first = Now();
  Wait(absl::Hours(1));
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->first_response_time()), first);
  EXPECT_EQ(Get("tickets/a")->etag(), "2") << "a further reply changes nothing of the ticket";
}

TEST_F(CreateMessageTest, TheCustomersOldestMessageWithoutReplyWaits) {
  CreateOne("a");
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  Wait(absl::Hours(1));
  const absl::Time asked = Now();
  ASSERT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
  Wait(absl::Hours(1));
  ASSERT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
  ASSERT_TRUE(Say("tickets/a", Message::INTERNAL).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->waiting_since_time()), asked);
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  EXPECT_FALSE(Get("tickets/a")->has_waiting_since_time());
}

TEST_F(CreateMessageTest, WhatWasSaidBeforeTheTicketIsNoReply) {
  CreateOne("a");
  const absl::Time received = Now();
  v1::CreateMessageRequest earlier = MessageRequest("tickets/a", Message::PUBLIC);
  *earlier.mutable_message()->mutable_send_time() = ToProtoTime(received - absl::Hours(24));
  v1::CreateMessageRequest question = MessageRequest("tickets/a", Message::CUSTOMER);
  *question.mutable_message()->mutable_send_time() = ToProtoTime(received - absl::Hours(12));
  const auto expect_waits = [&] {
    const Ticket ticket = *Get("tickets/a");
    EXPECT_FALSE(ticket.has_first_response_time());
    EXPECT_EQ(FromProtoTime(ticket.waiting_since_time()), received);
    EXPECT_TRUE(ticket.has_reply_due_time());
  };
  // The first is the newest one, the last is not.
  for (const v1::CreateMessageRequest& request : {earlier, question, earlier}) {
    ASSERT_TRUE(Call<Message>("CreateMessage", request).ok());
    expect_waits();
  }
  Wait(absl::Hours(1));
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  ASSERT_TRUE(Call<Message>("CreateMessage", earlier).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->first_response_time()), Now());
  EXPECT_FALSE(Get("tickets/a")->has_waiting_since_time());
  ExpectWhole();
}

TEST_F(CreateMessageTest, WhatIsSaidHereIsNeverBeforeTheTicket) {
  // The clock of the system that the ticket came from is ahead.
  v1::CreateTicketRequest ahead = CreateRequest("a");
  *ahead.mutable_ticket()->mutable_receive_time() = ToProtoTime(Now() + absl::Hours(1));
  ASSERT_TRUE(Create(ahead).ok());
  v1::CreateMessageRequest reply = MessageRequest("tickets/a", Message::PUBLIC);
  *reply.mutable_message()->mutable_send_time() = ToProtoTime(Now() + absl::Hours(2));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Call<Message>("CreateMessage", reply).ok());
    EXPECT_FALSE(Get("tickets/a")->has_waiting_since_time());
    reply.mutable_message()->clear_send_time();
  }
  const auto resolved = Resolve(ResolveRequest("tickets/a"));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_TRUE(resolved->has_told_time());
  ExpectWhole();
}

TEST_F(CreateMessageTest, NeverChangesTheState) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  for (Message::Kind kind : {Message::CUSTOMER, Message::PUBLIC, Message::INTERNAL}) {
    ASSERT_TRUE(Say("tickets/a", kind).ok());
    EXPECT_EQ(Get("tickets/a")->state(), Ticket::NOT_YET);
  }
}

TEST_F(CreateMessageTest, NamesTheTicketInItsEventWhereItChangesIt) {
  CreateOne("a");
  for (const char* id : {"m1", "m2"}) {
    v1::CreateMessageRequest request = MessageRequest("tickets/a", Message::PUBLIC);
    request.set_message_id(id);
    ASSERT_TRUE(Call<Message>("CreateMessage", request).ok());
  }
  EXPECT_THAT(tickets_.file().Column("SELECT resources FROM feed ORDER BY seq"),
              ElementsAre(::testing::StartsWith("tickets/a@1 "), "tickets/a/messages/m1@1 tickets/a@2",
                          "tickets/a/messages/m2@1"));
  EXPECT_EQ(Events()[1].message_created().message(), "tickets/a/messages/m1");
  EXPECT_EQ(Events()[1].message_created().kind(), Message::PUBLIC);
}

TEST_F(CreateMessageTest, RefusesAnIdThatIsTakenAndLeavesTheTicketAlone) {
  CreateOne("a");
  CreateOne("b");
  v1::CreateMessageRequest request = MessageRequest("tickets/a", Message::INTERNAL);
  request.set_message_id("m");
  ASSERT_TRUE(Call<Message>("CreateMessage", request).ok());
  const std::string before = tickets_.file().Dump();
  request.mutable_message()->set_kind(Message::PUBLIC);  // would end the waiting
  const auto taken = Call<Message>("CreateMessage", request);
  EXPECT_EQ(testing::Summary(taken.status()), "ALREADY_EXISTS ALREADY_EXISTS");
  EXPECT_EQ(tickets_.file().Dump(), before);
  request.set_parent("tickets/b");  // each ticket has ids of its own
  EXPECT_TRUE(Call<Message>("CreateMessage", request).ok());
}

TEST_F(CreateMessageTest, SaysThatThereIsNoSuchTicket) {
  EXPECT_EQ(testing::Summary(Say("tickets/nobody", Message::PUBLIC).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(Rows("message"), 0);
}

}  // namespace
}  // namespace dangol::tickets
