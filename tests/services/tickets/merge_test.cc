// MergeCustomers: one keeps everything, the other is a name for it.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using MergeCustomersTest = CustomersTest;

TEST_F(MergeCustomersTest, KeepsOneWithAllThatBothHad) {
  const Customer kept = MustCreate(Minji());
  const Ticket by_mail = MustTake(FromEmail("mk@example.com"));
  const auto merged = Merge(kept.name(), by_mail.customer());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->name(), kept.name());
  EXPECT_EQ(merged->contact_points_size(), 3);
  EXPECT_EQ(MustGet(by_mail.customer()).name(), kept.name());
  EXPECT_EQ(Get(by_mail.name())->customer(), by_mail.customer()) << "tickets keep the name that they came with";
  EXPECT_THAT(TicketsOf(kept.name()), ElementsAre(by_mail.name()));
  EXPECT_THAT(TicketsOf(by_mail.customer()), ElementsAre(by_mail.name()));
  EXPECT_EQ(MustTake(FromEmail("mk@example.com")).customer(), kept.name());
  v1::ListCustomersRequest all;
  EXPECT_THAT(List(all), ElementsAre(kept.name()));
}

TEST_F(MergeCustomersTest, OfTwoConsentsTheNewerOneHolds) {
  const auto said = [](v1::Consent::State state, absl::Time time) {
    Customer customer;
    AddContact(customer, ContactPoint::PHONE, "010-1234-5678");
    v1::Consent& consent = *customer.mutable_contact_points(0)->mutable_marketing_consent();
    consent.set_state(state);
    consent.set_source("telephone call");
    *consent.mutable_time() = ToProtoTime(time);
    return customer;
  };
  const Customer given = MustCreate(said(v1::Consent::GIVEN, Now() - absl::Hours(48)));
  const Customer withdrawn = MustCreate(said(v1::Consent::WITHDRAWN, Now() - absl::Hours(24)));
  const Customer earlier = MustCreate(said(v1::Consent::GIVEN, Now() - absl::Hours(72)));
  for (const std::string& other : {withdrawn.name(), earlier.name()}) {
    const auto merged = Merge(given.name(), other);
    ASSERT_TRUE(merged.ok()) << merged.status();
    ASSERT_EQ(merged->contact_points_size(), 1);
    EXPECT_EQ(merged->contact_points(0).marketing_consent().state(), v1::Consent::WITHDRAWN);
  }
}

TEST_F(MergeCustomersTest, AConsentThatBothHaveIsOfTheLaterTime) {
  const auto said = [&](v1::Consent::State state, absl::Duration ago) {
    Customer customer;
    AddContact(customer, ContactPoint::PHONE, "010-1234-5678");
    v1::Consent& consent = *customer.mutable_contact_points(0)->mutable_service_consent();
    consent.set_state(state);
    consent.set_source("telephone call");
    *consent.mutable_time() = ToProtoTime(Now() - ago);
    return MustCreate(customer).name();
  };
  const std::string kept = said(v1::Consent::WITHDRAWN, absl::Hours(720));
  ASSERT_TRUE(Merge(kept, said(v1::Consent::WITHDRAWN, absl::Hours(240))).ok());
  const auto merged = Merge(kept, said(v1::Consent::GIVEN, absl::Hours(480)));
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->contact_points(0).service_consent().state(), v1::Consent::WITHDRAWN);
}

TEST_F(MergeCustomersTest, TellsFeedsBothNames) {
  const Customer kept = MustCreate(Minji());
  const Ticket anonymous = CreateOne("one");
  ASSERT_TRUE(Merge(kept.name(), anonymous.customer()).ok());
  const v1::TicketEvent event = Events().back();
  EXPECT_EQ(event.customers_merged().customer(), kept.name());
  EXPECT_EQ(event.customers_merged().merged(), anonymous.customer());
  EXPECT_THAT(tickets_.file().Column("SELECT resources FROM feed ORDER BY seq DESC LIMIT 1"),
              ElementsAre(fmt::format("{}@2 {}@2", kept.name(), anonymous.customer())));
  EXPECT_THAT(TicketsOf(kept.name()), ElementsAre("tickets/one"));
}

