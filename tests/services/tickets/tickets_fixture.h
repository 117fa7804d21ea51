// A tickets service on one thread, called by RPC, and requests that a test says only the interesting part of.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "common/rpc/authorization.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/feed/apply_event.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::tickets {

using v1::Message;
using v1::Ticket;

// Of the default policy.
constexpr absl::Duration kCloseAfter = absl::Hours(7 * 24);

class TicketsTest : public ::testing::Test {
 protected:
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request) {
    return tickets_.Call<Response>("/dangol.tickets.v1.TicketService/" + method, request);
  }

  static v1::CreateTicketRequest CreateRequest(const std::string& id = "",
                                               const std::string& subject = "It came late") {
    v1::CreateTicketRequest request;
    request.set_ticket_id(id);
    request.mutable_ticket()->set_subject(subject);
    return request;
  }
  absl::StatusOr<Ticket> Create(const v1::CreateTicketRequest& request) {
    return Call<Ticket>("CreateTicket", request);
  }
  // One that must succeed.
  Ticket CreateOne(const std::string& id = "") {
    auto ticket = Create(CreateRequest(id));
    EXPECT_TRUE(ticket.ok()) << ticket.status();
    return ticket.value_or(Ticket());
  }
  absl::StatusOr<Ticket> Get(const std::string& name) {
    v1::GetTicketRequest request;
    request.set_name(name);
    return Call<Ticket>("GetTicket", request);
  }

  static v1::AcknowledgeTicketRequest AcknowledgeRequest(const std::string& name) {
    v1::AcknowledgeTicketRequest request;
    request.set_name(name);
    request.set_heard_summary("A child's birthday was spoilt.");
    return request;
  }
  absl::StatusOr<Ticket> Acknowledge(const v1::AcknowledgeTicketRequest& request) {
    return Call<Ticket>("AcknowledgeTicket", request);
  }

  static v1::DeclineTicketRequest DeclineRequest(const std::string& name) {
    v1::DeclineTicketRequest request;
    request.set_name(name);
    request.set_reason(v1::Decision::BEYOND_CAPABILITY);
    request.set_capability_gap("cold-chain");
    request.set_revisit_condition("when the depot has a cooling cell");
    request.set_reply("We cannot keep it cold on the way yet.");
    request.set_decided_by("members/kim");
    return request;
  }
  absl::StatusOr<Ticket> Decline(const v1::DeclineTicketRequest& request) {
    return Call<Ticket>("DeclineTicket", request);
  }

  static v1::AcceptTicketRequest AcceptRequest(const std::string& name,
                                               const std::string& change = "changes/cold-box") {
    v1::AcceptTicketRequest request;
    request.set_name(name);
    request.set_change(change);
    return request;
  }
  absl::StatusOr<Ticket> Accept(const v1::AcceptTicketRequest& request) {
    return Call<Ticket>("AcceptTicket", request);
  }

  static v1::ResolveTicketRequest ResolveRequest(const std::string& name) {
    v1::ResolveTicketRequest request;
    request.set_name(name);
    request.set_disposition(Ticket::RELIEF_GIVEN);
    request.set_remedy_given("the price of the cake");
    request.set_reply("We are sorry. The money is on its way.");
    request.set_decided_by("members/kim");
    return request;
  }
  absl::StatusOr<Ticket> Resolve(const v1::ResolveTicketRequest& request) {
    return Call<Ticket>("ResolveTicket", request);
  }

  static v1::ReopenTicketRequest ReopenRequest(const std::string& name, v1::ReopenTicketRequest::Cause cause) {
    v1::ReopenTicketRequest request;
    request.set_name(name);
    request.set_cause(cause);
    request.set_body("It is warm again.");
    return request;
  }
  absl::StatusOr<Ticket> Reopen(const v1::ReopenTicketRequest& request) {
    return Call<Ticket>("ReopenTicket", request);
  }

  static v1::UnlinkTicketRequest UnlinkRequest(const std::string& name) {
    v1::UnlinkTicketRequest request;
    request.set_name(name);
    request.set_note("That was another cake.");
    return request;
  }
  absl::StatusOr<Ticket> Unlink(const v1::UnlinkTicketRequest& request) {
    return Call<Ticket>("UnlinkTicket", request);
  }

  // What the backlog says about one ticket, and that the service was given it.
  static backlog::v1::ChangeEvent DemandsEvent(backlog::v1::DemandsUpdated::Outcome outcome) {
    backlog::v1::ChangeEvent event;
    backlog::v1::DemandsUpdated& update = *event.mutable_demands_updated();
    update.set_change("changes/cold-box");
    update.set_outcome(outcome);
    if (outcome == backlog::v1::DemandsUpdated::ANSWERED || outcome == backlog::v1::DemandsUpdated::LATE ||
        outcome == backlog::v1::DemandsUpdated::REVERTED) {
      update.set_shipment("changes/cold-box/shipments/1");
    }
    if (outcome == backlog::v1::DemandsUpdated::RETURNED) {
      update.set_decline_reason(backlog::v1::Drop::BEYOND_CAPABILITY);
      update.set_capability_gap("cold-chain");
      update.set_decided_by("members/kim");
    }
    if (outcome == backlog::v1::DemandsUpdated::MOVED) update.set_destination("changes/warm-box");
    if (outcome == backlog::v1::DemandsUpdated::REFUSED)
      update.set_refusal(backlog::v1::DemandsUpdated::CHANGE_DROPPED);
    return event;
  }
  static void AddDemand(backlog::v1::ChangeEvent& event, const std::string& ticket, int64_t acceptance,
                        int64_t revision) {
    backlog::v1::TicketDemand& demand = *event.mutable_demands_updated()->add_demands();
    demand.set_ticket(ticket);
    demand.set_acceptance(acceptance);
    demand.set_revision(revision);
  }
  absl::Status Apply(const backlog::v1::ChangeEvent& event) {
    return testing::ApplyEvent(tickets_, TicketsService().sources.at(0), event);
  }
  void Tell(backlog::v1::DemandsUpdated::Outcome outcome, const std::string& ticket, int64_t acceptance,
            int64_t revision) {
    backlog::v1::ChangeEvent event = DemandsEvent(outcome);
    AddDemand(event, ticket, acceptance, revision);
    EXPECT_TRUE(Apply(event).ok());
  }

  static v1::CreateMessageRequest MessageRequest(const std::string& parent, Message::Kind kind) {
    v1::CreateMessageRequest request;
    request.set_parent(parent);
    request.mutable_message()->set_kind(kind);
    request.mutable_message()->set_body("We look into it.");
    return request;
  }
  absl::StatusOr<Message> Say(const std::string& parent, Message::Kind kind) {
    return Call<Message>("CreateMessage", MessageRequest(parent, kind));
  }
  std::vector<Message> Messages(const std::string& parent) {
    v1::ListMessagesRequest request;
    request.set_parent(parent);
    request.set_page_size(1000);
    auto response = Call<v1::ListMessagesResponse>("ListMessages", request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    return {response->messages().begin(), response->messages().end()};
  }

  // Ids of all pages, in order.
  std::vector<std::string> ListIds(v1::ListTicketsRequest request) {
    std::vector<std::string> ids;
    do {
      const auto page = Call<v1::ListTicketsResponse>("ListTickets", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return ids;
      for (const Ticket& ticket : page->tickets()) ids.push_back(ticket.name().substr(8));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

  // Every event so far.
  std::vector<v1::TicketEvent> Events() {
    std::vector<v1::TicketEvent> events;
    for (const std::string& payload : tickets_.file().Column("SELECT payload FROM feed ORDER BY seq")) {
      EXPECT_TRUE(events.emplace_back().ParseFromString(payload));
    }
    return events;
  }
  int64_t Rows(const std::string& table) { return tickets_.file().Integer("SELECT COUNT(*) FROM " + table); }
  absl::Time Now() { return tickets_.runtime().Now(); }
  void Wait(absl::Duration duration) { tickets_.runtime().Move(duration); }
  // So much time passes, and what is due by then is done.
  void Pass(absl::Duration duration) {
    Wait(duration);
    tickets_.runtime().RunFor(absl::Minutes(1));
  }

  // What `calls` does is called by this principal, whom no method refuses for its permission: a handler may.
  template <typename Calls>
  auto As(rpc::Principal principal, Calls calls) {
    authorizer_->principal = std::move(principal);
    auto answer = calls();
    authorizer_->principal = rpc::LocalPrincipal();
    return answer;
  }

 private:
  static std::shared_ptr<testing::FakeAuthorizer> NewAuthorizer() {
    auto authorizer = std::make_shared<testing::FakeAuthorizer>();
    authorizer->principal = rpc::LocalPrincipal();
    return authorizer;
  }
  static service::Options OptionsWith(std::shared_ptr<rpc::Authorizer> authorizer) {
    service::Options options;
    options.authorizer = std::move(authorizer);
    return options;
  }
  const std::shared_ptr<testing::FakeAuthorizer> authorizer_ = NewAuthorizer();

 protected:
  testing::SimulatedService tickets_{TicketsService(), OptionsWith(authorizer_)};
};

}  // namespace dangol::tickets
