// CreateCustomer, UpsertCustomers, GetCustomer, ListCustomers.
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/options.pb.h"
#include "services/tickets/customer/customer_rules.h"
#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CustomerHandlersTest : public CustomersTest {
 protected:
  absl::StatusOr<v1::UpsertCustomersResponse> Upsert(const std::vector<Customer>& customers) {
    v1::UpsertCustomersRequest request;
    for (const Customer& customer : customers) *request.add_customers() = customer;
    return CallCustomers<v1::UpsertCustomersResponse>("UpsertCustomers", request);
  }
};

TEST_F(CustomerHandlersTest, CreateKeepsWhatIsSaidAndTellsFeedsAPseudonym) {
  Customer said = Minji();
  said.set_segment("regular");
  said.set_locale("ko-KR");
  said.set_time_zone("Asia/Seoul");
  (*said.mutable_attributes())["size"] = "M";
  v1::Consent& consent = *said.mutable_contact_points(0)->mutable_marketing_consent();
  consent.set_state(v1::Consent::GIVEN);
  consent.set_source("sign-up form");
  const Customer made = MustCreate(said);
  EXPECT_EQ(made.state(), Customer::ACTIVE);
  EXPECT_EQ(made.kind(), Customer::EXTERNAL);
  EXPECT_FALSE(made.anonymous());
  EXPECT_EQ(made.etag(), "1");
  EXPECT_EQ(made.contact_points(0).normalized_value(), "+821012345678");
  EXPECT_TRUE(made.contact_points(0).identifying());
  EXPECT_EQ(made.contact_points(0).marketing_consent().time().seconds(), absl::ToUnixSeconds(Now()));
  EXPECT_EQ(MustGet(made.name()).SerializeAsString(), made.SerializeAsString());
  ASSERT_EQ(Events().size(), 1u);
  const v1::CustomerKey key = Events()[0].customer_created().customer();
  EXPECT_EQ(key.customer(), made.name());
  EXPECT_EQ(key.segment(), "regular");
  EXPECT_EQ(key.audience(), v1::CustomerKey::EXTERNAL);
}

TEST_F(CustomerHandlersTest, CreateRefusesAnExternalIdThatIsTaken) {
  const Customer first = MustCreate(Minji());
  Customer second;
  AddExternalId(second, "shop", "minji77");
  const std::string before = tickets_.file().Dump();
  const absl::Status taken = CreateCustomer(second).status();
  EXPECT_EQ(testing::Summary(taken), "ALREADY_EXISTS EXTERNAL_ID_TAKEN customer.external_ids");
  EXPECT_THAT(std::string(taken.message()), HasSubstr(first.name()));
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(CustomerHandlersTest, CreateRefusesWhatCannotBe) {
  Customer wrong = Minji();
  wrong.set_time_zone("Mars/Base");
  EXPECT_EQ(testing::Summary(CreateCustomer(wrong).status()), "INVALID_ARGUMENT INVALID_FIELD customer.time_zone");
  wrong = Minji();
  wrong.mutable_external_ids(0)->set_id("min****");
  EXPECT_EQ(testing::Summary(CreateCustomer(wrong).status()),
            "INVALID_ARGUMENT INVALID_FIELD customer.external_ids[0].id");
  wrong = Minji();
  wrong.set_referred_by("customers/nobody");
  EXPECT_EQ(testing::Summary(CreateCustomer(wrong).status()), "NOT_FOUND NOT_FOUND customer.referred_by");
  wrong = Minji();
  wrong.mutable_contact_points(0)->mutable_service_consent()->set_state(v1::Consent::GIVEN);
  EXPECT_EQ(testing::Summary(CreateCustomer(wrong).status()),
            "INVALID_ARGUMENT INVALID_FIELD customer.contact_points[0].service_consent.source");
  EXPECT_EQ(Rows("customer"), 0);
}

TEST_F(CustomerHandlersTest, WhoSharesAContactPointIsPossiblyTheSame) {
  const Customer first = MustCreate(Minji());
  Customer husband;
  AddContact(husband, ContactPoint::PHONE, "+82 10 1234 5678");
  const Customer second = MustCreate(husband);
  EXPECT_THAT(second.possibly_same(), ElementsAre(first.name()));
  EXPECT_THAT(MustGet(first.name()).possibly_same(), ElementsAre(second.name()));
  MustCreate(Customer());
  v1::ListCustomersRequest request;
  request.set_possibly_same(true);
  EXPECT_THAT(List(request), ElementsAre(second.name(), first.name()));
}

TEST_F(CustomerHandlersTest, UpsertMakesThenCompletes) {
  Customer said = Minji();
  auto made = Upsert({said});
  ASSERT_TRUE(made.ok()) << made.status();
  Customer more;
  AddExternalId(more, "shop", "minji77");
  AddContact(more, ContactPoint::EMAIL, "mk@example.com");
  more.set_segment("regular");
  more.set_kind(Customer::INTERNAL);
  const auto again = Upsert({more});
  ASSERT_TRUE(again.ok()) << again.status();
  const Customer& known = again->customers(0);
  EXPECT_EQ(known.name(), made->customers(0).name());
  EXPECT_EQ(known.display_name(), "Minji Kim");
  EXPECT_EQ(known.segment(), "regular");
  EXPECT_EQ(known.kind(), Customer::INTERNAL);
  EXPECT_EQ(known.contact_points_size(), 3);
  EXPECT_EQ(known.etag(), "2");
  EXPECT_EQ(Events().back().customer_updated().customer().audience(), v1::CustomerKey::INTERNAL);
  // The same once more changes nothing, and tells of nothing.
  ASSERT_TRUE(Upsert({more}).ok());
  EXPECT_EQ(MustGet(known.name()).etag(), "2");
  EXPECT_EQ(Events().size(), 2u);
}

TEST_F(CustomerHandlersTest, UpsertKeepsAConsentThatIsNotMentioned) {
  Customer said = Minji();
  v1::Consent& consent = *said.mutable_contact_points(1)->mutable_marketing_consent();
  consent.set_state(v1::Consent::WITHDRAWN);
  consent.set_source("telephone call");
  ASSERT_TRUE(Upsert({said}).ok());
  const auto again = Upsert({Minji()});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->customers(0).contact_points(1).marketing_consent().state(), v1::Consent::WITHDRAWN);
}

