// Every ticket has a customer: named, found by what its sender says, or made.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using TicketCustomerTest = CustomersTest;

TEST_F(TicketCustomerTest, OfNobodyKnownIsAnonymousAndAlone) {
  const Ticket one = CreateOne("one");
  const Ticket two = CreateOne("two");
  EXPECT_TRUE(one.anonymous());
  EXPECT_NE(one.customer(), two.customer());
  EXPECT_TRUE(MustGet(one.customer()).anonymous());
  EXPECT_THAT(TicketsOf(one.customer()), ElementsAre("tickets/one"));
  EXPECT_EQ(Events()[0].facts().customer().customer(), one.customer());
  EXPECT_TRUE(Events()[0].facts().customer().anonymous());
}

TEST_F(TicketCustomerTest, OfOneNumberInTwoFormsHasOneCustomer) {
  const Ticket one = MustTake(FromPhone("+82 10-1234-5678"));
  const Ticket two = MustTake(FromPhone("010-1234-5678"));
  EXPECT_EQ(one.customer(), two.customer());
  EXPECT_FALSE(one.anonymous());
  EXPECT_EQ(TicketsOf(one.customer()).size(), 2u);
  EXPECT_FALSE(Events().back().facts().customer().anonymous());
}

TEST_F(TicketCustomerTest, OfARelayOrAMaskedSenderIsAnonymous) {
  const Ticket one = MustTake(FromPhone("0502-1234-5678"));
  const Ticket two = MustTake(FromPhone("0502-1234-5678"));
  EXPECT_NE(one.customer(), two.customer());
  EXPECT_TRUE(one.anonymous());
  const Ticket masked = MustTake(FromExternalId("shop", "min****"));
  EXPECT_TRUE(masked.anonymous());
  EXPECT_EQ(MustGet(masked.customer()).display_name(), "min****");
  EXPECT_NE(MustTake(FromExternalId("shop", "min****")).customer(), masked.customer());
}

TEST_F(TicketCustomerTest, IsFoundByTheExternalIdBeforeTheContactPoint) {
  const Customer minji = MustCreate(Minji());
  Customer other;
  AddContact(other, ContactPoint::EMAIL, "other@example.com");
  const Customer owner = MustCreate(other);
  v1::CreateTicketRequest request = FromExternalId("shop", "minji77");
  request.mutable_sender()->set_email("other@example.com");
  EXPECT_EQ(MustTake(request).customer(), minji.name());
  // She learns the address, and whoever had it may be she.
  EXPECT_THAT(MustGet(minji.name()).possibly_same(), ElementsAre(owner.name()));
  EXPECT_EQ(MustGet(minji.name()).contact_points_size(), 3);
}

TEST_F(TicketCustomerTest, WithTheIdOfSomebodyElseInTheSameSystemIsNotFoundByTheContactPoint) {
  const Customer minji = MustCreate(Minji());
  v1::CreateTicketRequest request = FromExternalId("shop", "her-mother");
  request.mutable_sender()->set_phone("010-1234-5678");
  const Ticket ticket = MustTake(request);
  EXPECT_NE(ticket.customer(), minji.name());
  EXPECT_THAT(MustGet(ticket.customer()).possibly_same(), ElementsAre(minji.name()));
}

TEST_F(TicketCustomerTest, TheSystemOfAnExternalIdIsTheConnection) {
  v1::CreateTicketRequest request = FromExternalId("", "minji77");
  EXPECT_EQ(testing::Summary(Create(request).status()), "INVALID_ARGUMENT INVALID_FIELD sender.external_system");
  request.mutable_ticket()->mutable_source()->set_connection("shop");
  const Customer minji = MustCreate(Minji());
  EXPECT_EQ(MustTake(request).customer(), minji.name());
}

TEST_F(TicketCustomerTest, MayBeNamedAndThenHasNoSender) {
  Customer said = Minji();
  said.set_kind(Customer::INTERNAL);
  said.set_segment("regular");
  const Customer minji = MustCreate(said);
  v1::CreateTicketRequest request = CreateRequest();
  request.mutable_ticket()->set_customer(minji.name());
  const Ticket ticket = MustTake(request);
  EXPECT_EQ(ticket.customer(), minji.name());
  EXPECT_TRUE(ticket.internal());
  EXPECT_EQ(ticket.segment(), "regular");
  EXPECT_EQ(Events().back().facts().customer().audience(), v1::CustomerKey::INTERNAL);
  request.mutable_sender()->set_email("minji@example.com");
  EXPECT_EQ(testing::Summary(Create(request).status()), "INVALID_ARGUMENT INVALID_FIELD sender");
  request.clear_sender();
  request.mutable_ticket()->set_customer("customers/nobody");
  EXPECT_EQ(testing::Summary(Create(request).status()), "NOT_FOUND NOT_FOUND ticket.customer");
}

