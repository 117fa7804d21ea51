// What every write has in common: its cursor, its trace, and what happens when it is sent again.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "common/rpc/method_table.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tickets::v1::AcknowledgeTicketRequest;
using tickets::v1::BatchCreateTicketsRequest;
using tickets::v1::BatchCreateTicketsResponse;
using tickets::v1::CreateMessageRequest;
using tickets::v1::CreateTicketRequest;
using tickets::v1::Message;
using tickets::v1::Ticket;

const std::string kService = "/dangol.tickets.v1.TicketService/";  // NOLINT: a test's constant

class WriteCallTest : public ::testing::Test {
 protected:
  static CreateTicketRequest Create(const std::string& subject, const std::string& request_id = "") {
    CreateTicketRequest request;
    request.mutable_ticket()->set_subject(subject);
    request.set_request_id(request_id);
    return request;
  }
  absl::StatusOr<Ticket> CallCreate(const CreateTicketRequest& request) {
    return tickets_.Call<Ticket>(kService + "CreateTicket", request);
  }
  // Lets time pass, and the pass over the keys that follows it, without the hundreds that come to nothing.
  void Pass(absl::Duration time) {
    tickets_.runtime().Move(time);
    tickets_.runtime().RunFor(absl::Minutes(11));
  }
  // The traceparent in the feed of a ticket made with this metadata.
  std::string TraceOf(Metadata metadata) {
    EXPECT_TRUE(tickets_.CallBytes(kService + "CreateTicket", Create("x").SerializeAsString(), std::move(metadata))
                    .status.ok());
    return tickets_.file().Column("SELECT traceparent FROM feed ORDER BY seq DESC LIMIT 1").at(0);
  }

  testing::SimulatedService tickets_{tickets::TicketsService()};
};

TEST_F(WriteCallTest, AnswersWithItsPositionInTheFeed) {
  for (int64_t i = 1; i <= 3; ++i) {
    Metadata trailing;
    ASSERT_TRUE(tickets_.Call<Ticket>(kService + "CreateTicket", Create("x"), {}, &trailing).ok());
    const auto cursor = storage::ParseCursor(FindMetadata(trailing, kCursorKey), "x");
    ASSERT_TRUE(cursor.ok()) << cursor.status();
    EXPECT_EQ(cursor->sequence, i);
    EXPECT_EQ(cursor->incarnation, tickets_.service().feed_head().incarnation());
  }
}

TEST_F(WriteCallTest, AnswersARefusalWithoutPosition) {
  Metadata trailing;
  EXPECT_FALSE(tickets_.Call<Ticket>(kService + "CreateTicket", Create(""), {}, &trailing).ok());
  EXPECT_THAT(trailing, IsEmpty());
}

TEST_F(WriteCallTest, AReadHasNoPosition) {
  const auto ticket = CallCreate(Create("x"));
  tickets::v1::GetTicketRequest get;
  get.set_name(ticket->name());
  Metadata trailing;
  ASSERT_TRUE(tickets_.Call<Ticket>(kService + "GetTicket", get, {}, &trailing).ok());
  EXPECT_THAT(trailing, IsEmpty());
}

TEST_F(WriteCallTest, PutsAWellFormedTraceIntoTheFeed) {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(TraceOf({{"traceparent", trace}}), trace);
  EXPECT_EQ(TraceOf({}), "");
}

TEST_F(WriteCallTest, DropsAMalformedTrace) {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const std::string& wrong :
       {trace + "0", trace.substr(1), std::string("Kim Minji, 010-1234-5678"), "01" + trace.substr(2), trace + "-more",
        std::string("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01"), std::string(55, '0'),
        "00_" + trace.substr(3), trace.substr(0, 54) + "g"}) {
    EXPECT_EQ(TraceOf({{"traceparent", wrong}}), "") << wrong;
  }
}

TEST_F(WriteCallTest, SentAgainHasOneEffectAndTheSameAnswer) {
  CreateTicketRequest request = Create("It came late", "r1");
  request.mutable_ticket()->set_body("Two weeks.");
  request.mutable_ticket()->mutable_source()->set_external_id("x-1");
  (*request.mutable_ticket()->mutable_attributes())["a"] = "1";
  (*request.mutable_ticket()->mutable_attributes())["b"] = "2";
  request.mutable_ticket()->add_labels("late");
  request.mutable_ticket()->add_file_links()->set_file_name("photo.jpg");
  request.mutable_ticket()->mutable_file_links(0)->set_url("https://files.example/1");
  request.mutable_ticket()->mutable_receive_time()->set_seconds(1'749'000'000);
  request.mutable_ticket()->mutable_receive_time()->set_nanos(123'456'789);
  Metadata first_position;
  Metadata second_position;
  const auto first = tickets_.Call<Ticket>(kService + "CreateTicket", request, {}, &first_position);
  ASSERT_TRUE(first.ok()) << first.status();
  Pass(storage::kKeyLifetime - absl::Hours(1));
  const auto second = tickets_.Call<Ticket>(kService + "CreateTicket", request, {}, &second_position);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*first, *second)) << first->DebugString() << second->DebugString();
  EXPECT_EQ(first_position, second_position);
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket"), 1);
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM feed"), 1);
}

TEST_F(WriteCallTest, SentAgainAfterThreeDaysIsNew) {
  ASSERT_TRUE(CallCreate(Create("x", "r1")).ok());
  Pass(absl::Hours(73));
  ASSERT_TRUE(CallCreate(Create("x", "r1")).ok());
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket"), 2);
}

