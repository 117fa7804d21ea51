// What one failing operation of the disk does to the calls that share a commit: wherever it strikes, either all of them
// pass or all of them die, each caller is told the truth, and the service goes on by itself when the disk does.
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "spdlog/sinks/base_sink.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/simulated_runtime.h"
#include "common/rpc/method_table.h"
#include "common/service/service.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/memory_vfs.h"
#include "tests/simulation/simulated_client.h"
#include "tests/simulation/simulated_network.h"

namespace dangol::simulation {
namespace {

using namespace dangol::tickets;  // NOLINT: v1
using dangol::api::v1::GetStatusResponse;
using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kDatabasePath[] = "tickets.db";
// Four pages: most of what a batch changes reaches the log before its commit.
constexpr int64_t kCacheBytes = 16 << 10;
constexpr int kLargeBytes = 20'000;
// Twice the longest pause between two attempts to recover.
constexpr absl::Duration kRecoverWithin = absl::Seconds(20);
constexpr absl::Duration kIdle = absl::Seconds(2);
// The log is moved into the database half a second after the last write, and half a second later at the earliest the
// service tries to recover from a failure of that.
constexpr absl::Duration kCheckpointWithin = absl::Milliseconds(700);
constexpr absl::Duration kFirstAttemptWithin = absl::Milliseconds(600);
constexpr uint64_t kSeed = 1;
constexpr uint64_t kSyncSeeds = 20;
constexpr uint64_t kSpellSeeds = 5;

// Sees to it that failing syncs were among the faults: the log names SQLite's code of each error.
class SyncErrorCounter : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  int64_t count() const { return count_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    count_ += text.find(fmt::format("sqlite error {} ", SQLITE_IOERR_FSYNC)) != std::string_view::npos ? 1 : 0;
  }
  void flush_() override {}

  int64_t count_ = 0;
};

// A call that comes without a network, so that it waits in the queue at once.
class DirectCall : public rpc::ServerUnaryCall {
 public:
  DirectCall(std::string_view call_method, std::string call_request, std::shared_ptr<std::optional<rpc::Reply>> reply)
      : reply_(std::move(reply)) {
    method = call_method;
    request = std::move(call_request);
  }
  bool cancelled() const override { return false; }
  void OnCancel(Task) override {}
  void Finish(rpc::Reply reply) override { *reply_ = std::move(reply); }

 private:
  const std::shared_ptr<std::optional<rpc::Reply>> reply_;
};

// An operation, and what has to come of it on a disk without faults.
struct Planned {
  Operation* operation = nullptr;
  absl::StatusCode expected = absl::StatusCode::kOk;
  std::string reason{};  // of the last UNAVAILABLE
};

// The service on a disk that fails on demand, with a follower of its feed.
class World {
 public:
  explicit World(uint64_t seed) : disk_(seed), runtime_(seed), network_(runtime_) {
    network_.SetFaults({.delay_max = absl::ZeroDuration()});
    Open();
    follower_ = std::make_unique<SimulatedFollower>(runtime_, network_.NewChannel(), ledger_, /*slow=*/false);
    follower_->Start();
  }

  MemoryVfs& disk() { return disk_; }
  SimulatedRuntime& runtime() { return runtime_; }
  Ledger& ledger() { return ledger_; }

  void Open() {
    service::Options options;
    options.database_url = fmt::format("sqlite:{}", kDatabasePath);
    options.database = {.runtime = &runtime_, .lock_file = false, .writer_cache_bytes = kCacheBytes};
    auto service = service::Service::Open(TicketsService(), options);
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = *std::move(service);
    network_.Attach(service_->methods());
  }

  void Kill() {
    disk_.KillProcess();
    Close();
  }

  void LosePower() {
    disk_.Crash();
    Close();
    disk_.Restart();
  }