TEST_F(CustomerHandlersTest, UpsertKeepsAConsentThatIsNewerAndWhatIsSaidOnceMoreChangesNothing) {
  Customer said = Minji();
  v1::Consent& consent = *said.mutable_contact_points(1)->mutable_marketing_consent();
  consent.set_state(v1::Consent::WITHDRAWN);
  consent.set_source("telephone call");
  ASSERT_TRUE(Upsert({said}).ok());
  Wait(absl::Hours(24));
  const std::string before = tickets_.file().Dump();
  const auto again = Upsert({said});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->customers(0).etag(), "1") << "nobody said when: that it was said once more is nothing new";
  consent.set_state(v1::Consent::GIVEN);
  *consent.mutable_time() = ToProtoTime(Now() - absl::Hours(240));
  ASSERT_TRUE(Upsert({said}).ok());
  EXPECT_EQ(tickets_.file().Dump(), before) << "an old export takes no withdrawal back";
  *consent.mutable_time() = ToProtoTime(Now());
  const auto given = Upsert({said});
  ASSERT_TRUE(given.ok());
  EXPECT_EQ(given->customers(0).contact_points(1).marketing_consent().state(), v1::Consent::GIVEN);
}

TEST_F(CustomerHandlersTest, WhatIsSaidOnceMoreLaterKeepsAnEarlierConsentAway) {
  Customer said = Minji();
  v1::Consent& consent = *said.mutable_contact_points(1)->mutable_marketing_consent();
  const auto say = [&](v1::Consent::State state, absl::Duration ago) {
    consent.set_state(state);
    consent.set_source("telephone call");
    *consent.mutable_time() = ToProtoTime(Now() - ago);
    return Upsert({said})->customers(0).contact_points(1).marketing_consent();
  };
  say(v1::Consent::WITHDRAWN, absl::Hours(720));
  EXPECT_EQ(FromProtoTime(say(v1::Consent::WITHDRAWN, absl::Hours(240)).time()), Now() - absl::Hours(240));
  EXPECT_EQ(say(v1::Consent::GIVEN, absl::Hours(480)).state(), v1::Consent::WITHDRAWN);
  EXPECT_EQ(FromProtoTime(say(v1::Consent::WITHDRAWN, absl::Hours(480)).time()), Now() - absl::Hours(240));
  EXPECT_EQ(say(v1::Consent::GIVEN, absl::Hours(240)).state(), v1::Consent::WITHDRAWN) << "at the same time: no";
}

