// How long reads of the backlog take where it is large: the lists of 100,000 changes, and one change that a million
// tickets ask for.
//
// Tickets and backlog are processes of their own, and all rows come by calls and by the feed, as they would anywhere.

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <CLI/CLI.hpp>

#include "bench/complaints.h"
#include "bench/load.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/suite_processes.h"

namespace dangol::bench {
namespace {

using backlog::v1::Change;
using backlog::v1::ListChangesRequest;
using testing::ServiceProcess;

const std::string kTickets = "/dangol.tickets.v1.TicketService/";
const std::string kChanges = "/dangol.backlog.v1.ChangeService/";
constexpr char kLarge[] = "changes/large";
constexpr int kBatchRows = 1000;
constexpr int kInFlight = 64;
constexpr int kOwners = 20;
constexpr int kReleases = 50;
constexpr int64_t kFirstNumber = 20'000'000;  // smaller ones are nobody's
// One forgets old request ids, one checks what has shipped.
constexpr int64_t kLastingTimers = 2;
constexpr absl::Duration kPatience = absl::Minutes(20);

struct Options {
  std::string programs;
  int changes = 100'000;
  int demands = 1'000'000;
  int calls = 2000;
  bool wait = false;
};

[[noreturn]] void Fail(const std::string& what) {
  fmt::print(stderr, "dangol_backlog_bench: {}\n", what);
  std::exit(1);
}

std::string ChangeOf(int number) { return fmt::format("changes/c{:06}", number); }

// Some are asked for much, and most by few.
int WhatIsAskedFor(int ticket, int changes) {
  const double share = static_cast<double>(static_cast<uint32_t>(ticket) * 2654435761u) / 4294967296.0;
  return static_cast<int>(share * share * share * changes);
}

class BacklogBench {
 public:
  explicit BacklogBench(const Options& options) : options_(options), suite_(options.programs) {
    for (ServiceProcess* service : {&suite_.tickets(), &suite_.backlog()}) service->Start();
    for (ServiceProcess* service : {&suite_.tickets(), &suite_.backlog()}) {
      if (!service->WaitUntilReady()) Fail(service->service() + " does not start");
    }
    tickets_ = suite_.tickets().NewChannel();
    backlog_ = suite_.backlog().NewChannel();
  }

  void Run() {
    if (options_.changes > 0) MakeChanges();
    if (options_.demands > 0) MakeDemands();
    if (options_.wait) {
      fmt::print("Enter begins to measure.\n");
      std::fflush(stdout);
      std::getchar();
    }
    if (options_.changes > 0) MeasureLists();
    if (options_.demands > 0) MeasureLarge();
  }

 private:
  template <typename Response>
  Response Call(rpc::Channel& channel, const std::string& method, const google::protobuf::Message& request) {
    auto response = testing::Ask<Response>(channel, method.c_str(), request, kPatience);
    if (!response.ok()) Fail(fmt::format("{}: {}", method, response.status().ToString()));
    return *std::move(response);
  }

