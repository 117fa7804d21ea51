// P7 and P8: how soon an acceptance is confirmed, and how long a shipment takes to answer everybody while others go on
// working; and P5, the report of an engine.
//
// The three services are processes of their own.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <CLI/CLI.hpp>

#include "bench/complaints.h"
#include "bench/load.h"
#include "bench/paced_load.h"
#include "bench/private_postgres.h"
#include "bench/processor_time.h"
#include "bench/report_bench.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/suite_processes.h"

namespace dangol::bench {
namespace {

using backlog::v1::Change;
using testing::ServiceProcess;
using tickets::v1::Ticket;

constexpr char kCreate[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kBatchCreate[] = "/dangol.tickets.v1.TicketService/BatchCreateTickets";
constexpr char kAccept[] = "/dangol.tickets.v1.TicketService/AcceptTicket";
constexpr char kBatchAccept[] = "/dangol.tickets.v1.TicketService/BatchAcceptTickets";
constexpr char kGetTicket[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kListTickets[] = "/dangol.tickets.v1.TicketService/ListTickets";
constexpr char kCreateChange[] = "/dangol.backlog.v1.ChangeService/CreateChange";
constexpr char kGetChange[] = "/dangol.backlog.v1.ChangeService/GetChange";
constexpr char kShip[] = "/dangol.backlog.v1.ChangeService/ShipChange";
constexpr char kSummarize[] = "/dangol.metrics.v1.LoopService/SummarizeLoop";
constexpr char kCursor[] = "x-dangol-cursor";
constexpr char kMinCursor[] = "x-dangol-min-cursor";
constexpr int kBatchRows = 1000;
constexpr int kChanges = 20;  // of P7
constexpr absl::Duration kPatience = absl::Minutes(5);
constexpr absl::Duration kPollInterval = absl::Milliseconds(20);

struct Options {
  std::string programs;
  std::string only;
  double accepts_per_second = 100;
  double seconds = 30;
  int tickets = 100'000;
  double creates_per_second = 200;
  bool postgres = false;
};

[[noreturn]] void Fail(const std::string& what) {
  fmt::print(stderr, "dangol_loop_bench: {}\n", what);
  std::exit(1);
}

class LoopBench {
 public:
  // `postgres`: null for SQLite.
  LoopBench(const Options& options, const PrivatePostgres* postgres) : options_(options), suite_(options.programs) {
    fmt::print("on {}\n", postgres == nullptr ? "SQLite" : "PostgreSQL");
    for (ServiceProcess& service : suite_.all()) {
      if (postgres != nullptr) service.UseDatabase(postgres->NewDatabase(service.service()));
    }
    if (!suite_.StartAll()) Fail("the services do not start");
    tickets_ = suite_.tickets().NewChannel();
    backlog_ = suite_.backlog().NewChannel();
    metrics_ = suite_.metrics().NewChannel();
    Rest();
  }

  void Run() {
    if (Wanted("P5")) MeasureReports(suite_, {.tickets = options_.tickets / 100});
    if (Wanted("P7")) Confirmations();
    if (Wanted("P8")) {
      Shipment("all-at-once", /*with_kills=*/false);
      Shipment("with-kills", /*with_kills=*/true);
    }
  }

 private:
  bool Wanted(const std::string& name) const { return options_.only.empty() || options_.only == name; }

  void Rest() {
    const std::string waits_for = suite_.WaitUntilAtRest(kPatience);
    if (!waits_for.empty()) Fail("it does not come to rest: it waits for " + waits_for);
  }

  template <typename Response>
  Response Call(rpc::Channel& channel, const char* method, const google::protobuf::Message& request) {
    auto response = testing::Ask<Response>(channel, method, request, kPatience);
    if (!response.ok()) Fail(fmt::format("{}: {}", method, response.status().ToString()));
    return *std::move(response);
  }

  // Names of new tickets, which are as long as real ones.
  std::vector<std::string> CreateTickets(int count) {
    std::vector<std::string> names;
    while (static_cast<int>(names.size()) < count) {
      tickets::v1::BatchCreateTicketsRequest request;
      request.set_request_id(NewRequestId());
      for (int i = 0; i < std::min<int>(kBatchRows, count - static_cast<int>(names.size())); ++i) {
        *request.add_requests() = complaints_[static_cast<size_t>(i) % complaints_.size()];
      }
      const auto response = Call<tickets::v1::BatchCreateTicketsResponse>(*tickets_, kBatchCreate, request);
      for (const Ticket& ticket : response.tickets()) names.push_back(ticket.name());
    }
    return names;
  }

  std::string CreateChange(const std::string& id) {
    backlog::v1::CreateChangeRequest request;
    request.set_request_id(NewRequestId());
    request.set_change_id(id);
    request.mutable_change()->set_title("Everybody can see what we know about them");
    request.mutable_change()->set_kind(backlog::v1::Change::PROCESS);
    auto& decision = *request.mutable_change()->mutable_decision();
    decision.set_can_keep(backlog::v1::Decision::YES);
    decision.set_for_everyone(backlog::v1::Decision::YES);
    decision.set_within_capability(backlog::v1::Decision::YES);
    decision.set_rationale("One page, kept up by what is there already");
    decision.set_decided_by("members/lead");
    return Call<Change>(*backlog_, kCreateChange, request).name();
  }

  // One acceptance on its way: to the tickets service, to the backlog, and back.
  struct Trip {
    std::string ticket;
    std::string change;
    absl::Time start;
    PacedLoad::Done done;
  };

  void Confirmations() {
    const auto count = static_cast<int>(options_.accepts_per_second * options_.seconds) + 100;
    const std::vector<std::string> names = CreateTickets(count);
    std::vector<std::string> changes;
    for (int i = 0; i < kChanges; ++i) changes.push_back(CreateChange(fmt::format("confirm-{}", i)));
    Rest();
    const auto before = Times();
    PacedLoad load(options_.accepts_per_second, [&](int64_t n, PacedLoad::Done done) {
      const auto i = static_cast<size_t>(n);
      if (i >= names.size()) return done(absl::OutOfRangeError("no ticket is left"));
      Accept(std::make_shared<Trip>(Trip{names[i], changes[i % changes.size()], absl::Now(), std::move(done)}));
    });
    absl::SleepFor(absl::Seconds(options_.seconds));
    const Measured trips = load.Finish();
    if (trips.errors > 0) fmt::print("  {} errors, the first: {}\n", trips.errors, trips.first_error);
    fmt::print(
        "P7 accept to confirmed: p50 {:.1f} ms (goal 10), p99 {:.1f} ms (goal 50); p99.9 {:.1f} ms, longest {:.1f} ms\n",
        trips.Percentile(0.5), trips.Percentile(0.99), trips.Percentile(0.999), trips.Percentile(1));
    fmt::print("  {} acceptances at {:.0f}/s; half of them took:", trips.calls, trips.Rate());
    for (auto& [part, measured] : parts_) {
      measured.Sort();
      fmt::print(" {} {:.1f} ms (p99 {:.1f})", part, measured.Percentile(0.5), measured.Percentile(0.99));
    }
    fmt::print("\n");
    PrintTimes(before, trips.calls);
  }

  void Accept(const std::shared_ptr<Trip>& trip) {
    tickets::v1::AcceptTicketRequest request;
    request.set_name(trip->ticket);
    request.set_change(trip->change);
    request.set_request_id(NewRequestId());
    Step(*tickets_, kAccept, request, "", trip, "1-accept", [this, trip](const rpc::Reply& accepted) {
      backlog::v1::GetChangeRequest read;
      read.set_name(trip->change);
      const std::string at(rpc::FindMetadata(accepted.trailing, kCursor));
      Step(*backlog_, kGetChange, read, at, trip, "2-backlog", [this, trip](const rpc::Reply& seen) {
        tickets::v1::GetTicketRequest again;
        again.set_name(trip->ticket);
        const std::string behind(rpc::FindMetadata(seen.trailing, kCursor));
        Step(*tickets_, kGetTicket, again, behind, trip, "3-confirm", [trip](const rpc::Reply& reply) {
          Ticket ticket;
          const bool confirmed = ticket.ParseFromString(reply.message) && ticket.has_confirm_time();
          trip->done(confirmed ? absl::OkStatus() : absl::DataLossError(trip->ticket + " is not confirmed"));
        });
      });
    });
  }

  void Step(rpc::Channel& channel, const char* method, const google::protobuf::Message& request, const std::string& at,
            const std::shared_ptr<Trip>& trip, const char* part, std::function<void(const rpc::Reply&)> next) {
    rpc::CallOptions options{{}, absl::Now() + kPatience};
    if (!at.empty()) options.metadata.emplace_back(kMinCursor, at);
    const absl::Time start = absl::Now();
    channel.Unary(method, request.SerializeAsString(), std::move(options),
                  [this, trip, part, start, next = std::move(next)](const rpc::Reply& reply) {
                    {
                      std::lock_guard lock(mutex_);
                      parts_[part].Count(reply.status, absl::Now() - start);
                    }
                    if (!reply.status.ok()) return trip->done(reply.status);
                    next(reply);
                  });
  }

  void Shipment(const std::string& id, bool with_kills) {
    const std::string change = CreateChange(id);
    FillChange(change);
    const Measured alone = CreatesFor(absl::Seconds(std::min(options_.seconds, 10.0)));
    const auto before = Times();
    PacedLoad creates(options_.creates_per_second, NewCreate());
    const absl::Duration took = Ship(change, with_kills);
    const Measured beside = creates.Finish();
    const double seconds = absl::ToDoubleSeconds(took);
    fmt::print("P8 {} tickets answered{} in {:.2f} s (goal 5{}), {:.1f} µs each\n", options_.tickets,
               with_kills ? ", backlog and tickets killed on the way," : "", seconds,
               with_kills ? ", without kills" : "", seconds * 1e6 / options_.tickets);
    fmt::print(
        "  CreateTicket at {:.0f}/s: p50 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms; without a shipment p50 {:.1f} ms, p99 {:.1f} "
        "ms: {:.1f} times (goal 2); {} errors\n",
        options_.creates_per_second, beside.Percentile(0.5), beside.Percentile(0.99), beside.Percentile(1),
        alone.Percentile(0.5), alone.Percentile(0.99), beside.Percentile(0.99) / alone.Percentile(0.99), beside.errors);
    const absl::Time start = absl::Now();
    Rest();
    fmt::print("  lag at the most: {}; all at rest {:.1f} s later\n", LagText(),
               absl::ToDoubleSeconds(absl::Now() - start));
    if (!with_kills) PrintTimes(before, options_.tickets);
    Verify(change);
  }

  void FillChange(const std::string& change) {
    absl::Time start = absl::Now();
    const std::vector<std::string> names = CreateTickets(options_.tickets);
    fmt::print("{}: {} tickets made in {:.1f} s", change, names.size(), absl::ToDoubleSeconds(absl::Now() - start));
    start = absl::Now();
    for (size_t first = 0; first < names.size(); first += kBatchRows) {
      tickets::v1::BatchAcceptTicketsRequest request;
      request.set_request_id(NewRequestId());
      request.set_change(change);
      for (size_t i = first; i < std::min(first + kBatchRows, names.size()); ++i) request.add_names(names[i]);
      Call<tickets::v1::BatchAcceptTicketsResponse>(*tickets_, kBatchAccept, request);
    }
    fmt::print(", accepted in {:.1f} s", absl::ToDoubleSeconds(absl::Now() - start));
    Rest();
    fmt::print(", confirmed and known everywhere {:.1f} s after the first\n",
               absl::ToDoubleSeconds(absl::Now() - start));
  }

  PacedLoad::Begin NewCreate() {
    return [this](int64_t n, PacedLoad::Done done) {
      tickets::v1::CreateTicketRequest request = complaints_[static_cast<size_t>(n) % complaints_.size()];
      request.set_request_id(NewRequestId());
      tickets_->Unary(kCreate, request.SerializeAsString(), {{}, absl::Now() + kPatience},
                      [done = std::move(done)](const rpc::Reply& reply) { done(reply.status); });
    };
  }

  Measured CreatesFor(absl::Duration time) {
    PacedLoad load(options_.creates_per_second, NewCreate());
    absl::SleepFor(time);
    return load.Finish();
  }

  // From the call until every ticket knows.
  absl::Duration Ship(const std::string& change, bool with_kills) {
    lag_.clear();
    backlog::v1::ShipChangeRequest request;
    request.set_name(change);
    request.set_request_id(NewRequestId());
    const absl::Time start = absl::Now();
    rpc::Reply shipped = testing::CallAndWait(*backlog_, kShip, request.SerializeAsString());
    if (!shipped.status.ok()) Fail(fmt::format("{}: {}", kShip, shipped.status.ToString()));
    std::string cursor(rpc::FindMetadata(shipped.trailing, kCursor));
    bool killed = false;
    while (!AllNamed(change, cursor)) {
      if (with_kills && !killed && named_ > options_.tickets / 3) {
        for (ServiceProcess* service : {&suite_.backlog(), &suite_.tickets()}) KillAndStart(*service);
        killed = true;
      }
      TakeLag();
      absl::SleepFor(kPollInterval);
    }
    const absl::Duration named_after = absl::Now() - start;
    WaitForTickets(cursor);
    fmt::print("  the backlog had named all after {:.2f} s\n", absl::ToDoubleSeconds(named_after));
    return absl::Now() - start;
  }

  // Whether the shipment has finished; then `cursor` is behind all that it said.
  bool AllNamed(const std::string& change, std::string& cursor) {
    backlog::v1::GetChangeRequest request;
    request.set_name(change);
    rpc::Reply reply;
    Retry([&] { return reply = CallAt(*backlog_, kGetChange, request, cursor); });
    Change now;
    now.ParseFromString(reply.message);
    named_ = now.shipments(0).answered();
    if (!now.shipments(0).has_finish_time()) return false;
    cursor = std::string(rpc::FindMetadata(reply.trailing, kCursor));
    return true;
  }

  void WaitForTickets(const std::string& cursor) {
    tickets::v1::ListTicketsRequest request;
    request.set_page_size(1);
    Retry([&] { return CallAt(*tickets_, kListTickets, request, cursor); });
  }

  rpc::Reply CallAt(rpc::Channel& channel, const char* method, const google::protobuf::Message& request,
                    const std::string& cursor) {
    return testing::CallAndWait(channel, method, request.SerializeAsString(),
                                {{{kMinCursor, cursor}}, absl::Now() + kPatience});
  }

  // While the server is away.
  void Retry(const std::function<rpc::Reply()>& call) {
    const absl::Time end = absl::Now() + kPatience;
    while (true) {
      const absl::Status status = call().status;
      if (status.ok()) return;
      if (!absl::IsUnavailable(status) || absl::Now() > end) Fail(status.ToString());
      absl::SleepFor(kPollInterval);
    }
  }

  void KillAndStart(ServiceProcess& service) {
    service.Kill();
    service.Start();
    const auto ready = service.WaitUntilReady();
    if (!ready) Fail(service.service() + " did not come back");
    fmt::print("  {} killed with {} tickets named, ready after {:.2f} s\n", service.service(), named_,
               absl::ToDoubleSeconds(*ready));
  }

  void TakeLag() {
    for (ServiceProcess* service : {&suite_.tickets(), &suite_.metrics()}) {
      const auto status = service->Status();
      if (!status.ok()) continue;
      for (const auto& subscription : status->subscriptions()) {
        Lag& lag = lag_[fmt::format("{} behind {}", service->service(), subscription.feed())];
        lag.events = std::max(lag.events, subscription.lag_events());
        lag.seconds = std::max(lag.seconds, subscription.lag_seconds());
      }
    }
  }

  std::string LagText() const {
    std::string text;
    for (const auto& [who, lag] : lag_) {
      text += fmt::format("{}{} {} events, {} s", text.empty() ? "" : "; ", who, lag.events, lag.seconds);
    }
    return text.empty() ? "none seen" : text;
  }

  // Each is answered, once, and all three say so.
  void Verify(const std::string& change) {
    metrics::v1::SummarizeLoopRequest request;
    request.set_change(change);
    const auto summary = Call<metrics::v1::LoopSummary>(*metrics_, kSummarize, request);
    backlog::v1::GetChangeRequest get;
    get.set_name(change);
    const auto now = Call<Change>(*backlog_, kGetChange, get);
    if (summary.answered() != options_.tickets || now.evidence().answered() != options_.tickets ||
        now.shipments(0).answered() != options_.tickets) {
      Fail(fmt::format("not all were answered: {} and {}", summary.ShortDebugString(), now.ShortDebugString()));
    }
    for (ServiceProcess& service : suite_.all()) {
      const auto check = Call<api::v1::CheckIntegrityResponse>(
          *service.NewChannel(), "/dangol.api.v1.AdminService/CheckIntegrity", api::v1::CheckIntegrityRequest());
      if (check.violation_count() > 0) Fail(fmt::format("{}: {}", service.service(), check.ShortDebugString()));
    }
  }

  using ServiceTimes = std::vector<std::map<std::string, double>>;

  ServiceTimes Times() {
    ServiceTimes times;
    for (ServiceProcess& service : suite_.all()) times.push_back(ProcessorTime(service.process().pid()));
    return times;
  }

  void PrintTimes(const ServiceTimes& before, int64_t calls) {
    for (size_t i = 0; i < before.size(); ++i) {
      ServiceProcess& service = suite_.all()[i];
      fmt::print("  processor time of {}: {}\n", service.service(),
                 PerCall(before[i], ProcessorTime(service.process().pid()), calls));
    }
  }

  struct Lag {
    int64_t events = 0;
    int64_t seconds = 0;
  };

  const Options& options_;
  const std::vector<tickets::v1::CreateTicketRequest> complaints_ = MakeComplaints(kBatchRows);
  testing::SuiteProcesses suite_;
  std::unique_ptr<rpc::Channel> tickets_;
  std::unique_ptr<rpc::Channel> backlog_;
  std::unique_ptr<rpc::Channel> metrics_;
  std::mutex mutex_;
  std::map<std::string, Measured> parts_;  // of a trip
  int64_t named_ = 0;                      // tickets that the shipment has answered so far
  std::map<std::string, Lag> lag_;
};

}  // namespace
}  // namespace dangol::bench

int main(int argc, char** argv) {
  CLI::App app("P5, P7 and P8: the report of an engine, and the loop through the three services.");
  dangol::bench::Options options;
  options.programs = std::filesystem::canonical("/proc/self/exe").parent_path().string();
  app.add_option("--programs", options.programs, "Folder of the servers")->capture_default_str();
  app.add_option("--only", options.only, "P5, P7 or P8");
  app.add_option("--accepts-per-second", options.accepts_per_second, "Of P7")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Of P7")->capture_default_str();
  app.add_option("--tickets", options.tickets, "Of P8's change; of P5 at the end")->capture_default_str();
  app.add_option("--creates-per-second", options.creates_per_second, "Beside P8's shipment")->capture_default_str();
  app.add_flag("--postgres", options.postgres,
               "The services on PostgreSQL, too, after those on SQLite, on a private server");
  CLI11_PARSE(app, argc, argv);
  dangol::bench::PrintMachine();
  dangol::bench::LoopBench(options, nullptr).Run();
  if (options.postgres) {
    const dangol::bench::PrivatePostgres server;
    dangol::bench::LoopBench(options, &server).Run();
  }
  return 0;
}