TEST_F(CustomerHandlersTest, AContactPointThatStandsTwiceHasTheConsentThatWasSaidLast) {
  const auto made = [&](std::optional<absl::Duration> given_ago, std::optional<absl::Duration> withdrawn_ago) {
    Customer said;
    for (const auto& [value, state, ago] : {std::tuple("dd@example.com", v1::Consent::GIVEN, given_ago),
                                            std::tuple("DD@example.com", v1::Consent::WITHDRAWN, withdrawn_ago)}) {
      AddContact(said, ContactPoint::EMAIL, value);
      v1::Consent& consent = *said.mutable_contact_points()->rbegin()->mutable_marketing_consent();
      consent.set_state(state);
      consent.set_source("list");
      if (ago) *consent.mutable_time() = ToProtoTime(Now() - *ago);
    }
    std::vector<v1::Consent::State> states;
    for (int i = 0; i < 2; ++i) {
      const Customer customer = MustCreate(said);
      EXPECT_EQ(customer.contact_points_size(), 1);
      EXPECT_TRUE(customer.contact_points(0).marketing_consent().has_time());
      states.push_back(customer.contact_points(0).marketing_consent().state());
      said.mutable_contact_points()->SwapElements(0, 1);
    }
    EXPECT_EQ(states[0], states[1]) << "in whatever order";
    return states[0];
  };
  EXPECT_EQ(made(absl::Hours(720), absl::Hours(240)), v1::Consent::WITHDRAWN);
  EXPECT_EQ(made(absl::Hours(240), absl::Hours(720)), v1::Consent::GIVEN);
  EXPECT_EQ(made({}, absl::Hours(240)), v1::Consent::GIVEN) << "said now";
  EXPECT_EQ(made(absl::Hours(240), {}), v1::Consent::WITHDRAWN);
  EXPECT_EQ(made({}, {}), v1::Consent::WITHDRAWN);
}

TEST_F(CustomerHandlersTest, UpsertFindsByContactUnlessTheIdsSaySomebodyElse) {
  const Customer by_mail = MustGet(MustTake(FromEmail("minji@example.com")).customer());
  Customer same;
  AddExternalId(same, "shop", "minji77");
  AddContact(same, ContactPoint::EMAIL, "MINJI@example.com");
  Customer other = same;
  other.mutable_external_ids(0)->set_id("somebody-else");
  const auto response = Upsert({same, other});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->customers(0).name(), by_mail.name());
  EXPECT_NE(response->customers(1).name(), by_mail.name());
  EXPECT_THAT(response->customers(1).possibly_same(), ElementsAre(by_mail.name()));
}

// What was left out in silence would make another customer of the next who comes with it.
TEST_F(CustomerHandlersTest, UpsertRefusesMoreThanACustomerMayHave) {
  const auto most = [](const char* field) {
    return Customer::descriptor()->FindFieldByName(field)->options().GetExtension(api::v1::field).max_items();
  };
  ASSERT_EQ(most("external_ids"), kIdentitiesMost);
  ASSERT_EQ(most("contact_points"), kIdentitiesMost);
  ASSERT_EQ(most("attributes"), kAttributesMost);
  Customer said;
  for (int i = 0; i < kIdentitiesMost; ++i) {
    AddExternalId(said, "shop", fmt::format("id{}", i));
    AddContact(said, ContactPoint::EMAIL, fmt::format("m{}@example.com", i));
  }
  for (int i = 0; i < kAttributesMost; ++i) (*said.mutable_attributes())[fmt::format("a{}", i)] = "1";
  const auto full = Upsert({said});
  ASSERT_TRUE(full.ok()) << full.status();
  const std::string before = tickets_.file().Dump();
  const auto refusal = [&](auto add) {
    Customer more;
    AddExternalId(more, "shop", "id0");
    add(more);
    return testing::Summary(Upsert({Minji(), more}).status());
  };
  EXPECT_EQ(refusal([](Customer& more) { AddExternalId(more, "shop", "one-more"); }),
            "INVALID_ARGUMENT INVALID_FIELD customers[1].external_ids");
  EXPECT_EQ(refusal([](Customer& more) { AddContact(more, ContactPoint::EMAIL, "more@example.com"); }),
            "INVALID_ARGUMENT INVALID_FIELD customers[1].contact_points");
  EXPECT_EQ(refusal([](Customer& more) { (*more.mutable_attributes())["one-more"] = "1"; }),
            "INVALID_ARGUMENT INVALID_FIELD customers[1].attributes");
  EXPECT_EQ(tickets_.file().Dump(), before);
  // What it has already may be said again. A ticket is taken, and the customer learns no more from it.
  (*said.mutable_attributes())["a0"] = "2";
  EXPECT_TRUE(Upsert({said}).ok());
  v1::CreateTicketRequest ticket = FromExternalId("shop", "id0");
  ticket.mutable_sender()->set_email("more@example.com");
  EXPECT_EQ(MustTake(ticket).customer(), full->customers(0).name());
  EXPECT_EQ(MustGet(full->customers(0).name()).contact_points_size(), kIdentitiesMost);
}