TEST_F(MergeCustomersTest, AChainOfTenIsOneRedirect) {
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) {
    names.push_back(MustTake(FromEmail(fmt::format("m{}@example.com", i))).customer());
  }
  for (int i = 0; i + 1 < 10; ++i) ASSERT_TRUE(Merge(names[i + 1], names[i]).ok());
  for (const std::string& name : names) EXPECT_EQ(MustGet(name).name(), names[9]);
  EXPECT_EQ(TicketsOf(names[0]).size(), 10u);
  EXPECT_EQ(TicketsOf(names[9], 3).size(), 10u);
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(DISTINCT merged_into) FROM customer"), 1);
  EXPECT_EQ(MustGet(names[9]).contact_points_size(), 10);
}

TEST_F(MergeCustomersTest, WhoWasMergedCanBeChanged) {
  const auto said = [](int from) {
    Customer customer;
    for (int i = from; i < from + 32; ++i) {
      AddContact(customer, ContactPoint::EMAIL, fmt::format("m{}@example.com", i));
      AddExternalId(customer, "shop", fmt::format("id{}", i));
    }
    return customer;
  };
  const auto merged = Merge(MustCreate(said(0)).name(), MustCreate(said(32)).name());
  ASSERT_TRUE(merged.ok()) << merged.status();
  v1::UpdateCustomerRequest request;
  request.set_name(merged->name());
  *request.mutable_customer() = *merged;
  request.mutable_customer()->mutable_contact_points()->RemoveLast();
  for (const char* path : {"contact_points", "external_ids"}) request.mutable_update_mask()->add_paths(path);
  const auto updated = CallCustomers<Customer>("UpdateCustomer", request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->contact_points_size(), 63);
  EXPECT_EQ(updated->external_ids_size(), 64);
}

TEST_F(MergeCustomersTest, RefusesMoreThanACustomerMayHave) {
  const auto said = [](int from, int attributes) {
    Customer customer;
    for (int i = from; i < from + attributes; ++i) (*customer.mutable_attributes())[fmt::format("a{}", i)] = "1";
    return customer;
  };
  const Customer kept = MustCreate(said(0, 30));
  const Customer merged = MustCreate(said(28, 5));
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Merge(kept.name(), merged.name()).status()), "FAILED_PRECONDITION TOO_MANY_MERGED");
  EXPECT_EQ(tickets_.file().Dump(), before);
  const auto fits = Merge(kept.name(), MustCreate(said(28, 4)).name());
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_EQ(fits->attributes_size(), 32);
}

TEST_F(MergeCustomersTest, WhoWasPossiblyTheSameAsEitherIsSoOfTheKept) {
  const Customer a = MustCreate(Minji());
  Customer said;
  AddContact(said, ContactPoint::PHONE, "010-1234-5678");
  const Customer b = MustCreate(said);
  const Customer c = MustCreate(said);
  ASSERT_TRUE(Merge(a.name(), b.name()).ok());
  EXPECT_THAT(MustGet(a.name()).possibly_same(), ElementsAre(c.name()));
  EXPECT_THAT(MustGet(c.name()).possibly_same(), ElementsAre(a.name()));
  ASSERT_TRUE(Merge(c.name(), a.name()).ok());
  EXPECT_THAT(MustGet(c.name()).possibly_same(), IsEmpty());
  EXPECT_EQ(Rows("possibly_same"), 0);
}

TEST_F(MergeCustomersTest, RefusesWhatCannotBe) {
  const Customer a = MustCreate(Minji());
  const Customer b = MustCreate(Customer());
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Merge(a.name(), a.name()).status()), "INVALID_ARGUMENT SAME_CUSTOMER merged");
  EXPECT_EQ(testing::Summary(Merge(a.name(), "customers/nobody").status()), "NOT_FOUND NOT_FOUND merged");
  EXPECT_EQ(testing::Summary(Merge("customers/nobody", a.name()).status()), "NOT_FOUND NOT_FOUND");
  v1::MergeCustomersRequest request;
  request.set_name(a.name());
  request.set_merged(b.name());
  request.set_merged_etag("7");
  EXPECT_EQ(testing::Summary(CallCustomers<Customer>("MergeCustomers", request).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(tickets_.file().Dump(), before);
  ASSERT_TRUE(Merge(a.name(), b.name()).ok());
  EXPECT_EQ(testing::Summary(Merge(b.name(), a.name()).status()), "INVALID_ARGUMENT SAME_CUSTOMER merged");
  const Customer c = MustCreate(Customer());
  ASSERT_TRUE(Erase(c.name()).ok());
  EXPECT_EQ(testing::Summary(Merge(a.name(), c.name()).status()), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_EQ(testing::Summary(Merge(c.name(), a.name()).status()), "FAILED_PRECONDITION WRONG_STATE");
}

}  // namespace
}  // namespace dangol::tickets