  // Starts all before the writer's turn comes, so that they share a batch; ends with the last answer.
  std::vector<rpc::Reply> CallTogether(const std::vector<const Operation*>& operations) {
    std::vector<std::shared_ptr<std::optional<rpc::Reply>>> replies;
    for (const Operation* operation : operations) {
      replies.push_back(std::make_shared<std::optional<rpc::Reply>>());
      service_->methods().Start(std::make_shared<DirectCall>(operation->method, operation->request, replies.back()));
    }
    std::vector<rpc::Reply> answers;
    for (const auto& reply : replies) {
      while (!*reply && runtime_.RunOne()) {
      }
      answers.push_back(**reply);
    }
    return answers;
  }

  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request) {
    Operation operation;
    operation.method = method;
    operation.request = request.SerializeAsString();
    const rpc::Reply reply = CallTogether({&operation}).at(0);
    if (!reply.status.ok()) return reply.status;
    Response response;
    response.ParseFromString(reply.message);
    return response;
  }

  GetStatusResponse Status() {
    auto status = Call<GetStatusResponse>("/dangol.api.v1.AdminService/GetStatus", dangol::api::v1::GetStatusRequest());
    EXPECT_TRUE(status.ok()) << status.status().ToString();
    return status.ok() ? *status : GetStatusResponse();
  }

  // What stands in the database, by the markers. Must not change what the disk holds.
  std::set<std::string> Markers() {
    std::set<std::string> markers;
    sqlite3* handle = nullptr;
    sqlite3_open(kDatabasePath, &handle);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_stmt* statement = nullptr;
    const char* sql =
        "SELECT subject FROM ticket UNION ALL SELECT revisit_condition FROM ticket UNION ALL "
        "SELECT body FROM message UNION ALL SELECT details FROM ticket";
    EXPECT_EQ(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      std::string text(bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_column_bytes(statement, 0)));
      v1::Ticket details;
      if (!text.starts_with("marker-") && details.ParseFromString(text)) text = details.heard_summary();
      if (text.starts_with("marker-")) markers.insert(text);
    }
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return markers;
  }

  // Everything that the simulation holds against a run, at its end.
  void Check() {
    runtime_.RunFor(absl::Seconds(30));
    dangol::api::v1::CheckIntegrityRequest request;
    request.set_check_pages(true);
    auto integrity =
        Call<dangol::api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity", request);
    ASSERT_TRUE(integrity.ok()) << integrity.status().ToString();
    EXPECT_EQ(integrity->violation_count(), 0) << integrity->DebugString();
    Close();
    CheckDatabase(kDatabasePath, ledger_, {follower_->events()});
    EXPECT_THAT(ledger_.violations, IsEmpty());
  }

 private:
  void Close() {
    network_.Detach();
    service_ = nullptr;
  }

  MemoryVfs disk_;
  SimulatedRuntime runtime_;
  Ledger ledger_;
  SimulatedNetwork network_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<SimulatedFollower> follower_;
};

// The calls of one story: four tickets first, then a batch of mixed calls on them, in one commit.
class Story {
 public:
  // `refusals`: with calls among them that a sound service refuses, one after it has changed rows, so that the batch is
  // run again with savepoints.
  Story(uint64_t seed, bool refusals) : world_(seed) {
    for (int i = 0; i < 4; ++i) PlanCreate(fmt::format("t{}", i), 100);
    first_ = planned_.front();
    for (Planned& planned : planned_) Take(planned, world_.CallTogether({planned.operation}).at(0));
    planned_.clear();
    world_.runtime().RunFor(kIdle);
    PlanBatch(refusals);
  }

  World& world() { return world_; }
  bool outcome_unknown() const { return planned_.front().reason == "OUTCOME_UNKNOWN"; }

  // Sends the batch and holds the answers against each other. True: it passed.
  bool SendBatch() {
    std::vector<const Operation*> operations;
    for (const Planned& planned : planned_) operations.push_back(planned.operation);
    const std::vector<rpc::Reply> replies = world_.CallTogether(operations);
    const bool passed = replies.at(0).status.ok();
    for (size_t i = 0; i < replies.size(); ++i) {
      Take(planned_[i], replies[i]);
      // Whoever is answered here as on a sound disk is checked by Take.
      const bool died = replies[i].status.code() == absl::StatusCode::kUnavailable;
      EXPECT_EQ(died, !passed) << "the batch has died in part";
    }
    return passed;
  }

