// RestrictCustomer and EraseCustomer: what is left of a person, in rows and in the bytes of the files.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class EraseCustomerTest : public CustomersTest {
 protected:
  // Stands in every text of the person, each time with another end, so that no copy hides another.
  std::string Secret() { return fmt::format("secret-{:06}", secrets_++); }

  v1::CreateTicketRequest FullTicket(const std::string& id) {
    v1::CreateTicketRequest request = CreateRequest(id, Secret());
    Ticket& ticket = *request.mutable_ticket();
    ticket.set_body(Secret() + std::string(3000, 'x') + Secret());
    ticket.mutable_source()->set_connection("shop");
    ticket.mutable_source()->set_external_id(Secret());
    ticket.mutable_source()->set_url("https://example.com/" + Secret());
    ticket.set_order(Secret());
    ticket.set_remedy_sought(Secret());
    (*ticket.mutable_attributes())["note"] = Secret();
    ticket.add_file_links()->set_file_name(Secret());
    ticket.mutable_file_links(0)->set_url("https://example.com/" + Secret());
    v1::Sender& sender = *request.mutable_sender();
    sender.set_external_id("secret-minji");
    sender.set_email("secret-minji@example.com");
    sender.set_display_name("secret-name");
    return request;
  }
  // A file in two pieces.
  void Attach(const std::string& ticket) {
    v1::CreateAttachmentRequest create;
    create.set_parent(ticket);
    create.mutable_attachment()->set_file_name(Secret() + ".txt");
    create.mutable_attachment()->set_media_type("text/plain");
    const std::string half = Secret() + std::string(40'000, 'y') + Secret();
    create.mutable_attachment()->set_size_bytes(static_cast<int64_t>(2 * half.size()));
    auto attachment = Call<v1::Attachment>("CreateAttachment", create);
    ASSERT_TRUE(attachment.ok()) << attachment.status();
    while (attachment->received_bytes() < attachment->size_bytes()) {
      v1::UploadAttachmentRequest upload;
      upload.set_name(attachment->name());
      upload.set_offset(attachment->received_bytes());
      upload.set_data(half);
      attachment = Call<v1::Attachment>("UploadAttachment", upload);
      ASSERT_TRUE(attachment.ok()) << attachment.status();
    }
  }
  void Split(const std::string& ticket) {
    v1::SplitTicketRequest request;
    request.set_name(ticket);
    request.set_subject(Secret());
    request.set_body(Secret());
    ASSERT_TRUE(Call<Ticket>("SplitTicket", request).ok());
  }
  void Talk(const std::string& ticket, int messages) {
    for (int i = 0; i < messages; ++i) {
      v1::CreateMessageRequest request = MessageRequest(ticket, i % 2 == 0 ? Message::CUSTOMER : Message::PUBLIC);
      request.mutable_message()->set_body(Secret());
      request.mutable_message()->set_author(Secret());
      ASSERT_TRUE(Call<Message>("CreateMessage", request).ok());
    }
  }
  // All that the service's files hold.
  std::string Bytes() {
    std::string bytes;
    const std::filesystem::path path = tickets_.url().substr(std::string("sqlite:").size());
    for (const auto& file : std::filesystem::directory_iterator(path.parent_path())) {
      std::ifstream stream(file.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(stream), {});
    }
    return bytes;
  }
  // Lets the timers do what is left.
  void Finish() { tickets_.runtime().RunFor(absl::Minutes(2)); }
  int secrets_ = 0;
};

TEST_F(EraseCustomerTest, LeavesNothingInRowsAndCountsAsTheyWere) {
  const Ticket first = MustTake(FullTicket("first"));
  const Ticket alias = MustTake(FromPhone("010-1234-5678"));
  Talk("tickets/first", 5);
  Talk(alias.name(), 3);
  ASSERT_TRUE(Merge(first.customer(), alias.customer()).ok());
  ASSERT_TRUE(Decline(DeclineRequest("tickets/first")).ok());
  const auto erasing = Erase(alias.customer());
  ASSERT_TRUE(erasing.ok()) << erasing.status();
  EXPECT_EQ(erasing->state(), Customer::ERASING);
  EXPECT_THAT(tickets_.file().Dump(), Not(HasSubstr("secret-"))) << "before the call is answered";
  Finish();
  const Customer erased = MustGet(first.customer());
  EXPECT_EQ(erased.state(), Customer::ERASED);
  EXPECT_TRUE(erased.has_erase_finish_time());
  EXPECT_EQ(erased.display_name(), "");
  EXPECT_EQ(erased.contact_points_size(), 0);
  const Ticket ticket = *Get("tickets/first");
  EXPECT_TRUE(ticket.erased());
  EXPECT_EQ(ticket.state(), Ticket::NOT_YET);
  EXPECT_EQ(ticket.decision().capability_gap(), "cold-chain");
  EXPECT_EQ(ticket.decision().revisit_condition(), "");
  EXPECT_EQ(ticket.subject() + ticket.body() + ticket.order(), "");
  EXPECT_EQ(TicketsOf(first.customer()).size(), 2u);
  EXPECT_EQ(Rows("message"), 9) << "with the honest reply";
  EXPECT_THAT(Events(), Contains(::testing::Property(&TicketEvent::has_customer_erased, true)));
}

