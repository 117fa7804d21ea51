// What was said is hidden from callers who may not read it.
#include "services/tickets/customer/hidden_words.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/tickets/attachment/attachment_handlers.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/ticket/list_handlers.h"
#include "services/tickets/ticket/ticket_handlers.h"
#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HiddenWordsTest : public CustomersTest {
 protected:
  void SetUp() override {
    v1::CreateTicketRequest request = FromPhone("010-1234-5678");
    request.set_ticket_id("a");
    Ticket& ticket = *request.mutable_ticket();
    ticket.set_subject("secret-subject");
    ticket.set_body("secret-body");
    ticket.mutable_source()->set_external_id("secret-id");
    ticket.mutable_source()->set_url("https://example.com/secret-url");
    ticket.set_order("secret-order");
    ticket.add_labels("secret-label");
    (*ticket.mutable_attributes())["note"] = "secret-note";
    ticket.set_remedy_sought("secret-wish");
    ticket.add_file_links()->set_file_name("secret-file");
    ticket.mutable_file_links(0)->set_url("https://example.com/secret");
    MustTake(request);
    v1::AcknowledgeTicketRequest heard = AcknowledgeRequest("tickets/a");
    heard.set_heard_summary("secret-summary");
    ASSERT_TRUE(Acknowledge(heard).ok());
    v1::DeclineTicketRequest decline = DeclineRequest("tickets/a");
    decline.set_revisit_condition("secret-condition");
    decline.set_reply("secret-reply");
    ASSERT_TRUE(Decline(decline).ok());
    v1::CreateAttachmentRequest attachment;
    attachment.set_parent("tickets/a");
    attachment.set_attachment_id("p");
    attachment.mutable_attachment()->set_file_name("secret-photo.txt");
    attachment.mutable_attachment()->set_media_type("text/plain");
    attachment.mutable_attachment()->set_size_bytes(3);
    ASSERT_TRUE(Call<v1::Attachment>("CreateAttachment", attachment).ok());
    v1::UploadAttachmentRequest upload;
    upload.set_name("tickets/a/attachments/p");
    upload.set_data("cup");
    ASSERT_TRUE(Call<v1::Attachment>("UploadAttachment", upload).ok());
  }
  void Restrict() {
    v1::RestrictCustomerRequest request;
    request.set_name(Get("tickets/a")->customer());
    ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", request).ok());
  }
  // What a reading method answers somebody with this role.
  template <auto kHandler, typename Request>
  auto Read(const std::string& role, const Request& request) {
    auto reader = tickets_.service().database().OpenReader();
    auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
    const rpc::Principal principal{.name = "kim", .roles = {role}, .stages = {}};
    IdMaker ids(0);
    auto response = Hiding<kHandler>::Handle(**snapshot, rpc::Call(Now(), principal, ids, ""), request);
    EXPECT_TRUE(response.ok()) << response.status();
    (*reader)->End();
    return *response;
  }
  // All that can be read about the ticket.
  std::string AllWords(const std::string& role) {
    v1::GetTicketRequest get;
    get.set_name("tickets/a");
    v1::BatchGetTicketsRequest batch;
    batch.add_names("tickets/a");
    v1::ListMessagesRequest messages;
    messages.set_parent("tickets/a");
    v1::GetAttachmentRequest attachment;
    attachment.set_name("tickets/a/attachments/p");
    v1::ListAttachmentsRequest attachments;
    attachments.set_parent("tickets/a");
    return Read<GetTicket>(role, get).DebugString() + Read<BatchGetTickets>(role, batch).DebugString() +
           Read<ListTickets>(role, v1::ListTicketsRequest()).DebugString() +
           Read<ListMessages>(role, messages).DebugString() + Read<GetAttachment>(role, attachment).DebugString() +
           Read<ListAttachments>(role, attachments).DebugString();
  }
  absl::Status Download(const std::string& role) {
    auto reader = tickets_.service().database().OpenReader();
    auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
    const rpc::Principal principal{.name = "kim", .roles = {role}, .stages = {}};
    IdMaker ids(0);
    v1::DownloadAttachmentRequest request;
    request.set_name("tickets/a/attachments/p");
    const absl::Status status = DownloadAttachment(**snapshot, rpc::Call(Now(), principal, ids, ""), request).status();
    (*reader)->End();
    return status;
  }
};

TEST_F(HiddenWordsTest, FromWhoReadsNoWordsOfCustomers) {
  for (const char* role : {"viewer", "admin"}) {
    const std::string words = AllWords(role);
    EXPECT_THAT(words, Not(HasSubstr("secret-"))) << role;
    EXPECT_THAT(words, AllOf(HasSubstr("hidden: true"), HasSubstr("state: NOT_YET"), HasSubstr("cold-chain")));
    EXPECT_EQ(testing::Summary(Download(role)), "PERMISSION_DENIED WORDS_HIDDEN");
  }
  for (const char* role : {"agent", "service", "privacy"}) {
    EXPECT_THAT(AllWords(role), AllOf(HasSubstr("secret-body"), HasSubstr("secret-reply"), HasSubstr("secret-photo"),
                                      Not(HasSubstr("hidden"))));
    EXPECT_TRUE(Download(role).ok());
  }
}

