#include "tests/simulation/storage_fault_story.h"

#include <cstdlib>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "common/base/error.h"
#include "common/rpc/method_table.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/service.h"
#include "tests/simulation/checks.h"

namespace dangol::simulation {
namespace {

using namespace dangol::tickets;  // NOLINT: v1
using dangol::api::v1::GetStatusResponse;
using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kDatabasePath[] = "tickets.db";
// Four pages: most of what a batch changes reaches the log before its commit.
constexpr int64_t kSpillBytes = 16 << 10;
constexpr int kLargeBytes = 20'000;
constexpr absl::Duration kAnswerWithin = absl::Minutes(1);
// Twice the longest pause between two attempts to recover.
constexpr absl::Duration kRecoverWithin = absl::Seconds(20);
// A follower whose stream was cut comes again within a second.
constexpr absl::Duration kFollowWithin = absl::Seconds(5);
// The log has been moved into the database by then.
constexpr absl::Duration kIdle = absl::Seconds(2);

// A call that comes without a network, so that it waits in the queue at once.
class DirectCall : public rpc::ServerUnaryCall {
 public:
  DirectCall(const Operation& operation, const rpc::Metadata& call_metadata,
             std::shared_ptr<std::optional<rpc::Reply>> reply)
      : reply_(std::move(reply)) {
    method = operation.method;
    metadata = call_metadata;
    request = operation.request;
  }
  bool cancelled() const override { return false; }
  void OnCancel(Task) override {}
  void Finish(rpc::Reply reply) override { *reply_ = std::move(reply); }

