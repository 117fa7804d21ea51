#include "tests/services/api_subjects.h"

#include "gtest/gtest.h"

#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/common/feed/apply_event.h"

namespace dangol {
namespace {

using google::protobuf::Message;
using testing::SimulatedService;
using testing::Site;

template <typename Response>
void Must(SimulatedService& service, const std::string& method, const Message& request) {
  const auto response = service.Call<Response>(method, request);
  EXPECT_TRUE(response.ok()) << response.status();
}

void MustApply(SimulatedService& service, const feed::Source& source, const Message& event) {
  const absl::Status status = testing::ApplyEvent(service, source, event);
  EXPECT_TRUE(status.ok()) << status;
}

// Customers under names that requests have; the service gives others.
void MakeCustomers(SimulatedService& service, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    tickets::v1::CreateCustomerRequest create;
    create.mutable_customer()->set_display_name(id);
    const auto made = service.Call<tickets::v1::Customer>("/dangol.tickets.v1.CustomerService/CreateCustomer", create);
    ASSERT_TRUE(made.ok()) << made.status();
    service.file().Execute(fmt::format("UPDATE customer SET customer_id = '{}' WHERE customer_id = '{}'", id,
                                       made->name().substr(made->name().find('/') + 1)));
  }
}

}  // namespace

ApiSubject TicketsApi() {
  ApiSubject api{.service = "dangol.tickets.v1.TicketService",
                 .definition = tickets::TicketsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "tickets/known"};
  api.prepare = [](SimulatedService& service, const std::string& method) {
    const std::string path = "/dangol.tickets.v1.TicketService/";
    MakeCustomers(service, {"a1"});
    tickets::v1::CreateTicketRequest create;
    create.set_ticket_id("known");
    create.mutable_ticket()->set_subject("It came late");
    Must<tickets::v1::Ticket>(service, path + "CreateTicket", create);
    if (method == "ReopenTicket") {
      tickets::v1::DeclineTicketRequest decline;
      decline.set_name("tickets/known");
      decline.set_reason(tickets::v1::Decision::UNSUSTAINABLE);
      decline.set_reply("Not yet.");
      decline.set_decided_by("members/kim");
      Must<tickets::v1::Ticket>(service, path + "DeclineTicket", decline);
    }
    if (method == "UnlinkTicket") {
      tickets::v1::AcceptTicketRequest accept;
      accept.set_name("tickets/known");
      accept.set_change("changes/a1");
      Must<tickets::v1::Ticket>(service, path + "AcceptTicket", accept);
    }
  };
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "draft") site.Clear(request);                    // there is a change
    if (site.path.ends_with("ticket.customer")) site.Clear(request);  // there is a sender
    if (site.path == "disposition") site.SetEnum(request, tickets::v1::Ticket::INFORMED);
    if (site.path == "requests[0].request_id") site.Clear(request);  // the batch has its own
  };
  api.etag = [](const std::string& method) { return method == "ReopenTicket" || method == "UnlinkTicket" ? "2" : "1"; };
  return api;
}

ApiSubject CustomersApi() {
  ApiSubject api{.service = "dangol.tickets.v1.CustomerService",
                 .definition = tickets::TicketsService,
                 .prepare =
                     [](SimulatedService& service, const std::string&) {
                       MakeCustomers(service, {"known", "a1"});
                     },
                 .fit = nullptr,
                 .known = "customers/known"};
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path.ends_with("time_zone")) site.SetText(request, "Asia/Seoul");
    if (site.path == "contact") site.Clear(request);
  };
  api.formed = {"customer.time_zone", "customers[0].time_zone", "contact"};
  return api;
}

// `changes/known` has a demand of `tickets/a1`, and `changes/a1` is where it may move.
ApiSubject BacklogApi() {
  ApiSubject api{.service = "dangol.backlog.v1.ChangeService",
                 .definition = backlog::BacklogService,
                 .prepare = nullptr,
                 .fit = [](const std::string&, const Site&, Message&) {},
                 .known = "changes/known"};
  api.prepare = [](SimulatedService& service, const std::string& method) {
    for (const std::string id : {"known", "a1"}) {
      if (id == "a1" && method == "CreateChange") continue;
      backlog::v1::CreateChangeRequest create;
      create.set_change_id(id);
      create.mutable_change()->set_title("Parcels come on the day that was promised");
      Must<backlog::v1::Change>(service, "/dangol.backlog.v1.ChangeService/CreateChange", create);
    }
    tickets::v1::TicketEvent event;
    event.mutable_ticket_accepted();
    event.mutable_facts()->set_ticket("tickets/a1");
    event.mutable_facts()->set_change("changes/known");
    event.mutable_facts()->set_acceptance(1);
    MustApply(service, backlog::BacklogService().sources[0], event);
  };
  return api;
}

ApiSubject MetricsApi() {
  ApiSubject api{.service = "dangol.metrics.v1.LoopService",
                 .definition = metrics::MetricsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "loops/known"};
  api.prepare = [](SimulatedService& service, const std::string&) {
    tickets::v1::TicketEvent ticket;
    ticket.mutable_ticket_created();
    ticket.mutable_facts()->set_ticket("tickets/known");
    ticket.mutable_facts()->set_version(1);
    ticket.mutable_facts()->set_state(tickets::v1::Ticket::RECEIVED);
    MustApply(service, metrics::MetricsService().sources[0], ticket);
    backlog::v1::ChangeEvent change;
    change.mutable_change_created();
    change.mutable_facts()->set_change("changes/a1");
    change.mutable_facts()->set_version(1);
    MustApply(service, metrics::MetricsService().sources[1], change);
  };
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "first_day" || site.path == "last_day") site.SetText(request, "2026-11-24");
  };
  api.formed = {"first_day", "last_day"};
  return api;
}

const std::vector<ApiSubject>& ApiSubjects() {
  static const auto& subjects = *new std::vector<ApiSubject>{TicketsApi(), CustomersApi(), BacklogApi(), MetricsApi()};
  return subjects;
}

}  // namespace dangol