  // What the answers say of the database is true.
  void ExpectTruth() {
    const std::set<std::string> markers = world_.Markers();
    std::set<bool> unknown_there;
    for (const Planned& planned : planned_) {
      for (const std::string& marker : planned.operation->markers) {
        const bool there = markers.contains(marker);
        switch (planned.operation->outcome) {
          case Outcome::kAcknowledged:
            EXPECT_TRUE(there) << planned.operation->method << " was answered OK and is lost";
            break;
          case Outcome::kUnknown:
            if (planned.reason != "OUTCOME_UNKNOWN") {
              EXPECT_FALSE(there) << planned.operation->method << " is there, and was answered " << planned.reason;
            } else if (planned.expected == absl::StatusCode::kOk) {
              unknown_there.insert(there);
            }
            break;
          default:
            EXPECT_FALSE(there) << planned.operation->method << " was refused and is there";
        }
      }
    }
    EXPECT_LE(unknown_there.size(), 1) << "the batch is there in part";
  }

  // It says so, refuses to write at once, and reads.
  void ExpectReadOnly() {
    const GetStatusResponse status = world_.Status();
    EXPECT_EQ(status.state(), GetStatusResponse::READ_ONLY);
    EXPECT_THAT(status.reason(), AnyOf(StartsWith("STORAGE_"), "OUTCOME_UNKNOWN"));
    const absl::Time before = world_.runtime().Now();
    PlanCreate("", 100);
    Take(planned_.back(), world_.CallTogether({planned_.back().operation}).at(0));
    EXPECT_EQ(planned_.back().reason, "STORAGE_READ_ONLY");
    EXPECT_EQ(world_.runtime().Now(), before) << "the refusal waited";
    v1::GetTicketRequest read;
    read.set_name("tickets/t0");
    const auto ticket = world_.Call<v1::Ticket>("/dangol.tickets.v1.TicketService/GetTicket", read);
    EXPECT_TRUE(ticket.ok()) << ticket.status().ToString();
  }

  void ExpectRecovery() {
    const absl::Time end = world_.runtime().Now() + kRecoverWithin;
    while (world_.Status().state() != GetStatusResponse::SERVING && world_.runtime().Now() < end) {
      world_.runtime().RunFor(absl::Milliseconds(100));
    }
    EXPECT_EQ(world_.Status().state(), GetStatusResponse::SERVING);
  }

  // As a client does. What was answered is answered again, by the same names.
  void SendAgain() {
    for (Planned& planned : planned_) {
      if (planned.operation->request_id.empty()) continue;
      const Outcome before = planned.operation->outcome;
      const std::vector<std::string> names = planned.operation->names;
      Take(planned, world_.CallTogether({planned.operation}).at(0));
      EXPECT_NE(planned.operation->outcome, Outcome::kUnknown);
      if (before == Outcome::kAcknowledged) {
        EXPECT_EQ(planned.operation->names, names);
      }
    }
  }

 private:
  bool IsReplay(const Planned& planned) const { return planned.operation == first_.operation; }

  template <typename Request>
  Operation& Plan(std::string_view method, Request request, absl::StatusCode expected = absl::StatusCode::kOk) {
    Operation& operation = world_.ledger().operations.emplace_back();
    operation.number = static_cast<int64_t>(world_.ledger().operations.size());
    operation.method = fmt::format("/dangol.tickets.v1.TicketService/{}", method);
    operation.request_id = fmt::format("request-{}", operation.number);
    request.set_request_id(operation.request_id);
    operation.request = request.SerializeAsString();
    planned_.push_back({&operation, expected});
    return operation;
  }

  std::string Marker() { return fmt::format("marker-{}.", ++markers_); }

  static void Fill(v1::CreateTicketRequest& request, const std::string& id, int body_bytes, const std::string& marker) {
    request.set_ticket_id(id);
    request.mutable_ticket()->set_subject(marker);
    request.mutable_ticket()->set_body(std::string(static_cast<size_t>(body_bytes), 'b'));
  }

  void PlanCreate(const std::string& id, int body_bytes, absl::StatusCode expected = absl::StatusCode::kOk) {
    v1::CreateTicketRequest request;
    const std::string marker = Marker();
    Fill(request, id, body_bytes, marker);
    Plan("CreateTicket", request, expected).markers = {marker};
  }

