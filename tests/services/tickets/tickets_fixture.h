// A tickets service on one thread, called by RPC, and requests that a test says only the interesting part of.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::tickets {

using v1::Message;
using v1::Ticket;

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

  testing::SimulatedService tickets_{TicketsService()};
};

}  // namespace dangol::tickets
