#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/support/local_service.h"

namespace dangol::tickets {
namespace {

constexpr char kCreateTicket[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGetTicket[] = "/dangol.tickets.v1.TicketService/GetTicket";

TEST(CreateTicket, IsThereAfterARestart) {
  testing::LocalService tickets(TicketsService());
  v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject("The parcel came late");
  request.set_request_id("r1");
  auto created = tickets.Call<v1::Ticket>(kCreateTicket, request);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state(), v1::Ticket::RECEIVED);
  tickets.Restart();
  v1::GetTicketRequest get;
  get.set_name(created->name());
  auto found = tickets.Call<v1::Ticket>(kGetTicket, get);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->SerializeAsString(), created->SerializeAsString());
  auto again = tickets.Call<v1::Ticket>(kCreateTicket, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->name(), created->name());
}

}  // namespace
}  // namespace dangol::tickets