  void PlanBatchCreate(const std::vector<std::string>& ids, absl::StatusCode expected = absl::StatusCode::kOk) {
    v1::BatchCreateTicketsRequest request;
    std::vector<std::string> markers;
    for (const std::string& id : ids) Fill(*request.add_requests(), id, 1000, markers.emplace_back(Marker()));
    Plan("BatchCreateTickets", request, expected).markers = markers;
  }

  void PlanAcknowledge(const std::string& ticket, const std::string& etag, absl::StatusCode expected) {
    v1::AcknowledgeTicketRequest request;
    const std::string marker = Marker();
    request.set_name(ticket);
    request.set_etag(etag);
    request.set_heard_summary(marker);
    Plan("AcknowledgeTicket", request, expected).markers = {marker};
  }

  void PlanDecline(const std::string& ticket) {
    v1::DeclineTicketRequest request;
    const std::vector<std::string> markers = {Marker(), Marker()};
    request.set_name(ticket);
    request.set_reason(v1::Decision::UNSUSTAINABLE);
    request.set_revisit_condition(markers[0]);
    request.set_reply(markers[1]);
    request.set_decided_by("members/lead");
    Plan("DeclineTicket", request).markers = markers;
  }

  void PlanMessage(const std::string& ticket) {
    v1::CreateMessageRequest request;
    const std::string marker = Marker();
    request.set_parent(ticket);
    request.mutable_message()->set_kind(v1::Message::PUBLIC);
    request.mutable_message()->set_body(marker);
    Plan("CreateMessage", request).markers = {marker};
  }

  // Without request_id: nothing tells it from a new one, so it is never sent again, and is there only if it was
  // answered OK or its outcome is unknown.
  void PlanWithoutId() {
    v1::CreateTicketRequest request;
    const std::string marker = Marker();
    Fill(request, "", 3000, marker);
    Operation& operation = Plan("CreateTicket", request);
    operation.markers = {marker};
    operation.request_id.clear();
    operation.request = request.SerializeAsString();
  }

  void PlanBatch(bool refusals) {
    using absl::StatusCode;
    PlanCreate("a0", kLargeBytes);
    PlanBatchCreate({"b0", "b1", "b2"});
    PlanAcknowledge("tickets/t0", "1", StatusCode::kOk);
    PlanDecline("tickets/t1");
    PlanMessage("tickets/t2");
    planned_.push_back(first_);  // sent again
    if (refusals) {
      PlanCreate("t3", 100, StatusCode::kAlreadyExists);
      PlanAcknowledge("tickets/t3", "7", StatusCode::kAborted);
      PlanBatchCreate({"c0", "c1", "t3"}, StatusCode::kAlreadyExists);
    }
    PlanWithoutId();
    PlanCreate("a1", kLargeBytes);
    PlanMessage("tickets/t0");
    PlanCreate("", 300);
    PlanAcknowledge("tickets/t2", "", StatusCode::kOk);
    PlanWithoutId();
  }

  // Enters the answer into the ledger.
  void Take(Planned& planned, const rpc::Reply& reply) {
    Operation& operation = *planned.operation;
    if (reply.status.code() == absl::StatusCode::kUnavailable) {
      planned.reason = ErrorReason(reply.status);
      EXPECT_THAT(planned.reason, AnyOf(StartsWith("STORAGE_"), "OUTCOME_UNKNOWN")) << reply.status.ToString();
      EXPECT_GT(RetryDelay(reply.status), absl::ZeroDuration());
      if (!IsReplay(planned)) operation.outcome = Outcome::kUnknown;
      return;
    }
    EXPECT_EQ(reply.status.code(), planned.expected) << operation.method << ": " << reply.status.ToString();
    if (!reply.status.ok()) {
      operation.outcome = Outcome::kRefused;
      return;
    }
    operation.outcome = Outcome::kAcknowledged;
    operation.names.clear();
    if (operation.method.ends_with("/BatchCreateTickets")) {
      const auto response = Parsed<v1::BatchCreateTicketsResponse>(reply);
      for (const v1::Ticket& ticket : response.tickets()) operation.names.push_back(ticket.name());
    } else if (operation.method.ends_with("/CreateMessage")) {
      operation.names = {Parsed<v1::Message>(reply).name()};
    } else {
      operation.names = {Parsed<v1::Ticket>(reply).name()};
    }
  }

