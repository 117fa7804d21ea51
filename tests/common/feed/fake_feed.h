// The feed of another service, in memory, with all that can be wrong with it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

#include "common/base/proto_time.h"
#include "common/base/runtime.h"
#include "common/rpc/transport.h"
#include "common/storage/feed_head.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::testing {

// Channels are made on any runtime; everything runs on one thread.
class FakeFeed {
 public:
  std::string incarnation = "11111111-89ab-4cde-8f01-23456789abcd";
  size_t page_size = 100;
  std::optional<absl::Status> refusal;  // of every stream that is opened
  std::set<int64_t> missing;            // events that are not sent
  int cut_after = 0;                    // messages, after which a stream is lost; 0: never
  std::vector<std::string> asked;       // after_cursor of every stream
  int open_streams = 0;

  int64_t head() const { return static_cast<int64_t>(events_.size()); }
  std::string CursorAt(int64_t sequence) const {
    return storage::FormatCursor({incarnation, {sequence, CommitId(sequence)}});
  }

  // The next event: about a ticket, and about others with it.
  void Add(const std::string& ticket, const std::vector<std::string>& also = {}, absl::Time time = absl::UnixEpoch()) {
    tickets::v1::TicketEvent event;
    event.mutable_ticket_created();
    event.mutable_facts()->set_ticket("tickets/" + ticket);
    auto& envelope = *event.mutable_envelope();
    envelope.add_resources()->set_name("tickets/" + ticket);
    for (const std::string& other : also) envelope.add_resources()->set_name("tickets/" + other);
    for (auto& resource : *envelope.mutable_resources()) resource.set_version(1);
    *envelope.mutable_time() = ToProtoTime(time);
    envelope.set_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    AddEvent(std::move(event));
  }
  void AddEvent(tickets::v1::TicketEvent event) {
    event.mutable_envelope()->set_sequence(head() + 1);
    commit_ids_.resize(events_.size());
    commit_ids_.push_back(CommitId(head() + 1));
    event.mutable_envelope()->set_cursor(CursorAt(head() + 1));
    events_.push_back(std::move(event));
    for (const auto& stream : AllStreams()) stream->Move();
  }
  // Another database, with nothing in it yet.
  void BeginAgain(const std::string& other) {
    incarnation = other;
    events_.clear();
  }
  // The same database as it was when that was its newest event. Streams have to be ended.
  void PutBack(int64_t sequence) {
    events_.resize(static_cast<size_t>(sequence));
    commit_ids_.resize(static_cast<size_t>(sequence));
    ++history_;
  }
  void EndStreams(const absl::Status& status) {
    for (const auto& stream : AllStreams()) {
      stream->end = status;
      stream->Move();
    }
  }

  std::unique_ptr<rpc::Channel> NewChannel(Runtime& runtime) { return std::make_unique<FakeChannel>(*this, runtime); }

 private:
  using Done = absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&>;

  struct State {
    FakeFeed& feed;
    Executor& executor;
    int64_t position = 0;
    int messages = 0;
    std::optional<absl::Status> end;
    Done reader;

    void Move() {
      if (!reader) return;
      const bool something = position < feed.head() || messages == 0;
      if (!end && feed.cut_after > 0 && messages >= feed.cut_after) end = absl::UnavailableError("cut");
      if (end) return Give(std::nullopt, *end);
      if (something) Give(feed.Message(position), absl::OkStatus());
    }
    void Give(std::optional<std::string> message, absl::Status status) {
      ++messages;
      executor.Post([done = std::exchange(reader, nullptr), message = std::move(message),
                     status = std::move(status)]() mutable { std::move(done)(std::move(message), std::move(status)); });
    }
  };

  class FakeStream : public rpc::ClientStream {
   public:
    explicit FakeStream(std::shared_ptr<State> state) : state_(std::move(state)) { ++state_->feed.open_streams; }
    ~FakeStream() override {
      state_->reader = nullptr;
      --state_->feed.open_streams;
    }
    void Read(Done done) override {
      state_->reader = std::move(done);
      state_->Move();
    }

   private:
    const std::shared_ptr<State> state_;
  };

  class FakeChannel : public rpc::Channel {
   public:
    FakeChannel(FakeFeed& feed, Runtime& runtime) : feed_(feed), executor_(runtime.NewExecutor("feed-client", 1)) {}
    void Unary(std::string, std::string, rpc::CallOptions, absl::AnyInvocable<void(rpc::Reply) &&>) override {}
    std::unique_ptr<rpc::ClientStream> Stream(std::string, std::string request_bytes, rpc::CallOptions) override {
      api::v1::StreamEventsRequest request;
      request.ParseFromString(request_bytes);
      feed_.asked.push_back(request.after_cursor());
      auto state = std::make_shared<State>(
          State{.feed = feed_, .executor = *executor_, .end = feed_.refusal, .reader = nullptr});
      if (!request.after_cursor().empty()) {
        const auto cursor = storage::ParseCursor(request.after_cursor(), "after_cursor");
        state->position = cursor->sequence;
        if (!state->end && cursor->incarnation != feed_.incarnation) {
          state->end = Error(absl::StatusCode::kFailedPrecondition, "INCARNATION_CHANGED", "another database");
        } else if (!state->end && cursor->sequence > feed_.head()) {
          state->end = Error(absl::StatusCode::kDataLoss, "CURSOR_AHEAD", "events that were sent are gone");
        } else if (!state->end && cursor->sequence > 0 && cursor->commit_id != feed_.CommitId(cursor->sequence)) {
          state->end = Error(absl::StatusCode::kDataLoss, "HISTORY_CHANGED", "another event is there");
        }
      }
      feed_.streams_.push_back(state);
      return std::make_unique<FakeStream>(std::move(state));
    }

   private:
    FakeFeed& feed_;
    const std::unique_ptr<Executor> executor_;
  };

  std::string Message(int64_t& position) {
    tickets::v1::StreamEventsResponse response;
    for (size_t i = 0; i < page_size && position < head(); ++i) {
      const tickets::v1::TicketEvent& event = events_[static_cast<size_t>(position++)];
      if (!missing.contains(position)) *response.add_events() = event;
    }
    response.set_cursor(CursorAt(position));
    response.set_head_sequence(head());
    return response.SerializeAsString();
  }

  std::vector<std::shared_ptr<State>> AllStreams() {
    std::vector<std::shared_ptr<State>> all;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) all.push_back(std::move(stream));
    }
    return all;
  }

  // Of an event that comes, too.
  int64_t CommitId(int64_t sequence) const {
    if (sequence == 0) return 0;
    return sequence <= head() ? commit_ids_[static_cast<size_t>(sequence - 1)] : history_ << 16 | sequence;
  }

  std::vector<tickets::v1::TicketEvent> events_;
  std::vector<int64_t> commit_ids_;
  int64_t history_ = 1;
  std::vector<std::weak_ptr<State>> streams_;
};

}  // namespace dangol::testing
