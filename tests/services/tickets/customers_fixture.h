// A tickets service and what tests say of customers.
#pragma once

#include <string>
#include <vector>

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {

using v1::ContactPoint;
using v1::Customer;
using v1::TicketEvent;

class CustomersTest : public TicketsTest {
 protected:
  template <typename Response>
  absl::StatusOr<Response> CallCustomers(const std::string& method, const google::protobuf::Message& request) {
    return tickets_.Call<Response>("/dangol.tickets.v1.CustomerService/" + method, request);
  }

  static void AddContact(Customer& customer, ContactPoint::Kind kind, const std::string& value) {
    ContactPoint& contact_point = *customer.add_contact_points();
    contact_point.set_kind(kind);
    contact_point.set_value(value);
  }
  static void AddExternalId(Customer& customer, const std::string& system, const std::string& id) {
    customer.add_external_ids()->set_system(system);
    customer.mutable_external_ids()->rbegin()->set_id(id);
  }
  // Minji of the shop, whose telephone number and address are known.
  static Customer Minji() {
    Customer customer;
    customer.set_display_name("Minji Kim");
    AddContact(customer, ContactPoint::PHONE, "010-1234-5678");
    AddContact(customer, ContactPoint::EMAIL, "minji@example.com");
    AddExternalId(customer, "shop", "minji77");
    return customer;
  }
  absl::StatusOr<Customer> CreateCustomer(const Customer& customer) {
    v1::CreateCustomerRequest request;
    *request.mutable_customer() = customer;
    return CallCustomers<Customer>("CreateCustomer", request);
  }
  Customer MustCreate(const Customer& customer) {
    auto made = CreateCustomer(customer);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.value_or(Customer());
  }
  absl::StatusOr<Customer> GetCustomer(const std::string& name) {
    v1::GetCustomerRequest request;
    request.set_name(name);
    return CallCustomers<Customer>("GetCustomer", request);
  }
  Customer MustGet(const std::string& name) {
    auto found = GetCustomer(name);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(Customer());
  }
  std::vector<std::string> List(v1::ListCustomersRequest request) {
    std::vector<std::string> names;
    do {
      auto page = CallCustomers<v1::ListCustomersResponse>("ListCustomers", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const Customer& customer : page->customers()) names.push_back(customer.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  absl::StatusOr<Customer> Merge(const std::string& kept, const std::string& merged) {
    v1::MergeCustomersRequest request;
    request.set_name(kept);
    request.set_merged(merged);
    return CallCustomers<Customer>("MergeCustomers", request);
  }
  absl::StatusOr<Customer> Erase(const std::string& name) {
    v1::EraseCustomerRequest request;
    request.set_name(name);
    return CallCustomers<Customer>("EraseCustomer", request);
  }

  // A ticket of a sender.
  static v1::CreateTicketRequest FromPhone(const std::string& phone) {
    v1::CreateTicketRequest request = CreateRequest();
    request.mutable_sender()->set_phone(phone);
    return request;
  }
  static v1::CreateTicketRequest FromEmail(const std::string& email) {
    v1::CreateTicketRequest request = CreateRequest();
    request.mutable_sender()->set_email(email);
    return request;
  }
  static v1::CreateTicketRequest FromExternalId(const std::string& system, const std::string& id) {
    v1::CreateTicketRequest request = CreateRequest();
    request.mutable_sender()->set_external_system(system);
    request.mutable_sender()->set_external_id(id);
    return request;
  }
  Ticket MustTake(const v1::CreateTicketRequest& request) {
    auto ticket = Create(request);
    EXPECT_TRUE(ticket.ok()) << ticket.status();
    return ticket.value_or(Ticket());
  }
  // Of a customer, the newest first.
  std::vector<std::string> TicketsOf(const std::string& customer, int page_size = 1000) {
    v1::ListTicketsRequest request;
    request.set_customer(customer);
    request.set_page_size(page_size);
    std::vector<std::string> names;
    do {
      auto page = Call<v1::ListTicketsResponse>("ListTickets", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const Ticket& ticket : page->tickets()) names.push_back(ticket.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  // What is wrong in the tables.
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
  void TearDown() override {
    if (tickets_is_whole_) {
      EXPECT_THAT(Violations(), ::testing::IsEmpty());
    }
  }
  bool tickets_is_whole_ = true;
};

}  // namespace dangol::tickets