  template <typename Response>
  static Response Parsed(const rpc::Reply& reply) {
    Response response;
    EXPECT_TRUE(response.ParseFromString(reply.message));
    return response;
  }

  World world_;
  std::vector<Planned> planned_;
  Planned first_;
  int markers_ = 0;
};

enum class Ending { kRecovery, kKill, kPowerLoss };

struct Point {
  Fault fault = Fault::kIoError;
  bool refusals = false;
  Ending ending = Ending::kRecovery;
};

std::string PointName(const ::testing::TestParamInfo<Point>& info) {
  constexpr const char* kEndings[] = {"Recovery", "Kill", "PowerLoss"};
  return fmt::format("{}{}{}", info.param.fault == Fault::kFull ? "Full" : "IoError",
                     info.param.refusals ? "WithRefusals" : "", kEndings[static_cast<int>(info.param.ending)]);
}

std::vector<Point> Points() {
  std::vector<Point> points;
  for (Fault fault : {Fault::kIoError, Fault::kFull}) {
    for (bool refusals : {false, true}) {
      for (Ending ending : {Ending::kRecovery, Ending::kKill, Ending::kPowerLoss})
        points.push_back({fault, refusals, ending});
    }
  }
  return points;
}

class StorageFaultTest : public ::testing::TestWithParam<Point> {
 protected:
  static void SetUpTestSuite() {
    sync_errors_ = std::make_shared<SyncErrorCounter>();
    sinks_ = std::exchange(Log()->sinks(), {sync_errors_});
  }

  static void TearDownTestSuite() {
    Log()->sinks() = sinks_;
    fmt::print(
        "{} points of failure tried: {} batches passed, {} died ({} as OUTCOME_UNKNOWN), {} checkpoints and {} "
        "recoveries failed, {} syncs\n",
        tried_, passed_, died_, unknown_, checkpoints_, recoveries_, sync_errors_->count());
    EXPECT_GT(sync_errors_->count(), 0);
  }

  // The batch, with whatever fault was set before.
  static bool SendBatch(Story& story) {
    ++tried_;
    const bool passed = story.SendBatch();
    ++(passed ? passed_ : died_);
    unknown_ += story.outcome_unknown() ? 1 : 0;
    return passed;
  }

  // What follows the fault: the service is whole again, each request has one effect, and none of it is lost with the
  // power.
  static void End(Story& story, Ending ending) {
    story.world().disk().ClearFaults();
    if (ending == Ending::kKill) story.world().Kill();
    if (ending == Ending::kPowerLoss) story.world().LosePower();
    if (ending != Ending::kRecovery) {
      story.ExpectTruth();
      story.world().Open();
    }
    story.ExpectRecovery();
    story.ExpectTruth();
    story.SendAgain();
    story.world().LosePower();
    story.ExpectTruth();
    story.world().Open();
    story.SendAgain();
    story.world().Check();
  }

  static std::shared_ptr<SyncErrorCounter> sync_errors_;
  static std::vector<spdlog::sink_ptr> sinks_;
  static int64_t tried_, passed_, died_, unknown_, checkpoints_, recoveries_;
};

std::shared_ptr<SyncErrorCounter> StorageFaultTest::sync_errors_;
std::vector<spdlog::sink_ptr> StorageFaultTest::sinks_;
int64_t StorageFaultTest::tried_, StorageFaultTest::passed_, StorageFaultTest::died_, StorageFaultTest::unknown_,
    StorageFaultTest::checkpoints_, StorageFaultTest::recoveries_;

// Of a batch on a sound disk.
int64_t BatchOperations(uint64_t seed, bool refusals) {
  Story story(seed, refusals);
  const int64_t before = story.world().disk().operations();
  EXPECT_TRUE(story.SendBatch());
  return story.world().disk().operations() - before;
}