TEST_F(CustomerHandlersTest, UpsertMakesAllOrNone) {
  Customer nameless;
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Upsert({Minji(), nameless}).status()),
            "INVALID_ARGUMENT INVALID_FIELD customers[1].external_ids");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(CustomerHandlersTest, ListGivesTheNewestFirstWithoutTheAnonymous) {
  std::vector<std::string> names;
  for (int i = 0; i < 7; ++i) {
    Wait(absl::Seconds(1));
    Customer said;
    said.set_segment(i % 2 == 0 ? "regular" : "trial");
    said.set_kind(i == 3 ? Customer::INTERNAL : Customer::EXTERNAL);
    names.insert(names.begin(), MustCreate(said).name());
  }
  CreateOne("of-nobody");
  v1::ListCustomersRequest request;
  request.set_page_size(2);
  EXPECT_EQ(List(request), names);
  request.set_segment("trial");
  EXPECT_THAT(List(request), ElementsAre(names[1], names[3], names[5]));
  request.set_kind(Customer::INTERNAL);
  EXPECT_THAT(List(request), ElementsAre(names[3]));
}

TEST_F(CustomerHandlersTest, ListOfTwoStatesGivesAllOfBoth) {
  Customer restricted;
  AddContact(restricted, ContactPoint::PHONE, "010-1234-5678");
  v1::RestrictCustomerRequest restrict;
  restrict.set_name(MustCreate(restricted).name());
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", restrict).ok());
  Wait(absl::Seconds(1));
  v1::UpsertCustomersRequest upsert;
  for (int i = 0; i < 903; ++i) AddExternalId(*upsert.add_customers(), "shop", fmt::format("c{}", i));
  ASSERT_TRUE(CallCustomers<v1::UpsertCustomersResponse>("UpsertCustomers", upsert).ok());
  v1::ListCustomersRequest request;
  request.add_states(Customer::ACTIVE);
  request.add_states(Customer::RESTRICTED);
  for (const int page_size : {1000, 300}) {
    request.set_page_size(page_size);
    const std::vector<std::string> names = List(request);
    EXPECT_EQ(names.size(), 904u);
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), 904u);
    EXPECT_EQ(names.back(), restrict.name());
  }
}

TEST_F(CustomerHandlersTest, ListFindsByWaysToWriteAContactPoint) {
  const Customer minji = MustCreate(Minji());
  v1::ListCustomersRequest request;
  for (const char* contact : {"+82 10-1234-5678", "01012345678", "MINJI@EXAMPLE.COM"}) {
    request.set_contact(contact);
    EXPECT_THAT(List(request), ElementsAre(minji.name())) << contact;
  }
  request.set_contact("010-9999-9999");
  EXPECT_THAT(List(request), IsEmpty());
  request.set_contact("min***@example.com");
  EXPECT_EQ(testing::Summary(CallCustomers<v1::ListCustomersResponse>("ListCustomers", request).status()),
            "INVALID_ARGUMENT INVALID_FIELD contact");
}