  // `count` calls, many of them at once.
  void Send(rpc::Channel& channel, const std::string& method, int count,
            const std::function<std::string(int)>& request) {
    std::mutex mutex;
    std::condition_variable ended;
    int open = 0;
    for (int i = 0; i < count; ++i) {
      std::unique_lock lock(mutex);
      ended.wait(lock, [&] { return open < kInFlight; });
      ++open;
      lock.unlock();
      channel.Unary(method, request(i), {{}, absl::Now() + kPatience}, [&](const rpc::Reply& reply) {
        if (!reply.status.ok()) Fail(fmt::format("{}: {}", method, reply.status.ToString()));
        std::lock_guard done(mutex);
        --open;
        ended.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    ended.wait(lock, [&] { return open == 0; });
  }

  // Names of new tickets.
  std::vector<std::string> CreateTickets(int count) {
    std::vector<std::string> names;
    while (static_cast<int>(names.size()) < count) {
      tickets::v1::BatchCreateTicketsRequest request;
      for (int i = 0; i < std::min<int>(kBatchRows, count - static_cast<int>(names.size())); ++i) {
        tickets::v1::CreateTicketRequest& one = *request.add_requests() = complaints_[static_cast<size_t>(i)];
        // Two of three are of somebody known, each of whom asks twice.
        if (i % 3 != 0) one.mutable_sender()->set_phone(fmt::format("010-{}", kFirstNumber + next_sender_++ / 2));
      }
      const auto response =
          Call<tickets::v1::BatchCreateTicketsResponse>(*tickets_, kTickets + "BatchCreateTickets", request);
      for (const auto& ticket : response.tickets()) names.push_back(ticket.name());
    }
    return names;
  }

  // Until each has heard all that the other says, and every change has told its tickets.
  void Rest() {
    const absl::Time end = absl::Now() + kPatience;
    while (!IsAtRest()) {
      if (absl::Now() > end) Fail("it does not come to rest");
      absl::SleepFor(absl::Milliseconds(50));
    }
  }

  bool IsAtRest() {
    const auto tickets = suite_.tickets().Status();
    const auto backlog = suite_.backlog().Status();
    if (!tickets.ok() || !backlog.ok()) return false;
    const auto follows = [](const api::v1::GetStatusResponse& one, const api::v1::GetStatusResponse& other) {
      return std::ranges::all_of(one.subscriptions(), [&](const auto& subscription) {
        return subscription.feed() != other.service() || subscription.sequence() == other.feed_sequence();
      });
    };
    return backlog->pending_timers() <= kLastingTimers && follows(*tickets, *backlog) && follows(*backlog, *tickets);
  }

  static void Decide(backlog::v1::Decision& decision) {
    decision.set_can_keep(backlog::v1::Decision::YES);
    decision.set_for_everyone(backlog::v1::Decision::YES);
    decision.set_within_capability(backlog::v1::Decision::YES);
    decision.set_rationale("One page, kept up by what is there already");
    decision.set_decided_by("members/lead");
  }

  Change NewChange(int i) {
    Change change;
    change.set_title(fmt::format("Everybody can see what we know about them, part {}", i));
    change.set_description(complaints_[static_cast<size_t>(i) % complaints_.size()].ticket().body());
    change.set_kind(Change::PROCESS);
    change.set_owner(fmt::format("members/m{}", i % kOwners));
    change.set_stage(fmt::format("engines/main/stages/s{}", i % 4));
    change.set_release(fmt::format("r{}", i % kReleases));
    change.add_contact_reasons(fmt::format("reason-{}", i % 100));
    change.mutable_estimate()->set_impact_percent(25 + i % 276);
    change.mutable_estimate()->set_confidence_percent(20 + i % 81);
    change.mutable_estimate()->set_effort_percent(50 + i % 951);
    Decide(*change.mutable_decision());
    if (i % 50 == 0) change.mutable_decision()->set_for_everyone(backlog::v1::Decision::NO);
    return change;
  }

  // As many tickets as changes ask for some of them; most stay PROPOSED, a quarter is planned, and some ship.
  void MakeChanges() {
    const absl::Time start = absl::Now();
    const int count = options_.changes;
    Send(*backlog_, kChanges + "CreateChange", count, [this](int i) {
      backlog::v1::CreateChangeRequest request;
      *request.mutable_change() = NewChange(i);
      request.set_change_id(ChangeOf(i).substr(8));
      return request.SerializeAsString();
    });
    const std::vector<std::string> names = CreateTickets(count);
    Send(*tickets_, kTickets + "AcceptTicket", count, [&](int i) {
      tickets::v1::AcceptTicketRequest request;
      request.set_name(names[static_cast<size_t>(i)]);
      request.set_change(ChangeOf(WhatIsAskedFor(i, count)));
      return request.SerializeAsString();
    });
    Rest();
    Send(*backlog_, kChanges + "PlanChange", count / 4, [](int i) {
      backlog::v1::PlanChangeRequest request;
      request.set_name(ChangeOf(4 * i + 1));
      return request.SerializeAsString();
    });
    Send(*backlog_, kChanges + "ShipChange", count / 40, [](int i) {
      backlog::v1::ShipChangeRequest request;
      request.set_name(ChangeOf(40 * i + 10));
      return request.SerializeAsString();
    });
    Rest();
    fmt::print("{} changes that {} tickets ask for, made in {:.0f} s\n", count, count,
               absl::ToDoubleSeconds(absl::Now() - start));
  }

  void MakeDemands() {
    const absl::Time start = absl::Now();
    backlog::v1::CreateChangeRequest create;
    *create.mutable_change() = NewChange(0);
    create.set_change_id(std::string(kLarge).substr(8));
    Call<Change>(*backlog_, kChanges + "CreateChange", create);
    for (int made = 0; made < options_.demands; made += kBatchRows) {
      tickets::v1::BatchAcceptTicketsRequest request;
      request.set_change(kLarge);
      for (std::string& name : CreateTickets(std::min(kBatchRows, options_.demands - made)))
        request.add_names(std::move(name));
      Call<tickets::v1::BatchAcceptTicketsResponse>(*tickets_, kTickets + "BatchAcceptTickets", request);
    }
    Rest();
    fmt::print("a change that {} tickets ask for, made in {:.0f} s\n", options_.demands,
               absl::ToDoubleSeconds(absl::Now() - start));
  }

  // One call at a time.
  void Measure(const std::string& what, const std::string& method, const google::protobuf::Message& request) {
    const std::string bytes = request.SerializeAsString();
    Measured measured;
    for (int i = 0; i < options_.calls; ++i) {
      const absl::Time start = absl::Now();
      const rpc::Reply reply = testing::CallAndWait(*backlog_, method.c_str(), bytes);
      measured.Count(reply.status, absl::Now() - start);
    }
    measured.Sort();
    if (measured.errors > 0) Fail(fmt::format("{}: {}", method, measured.first_error));
    fmt::print("  {}: p50 {:.2f} ms, p99 {:.2f} ms, longest {:.2f} ms\n", what, measured.Percentile(0.5),
               measured.Percentile(0.99), measured.Percentile(1));
  }

  void MeasureLists() {
    fmt::print("ListChanges, 50 by score\n");
    const auto list = [this](const std::string& what, const std::function<void(ListChangesRequest&)>& fill) {
      ListChangesRequest request;
      request.set_order(ListChangesRequest::SCORE);
      fill(request);
      Measure(what, kChanges + "ListChanges", request);
    };
    list("all", [](ListChangesRequest&) {});
    list("all, the 20th page", [this](ListChangesRequest& request) {
      for (int page = 1; page < 20; ++page) {
        const auto response = Call<backlog::v1::ListChangesResponse>(*backlog_, kChanges + "ListChanges", request);
        request.set_page_token(response.next_page_token());
      }
    });
    list("PROPOSED", [](ListChangesRequest& request) { request.add_states(Change::PROPOSED); });
    list("of an owner", [](ListChangesRequest& request) { request.set_owner("members/m7"); });
    list("of a stage", [](ListChangesRequest& request) { request.set_stage("engines/main/stages/s1"); });
    list("of a release", [](ListChangesRequest& request) { request.set_release("r33"); });
    list("of an owner, a stage and a release", [](ListChangesRequest& request) {
      request.set_owner("members/m13");
      request.set_stage("engines/main/stages/s1");
      request.set_release("r33");
    });
    list("undecided", [](ListChangesRequest& request) { request.set_undecided(true); });
    list("shipped against sustainability",
         [](ListChangesRequest& request) { request.set_against_sustainability(true); });
  }

  void MeasureLarge() {
    backlog::v1::GetChangeRequest get;
    get.set_name(kLarge);
    Measure("GetChange", kChanges + "GetChange", get);
    backlog::v1::ListDemandsRequest list;
    list.set_parent(kLarge);
    Measure("the first 50 of ListDemands", kChanges + "ListDemands", list);
  }

  const Options& options_;
  const std::vector<tickets::v1::CreateTicketRequest> complaints_ = MakeComplaints(kBatchRows);
  int64_t next_sender_ = 0;
  testing::SuiteProcesses suite_;
  std::unique_ptr<rpc::Channel> tickets_;
  std::unique_ptr<rpc::Channel> backlog_;
};

}  // namespace
}  // namespace dangol::bench

int main(int argc, char** argv) {
  CLI::App app("How long reads of a large backlog take.");
  dangol::bench::Options options;
  options.programs = std::filesystem::canonical("/proc/self/exe").parent_path().string();
  app.add_option("--programs", options.programs, "Folder of the servers")->capture_default_str();
  app.add_option("--changes", options.changes, "Changes to list; 0: none")->capture_default_str();
  app.add_option("--demands", options.demands, "Tickets that ask for the large one; 0: it is not made")
      ->capture_default_str();
  app.add_option("--calls", options.calls, "Of each kind")->capture_default_str();
  app.add_flag("--wait", options.wait, "Measure once somebody pressed Enter, when the machine does nothing else");
  CLI11_PARSE(app, argc, argv);
  dangol::bench::PrintMachine();
  dangol::bench::BacklogBench(options).Run();
  return 0;
}
