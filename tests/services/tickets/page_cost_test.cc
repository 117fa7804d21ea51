// What a page costs: the handlers called directly, on a snapshot that counts the bytes that they take out of it.
#include <memory>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/ids.h"
#include "common/rpc/call.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/ticket/list_handlers.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

class CountingSnapshot : public storage::Snapshot {
 public:
  explicit CountingSnapshot(storage::Snapshot& snapshot) : snapshot_(snapshot) {}

  int64_t bytes() const { return bytes_; }
  absl::Status Query(storage::Sql sql, storage::Params params,
                     absl::FunctionRef<void(const storage::Row&)> each) override {
    return snapshot_.Query(sql, params, [&](const storage::Row& row) { each(CountingRow(row, bytes_)); });
  }

 private:
  class CountingRow : public storage::Row {
   public:
    CountingRow(const storage::Row& row, int64_t& bytes) : row_(row), bytes_(bytes) {}
    bool IsNull(int column) const override { return row_.IsNull(column); }
    int Find(const char* name) const override { return row_.Find(name); }
    int64_t Integer(int column) const override { return row_.Integer(column); }
    std::string_view Bytes(int column) const override {
      bytes_ += static_cast<int64_t>(row_.Bytes(column).size());
      return row_.Bytes(column);
    }

   private:
    const storage::Row& row_;
    int64_t& bytes_;
  };

  storage::Snapshot& snapshot_;
  int64_t bytes_ = 0;
};

class PageCostTest : public TicketsTest {
 protected:
  static constexpr int kLarge = 60;
  static constexpr size_t kBodyBytes = 262'144;
  // A page ends at 3 MiB, and a row may be looked at twice.
  static constexpr int64_t kPageCost = 8 << 20;

  // Bytes that the handler reads for one page.
  template <typename Handler, typename Request>
  int64_t Cost(Handler handler, const Request& request) {
    auto reader = tickets_.service().database().OpenReader();
    auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
    CountingSnapshot counting(**snapshot);
    const rpc::Principal principal;
    IdMaker ids(0);
    const auto response = handler(counting, rpc::Call(Now(), principal, ids, ""), request);
    EXPECT_TRUE(response.ok()) << response.status();
    (*reader)->End();
    return counting.bytes();
  }
};

TEST_F(PageCostTest, ListTicketsReadsAboutAPage) {
  v1::BatchCreateTicketsRequest batch;
  for (int i = 0; i < kLarge; ++i) batch.add_requests()->mutable_ticket()->set_body(std::string(kBodyBytes, 'x'));
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  v1::ListTicketsRequest request;
  request.set_page_size(1000);
  EXPECT_LT(Cost(ListTickets, request), kPageCost);
}

TEST_F(PageCostTest, ARareReasonOrStageIsFoundWithoutTheOthers) {
  const std::string stage = "engines/main/stages/rare";
  v1::BatchCreateTicketsRequest batch;
  for (int i = 0; i < 900; ++i) {
    Ticket& ticket = *batch.add_requests()->mutable_ticket();
    ticket.set_body("It came late.");
    ticket.set_contact_reason(i == 300 ? "delivery/lost" : "delivery/late");
    ticket.set_stage(i == 600 ? stage : "engines/main/stages/common");
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  v1::ListTicketsRequest all;
  all.set_page_size(1);
  const int64_t one = Cost(ListTickets, all);
  for (const v1::View view : {v1::VIEW_UNSPECIFIED, v1::INBOX}) {
    v1::ListTicketsRequest request;
    request.set_view(view);
    request.set_contact_reason("delivery/lost");
    EXPECT_LT(Cost(ListTickets, request), 3 * one);
    request.set_contact_reason("nobody/named");
    EXPECT_EQ(Cost(ListTickets, request), 0) << "none is looked at";
    request.clear_contact_reason();
    request.set_stage(stage);
    EXPECT_LT(Cost(ListTickets, request), 3 * one);
  }
}

TEST_F(PageCostTest, WhatOthersOweIsNotReadForTheInboxOfOne) {
  v1::BatchCreateTicketsRequest batch;
  v1::BatchAcceptTicketsRequest accept;
  accept.set_change("changes/warm-box");
  for (int i = 0; i < 300; ++i) {
    *batch.add_requests() = CreateRequest(fmt::format("t{}", i));
    batch.mutable_requests(i)->mutable_ticket()->set_assignee(i == 0 ? "members/kim" : "members/lee");
    if (i > 0) accept.add_names(fmt::format("tickets/t{}", i));
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  ASSERT_TRUE(Call<v1::BatchAcceptTicketsResponse>("BatchAcceptTickets", accept).ok());
  v1::ListTicketsRequest request;
  request.set_view(v1::INBOX);
  request.set_page_size(1);
  const int64_t one = Cost(ListTickets, request);
  request.set_page_size(50);
  EXPECT_GT(Cost(ListTickets, request), 20 * one) << "a word is owed about all of them";
  request.set_assignee("members/kim");
  EXPECT_LT(Cost(ListTickets, request), 3 * one);
}

TEST_F(PageCostTest, ListMessagesReadsAboutAPage) {
  CreateOne("a");
  for (int i = 0; i < kLarge; ++i) {
    v1::CreateMessageRequest message = MessageRequest("tickets/a", Message::INTERNAL);
    message.mutable_message()->set_body(std::string(kBodyBytes, 'x'));
    ASSERT_TRUE(Call<Message>("CreateMessage", message).ok());
  }
  v1::ListMessagesRequest request;
  request.set_parent("tickets/a");
  request.set_page_size(1000);
  EXPECT_LT(Cost(ListMessages, request), kPageCost);
}

}  // namespace
}  // namespace dangol::tickets
