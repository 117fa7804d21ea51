// A read that has to see a position of its service's own feed. Those of a followed feed: tests/common/feed.
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/rpc/limits.h"
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
  // Where the feed does not go so far: of a commit that nobody knows.
  std::string CursorAt(int64_t sequence) {
    const auto ids = tickets_.file().Column(fmt::format("SELECT commit_id FROM feed WHERE seq = {}", sequence));
    return storage::FormatCursor(
        {tickets_.service().feed_head().incarnation(), {sequence, ids.empty() ? 17 : std::stoll(ids[0])}});
  }
  std::string Refusal(const std::string& cursor) { return testing::Summary(StartList(cursor)->reply().status); }
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

TEST_F(MinCursorTest, IsToldAtOnceThatTheFeedDoesNotGoSoFar) {
  CreateTicket();
  EXPECT_EQ(Refusal(CursorAt(2)), "DATA_LOSS CURSOR_AHEAD");
  EXPECT_EQ(Refusal(CursorAt(INT64_MAX)), "DATA_LOSS CURSOR_AHEAD");
}

TEST_F(MinCursorTest, IsToldThatTheDatabaseWasPutBack) {
  CreateTicket();
  const std::string first = CursorAt(1);
  CreateTicket();
  const std::string second = CursorAt(2);
  tickets_.Stop();
  tickets_.file().Execute("DELETE FROM feed WHERE seq = 2");
  tickets_.file().Execute("UPDATE feed_head SET last_seq = 1");
  tickets_.Restart();
  EXPECT_EQ(Refusal(second), "DATA_LOSS CURSOR_AHEAD");
  CreateTicket();
  CreateTicket();
  EXPECT_EQ(Refusal(second), "DATA_LOSS HISTORY_CHANGED");
  EXPECT_EQ(Refusal(first), "OK");
}

TEST_F(MinCursorTest, SeesTheWriteWhoseCursorItSends) {
  for (int i = 1; i <= 20; ++i) {
    tickets::v1::CreateTicketRequest request;
    request.mutable_ticket()->set_subject("x");
    const Reply written = tickets_.CallBytes(kService + "CreateTicket", request.SerializeAsString());
    EXPECT_EQ(Tickets(*StartList(std::string(FindMetadata(written.trailing, kCursorKey)))), i);
  }
}

TEST_F(MinCursorTest, RefusesACursorOfAnotherDatabase) {
  const std::string other = "01234567-89ab-4cde-8f01-23456789abcd.1.00000001";
  EXPECT_EQ(testing::Summary(StartList(other)->reply().status), "INVALID_ARGUMENT CURSOR_UNKNOWN x-dangol-min-cursor");
}

TEST_F(MinCursorTest, RefusesWhatIsNoCursor) {
  for (const std::string text :
       {"1", "nonsense", "01234567-89ab-4cde-8f01-23456789abcd", "01234567-89ab-4cde-8f01-23456789abcd.1", "-"}) {
    EXPECT_EQ(testing::Summary(StartList(text)->reply().status),
              "INVALID_ARGUMENT CURSOR_MALFORMED x-dangol-min-cursor")
        << text;
  }
}

}  // namespace
}  // namespace dangol::rpc
