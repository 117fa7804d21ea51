// A service that follows a feed and writes down what it was told, in as many processes on one database as a test wants.
// Each has a clock of its own: one that is not run is frozen.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/feed/append.h"
#include "common/service/service.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "tests/common/base/movable_runtime.h"
#include "tests/common/feed/fake_feed.h"
#include "tests/common/rpc/fake_calls.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/storage/database_file.h"
#include "tests/support/local_service.h"

namespace dangol::feed {

using api::v1::GetStatusResponse;
using api::v1::ListParkedEventsResponse;
using api::v1::ParkedEvent;
using api::v1::SubscriptionStatus;

// What the reaction does beside writing down; by ticket. It has written before it fails.
struct ReactionScript {
  std::map<std::string, absl::Status> failures;
  std::set<std::string> bad_statements;  // the last of them cannot be done, which PostgreSQL says later
  std::function<void()> each = [] {};
};
inline ReactionScript& Script() {
  static auto& script = *new ReactionScript;
  return script;
}

inline absl::Status WriteDown(storage::Transaction& transaction, const rpc::Call& call,
                              const tickets::v1::TicketEvent& event) {
  const std::string& ticket = event.facts().ticket();
  absl::Status status = transaction.Execute(
      "INSERT INTO told (number, ticket, seq) SELECT COALESCE(MAX(number), 0) + 1, $1, $2 FROM told",
      {ticket, event.envelope().sequence()});
  tickets::v1::TicketEvent own;
  own.mutable_ticket_created();
  own.mutable_facts()->set_ticket(ticket);
  if (status.ok()) status = Append(transaction, call, own, {{ticket, 1}});
  if (status.ok() && Script().bad_statements.contains(ticket))
    status = transaction.Execute("INSERT INTO told (number, ticket, seq) VALUES (1000, $1, NULL)", {ticket});
  Script().each();
  const auto failure = Script().failures.find(ticket);
  return status.ok() && failure != Script().failures.end() ? failure->second : status;
}

inline const service::Definition& FollowerService() {
  static constexpr storage::Migration kMigrations[] = {
      {"told", "CREATE TABLE told (number INTEGER PRIMARY KEY, ticket TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;"}};
  static const auto& definition = *new service::Definition{
      .name = "follower",
      .port_offset = 7,
      .schema = {"follower", kMigrations},
      .add_methods = [](rpc::MethodTable& table,
                        EventStreams& streams) { streams.AddFeed(table, "dangol.tickets.v1.TicketFeed"); },
      .integrity_checks = {},
      .timers = {},
      .sources = {Follow<tickets::v1::StreamEventsResponse, tickets::v1::TicketEvent>(
          "tickets", "dangol.tickets.v1.TicketFeed", WriteDown)},
  };
  return definition;
}

class FollowerTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kAdmin = "/dangol.api.v1.AdminService/";

  // One process of the service, and its clock.
  struct Process {
    testing::MovableRuntime runtime;
    std::unique_ptr<service::Service> service;
  };

  FollowerTest() { Script() = {}; }
  ~FollowerTest() override { Script() = {}; }

  std::unique_ptr<Process> Begin(bool shared = false) {
    auto process = std::make_unique<Process>();
    service::Options options;
    options.database_url = url();
    options.database.runtime = &process->runtime;
    options.database.lock_file = false;
    options.shared_database = shared;
    options.connect = [this, runtime = &process->runtime](std::string_view) {
      return service::Peer{"127.0.0.1:7401", feed_.NewChannel(*runtime)};
    };
    auto opened = service::Service::Open(FollowerService(), options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    process->service = *std::move(opened);
    process->runtime.RunReady();
    return process;
  }
  std::string url() const {
    return testing::OnPostgres() ? testing::PostgresDatabaseOf(folder_.path())
                                 : "sqlite:" + folder_.File("follower.db");
  }
  void Open() { process_ = Begin(); }
  void Restart() {
    process_ = nullptr;
    Open();
  }
  void Run() { process_->runtime.RunReady(); }
  void RunFor(absl::Duration duration) { process_->runtime.RunFor(duration); }

  const testing::DatabaseFile& file() {
    if (file_ == nullptr) file_ = std::make_unique<testing::DatabaseFile>(testing::PathOf(url()));
    return *file_;
  }
  // `a b c`: what was written down, in order.
  std::string Told() {
    std::string told;
    for (const std::string& ticket : file().Column("SELECT ticket FROM told ORDER BY number")) {
      told += (told.empty() ? "" : " ") + ticket.substr(ticket.find('/') + 1);
    }
    return told;
  }
  int64_t Position() { return file().Integer("SELECT seq FROM subscription"); }

  static SubscriptionStatus StatusOf(Process& process) {
    const auto status = Call<GetStatusResponse>(process, "GetStatus", api::v1::GetStatusRequest());
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() && status->subscriptions_size() == 1 ? status->subscriptions(0) : SubscriptionStatus();
  }
  SubscriptionStatus Status() { return StatusOf(*process_); }

  template <typename Response>
  static absl::StatusOr<Response> Call(Process& process, std::string_view method,
                                       const google::protobuf::Message& request) {
    auto call = testing::MakeCall<testing::FakeUnaryCall>(std::string(kAdmin) + std::string(method),
                                                          request.SerializeAsString());
    process.service->methods().Start(call);
    process.runtime.RunReady();
    if (!call->finished()) return absl::InternalError("the call was not finished");
    if (!call->reply().status.ok()) return call->reply().status;
    Response response;
    response.ParseFromString(call->reply().message);
    return response;
  }

  // As `name state reason?`, with `!` for those that failed themselves.
  std::vector<std::string> Parked(bool settled = false) {
    api::v1::ListParkedEventsRequest request;
    request.set_show_settled(settled);
    std::vector<std::string> parked;
    do {
      request.set_page_size(2);
      const auto response = Call<ListParkedEventsResponse>(*process_, "ListParkedEvents", request);
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) break;
      for (const ParkedEvent& event : response->parked_events()) {
        parked.push_back(std::to_string(event.sequence()) + (event.reason().empty() ? "" : "!") +
                         (settled ? " " + ParkedEvent::State_Name(event.state()) : ""));
      }
      request.set_page_token(response->next_page_token());
    } while (!request.page_token().empty());
    return parked;
  }
  std::string ParkedName(int64_t sequence) const {
    return "parkedEvents/tickets-" + feed_.incarnation.substr(0, 8) + "-" + std::to_string(sequence);
  }
  absl::StatusOr<ParkedEvent> Retry(int64_t sequence, const std::string& request_id = "") {
    api::v1::RetryParkedEventRequest request;
    request.set_name(ParkedName(sequence));
    request.set_request_id(request_id);
    return Call<ParkedEvent>(*process_, "RetryParkedEvent", request);
  }
  absl::StatusOr<ParkedEvent> Drop(int64_t sequence) {
    api::v1::DropParkedEventRequest request;
    request.set_name(ParkedName(sequence));
    return Call<ParkedEvent>(*process_, "DropParkedEvent", request);
  }
  std::vector<std::string> Violations() {
    const auto response =
        Call<api::v1::CheckIntegrityResponse>(*process_, "CheckIntegrity", api::v1::CheckIntegrityRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> found;
    for (const auto& violation : response->violations())
      found.push_back(violation.check() + " " + violation.resource());
    return found;
  }

  testing::TemporaryFolder folder_;
  testing::FakeFeed feed_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<testing::DatabaseFile> file_;
};

}  // namespace dangol::feed
