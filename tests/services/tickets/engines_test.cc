// The same calls, chosen by chance, on SQLite and on PostgreSQL: every answer, every table and every event is the same.
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/simulated_runtime.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::tickets {
namespace {

constexpr int kRounds = 150;

struct RandomCall {
  std::string method;
  std::string request;
};

class Chance {
 public:
  explicit Chance(uint64_t seed) : runtime_(seed) {}

  uint64_t Below(uint64_t most) { return runtime_.Uniform(most); }
  // From so few that they meet; with bytes that sort otherwise where an engine knows a language.
  std::string Id() {
    static const char* const kIds[] = {"a", "b", "ab", "a-b", "z", "0", "00", "a0"};
    return kIds[Below(std::size(kIds))];
  }
  std::string Text() {
    static const char* const kTexts[] = {"It came late", "늦게 왔어요", "Zu spät", "' ; -- \\", "ä", "A"};
    return kTexts[Below(std::size(kTexts))];
  }
  std::string Name() { return "tickets/" + Id(); }
  std::string Assignee() { return Below(2) == 0 ? "members/operator" : "members/kim"; }
  std::string Etag() { return Below(2) == 0 ? "" : std::to_string(1 + Below(3)); }
  std::string RequestId() { return Below(2) == 0 ? "" : fmt::format("request {}", Below(40)); }

  RandomCall Call() {
    switch (Below(14)) {
      case 0:
      case 1:
        return Of("CreateTicket", Create());
      case 2: {
        v1::BatchCreateTicketsRequest batch;
        for (uint64_t i = 0, last = Below(4); i <= last; ++i) *batch.add_requests() = Create();
        for (auto& request : *batch.mutable_requests()) request.clear_request_id();
        batch.set_request_id(RequestId());
        return Of("BatchCreateTickets", batch);
      }
      case 3: {
        v1::GetTicketRequest get;
        get.set_name(Name());
        return Of("GetTicket", get);
      }
      case 4: {
        v1::ListTicketsRequest list;
        list.set_page_size(static_cast<int32_t>(Below(5)));
        if (Below(2) == 0) list.add_states(static_cast<v1::Ticket::State>(1 + Below(3)));
        if (Below(3) == 0) list.set_view(static_cast<v1::View>(Below(5)));
        if (Below(3) == 0) list.set_assignee(Assignee());
        if (Below(5) == 0) list.set_change("changes/c");
        return Of("ListTickets", list);
      }
      case 5: {
        v1::AcknowledgeTicketRequest acknowledge;
        acknowledge.set_name(Name());
        acknowledge.set_etag(Etag());
        acknowledge.set_request_id(RequestId());
        acknowledge.set_heard_summary(Text());
        return Of("AcknowledgeTicket", acknowledge);
      }
      case 6: {
        v1::DeclineTicketRequest decline;
        decline.set_name(Name());
        decline.set_etag(Etag());
        decline.set_request_id(RequestId());
        decline.set_reason(v1::Decision::BEYOND_CAPABILITY);
        decline.set_capability_gap("cold-chain");
        decline.set_revisit_condition(Text());
        decline.set_reply(Text());
        if (Below(4) != 0) decline.set_decided_by("members/kim");
        return Of("DeclineTicket", decline);
      }
      case 7: {
        v1::CreateMessageRequest message;
        message.set_parent(Name());
        if (Below(2) == 0) message.set_message_id(Id());
        message.set_request_id(RequestId());
        message.mutable_message()->set_kind(static_cast<v1::Message::Kind>(1 + Below(3)));
        message.mutable_message()->set_body(Text());
        message.mutable_message()->set_automatic(Below(4) == 0);
        if (Below(3) == 0) {
          message.mutable_message()->mutable_send_time()->set_seconds(1'749'999'990 + static_cast<int64_t>(Below(12)));
        }
        return Of("CreateMessage", message);
      }
      case 8: {
        v1::UpdateTicketRequest update;
        update.set_name(Name());
        update.set_etag(Etag());
        update.set_request_id(RequestId());
        update.mutable_ticket()->set_assignee(Assignee());
        update.mutable_ticket()->add_labels(Text());
        if (Below(2) == 0) update.mutable_update_mask()->add_paths("assignee");
        return Of("UpdateTicket", update);
      }
      case 9: {
        v1::DismissWaitingRequest dismiss;
        dismiss.set_name(Name());
        dismiss.set_request_id(RequestId());
        return Of("DismissWaiting", dismiss);
      }
      case 10: {
        v1::CloseTicketRequest close;
        close.set_name(Name());
        close.set_request_id(RequestId());
        return Of("CloseTicket", close);
      }
      case 11: {
        v1::ResolveTicketRequest resolve;
        resolve.set_name(Name());
        resolve.set_disposition(v1::Ticket::INFORMED);
        resolve.set_decided_by("members/kim");
        if (Below(2) == 0) resolve.set_reply(Text());
        return Of("ResolveTicket", resolve);
      }
      case 12: {
        v1::CountTicketsRequest count;
        if (Below(2) == 0) count.set_assignee(Assignee());
        return Of("CountTickets", count);
      }
      default: {
        v1::ListMessagesRequest list;
        list.set_parent(Name());
        list.set_page_size(static_cast<int32_t>(Below(4)));
        return Of("ListMessages", list);
      }
    }
  }

 private:
  static RandomCall Of(const std::string& method, const google::protobuf::Message& request) {
    return {"/dangol.tickets.v1.TicketService/" + method, request.SerializeAsString()};
  }
  v1::CreateTicketRequest Create() {
    v1::CreateTicketRequest request;
    if (Below(3) != 0) request.set_ticket_id(Id());
    request.set_request_id(RequestId());
    request.mutable_ticket()->set_subject(Text());
    request.mutable_ticket()->set_body(std::string(Below(3000), 'x'));
    return request;
  }

  SimulatedRuntime runtime_;
};

std::string Shown(const rpc::Reply& reply) {
  std::string shown = testing::Summary(reply.status) + " " + std::string(reply.status.message()) + " " + reply.message;
  for (const auto& [key, value] : reply.trailing) shown += fmt::format(" {}={}", key, value);
  return shown;
}

// Calls that come together, so that they share a batch.
std::vector<std::string> RunTogether(testing::SimulatedService& service, const std::vector<RandomCall>& calls,
                                     absl::Duration pause) {
  std::vector<std::shared_ptr<testing::FakeUnaryCall>> started;
  for (const RandomCall& call : calls) {
    started.push_back(testing::MakeCall<testing::FakeUnaryCall>(call.method, call.request, rpc::Metadata()));
    service.methods().Start(started.back());
  }
  service.runtime().RunReady();
  service.runtime().Move(pause);
  std::vector<std::string> answers;
  for (const auto& call : started) answers.push_back(call->finished() ? Shown(call->reply()) : "none");
  return answers;
}

class EnginesTest : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, EnginesTest, ::testing::Range(uint64_t{1}, uint64_t{6}));

TEST_P(EnginesTest, AnswerAlike) {
  Chance chance(GetParam());
  testing::SimulatedService sqlite(TicketsService(), {}, false);
  testing::SimulatedService postgres(TicketsService(), {}, true);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<RandomCall> calls;
    for (uint64_t i = 0, last = chance.Below(6); i <= last; ++i) calls.push_back(chance.Call());
    const absl::Duration pause = absl::Milliseconds(static_cast<int64_t>(chance.Below(50)));
    const std::vector<std::string> expected = RunTogether(sqlite, calls, pause);
    const std::vector<std::string> answers = RunTogether(postgres, calls, pause);
    for (size_t i = 0; i < calls.size(); ++i)
      ASSERT_EQ(answers[i], expected[i]) << "round " << round << ", " << calls[i].method;
  }
  EXPECT_EQ(postgres.file().Dump(), sqlite.file().Dump());
}

}  // namespace
}  // namespace dangol::tickets