TEST_F(HiddenWordsTest, OfARestrictedCustomerFromAllButThoseWhoMaySeeSuch) {
  const Ticket other = CreateOne("other");
  Restrict();
  for (const char* role : {"agent", "lead", "service"}) {
    EXPECT_THAT(AllWords(role), Not(HasSubstr("secret-"))) << role;
    EXPECT_EQ(testing::Summary(Download(role)), "PERMISSION_DENIED WORDS_HIDDEN");
    v1::GetTicketRequest get;
    get.set_name("tickets/other");
    EXPECT_EQ(Read<GetTicket>(role, get).subject(), other.subject()) << "of nobody else";
  }
  EXPECT_THAT(AllWords("privacy"), HasSubstr("secret-body"));
  EXPECT_TRUE(Download("privacy").ok());
}

TEST_F(HiddenWordsTest, AlsoUnderTheNameThatTheTicketCameWith) {
  const Ticket mine = *Get("tickets/a");
  const Customer kept = MustCreate(Minji());
  // The same person by another number.
  ASSERT_TRUE(Merge(kept.name(), mine.customer()).ok());
  v1::RestrictCustomerRequest request;
  request.set_name(kept.name());
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", request).ok());
  EXPECT_THAT(AllWords("agent"), Not(HasSubstr("secret-")));
}

// Of a program, and of somebody who works here.
const rpc::Principal kWriter{.name = "writer", .roles = {}, .stages = {}, .permissions = {"tickets.write"}};
const rpc::Principal kAgent{.name = "kim", .roles = {"agent"}, .stages = {}};

TEST_F(HiddenWordsTest, AnAnswerToARepeatedRequestHasWhatItsCallerMayRead) {
  v1::CreateMessageRequest message = MessageRequest("tickets/a", Message::CUSTOMER);
  message.mutable_message()->set_body("secret-message");
  message.set_request_id("r1");
  const auto say = [&] { return Call<Message>("CreateMessage", message)->body(); };
  for (int i = 0; i < 2; ++i) EXPECT_THAT(As(kAgent, say), HasSubstr("secret-")) << i;
  ASSERT_THAT(say(), HasSubstr("secret-")) << "the same id of another caller is another request";
  Restrict();
  EXPECT_EQ(As(kAgent, say), "");
  EXPECT_THAT(say(), HasSubstr("secret-")) << "of who may see such";
}

TEST_F(HiddenWordsTest, ARepeatedRequestTellsAWriterNoMoreThanItsFirstAnswer) {
  const auto twice = [&]<typename Response>(const std::string& method, auto request, Response) {
    request.set_request_id(method);
    const auto call = [&] { return Call<Response>(method, request); };
    for (int i = 0; i < 2; ++i) {
      const auto answer = As(kWriter, call);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_THAT(answer->DebugString(), Not(HasSubstr("secret-"))) << method << " " << i;
    }
  };
  v1::UpdateTicketRequest update;
  update.set_name("tickets/a");
  update.mutable_ticket()->set_severity(Ticket::HIGH);
  twice("UpdateTicket", update, Ticket());
  v1::CreateMessageRequest message = MessageRequest("tickets/a", Message::CUSTOMER);
  message.mutable_message()->set_body("secret-message");
  twice("CreateMessage", message, Message());
  v1::CreateAttachmentRequest attachment;
  attachment.set_parent("tickets/a");
  attachment.mutable_attachment()->set_file_name("secret-name.txt");
  attachment.mutable_attachment()->set_media_type("text/plain");
  attachment.mutable_attachment()->set_size_bytes(3);
  twice("CreateAttachment", attachment, v1::Attachment());
}

TEST_F(HiddenWordsTest, ARepeatedRequestTellsNothingOfACustomerWhoIsRestrictedMeanwhile) {
  v1::CreateCustomerRequest create;
  *create.mutable_customer() = Minji();
  create.set_request_id("r1");
  const auto again = [&] { return CallCustomers<Customer>("CreateCustomer", create); };
  const Customer made = *As(kAgent, again);
  EXPECT_EQ(made.display_name(), "Minji Kim");
  v1::UpsertCustomersRequest upsert;
  *upsert.add_customers() = Minji();
  upsert.set_request_id("r2");
  const auto upsert_again = [&] {
    return CallCustomers<v1::UpsertCustomersResponse>("UpsertCustomers", upsert)->customers(0);
  };
  EXPECT_EQ(As(kAgent, upsert_again).display_name(), "Minji Kim");
  v1::RestrictCustomerRequest restrict;
  restrict.set_name(made.name());
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", restrict).ok());
  for (const Customer& seen : {*As(kAgent, again), As(kAgent, upsert_again)}) {
    EXPECT_EQ(seen.name(), made.name());
    EXPECT_EQ(seen.state(), Customer::RESTRICTED);
    EXPECT_EQ(seen.display_name(), "");
    EXPECT_EQ(seen.contact_points_size() + seen.external_ids_size(), 0);
  }
}

TEST_F(HiddenWordsTest, AnUpsertLeavesARestrictedCustomerAlone) {
  Customer minji = Minji();
  minji.clear_contact_points();
  const Customer made = MustCreate(minji);
  v1::RestrictCustomerRequest request;
  request.set_name(made.name());
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", request).ok());
  v1::UpsertCustomersRequest upsert;
  *upsert.add_customers() = minji;
  upsert.mutable_customers(0)->set_display_name("Another name");
  const auto answer = CallCustomers<v1::UpsertCustomersResponse>("UpsertCustomers", upsert);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->customers(0).name(), made.name());
  EXPECT_EQ(answer->customers(0).display_name(), "");
  EXPECT_EQ(MustGet(made.name()).display_name(), "Minji Kim");
}

}  // namespace
}  // namespace dangol::tickets
