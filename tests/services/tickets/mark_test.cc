// Tickets marked as duplicates and spam, rated, and taken further many at once; messages redacted.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class MarkTest : public TicketsTest {
 protected:
  // A ticket of the same customer as the others.
  void Make(const std::string& id) {
    v1::CreateTicketRequest request = CreateRequest(id);
    request.mutable_sender()->set_external_system("shop");
    request.mutable_sender()->set_external_id("7");
    const auto ticket = Create(request);
    ASSERT_TRUE(ticket.ok()) << ticket.status();
    Wait(absl::Minutes(1));
  }
  absl::StatusOr<Ticket> MarkDuplicate(const std::string& name, const std::string& canonical) {
    v1::MarkTicketDuplicateRequest request;
    request.set_name(name);
    request.set_canonical(canonical);
    return Call<Ticket>("MarkTicketDuplicate", request);
  }
  absl::StatusOr<Ticket> MarkSpam(const std::string& name) {
    v1::MarkTicketSpamRequest request;
    request.set_name(name);
    return Call<Ticket>("MarkTicketSpam", request);
  }
  absl::StatusOr<Ticket> Restore(const std::string& name) {
    v1::RestoreTicketRequest request;
    request.set_name(name);
    return Call<Ticket>("RestoreTicket", request);
  }
  std::string CanonicalOf(const std::string& name) { return Get(name)->canonical(); }
  void ExpectWhole() {
    const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                      api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->violation_count(), 0) << check->DebugString();
  }
};

TEST_F(MarkTest, IntegrityFindsDuplicatesOfWhatStandsForNothing) {
  for (const char* id : {"a", "b", "c"}) Make(id);
  CreateOne("stranger");
  ASSERT_TRUE(MarkDuplicate("tickets/b", "tickets/a").ok());
  ExpectWhole();
  const auto found = [&](const std::string& damage, const std::string& repair) {
    tickets_.file().Execute(damage);
    const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                      api::v1::CheckIntegrityRequest());
    tickets_.file().Execute(repair);
    std::string all;
    for (const auto& violation : check->violations()) {
      if (violation.check() == "ticket-lists") all += violation.resource() + " " + violation.description() + "\n";
    }
    return all;
  };
  const std::string canonical = "UPDATE ticket SET canonical_id = '{}' WHERE ticket_id = 'b'";
  const std::string back = fmt::format(fmt::runtime(canonical), "a");
  EXPECT_EQ(
      found("UPDATE ticket SET state = 8 WHERE ticket_id = 'a'", "UPDATE ticket SET state = 1 WHERE ticket_id = 'a'"),
      "tickets/b is a duplicate of what stands for nothing\n");
  EXPECT_THAT(found(fmt::format(fmt::runtime(canonical), "nothing"), back),
              HasSubstr("tickets/b is a duplicate of what is not there\n"));
  EXPECT_THAT(found(fmt::format(fmt::runtime(canonical), "stranger"), back),
              HasSubstr("tickets/b is a duplicate of another customer's\n"));
  EXPECT_EQ(found(fmt::format(fmt::runtime(canonical), "c"), back), "tickets/b is not in the list of duplicates\n");
  EXPECT_EQ(found("INSERT INTO duplicate (canonical_id, receive_time, ticket_id) VALUES ('a', 7, 'c')",
                  "DELETE FROM duplicate WHERE ticket_id = 'c'"),
            "tickets 1 too many are in the list of duplicates\n");
  ExpectWhole();
}

TEST_F(MarkTest, ADuplicateIsThatOfAnotherTicketOfTheSameCustomer) {
  Make("a");
  Make("b");
  CreateOne("stranger");
  const auto marked = MarkDuplicate("tickets/b", "tickets/a");
  ASSERT_TRUE(marked.ok()) << marked.status();
  EXPECT_EQ(marked->state(), Ticket::DUPLICATE);
  EXPECT_EQ(marked->canonical(), "tickets/a");
  EXPECT_EQ(marked->heard_by(), "members/operator");
  EXPECT_TRUE(Events().back().has_ticket_marked());
  EXPECT_EQ(Events().back().facts().canonical(), "tickets/a");
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(MarkDuplicate("tickets/stranger", "tickets/a").status()),
            "FAILED_PRECONDITION OTHER_CUSTOMER");
  EXPECT_EQ(testing::Summary(MarkDuplicate("tickets/a", "tickets/a").status()),
            "INVALID_ARGUMENT INVALID_FIELD canonical");
  EXPECT_EQ(testing::Summary(MarkDuplicate("tickets/a", "tickets/b").status()),
            "FAILED_PRECONDITION CANONICAL_STANDS_FOR_NOTHING");
  EXPECT_EQ(testing::Summary(MarkDuplicate("tickets/a", "tickets/nobody").status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(tickets_.file().Dump(), before);
  const auto restored = Restore("tickets/b");
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->state(), Ticket::HEARD);
  EXPECT_EQ(restored->canonical(), "");
  EXPECT_EQ(Rows("duplicate"), 0);
  ExpectWhole();
}