TEST_F(WriteCallTest, SentAgainShowsTheResourceAsItIsNow) {
  const auto ticket = CallCreate(Create("x", "r1"));
  AcknowledgeTicketRequest acknowledge;
  acknowledge.set_name(ticket->name());
  ASSERT_TRUE(tickets_.Call<Ticket>(kService + "AcknowledgeTicket", acknowledge).ok());
  const auto again = CallCreate(Create("x", "r1"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->name(), ticket->name());
  EXPECT_EQ(again->state(), Ticket::HEARD);
}

TEST_F(WriteCallTest, SentAgainTransitionsOnce) {
  const auto ticket = CallCreate(Create("x"));
  AcknowledgeTicketRequest request;
  request.set_name(ticket->name());
  request.set_etag(ticket->etag());
  request.set_request_id("r1");
  for (int i = 0; i < 3; ++i) {
    const auto heard = tickets_.Call<Ticket>(kService + "AcknowledgeTicket", request);
    ASSERT_TRUE(heard.ok()) << heard.status();
    EXPECT_EQ(heard->etag(), "2");
  }
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM feed"), 2);
}

TEST_F(WriteCallTest, ABatchSentAgainNamesTheSameTicketsInOrder) {
  BatchCreateTicketsRequest request;
  for (int i = 0; i < 40; ++i) request.add_requests()->mutable_ticket()->set_subject(std::to_string(i));
  request.set_request_id("r1");
  const auto first = tickets_.Call<BatchCreateTicketsResponse>(kService + "BatchCreateTickets", request);
  const auto second = tickets_.Call<BatchCreateTicketsResponse>(kService + "BatchCreateTickets", request);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(second->tickets_size(), 40);
  EXPECT_TRUE(MessageDifferencer::Equals(*first, *second));
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket"), 40);
}

TEST_F(WriteCallTest, AMessageSentAgainIsThereOnce) {
  const auto ticket = CallCreate(Create("x"));
  CreateMessageRequest request;
  request.set_parent(ticket->name());
  request.mutable_message()->set_kind(Message::PUBLIC);
  request.mutable_message()->set_body("We look into it.");
  request.set_request_id("r1");
  const auto first = tickets_.Call<Message>(kService + "CreateMessage", request);
  const auto second = tickets_.Call<Message>(kService + "CreateMessage", request);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(MessageDifferencer::Equals(*first, *second));
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM message"), 1);
}

TEST_F(WriteCallTest, RefusesAnotherRequestUnderTheSameId) {
  ASSERT_TRUE(CallCreate(Create("one", "r1")).ok());
  EXPECT_EQ(testing::Summary(CallCreate(Create("two", "r1")).status()),
            "INVALID_ARGUMENT REQUEST_ID_REUSED request_id");
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket"), 1);
}

TEST_F(WriteCallTest, TakesTheSameIdForDifferentMethods) {
  const auto ticket = CallCreate(Create("x", "r1"));
  AcknowledgeTicketRequest request;
  request.set_name(ticket->name());
  request.set_request_id("r1");
  EXPECT_TRUE(tickets_.Call<Ticket>(kService + "AcknowledgeTicket", request).ok());
}

TEST_F(WriteCallTest, WhatIsIgnoredMakesNoOtherRequest) {
  CreateTicketRequest request = Create("x", "r1");
  ASSERT_TRUE(CallCreate(request).ok());
  request.mutable_ticket()->set_state(Ticket::SPAM);  // output only
  request.mutable_ticket()->set_etag("17");
  EXPECT_TRUE(CallCreate(request).ok());
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket"), 1);
}

TEST_F(WriteCallTest, WithoutAnIdEveryRequestIsNew) {
  ASSERT_TRUE(CallCreate(Create("x")).ok());
  ASSERT_TRUE(CallCreate(Create("x")).ok());
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket"), 2);
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM idempotency"), 0);
}

TEST_F(WriteCallTest, ARefusedRequestMayBeCorrectedUnderTheSameId) {
  EXPECT_FALSE(CallCreate(Create("", "r1")).ok());
  EXPECT_TRUE(CallCreate(Create("corrected", "r1")).ok());
}

TEST_F(WriteCallTest, KeepsNoTextOfARequestWithItsId) {
  ASSERT_TRUE(CallCreate(Create("SECRET-SUBJECT", "r1")).ok());
  EXPECT_EQ(tickets_.file().DumpTable("idempotency").find("SECRET"), std::string::npos);
}

// 2,500 keys go in steps, and what is stored meanwhile is not held up.
TEST_F(WriteCallTest, ForgetsIdsAfterThreeDaysInSteps) {
  for (int i = 0; i < 2500; ++i) {
    tickets_.methods().Start(testing::MakeCall<testing::FakeUnaryCall>(
        kService + "CreateTicket", Create("x", fmt::format("r{}", i)).SerializeAsString()));
    if (i % 500 == 499) tickets_.runtime().RunFor(absl::Milliseconds(10));
  }
  ASSERT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM idempotency"), 2500);
  Pass(storage::kKeyLifetime - absl::Hours(1));
  ASSERT_TRUE(CallCreate(Create("x", "young")).ok());
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM idempotency"), 2501);
  Pass(absl::Hours(1));
  EXPECT_THAT(tickets_.file().Column("SELECT request_id FROM idempotency"), ElementsAre("young"));
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM request_secret"), 2);
  EXPECT_TRUE(CallCreate(Create("x", "young")).ok());
  // The secret of the first day goes with what could be read by it.
  Pass(absl::Hours(24));
  EXPECT_THAT(tickets_.file().Column("SELECT day FROM request_secret"),
              ElementsAre(std::to_string(storage::RequestSecrets::DayOf(tickets_.runtime().Now() - absl::Hours(25)))));
  EXPECT_TRUE(CallCreate(Create("x", "young")).ok());
}

}  // namespace
}  // namespace dangol::rpc
