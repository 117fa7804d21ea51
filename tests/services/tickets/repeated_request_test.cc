// On threads: the same request from many callers at once.
#include <barrier>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/storage/database_file.h"
#include "tests/support/local_service.h"

namespace dangol::tickets {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr char kCreateTicket[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr int kThreads = 8;

TEST(RepeatedRequest, FromManyThreadsAtOnceHasOneEffectAndEqualAnswers) {
  constexpr int kRounds = 200;
  testing::LocalService tickets(TicketsService());
  std::vector<absl::StatusOr<v1::Ticket>> answers(kThreads);
  std::barrier start(kThreads + 1);
  std::barrier end(kThreads + 1);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        v1::CreateTicketRequest request;
        request.mutable_ticket()->set_subject(fmt::format("round {}", round));
        request.set_request_id(fmt::format("request {}", round));
        start.arrive_and_wait();
        answers[t] = tickets.Call<v1::Ticket>(kCreateTicket, request);
        end.arrive_and_wait();
      }
    });
  }
  std::set<std::string> names;
  for (int round = 0; round < kRounds; ++round) {
    start.arrive_and_wait();
    end.arrive_and_wait();
    for (const auto& answer : answers) {
      EXPECT_TRUE(answer.ok()) << answer.status();
      if (!answer.ok() || !answers[0].ok()) continue;
      EXPECT_TRUE(MessageDifferencer::Equals(*answer, *answers[0])) << answer->DebugString();
      names.insert(answer->name());
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names.size(), static_cast<size_t>(kRounds));
  const testing::DatabaseFile file(tickets.database_path());
  EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM ticket"), kRounds);
  EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM feed"), kRounds);
  EXPECT_EQ(file.Integer("SELECT last_seq FROM feed_head"), kRounds);
  EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM idempotency"), kRounds);
}

TEST(ManyCallers, EachGetsItsOwnTicketAndTheFeedIsDense) {
  constexpr int kCalls = 100;
  testing::LocalService tickets(TicketsService());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        v1::CreateTicketRequest request;
        request.set_ticket_id(fmt::format("t{}-{}", t, i));
        request.mutable_ticket()->set_subject("x");
        rpc::Metadata trailing;
        const auto created = tickets.Call<v1::Ticket>(kCreateTicket, request, {}, &trailing);
        EXPECT_TRUE(created.ok()) << created.status();
        v1::GetTicketRequest get;
        get.set_name("tickets/" + request.ticket_id());
        const std::string cursor(rpc::FindMetadata(trailing, rpc::kCursorKey));
        const auto found = tickets.Call<v1::Ticket>("/dangol.tickets.v1.TicketService/GetTicket", get,
                                                    {{std::string(rpc::kMinCursorKey), cursor}});
        EXPECT_TRUE(found.ok()) << found.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const testing::DatabaseFile file(tickets.database_path());
  EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM ticket"), kThreads * kCalls);
  EXPECT_EQ(file.Integer("SELECT MAX(seq) - COUNT(*) FROM feed"), 0);
}

}  // namespace
}  // namespace dangol::tickets