TEST_P(StorageFaultTest, ABatchPassesOrDiesAsAWholeWhereverTheFaultStrikes) {
  const auto [fault, refusals, ending] = GetParam();
  const int64_t operations = BatchOperations(kSeed, refusals);
  for (int64_t n = 1; n <= operations + 1 && !HasFailure(); ++n) {
    SCOPED_TRACE(fmt::format("fault at operation {} of {}", n, operations));
    Story story(kSeed, refusals);
    story.world().disk().FailAt(n, fault);
    const bool passed = SendBatch(story);
    story.world().disk().ClearFaults();
    EXPECT_TRUE(passed || n <= operations);
    if (!passed) story.ExpectReadOnly();
    End(story, ending);
  }
}

// Chance decides what a failed sync has left on the media, so many seeds.
TEST_P(StorageFaultTest, AFailedSyncIsNoCommit) {
  const auto [fault, refusals, ending] = GetParam();
  if (fault != Fault::kIoError) GTEST_SKIP() << "a sync does not run out of space";
  for (uint64_t seed = 1; seed <= kSyncSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const int64_t errors_before = sync_errors_->count();
    // The last sync of the batch is the one of its commit; behind it come only reads of the feed's follower.
    for (int64_t n = BatchOperations(seed, refusals); sync_errors_->count() == errors_before && n > 0; --n) {
      Story story(seed, refusals);
      story.world().disk().FailAt(n, fault);
      const bool passed = SendBatch(story);
      if (sync_errors_->count() == errors_before) continue;
      EXPECT_FALSE(passed);
      EXPECT_TRUE(story.outcome_unknown());
      End(story, ending);
    }
    EXPECT_GT(sync_errors_->count(), errors_before) << "no sync was found";
  }
}

TEST_P(StorageFaultTest, ACheckpointThatFailsLosesNothing) {
  const auto [fault, refusals, ending] = GetParam();
  int64_t operations = 1;
  for (int64_t n = 0; n <= operations && !HasFailure(); ++n) {
    SCOPED_TRACE(fmt::format("fault at operation {} of {}", n, operations));
    Story story(kSeed, refusals);
    ASSERT_TRUE(SendBatch(story));
    const int64_t before = story.world().disk().operations();
    if (n > 0) story.world().disk().FailAt(n, fault);
    story.world().runtime().RunFor(kCheckpointWithin);
    if (n == 0) operations = story.world().disk().operations() - before;
    checkpoints_ += story.world().Status().state() == GetStatusResponse::READ_ONLY ? 1 : 0;
    End(story, ending);
  }
  EXPECT_GT(checkpoints_, 0);
}

// The commit fails, and the recovery from that fails too.
TEST_P(StorageFaultTest, ARecoveryThatFailsComesAgain) {
  const auto [fault, refusals, ending] = GetParam();
  int64_t operations = 1;
  for (int64_t n = 0; n <= operations && !HasFailure(); ++n) {
    SCOPED_TRACE(fmt::format("fault at operation {} of {}", n, operations));
    Story story(kSeed, refusals);
    story.world().disk().SetIoErrors(true);
    ASSERT_FALSE(SendBatch(story));
    story.world().disk().ClearFaults();
    const int64_t before = story.world().disk().operations();
    if (n > 0) story.world().disk().FailAt(n, fault);
    // Long enough for the first attempt, and too short for the second.
    story.world().runtime().RunFor(kFirstAttemptWithin);
    if (n == 0) operations = story.world().disk().operations() - before;
    recoveries_ += n > 0 && story.world().Status().state() == GetStatusResponse::READ_ONLY ? 1 : 0;
    End(story, ending);
  }
  EXPECT_GT(recoveries_, 0);
}

TEST_P(StorageFaultTest, WhileTheDiskFailsItReadsAndThenItWrites) {
  const auto [fault, refusals, ending] = GetParam();
  for (uint64_t seed = 1; seed <= kSpellSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Story story(seed, refusals);
    fault == Fault::kFull ? story.world().disk().SetDiskFull(true) : story.world().disk().SetIoErrors(true);
    ASSERT_FALSE(SendBatch(story));
    for (int i = 0; i < 6; ++i) {
      story.ExpectReadOnly();
      story.world().runtime().RunFor(absl::Seconds(10));
    }
    End(story, ending);
  }
}

INSTANTIATE_TEST_SUITE_P(Points, StorageFaultTest, ::testing::ValuesIn(Points()), PointName);

}  // namespace
}  // namespace dangol::simulation
