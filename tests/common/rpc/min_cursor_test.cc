// A read that waits until a write is in its snapshot.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/rpc/method_table.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::rpc {
namespace {

using testing::FakeUnaryCall;
using tickets::v1::ListTicketsResponse;

const std::string kService = "/dangol.tickets.v1.TicketService/";  // NOLINT: a test's constant

class MinCursorTest : public ::testing::Test {
 protected:
  void CreateTicket() {
    tickets::v1::CreateTicketRequest request;
    request.mutable_ticket()->set_subject("x");
    EXPECT_TRUE(tickets_.CallBytes(kService + "CreateTicket", request.SerializeAsString()).status.ok());
  }
  std::string CursorAt(int64_t sequence) {
    return storage::FormatCursor({tickets_.service().feed_head().incarnation(), sequence});
  }
  std::shared_ptr<FakeUnaryCall> StartList(const std::string& cursor) {
    return tickets_.Start(kService + "ListTickets", "", {{std::string(kMinCursorKey), cursor}});
  }
  static int Tickets(const FakeUnaryCall& call) {
    EXPECT_TRUE(call.reply().status.ok()) << call.reply().status;
    ListTicketsResponse response;
    EXPECT_TRUE(response.ParseFromString(call.reply().message));
    return response.tickets_size();
  }

  testing::SimulatedService tickets_{tickets::TicketsService()};
};

TEST_F(MinCursorTest, AnswersAtOnceWhereTheFeedIsThere) {
  CreateTicket();
  EXPECT_EQ(Tickets(*StartList(CursorAt(0))), 1);
  EXPECT_EQ(Tickets(*StartList(CursorAt(1))), 1);
}

TEST_F(MinCursorTest, WaitsForTheCommitAndSeesIt) {
  CreateTicket();
  auto call = StartList(CursorAt(3));
  EXPECT_FALSE(call->finished());
  CreateTicket();
  EXPECT_FALSE(call->finished());
  CreateTicket();
  tickets_.runtime().RunReady();
  ASSERT_TRUE(call->finished());
  EXPECT_EQ(Tickets(*call), 3);
  call->Cancel();  // too late to matter
  tickets_.runtime().RunReady();
  EXPECT_EQ(call->times_finished(), 1u);
}

TEST_F(MinCursorTest, SeesTheWriteWhoseCursorItSends) {
  for (int i = 1; i <= 20; ++i) {
    tickets::v1::CreateTicketRequest request;
    request.mutable_ticket()->set_subject("x");
    const Reply written = tickets_.CallBytes(kService + "CreateTicket", request.SerializeAsString());
    EXPECT_EQ(Tickets(*StartList(std::string(FindMetadata(written.trailing, kCursorKey)))), i);
  }
}

TEST_F(MinCursorTest, EndsWithAnErrorWhereTheClientStopsWaiting) {
  auto call = StartList(CursorAt(1));
  EXPECT_FALSE(call->finished());
  call->Cancel();
  EXPECT_EQ(testing::Summary(call->reply().status), "DEADLINE_EXCEEDED CURSOR_NOT_REACHED");
  CreateTicket();
  EXPECT_EQ(call->times_finished(), 1u);
}

TEST_F(MinCursorTest, RefusesACursorOfAnotherDatabase) {
  const std::string other = "01234567-89ab-4cde-8f01-23456789abcd.1";
  EXPECT_EQ(testing::Summary(StartList(other)->reply().status), "INVALID_ARGUMENT CURSOR_UNKNOWN x-dangol-min-cursor");
}

TEST_F(MinCursorTest, RefusesWhatIsNoCursor) {
  for (const std::string text : {"1", "nonsense", "01234567-89ab-4cde-8f01-23456789abcd", "-"}) {
    EXPECT_EQ(testing::Summary(StartList(text)->reply().status),
              "INVALID_ARGUMENT CURSOR_MALFORMED x-dangol-min-cursor")
        << text;
  }
}

TEST_F(MinCursorTest, LetsOnlySoManyWait) {
  std::vector<std::shared_ptr<FakeUnaryCall>> calls;
  for (int i = 0; i < 1024; ++i) calls.push_back(StartList(CursorAt(1)));
  EXPECT_EQ(testing::Summary(StartList(CursorAt(1))->reply().status), "RESOURCE_EXHAUSTED TOO_MANY_WAIT");
  calls.back()->Cancel();
  auto next = StartList(CursorAt(1));
  EXPECT_FALSE(next->finished());
  CreateTicket();
  tickets_.runtime().RunReady();
  for (size_t i = 0; i + 1 < calls.size(); ++i) EXPECT_EQ(Tickets(*calls[i]), 1);
  EXPECT_EQ(Tickets(*next), 1);
  EXPECT_FALSE(StartList(CursorAt(2))->finished());  // all places are free again
}

TEST_F(MinCursorTest, AWaitingReadEndsWithTheService) {
  auto call = StartList(CursorAt(1));
  tickets_.Stop();
  EXPECT_EQ(call->times_finished(), 1u);
  call->LetGo();
}

}  // namespace
}  // namespace dangol::rpc
