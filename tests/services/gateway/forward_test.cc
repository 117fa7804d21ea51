// The core without the network: how far it reads ahead of its client.
#include "services/gateway/forward.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "common/rpc/methods.h"

namespace dangol::gateway {
namespace {

// A client that takes a piece when the test says so.
class SlowClient : public HttpExchange {
 public:
  using WriteDone = absl::AnyInvocable<void(bool) &&>;

  void Respond(HttpResponse) override { ADD_FAILURE() << "a stream was answered with one message"; }
  void StartStream(HttpResponse) override {}
  void Write(std::string, WriteDone done) override {
    ++pieces;
    EXPECT_EQ(written_, nullptr) << "two pieces at once";
    written_ = std::move(done);
  }
  void EndStream() override { ended = true; }
  void OnGone(Task task) override { gone_ = std::move(task); }
  bool Hold(size_t) override { return true; }
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  void PostAfter(absl::Duration, Task) override {}

  void RunTasks() {
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      std::move(task)();
    }
  }
  void TakePiece() {
    ASSERT_NE(written_, nullptr);
    std::exchange(written_, nullptr)(true);
    RunTasks();
  }
  void Leave() {
    std::move(gone_)();
    if (written_ != nullptr) std::exchange(written_, nullptr)(false);
    RunTasks();
  }

  int pieces = 0;
  bool ended = false;

 private:
  std::deque<Task> tasks_;
  WriteDone written_;
  Task gone_;
};

// A service that has the next message at once, as long as there are some.
class FastService : public rpc::Channel {
 public:
  explicit FastService(int messages) : messages_left(messages) {}

  void Unary(std::string, std::string, rpc::CallOptions, absl::AnyInvocable<void(rpc::Reply) &&>) override {
    ADD_FAILURE() << "no unary call";
  }
  std::unique_ptr<rpc::ClientStream> Stream(std::string, std::string, rpc::CallOptions) override {
    class Messages : public rpc::ClientStream {
     public:
      explicit Messages(FastService& service) : service_(service) {}
      ~Messages() override { service_.open = false; }
      void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
        ++service_.reads;
        if (service_.messages_left == 0) return std::move(done)(std::nullopt, absl::OkStatus());
        --service_.messages_left;
        std::move(done)("message", absl::OkStatus());
      }

     private:
      FastService& service_;
    };
    open = true;
    return std::make_unique<Messages>(*this);
  }

  int messages_left;
  int reads = 0;
  bool open = false;
};

class ForwardStreamTest : public ::testing::Test {
 protected:
  void Start() {
    ForwardStream(client_,
                  {.route = {rpc::FindMethod("/dangol.tickets.v1.TicketFeed/StreamEvents"),
                             std::make_shared<const Backend>(Backend{"tickets", "", service_})},
                   .request = "",
                   .options = {}},
                  {.head = [](const rpc::Metadata&) { return HttpResponse{}; },
                   .piece = [](std::string message) { return message; },
                   .end = [](const absl::Status&, const rpc::ServerMetadata&) { return std::string("end"); }});
    client_->RunTasks();
  }

  const std::shared_ptr<FastService> service_ = std::make_shared<FastService>(100);
  const std::shared_ptr<SlowClient> client_ = std::make_shared<SlowClient>();
};

TEST_F(ForwardStreamTest, ReadsTheNextMessageWhenTheOneBeforeIsWritten) {
  Start();
  for (int taken = 1; taken <= 100; ++taken) {
    ASSERT_EQ(service_->reads, taken);
    ASSERT_EQ(client_->pieces, taken);
    client_->TakePiece();
  }
  client_->TakePiece();  // how it ended
  EXPECT_EQ(client_->pieces, 101);
  EXPECT_TRUE(client_->ended);
  EXPECT_FALSE(service_->open);
}

TEST_F(ForwardStreamTest, ReadsNothingMoreForAClientThatLeft) {
  Start();
  client_->TakePiece();
  EXPECT_TRUE(service_->open);
  client_->Leave();
  EXPECT_FALSE(service_->open);
  EXPECT_EQ(service_->reads, 2);
  EXPECT_EQ(client_->pieces, 2);
}

}  // namespace
}  // namespace dangol::gateway