TEST_F(MarkTest, DuplicatesGoWithTheTicketThatStandsForThem) {
  for (const char* id : {"a", "b", "c", "d"}) Make(id);
  ASSERT_TRUE(MarkDuplicate("tickets/d", "tickets/b").ok());
  ASSERT_TRUE(MarkDuplicate("tickets/c", "tickets/b").ok());
  ASSERT_TRUE(MarkDuplicate("tickets/b", "tickets/a").ok());
  for (const char* id : {"tickets/b", "tickets/c", "tickets/d"}) EXPECT_EQ(CanonicalOf(id), "tickets/a") << id;
  ASSERT_TRUE(MarkSpam("tickets/a").ok());
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::SPAM);
  EXPECT_EQ(Get("tickets/b")->state(), Ticket::HEARD) << "the oldest takes its place";
  for (const char* id : {"tickets/c", "tickets/d"}) EXPECT_EQ(CanonicalOf(id), "tickets/b") << id;
  ASSERT_TRUE(Restore("tickets/a").ok());
  EXPECT_EQ(CanonicalOf("tickets/c"), "tickets/b") << "what was restored takes nothing back";
  ExpectWhole();
}

TEST_F(MarkTest, ARatingKeepsTheStateAndItsNoteIsTheCustomers) {
  Make("a");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  v1::RateTicketRequest request;
  request.set_name("tickets/a");
  request.set_outcome_rating(2);
  request.set_handling_rating(5);
  request.set_note("Kind, and late all the same.");
  const auto rated = Call<Ticket>("RateTicket", request);
  ASSERT_TRUE(rated.ok()) << rated.status();
  EXPECT_EQ(rated->state(), Ticket::ANSWERED);
  EXPECT_EQ(Get("tickets/a")->outcome_rating(), 2);
  EXPECT_EQ(Events().back().facts().handling_rating(), 5);
  EXPECT_EQ(Messages("tickets/a").back().kind(), Message::CUSTOMER);
  ExpectWhole();
}

TEST_F(MarkTest, WhatACustomerSaysOfAPreviewIsKeptAndItsAnswerTold) {
  Make("a");
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a", "changes/cold-box")).ok());
  v1::RecordPreviewAnswerRequest request;
  request.set_name("tickets/a");
  request.set_change("changes/cold-box");
  request.set_answer(v1::RecordPreviewAnswerRequest::NOT_FIXED);
  request.set_body("It still leaks.");
  const auto answered = Call<Ticket>("RecordPreviewAnswer", request);
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_EQ(answered->state(), Ticket::ACCEPTED);
  EXPECT_EQ(Events().back().preview_answered().change(), "changes/cold-box");
  EXPECT_EQ(Events().back().preview_answered().answer(), v1::PreviewAnswered::NOT_FIXED);
  EXPECT_EQ(Events().back().facts().ticket(), "tickets/a");
  EXPECT_EQ(Messages("tickets/a").back().kind(), Message::CUSTOMER);
  request.set_change("changes/other");
  EXPECT_EQ(testing::Summary(Call<Ticket>("RecordPreviewAnswer", request).status()),
            "FAILED_PRECONDITION OTHER_CHANGE change");
  ExpectWhole();
}

class BatchTest : public MarkTest {
 protected:
  template <typename Request>
  static Request OfThree() {
    Request request;
    for (const char* name : {"tickets/a", "tickets/b", "tickets/nobody"}) request.add_names(name);
    return request;
  }
  void MakeTwo() {
    Make("a");
    Make("b");
    ASSERT_TRUE(Accept(AcceptRequest("tickets/b")).ok());
  }
  template <typename Response>
  static std::vector<std::string> Skipped(const absl::StatusOr<Response>& response) {
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> reasons;
    if (!response.ok()) return reasons;
    for (const v1::TicketResult& result : response->results()) reasons.push_back(result.skip_reason());
    return reasons;
  }
};

TEST_F(BatchTest, DeclinesThoseThatItCan) {
  MakeTwo();
  auto request = OfThree<v1::BatchDeclineTicketsRequest>();
  request.set_reason(v1::Decision::UNSUSTAINABLE);
  request.set_reply("We cannot keep it up.");
  request.set_decided_by("members/kim");
  EXPECT_THAT(Skipped(Call<v1::BatchDeclineTicketsResponse>("BatchDeclineTickets", request)),
              ElementsAre("", "WRONG_STATE", "NOT_FOUND"));
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::NOT_YET);
  EXPECT_TRUE(Get("tickets/a")->heard_in_bulk());
  EXPECT_TRUE(Events().back().ticket_declined().in_bulk());
  EXPECT_THAT(Messages("tickets/a"), SizeIs(1));
  EXPECT_THAT(Messages("tickets/b"), SizeIs(0));
  ExpectWhole();
}

