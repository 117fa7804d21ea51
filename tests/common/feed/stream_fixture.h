// The feed of a tickets service, and clients that read it as slowly as a test wants.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::feed {

using testing::FakeStreamCall;
using tickets::v1::StreamEventsResponse;

class StreamTest : public ::testing::Test {
 protected:
  explicit StreamTest(StreamLimits limits = {}) {
    service::Options options;
    options.streams = limits;
    service_ = std::make_unique<testing::SimulatedService>(tickets::TicketsService(), options);
  }

  // Makes a ticket: one event. Returns the cursor behind it.
  std::string CreateTicket(const std::string& id = "", rpc::Metadata metadata = {}) {
    tickets::v1::CreateTicketRequest request;
    request.set_ticket_id(id);
    request.mutable_ticket()->set_subject("x");
    const rpc::Reply reply = tickets().CallBytes("/dangol.tickets.v1.TicketService/CreateTicket",
                                                 request.SerializeAsString(), std::move(metadata));
    EXPECT_TRUE(reply.status.ok()) << reply.status;
    return std::string(rpc::FindMetadata(reply.trailing, rpc::kCursorKey));
  }
  void CreateTickets(int count) {
    tickets::v1::BatchCreateTicketsRequest request;
    for (int i = 0; i < count; ++i) request.add_requests()->mutable_ticket()->set_subject("x");
    const rpc::Reply reply =
        tickets().CallBytes("/dangol.tickets.v1.TicketService/BatchCreateTickets", request.SerializeAsString());
    EXPECT_TRUE(reply.status.ok()) << reply.status;
  }
  std::string CursorAt(int64_t sequence) {
    const auto commit_ids = tickets().file().Column(fmt::format("SELECT commit_id FROM feed WHERE seq = {}", sequence));
    return storage::FormatCursor({tickets().service().feed_head().incarnation(),
                                  {sequence, commit_ids.empty() ? 0 : std::stoll(commit_ids[0])}});
  }
  // The database as it was when that was its newest event.
  void PutBack(int64_t sequence) {
    tickets().Stop();
    tickets().file().Execute(fmt::format("DELETE FROM feed WHERE seq > {}", sequence));
    tickets().file().Execute("UPDATE feed_head SET last_seq = (SELECT MAX(seq) FROM feed)");
    tickets().file().Execute("UPDATE feed_head SET commit_id = (SELECT commit_id FROM feed WHERE seq = last_seq)");
    tickets().Restart();
  }

  std::shared_ptr<FakeStreamCall> Open(const std::string& after_cursor = "") {
    dangol::api::v1::StreamEventsRequest request;
    request.set_after_cursor(after_cursor);
    auto call =
        testing::MakeCall<FakeStreamCall>("/dangol.tickets.v1.TicketFeed/StreamEvents", request.SerializeAsString());
    tickets().methods().Start(call);
    Run();
    return call;
  }
  void Run() { tickets().runtime().RunReady(); }
  void RunFor(absl::Duration duration) { tickets().runtime().RunFor(duration); }

  // The client reads the message that waits for it.
  StreamEventsResponse ReadOne(FakeStreamCall& call) {
    StreamEventsResponse response;
    if (call.writing()) {
      EXPECT_TRUE(response.ParseFromString(call.Read()));
    } else {
      ADD_FAILURE() << "no message waits";
    }
    Run();
    return response;
  }
  // Sequences of all events that come without time passing.
  std::vector<int64_t> ReadAll(FakeStreamCall& call) {
    std::vector<int64_t> sequences;
    while (call.writing()) {
      const StreamEventsResponse response = ReadOne(call);
      for (const auto& event : response.events()) sequences.push_back(event.envelope().sequence());
    }
    return sequences;
  }
  int open_streams() { return tickets().service().streams().open(); }
  static std::string TrailingCursor(const FakeStreamCall& call) {
    return std::string(rpc::FindMetadata(call.trailing(), rpc::kCursorKey));
  }
  static std::vector<int64_t> Numbers(int64_t first, int64_t last) {
    std::vector<int64_t> numbers;
    for (int64_t i = first; i <= last; ++i) numbers.push_back(i);
    return numbers;
  }
  testing::SimulatedService& tickets() { return *service_; }

 private:
  std::unique_ptr<testing::SimulatedService> service_;
};

}  // namespace dangol::feed