TEST_F(CustomerHandlersTest, ListByContactGivesTheNewestFirstPageByPage) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    Wait(absl::Seconds(1));
    Customer said;
    AddContact(said, ContactPoint::PHONE, "010-1234-5678");
    said.set_kind(i == 2 ? Customer::INTERNAL : Customer::EXTERNAL);
    names.insert(names.begin(), MustCreate(said).name());
  }
  MustCreate(Customer());
  v1::RestrictCustomerRequest restrict;
  restrict.set_name(names[1]);
  ASSERT_TRUE(CallCustomers<Customer>("RestrictCustomer", restrict).ok());
  v1::ListCustomersRequest request;
  request.set_contact("01012345678");
  request.set_page_size(1);
  EXPECT_THAT(List(request), ElementsAre(names[0], names[2], names[3], names[4]));
  const auto page = CallCustomers<v1::ListCustomersResponse>("ListCustomers", request);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->customers_size(), 1);
  request.set_kind(Customer::EXTERNAL);
  EXPECT_THAT(List(request), ElementsAre(names[0], names[3], names[4]));
  request.set_page_token(page->next_page_token());
  EXPECT_EQ(testing::Summary(CallCustomers<v1::ListCustomersResponse>("ListCustomers", request).status()),
            "INVALID_ARGUMENT PAGE_TOKEN_OF_ANOTHER_QUERY page_token");
  request.clear_page_token();
  request.clear_kind();
  request.add_states(Customer::RESTRICTED);
  EXPECT_THAT(List(request), ElementsAre(names[1]));
}

TEST_F(CustomerHandlersTest, UpdateToNoKindIsToAnExternalOne) {
  Customer said = Minji();
  said.set_kind(Customer::INTERNAL);
  v1::UpdateCustomerRequest request;
  request.set_name(MustCreate(said).name());
  request.mutable_customer()->clear_kind();
  request.mutable_update_mask()->add_paths("kind");
  const auto updated = CallCustomers<Customer>("UpdateCustomer", request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->kind(), Customer::EXTERNAL);
  v1::ListCustomersRequest external;
  external.set_kind(Customer::EXTERNAL);
  EXPECT_THAT(List(external), ElementsAre(updated->name()));
}

TEST_F(CustomerHandlersTest, UpdateReplacesWhatTheMaskNames) {
  const Customer minji = MustCreate(Minji());
  v1::UpdateCustomerRequest request;
  request.set_name(minji.name());
  request.set_etag("1");
  request.mutable_customer()->set_segment("regular");
  AddContact(*request.mutable_customer(), ContactPoint::PHONE, "02-312-3456");
  for (const char* path : {"segment", "contact_points", "display_name"}) request.mutable_update_mask()->add_paths(path);
  const auto updated = CallCustomers<Customer>("UpdateCustomer", request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->display_name(), "");
  EXPECT_EQ(updated->contact_points_size(), 1);
  EXPECT_EQ(updated->external_ids_size(), 1);
  EXPECT_EQ(updated->etag(), "2");
  EXPECT_EQ(Events().back().customer_updated().customer().segment(), "regular");
  // She is found by what she has now, and by nothing else.
  EXPECT_EQ(MustTake(FromPhone("+82 2 312 3456")).customer(), minji.name());
  EXPECT_NE(MustTake(FromPhone("010-1234-5678")).customer(), minji.name());
}

TEST_F(CustomerHandlersTest, UpdateMakesAnAnonymousCustomerKnown) {
  const Ticket ticket = CreateOne("one");
  v1::UpdateCustomerRequest request;
  request.set_name(ticket.customer());
  AddContact(*request.mutable_customer(), ContactPoint::EMAIL, "minji@example.com");
  const auto updated = CallCustomers<Customer>("UpdateCustomer", request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_FALSE(updated->anonymous());
  EXPECT_EQ(MustTake(FromEmail("minji@example.com")).customer(), ticket.customer());
}

TEST_F(CustomerHandlersTest, IntegrityFindsAnIdentityThatIsNotThere) {
  const Customer minji = MustCreate(Minji());
  tickets_.file().Execute("DELETE FROM contact_point WHERE kind = 2");
  EXPECT_THAT(Violations(), ElementsAre("customer-identities " + minji.name() + ": is found by 2 of 3 identities"));
  tickets_is_whole_ = false;
}

}  // namespace
}  // namespace dangol::tickets