TEST_F(BatchTest, ResolvesThoseThatItCan) {
  MakeTwo();
  auto request = OfThree<v1::BatchResolveTicketsRequest>();
  request.set_disposition(Ticket::RELIEF_GIVEN);
  request.set_remedy_given("a voucher");
  request.set_decided_by("members/kim");
  EXPECT_THAT(Skipped(Call<v1::BatchResolveTicketsResponse>("BatchResolveTickets", request)),
              ElementsAre("", "WRONG_STATE", "NOT_FOUND"));
  EXPECT_EQ(Get("tickets/a")->remedy_given(), "a voucher");
  EXPECT_TRUE(Events().back().ticket_resolved().in_bulk());
  ExpectWhole();
}

TEST_F(BatchTest, CorrectsAndRepliesInAnyState) {
  MakeTwo();
  auto update = OfThree<v1::BatchUpdateTicketsRequest>();
  update.mutable_ticket()->set_contact_reason("delivery/late");
  EXPECT_THAT(Skipped(Call<v1::BatchUpdateTicketsResponse>("BatchUpdateTickets", update)),
              ElementsAre("", "", "NOT_FOUND"));
  EXPECT_EQ(Get("tickets/b")->contact_reason(), "delivery/late");
  auto reply = OfThree<v1::BatchReplyTicketsRequest>();
  reply.set_reply("We look into it.");
  EXPECT_THAT(Skipped(Call<v1::BatchReplyTicketsResponse>("BatchReplyTickets", reply)),
              ElementsAre("", "", "NOT_FOUND"));
  EXPECT_FALSE(Get("tickets/b")->has_waiting_since_time());
  EXPECT_EQ(Messages("tickets/a")[0].author(), "operator");
  update.mutable_ticket()->set_subject("other");
  EXPECT_EQ(testing::Summary(Call<v1::BatchUpdateTicketsResponse>("BatchUpdateTickets", update).status()),
            "INVALID_ARGUMENT INVALID_FIELD update_mask");
  ExpectWhole();
}

TEST_F(BatchTest, AProgramRepliesToNobody) {
  MakeTwo();
  auto reply = OfThree<v1::BatchReplyTicketsRequest>();
  reply.set_reply("We have your message.");
  const auto reply_as = [&](const char* role) {
    const rpc::Principal who{.name = "kim", .roles = {role}, .stages = {}};
    ASSERT_TRUE(As(who, [&] { return Call<v1::BatchReplyTicketsResponse>("BatchReplyTickets", reply); }).ok());
  };
  reply_as("service");
  EXPECT_TRUE(Messages("tickets/a")[0].automatic());
  EXPECT_TRUE(Get("tickets/a")->has_waiting_since_time());
  EXPECT_FALSE(Get("tickets/a")->has_first_response_time());
  reply_as("agent");
  EXPECT_FALSE(Messages("tickets/a")[1].automatic());
  EXPECT_FALSE(Get("tickets/a")->has_waiting_since_time());
  ExpectWhole();
}

TEST_F(MarkTest, ARedactedMessageHasNoWordsAnyMore) {
  Make("a");
  v1::CreateMessageRequest create = MessageRequest("tickets/a", Message::CUSTOMER);
  create.mutable_message()->set_body("My card is 4111-SECRET");
  create.mutable_message()->set_author("Kim Minji");
  const auto message = Call<Message>("CreateMessage", create);
  ASSERT_TRUE(message.ok());
  v1::RedactMessageRequest request;
  request.set_name(message->name());
  const auto redacted = Call<Message>("RedactMessage", request);
  ASSERT_TRUE(redacted.ok()) << redacted.status();
  EXPECT_EQ(redacted->body() + redacted->author(), "");
  EXPECT_EQ(FromProtoTime(redacted->redact_time()), Now());
  EXPECT_EQ(FromProtoTime(redacted->send_time()), FromProtoTime(message->send_time()));
  EXPECT_THAT(tickets_.file().DumpTable("message"), Not(HasSubstr("SECRET")));
  EXPECT_EQ(Events().back().message_redacted().message(), message->name());
  const std::string before = tickets_.file().Dump();
  EXPECT_TRUE(Call<Message>("RedactMessage", request).ok());
  EXPECT_EQ(tickets_.file().Dump(), before) << "once is enough";
  ExpectWhole();
}

}  // namespace
}  // namespace dangol::tickets