TEST_F(EraseCustomerTest, LeavesNothingInTheBytesOfTheFiles) {
  if (testing::OnPostgres()) GTEST_SKIP() << "see erase_postgres_test.cc";
  // Others around, so that pages split and fill up with both.
  for (int i = 0; i < 60; ++i) {
    MustTake(FullTicket(fmt::format("p{}", i)));
    if (i % 3 == 0) Talk(fmt::format("tickets/p{}", i), 12);
    if (i % 6 == 0) Attach(fmt::format("tickets/p{}", i));
    if (i % 5 == 0) Split(fmt::format("tickets/p{}", i));
    v1::CreateTicketRequest other = CreateRequest(fmt::format("o{}", i));
    other.mutable_ticket()->set_body(std::string(1500, 'o'));
    MustTake(other);
    ASSERT_TRUE(Say("tickets/" + other.ticket_id(), Message::PUBLIC).ok());
  }
  const std::string customer = Get("tickets/p0")->customer();
  EXPECT_THAT(Bytes(), HasSubstr("secret-")) << "the test hides nothing";
  ASSERT_TRUE(Erase(customer).ok());
  Finish();
  EXPECT_EQ(MustGet(customer).state(), Customer::ERASED);
  const std::string bytes = Bytes();
  EXPECT_EQ(bytes.find("secret-"), std::string::npos) << bytes.substr(bytes.find("secret-"), 40);
  tickets_.Stop();
  EXPECT_THAT(Bytes(), Not(HasSubstr("secret-")));
  tickets_.Restart();
}

TEST_F(EraseCustomerTest, GoesOnBehindTheCallWhereThereIsMuch) {
  for (int i = 0; i < 30; ++i) {
    MustTake(FullTicket(fmt::format("p{}", i)));
    Talk(fmt::format("tickets/p{}", i), 45);
  }
  const std::string customer = Get("tickets/p0")->customer();
  ASSERT_TRUE(Erase(customer).ok());
  EXPECT_GT(Rows("message"), 1000) << "more than a call overwrites";
  tickets_.Restart();
  Finish();
  EXPECT_EQ(MustGet(customer).state(), Customer::ERASED);
  EXPECT_THAT(tickets_.file().Dump(), Not(HasSubstr("secret-")));
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM timer WHERE kind = 'erase-customer'"), 0);
}

TEST_F(EraseCustomerTest, ThePersonWhoComesAgainIsSomebodyElse) {
  const Ticket before = MustTake(FullTicket("before"));
  ASSERT_TRUE(Erase(before.customer()).ok());
  const Ticket after = MustTake(FullTicket("after"));
  EXPECT_NE(after.customer(), before.customer());
  Finish();
  EXPECT_THAT(Get("tickets/after")->order(), HasSubstr("secret-"));
  EXPECT_FALSE(Get("tickets/after")->erased());
  v1::CreateTicketRequest named = CreateRequest();
  named.mutable_ticket()->set_customer(before.customer());
  EXPECT_EQ(testing::Summary(Create(named).status()), "FAILED_PRECONDITION CUSTOMER_NOT_ACTIVE ticket.customer");
}

TEST_F(EraseCustomerTest, NothingCanBeSaidInATicketThatIsErased) {
  const Ticket ticket = MustTake(FullTicket("a"));
  ASSERT_TRUE(Erase(ticket.customer()).ok());
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Say("tickets/a", Message::PUBLIC).status()), "FAILED_PRECONDITION TICKET_ERASED");
  EXPECT_EQ(testing::Summary(Decline(DeclineRequest("tickets/a")).status()), "FAILED_PRECONDITION TICKET_ERASED");
  EXPECT_EQ(testing::Summary(Resolve(ResolveRequest("tickets/a")).status()), "FAILED_PRECONDITION TICKET_ERASED");
  EXPECT_EQ(testing::Summary(Acknowledge(AcknowledgeRequest("tickets/a")).status()),
            "FAILED_PRECONDITION TICKET_ERASED");
  v1::UpdateTicketRequest update;
  update.set_name("tickets/a");
  update.mutable_ticket()->set_remedy_sought("her money");
  EXPECT_EQ(testing::Summary(Call<Ticket>("UpdateTicket", update).status()), "FAILED_PRECONDITION TICKET_ERASED");
  v1::ResolveTicketRequest given = ResolveRequest("tickets/a");
  given.clear_reply();
  EXPECT_EQ(testing::Summary(Resolve(given).status()), "FAILED_PRECONDITION TICKET_ERASED")
      << "what was given is words, too: " << given.remedy_given();
  EXPECT_EQ(tickets_.file().Dump(), before);
  v1::AcknowledgeTicketRequest silent;
  silent.set_name("tickets/a");
  EXPECT_TRUE(Acknowledge(silent).ok()) << "its state still changes";
  update.clear_ticket();
  update.mutable_ticket()->set_assignee("members/kim");
  update.mutable_ticket()->set_severity(Ticket::LOW);
  const auto assigned = Call<Ticket>("UpdateTicket", update);
  ASSERT_TRUE(assigned.ok()) << assigned.status();
  EXPECT_EQ(assigned->assignee(), "members/kim") << "and somebody has to work on it";
  EXPECT_EQ(assigned->severity(), Ticket::LOW);
  Ticket& words = *update.mutable_ticket();
  words.set_product("words");
  words.set_order("words");
  words.set_product_version("words");
  words.add_labels("words");
  (*words.mutable_attributes())["table"] = "words";
  words.set_remedy_sought("words");
  words.set_underlying_need("words");
  words.set_remedy_given("words");
  words.set_language("ko");
  words.mutable_remedy()->set_kind(v1::Remedy::RESEND);
  words.set_abusive(true);
  for (const char* text : {"product", "order", "product_version", "labels", "attributes", "remedy_sought",
                           "underlying_need", "remedy_given", "language", "remedy", "abusive"}) {
    update.mutable_update_mask()->clear_paths();
    update.mutable_update_mask()->add_paths(text);
    EXPECT_EQ(testing::Summary(Call<Ticket>("UpdateTicket", update).status()), "FAILED_PRECONDITION TICKET_ERASED")
        << text;
  }
}