 private:
  const std::shared_ptr<std::optional<rpc::Reply>> reply_;
};

void Fill(v1::CreateTicketRequest& request, const std::string& id, int body_bytes, const std::string& marker) {
  request.set_ticket_id(id);
  request.mutable_ticket()->set_subject(marker);
  request.mutable_ticket()->set_body(std::string(static_cast<size_t>(body_bytes), 'b'));
}

template <typename Response>
Response Parsed(const rpc::Reply& reply) {
  Response response;
  EXPECT_TRUE(response.ParseFromString(reply.message));
  return response;
}

std::vector<std::string> Names(const std::string& method, const rpc::Reply& reply) {
  if (method.ends_with("/CreateMessage")) return {Parsed<v1::Message>(reply).name()};
  if (!method.ends_with("/BatchCreateTickets")) return {Parsed<v1::Ticket>(reply).name()};
  std::vector<std::string> names;
  const auto response = Parsed<v1::BatchCreateTicketsResponse>(reply);
  for (const v1::Ticket& ticket : response.tickets()) names.push_back(ticket.name());
  return names;
}

}  // namespace

FaultyWorld::FaultyWorld(uint64_t seed, bool spills)
    : spills_(spills), disk_(seed), runtime_(seed), network_(runtime_, runtime_) {
  network_.SetFaults({.delay_max = absl::ZeroDuration()});
  Open();
}

void FaultyWorld::Open() {
  service::Options options;
  options.database_url = fmt::format("sqlite:{}", kDatabasePath);
  options.database = {.runtime = &runtime_, .lock_file = false, .writer_spill_bytes = spills_ ? kSpillBytes : 0};
  auto service = service::Service::Open(TicketsService(), options);
  if (!service.ok()) {
    // There is nothing left to tell.
    ADD_FAILURE() << "the service does not start: " << service.status().ToString();
    std::abort();
  }
  service_ = *std::move(service);
  network_.Attach(service_->methods());
}

void FaultyWorld::Close() {
  network_.Detach();
  service_ = nullptr;
}

void FaultyWorld::Kill() {
  disk_.KillProcess();
  Close();
}

void FaultyWorld::LosePower() {
  disk_.Crash();
  Close();
  disk_.Restart();
}

std::vector<rpc::Reply> FaultyWorld::CallTogether(const std::vector<const Operation*>& operations,
                                                  const rpc::Metadata& metadata) {
  std::vector<std::shared_ptr<std::optional<rpc::Reply>>> replies;
  for (const Operation* operation : operations) {
    replies.push_back(std::make_shared<std::optional<rpc::Reply>>());
    service_->methods().Start(std::make_shared<DirectCall>(*operation, metadata, replies.back()));
  }
  const absl::Time end = runtime_.Now() + kAnswerWithin;
  std::vector<rpc::Reply> answers;
  for (const auto& reply : replies) {
    while (!*reply && runtime_.RunOne(end)) {
    }
    answers.push_back(*reply ? **reply : rpc::Reply{absl::InternalError("was never answered"), "", {}});
  }
  return answers;
}

GetStatusResponse FaultyWorld::Status() {
  auto status = Call<GetStatusResponse>("/dangol.api.v1.AdminService/GetStatus", dangol::api::v1::GetStatusRequest());
  EXPECT_TRUE(status.ok()) << status.status().ToString();
  return status.ok() ? *status : GetStatusResponse();
}

std::set<std::string> FaultyWorld::Markers() {
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

void FaultyWorld::Follow() {
  if (follower_ != nullptr) return;
  follower_ = std::make_unique<SimulatedFollower>(runtime_, network_.NewChannel(), ledger_, /*slow=*/false);
  follower_->Start();
}

void FaultyWorld::ExpectNews() {
  const GetStatusResponse status = Status();
  v1::GetTicketRequest request;
  request.set_name("tickets/t0");
  const auto ticket = Call<v1::Ticket>("/dangol.tickets.v1.TicketService/GetTicket", request,
                                       {{std::string(rpc::kMinCursorKey), status.feed_cursor()}});
  EXPECT_TRUE(ticket.ok()) << ticket.status().ToString();
  Follow();
  const absl::Time end = runtime_.Now() + kFollowWithin;
  while (follower_->sequence() < status.feed_sequence() && runtime_.RunOne(end)) {
  }
  EXPECT_EQ(follower_->sequence(), status.feed_sequence());
}

void FaultyWorld::Check() {
  runtime_.RunFor(absl::Seconds(30));
  dangol::api::v1::CheckIntegrityRequest request;
  request.set_check_pages(true);
  auto integrity = Call<dangol::api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity", request);
  ASSERT_TRUE(integrity.ok()) << integrity.status().ToString();
  EXPECT_EQ(integrity->violation_count(), 0) << integrity->DebugString();
  Close();
  CheckDatabase(kDatabasePath, ledger_, {follower_->events()});
  EXPECT_THAT(ledger_.violations, IsEmpty());
}

FaultStory::FaultStory(const StoryOptions& options) : world_(options.seed, options.spills) {
  if (options.followed) world_.Follow();
  for (int i = 0; i < 4; ++i) PlanCreate(fmt::format("t{}", i), 100);
  first_ = planned_.front();
  for (Planned& planned : planned_) Take(planned, world_.CallTogether({planned.operation}).at(0));
  planned_.clear();
  world_.runtime().RunFor(kIdle);
  PlanBatch(options.refusals);
}

bool FaultStory::SendBatch() {
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

void FaultStory::SendAgain() {
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

void FaultStory::ExpectTruth() {
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

void FaultStory::ExpectReadOnly() {
  const GetStatusResponse status = world_.Status();
  EXPECT_EQ(status.state(), GetStatusResponse::READ_ONLY);
  EXPECT_THAT(status.reason(), AnyOf(StartsWith("STORAGE_"), "OUTCOME_UNKNOWN"));
  const int64_t steps = world_.runtime().steps();
  PlanCreate("", 100);
  Take(planned_.back(), world_.CallTogether({planned_.back().operation}).at(0));
  EXPECT_EQ(planned_.back().reason, "STORAGE_READ_ONLY");
  EXPECT_EQ(world_.runtime().steps(), steps) << "the refusal waited in the queue";
  v1::GetTicketRequest read;
  read.set_name("tickets/t0");
  const auto ticket = world_.Call<v1::Ticket>("/dangol.tickets.v1.TicketService/GetTicket", read);
  EXPECT_TRUE(ticket.ok()) << ticket.status().ToString();
}

void FaultStory::ExpectRecovery() {
  const absl::Time end = world_.runtime().Now() + kRecoverWithin;
  while (world_.Status().state() != GetStatusResponse::SERVING && world_.runtime().Now() < end) {
    world_.runtime().RunFor(absl::Milliseconds(100));
  }
  EXPECT_EQ(world_.Status().state(), GetStatusResponse::SERVING);
  world_.ExpectNews();
}

std::string FaultStory::Marker() { return fmt::format("marker-{}.", ++markers_); }

template <typename Request>
Operation& FaultStory::Plan(std::string_view method, Request request, absl::StatusCode expected) {
  Operation& operation = world_.ledger().operations.emplace_back();
  operation.number = static_cast<int64_t>(world_.ledger().operations.size());
  operation.method = fmt::format("/dangol.tickets.v1.TicketService/{}", method);
  operation.request_id = fmt::format("00000000-0000-4000-8000-{:012}", operation.number);
  request.set_request_id(operation.request_id);
  operation.request = request.SerializeAsString();
  planned_.push_back({&operation, expected});
  return operation;
}

void FaultStory::PlanCreate(const std::string& id, int body_bytes, absl::StatusCode expected) {
  v1::CreateTicketRequest request;
  const std::string marker = Marker();
  Fill(request, id, body_bytes, marker);
  Plan("CreateTicket", request, expected).markers = {marker};
}

void FaultStory::PlanBatchCreate(const std::vector<std::string>& ids, absl::StatusCode expected) {
  v1::BatchCreateTicketsRequest request;
  std::vector<std::string> markers;
  for (const std::string& id : ids) Fill(*request.add_requests(), id, 1000, markers.emplace_back(Marker()));
  Plan("BatchCreateTickets", request, expected).markers = markers;
}

void FaultStory::PlanAcknowledge(const std::string& ticket, const std::string& etag, absl::StatusCode expected) {
  v1::AcknowledgeTicketRequest request;
  const std::string marker = Marker();
  request.set_name(ticket);
  request.set_etag(etag);
  request.set_heard_summary(marker);
  Plan("AcknowledgeTicket", request, expected).markers = {marker};
}

void FaultStory::PlanDecline(const std::string& ticket) {
  v1::DeclineTicketRequest request;
  const std::vector<std::string> markers = {Marker(), Marker()};
  request.set_name(ticket);
  request.set_reason(v1::Decision::UNSUSTAINABLE);
  request.set_revisit_condition(markers[0]);
  request.set_reply(markers[1]);
  request.set_decided_by("members/lead");
  Plan("DeclineTicket", request).markers = markers;
}

void FaultStory::PlanMessage(const std::string& ticket) {
  v1::CreateMessageRequest request;
  const std::string marker = Marker();
  request.set_parent(ticket);
  request.mutable_message()->set_kind(v1::Message::PUBLIC);
  request.mutable_message()->set_body(marker);
  Plan("CreateMessage", request).markers = {marker};
}

// Without request_id: nothing tells it from a new one, so it is never sent again, and is there only if it was
// answered OK or its outcome is unknown.
void FaultStory::PlanWithoutId() {
  v1::CreateTicketRequest request;
  const std::string marker = Marker();
  Fill(request, "", 3000, marker);
  Operation& operation = Plan("CreateTicket", request);
  operation.markers = {marker};
  operation.request_id.clear();
  operation.request = request.SerializeAsString();
}

void FaultStory::PlanBatch(bool refusals) {
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
void FaultStory::Take(Planned& planned, const rpc::Reply& reply) {
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
  operation.names = Names(operation.method, reply);
}

}  // namespace dangol::simulation