TEST_F(TicketCustomerTest, OneWhoIsRestrictedIsNotNamedAndMayAlwaysComplain) {
  const Customer minji = MustCreate(Minji());
  v1::CreateTicketRequest named = CreateRequest("named");
  named.mutable_ticket()->set_customer(minji.name());
  MustTake(named);
  v1::RestrictCustomerRequest restrict;
  restrict.set_name(minji.name());
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", restrict).ok());
  const std::string before = tickets_.file().Dump();
  v1::BatchCreateTicketsRequest batch;
  *batch.add_requests() = named;
  batch.set_skip_existing(true);
  EXPECT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok()) << "it is there already";
  named.set_ticket_id("other");
  EXPECT_EQ(testing::Summary(Create(named).status()), "FAILED_PRECONDITION CUSTOMER_NOT_ACTIVE ticket.customer");
  *batch.mutable_requests(0) = named;
  EXPECT_EQ(testing::Summary(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).status()),
            "FAILED_PRECONDITION CUSTOMER_NOT_ACTIVE requests[0].ticket.customer");
  EXPECT_EQ(tickets_.file().Dump(), before);
  v1::CreateTicketRequest mail = FromEmail("minji@example.com");
  mail.mutable_sender()->set_phone("010-9999-9999");
  EXPECT_EQ(MustTake(mail).customer(), minji.name());
  EXPECT_EQ(MustGet(minji.name()).contact_points_size(), 2) << "and is completed by nothing";
  v1::SplitTicketRequest split;
  split.set_name("tickets/named");
  split.set_subject("And the bill is wrong");
  EXPECT_TRUE(Call<Ticket>("SplitTicket", split).ok()) << "of what was said before";
}

TEST_F(TicketCustomerTest, OneWhoIsRestrictedIsPossiblyNobodyElse) {
  const Customer minji = MustCreate(Minji());
  v1::RestrictCustomerRequest restrict;
  restrict.set_name(minji.name());
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", restrict).ok());
  Customer husband;
  AddContact(husband, ContactPoint::PHONE, "010-1234-5678");
  EXPECT_THAT(MustCreate(husband).possibly_same(), ::testing::IsEmpty());
  EXPECT_THAT(MustGet(minji.name()).possibly_same(), ::testing::IsEmpty());
  EXPECT_THAT(Violations(), ::testing::IsEmpty());
}

TEST_F(TicketCustomerTest, ASecondTicketMakesAnAnonymousCustomerKnown) {
  const Ticket first = CreateOne("first");
  v1::CreateTicketRequest request = CreateRequest("second");
  request.mutable_ticket()->set_customer(first.customer());
  Wait(absl::Seconds(1));
  MustTake(request);
  EXPECT_FALSE(MustGet(first.customer()).anonymous());
  EXPECT_THAT(TicketsOf(first.customer(), 1), ElementsAre("tickets/second", "tickets/first"));
  EXPECT_FALSE(Events().back().customer_updated().customer().anonymous());
}

TEST_F(TicketCustomerTest, OneBatchMeetsTheSamePersonOnce) {
  v1::BatchCreateTicketsRequest batch;
  *batch.add_requests() = FromPhone("010-1234-5678");
  *batch.add_requests() = FromEmail("minji@example.com");
  v1::CreateTicketRequest both = FromPhone("+82-10-1234-5678");
  both.mutable_sender()->set_email("Minji@example.com");
  *batch.add_requests() = both;
  *batch.add_requests() = CreateRequest();
  const auto response = Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch);
  ASSERT_TRUE(response.ok()) << response.status();
  // The third says that the first two are possibly one.
  const Customer by_mail = MustGet(response->tickets(1).customer());
  EXPECT_EQ(response->tickets(2).customer(), by_mail.name());
  EXPECT_THAT(by_mail.possibly_same(), ElementsAre(response->tickets(0).customer()));
  EXPECT_EQ(Rows("customer"), 3);
}

TEST_F(TicketCustomerTest, AnImportThatIsRepeatedLeavesNoCustomers) {
  v1::BatchCreateTicketsRequest batch;
  *batch.add_requests() = CreateRequest("a");
  *batch.add_requests() = FromPhone("010-1234-5678");
  batch.mutable_requests(1)->set_ticket_id("b");
  batch.set_skip_existing(true);
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  const std::string before = tickets_.file().DumpTable("customer") + tickets_.file().DumpTable("customer_ticket");
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  EXPECT_EQ(tickets_.file().DumpTable("customer") + tickets_.file().DumpTable("customer_ticket"), before);
}

TEST_F(TicketCustomerTest, AListOfACustomersTicketsChoosesByState) {
  const Customer minji = MustCreate(Minji());
  std::vector<std::string> heard;
  for (int i = 0; i < 9; ++i) {
    v1::CreateTicketRequest request = CreateRequest(fmt::format("t{}", i));
    request.mutable_ticket()->set_customer(minji.name());
    Wait(absl::Seconds(1));
    MustTake(request);
    if (i % 3 != 0) continue;
    ASSERT_TRUE(Acknowledge(AcknowledgeRequest(fmt::format("tickets/t{}", i))).ok());
  }
  v1::ListTicketsRequest request;
  request.set_customer(minji.name());
  request.add_states(Ticket::HEARD);
  request.set_page_size(2);
  auto page = Call<v1::ListTicketsResponse>("ListTickets", request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->tickets_size(), 2);
  EXPECT_EQ(page->tickets(1).name(), "tickets/t3");
  request.set_page_token(page->next_page_token());
  page = Call<v1::ListTicketsResponse>("ListTickets", request);
  ASSERT_EQ(page->tickets_size(), 1);
  EXPECT_EQ(page->tickets(0).name(), "tickets/t0");
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(TicketCustomerTest, IntegrityFindsATicketWithoutACustomer) {
  const Ticket one = CreateOne("one");
  tickets_.file().Execute("UPDATE ticket SET customer_id = 'nobody'");
  EXPECT_THAT(Violations(), ::testing::Contains("ticket-customers tickets/one: has no customer"));
  tickets_is_whole_ = false;
}

}  // namespace
}  // namespace dangol::tickets