TEST_F(EraseCustomerTest, ARepeatedRequestIsAnsweredWithWhatIsLeft) {
  v1::CreateTicketRequest request = FullTicket("a");
  request.set_request_id("r1");
  const Ticket ticket = MustTake(request);
  ASSERT_TRUE(Erase(ticket.customer()).ok());
  const auto again = Create(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(again->DebugString(), Not(HasSubstr("secret-")));
}

TEST_F(EraseCustomerTest, RefusesWhatIsErasedAlready) {
  const Customer minji = MustCreate(Minji());
  ASSERT_TRUE(Erase(minji.name()).ok());
  EXPECT_EQ(testing::Summary(Erase(minji.name()).status()), "FAILED_PRECONDITION WRONG_STATE");
  Finish();
  EXPECT_EQ(testing::Summary(Erase(minji.name()).status()), "FAILED_PRECONDITION WRONG_STATE");
  v1::UpdateCustomerRequest update;
  update.set_name(minji.name());
  update.mutable_customer()->set_display_name("Minji");
  EXPECT_EQ(testing::Summary(CallCustomers<Customer>("UpdateCustomer", update).status()),
            "FAILED_PRECONDITION WRONG_STATE");
}

TEST_F(EraseCustomerTest, AnAnonymousCustomerIsErasedWithItsTicket) {
  const Ticket ticket = CreateOne("a");
  ASSERT_TRUE(Erase(ticket.customer()).ok());
  Finish();
  EXPECT_TRUE(Get("tickets/a")->erased());
  v1::ListCustomersRequest erasures;
  erasures.add_states(Customer::ERASED);
  EXPECT_THAT(List(erasures), ElementsAre(ticket.customer()));
}

TEST_F(EraseCustomerTest, ARestrictedCustomerIsOutOfListsAndErasedAtItsEnd) {
  const Ticket ticket = MustTake(FullTicket("a"));
  v1::RestrictCustomerRequest request;
  request.set_name(ticket.customer());
  const auto restricted = CallCustomers<Customer>("RestrictCustomer", request);
  ASSERT_TRUE(restricted.ok()) << restricted.status();
  EXPECT_EQ(restricted->state(), Customer::RESTRICTED);
  const absl::CivilDay today = absl::ToCivilDay(Now(), absl::UTCTimeZone());
  EXPECT_EQ(absl::ToCivilDay(FromProtoTime(restricted->retain_until_time()), absl::UTCTimeZone()),
            absl::CivilDay(today.year() + 3, today.month(), today.day()));
  v1::ListCustomersRequest all;
  EXPECT_THAT(List(all), IsEmpty());
  EXPECT_EQ(Events().back().customer_restricted().customer(), ticket.customer());
  // The person may still write, and is known.
  EXPECT_EQ(MustTake(FullTicket("b")).customer(), ticket.customer());
  tickets_.runtime().Move(absl::Hours(24 * 1090));
  Finish();
  EXPECT_EQ(MustGet(ticket.customer()).state(), Customer::RESTRICTED);
  tickets_.runtime().Move(absl::Hours(24 * 10));
  Finish();
  EXPECT_EQ(MustGet(ticket.customer()).state(), Customer::ERASED);
  EXPECT_THAT(tickets_.file().Dump(), Not(HasSubstr("secret-")));
}

TEST_F(EraseCustomerTest, ARestrictionEndsInTheFuture) {
  v1::RestrictCustomerRequest request;
  request.set_name(MustCreate(Minji()).name());
  *request.mutable_retain_until_time() = ToProtoTime(Now());
  EXPECT_EQ(testing::Summary(CallCustomers<Customer>("RestrictCustomer", request).status()),
            "INVALID_ARGUMENT INVALID_FIELD retain_until_time");
}

}  // namespace
}  // namespace dangol::tickets
