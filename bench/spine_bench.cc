// P1, P2 and P3: what durability, rules and a database cost beside an echo, and an import beside raw SQLite.
//
// The servers are processes of their own: `dangol-tickets`, and this program again as a callback echo on the same gRPC
// adapter.

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <CLI/CLI.hpp>

#include "bench/complaints.h"
#include "bench/load.h"
#include "bench/private_postgres.h"
#include "bench/processor_time.h"
#include "bench/raw_sqlite.h"
#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_server.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/child_process.h"
#include "tests/support/local_service.h"

namespace dangol::bench {
namespace {

using tickets::v1::BatchCreateTicketsRequest;
using tickets::v1::CreateTicketRequest;
using tickets::v1::ListTicketsRequest;
using tickets::v1::Ticket;

// On the echo's port: the message parsed and serialised, as generated code does, and its bytes alone.
constexpr char kEcho[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kRawEcho[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kCreate[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGet[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kBatch[] = "/dangol.tickets.v1.TicketService/BatchCreateTickets";
constexpr char kList[] = "/dangol.tickets.v1.TicketService/ListTickets";
constexpr char kCount[] = "/dangol.tickets.v1.TicketService/CountTickets";
constexpr char kAccept[] = "/dangol.tickets.v1.TicketService/BatchAcceptTickets";
constexpr char kChange[] = "changes/bench";
constexpr int kBatchRows = 1000;
constexpr int kAccepted = 500;
constexpr int kSmall = 10'000;

struct Options {
  bool echo_server = false;
  int rounds = 10;
  double seconds = 5;
  int in_flight = 64;
  int64_t present = 1'000'000;
  std::string tickets_program;
  std::string self;
  std::string folder;
  std::string only;
  bool raw_echo = false;
  bool postgres = false;
  std::string beside;
  bool small = false;
};

std::string Assignee(int n) { return fmt::format("members/m{}", n % 100); }
std::string Stage(int n) { return fmt::format("engines/main/stages/s{}", n % 4); }
std::string Reason(int n) { return fmt::format("credit-reporting/reason-{}", n % 200); }

// What lists are asked for by.
std::vector<CreateTicketRequest> MakeVariedComplaints(int count) {
  std::vector<CreateTicketRequest> requests = MakeComplaints(count);
  for (int i = 0; i < count; ++i) {
    Ticket& ticket = *requests[static_cast<size_t>(i)].mutable_ticket();
    ticket.set_assignee(Assignee(i));
    ticket.set_stage(Stage(i / 100));
    ticket.set_contact_reason(Reason(i));
  }
  return requests;
}

int RunEchoServer() {
  std::vector<rpc::Endpoint> endpoints(2);
  endpoints[0].path = kEcho;
  endpoints[0].unary = [](std::shared_ptr<rpc::ServerUnaryCall> call) {
    CreateTicketRequest message;
    message.ParseFromString(call->request);
    call->Finish({absl::OkStatus(), message.SerializeAsString(), {}});
  };
  endpoints[1].path = kRawEcho;
  endpoints[1].unary = [](std::shared_ptr<rpc::ServerUnaryCall> call) {
    std::string message = std::move(call->request);
    call->Finish({absl::OkStatus(), std::move(message), {}});
  };
  auto server = rpc::GrpcServer::Start(std::move(endpoints));
  if (!server.ok()) return 1;
  fmt::print("port {}\n", (*server)->port());
  std::fflush(stdout);
  pause();
  return 0;
}

// A tickets service, as a process of its own.
class Subject {
 public:
  // `tickets` are to be there before P1 and P2.
  Subject(const std::string& program, std::string title, const std::string& database, int64_t tickets)
      : title_(std::move(title)),
        tickets_(tickets),
        address_(fmt::format("127.0.0.1:{}", testing::FreePorts())),
        process_(program, {"--database", database, "--listen", address_}),
        channel_(rpc::NewGrpcChannel(address_, {.wait_for_ready = true})) {}

  const std::string& title() const { return title_; }
  int64_t tickets() const { return tickets_; }
  rpc::Channel& channel() { return *channel_; }
  std::map<std::string, double> Time() const { return ProcessorTime(process_.pid()); }

  int64_t Commits() {
    std::promise<rpc::Reply> promise;
    channel_->Unary("/dangol.api.v1.AdminService/GetStatus", "", {},
                    [&](rpc::Reply reply) { promise.set_value(std::move(reply)); });
    dangol::api::v1::GetStatusResponse response;
    response.ParseFromString(promise.get_future().get().message);
    return response.commits();
  }

  // Of tickets that are there.
  void Remember(const std::string& message) {
    tickets::v1::BatchCreateTicketsResponse response;
    response.ParseFromString(message);
    std::lock_guard lock(mutex_);
    for (const auto& ticket : response.tickets()) {
      if (names_.empty()) received_ = ticket.receive_time();
      if (names_.size() < kNamesMost) names_.push_back(ticket.name());
    }
  }
  // When the first of them was.
  const google::protobuf::Timestamp& received() const { return received_; }
  const std::string& Name(int64_t n) const { return names_[static_cast<size_t>(n) * 7919 % names_.size()]; }

 private:
  static constexpr size_t kNamesMost = 200'000;

  const std::string title_;
  const int64_t tickets_;
  const std::string address_;
  testing::ChildProcess process_;
  const std::unique_ptr<rpc::Channel> channel_;
  std::mutex mutex_;
  std::vector<std::string> names_;
  google::protobuf::Timestamp received_;
};

// What was measured of one subject, round by round.
struct Series {
  explicit Series(Subject& measured) : subject(measured), before(measured.Time()), commits_before(measured.Commits()) {}

  void Add(const Measured& measured, const Measured& base) {
    if (measured.errors > 0) fmt::print("  {} errors, the first: {}\n", measured.errors, measured.first_error);
    ratios.push_back(measured.Rate() / base.Rate());
    rates.push_back(measured.Rate());
    p99.push_back(measured.Percentile(0.99));
    p999 = std::max(p999, measured.Percentile(0.999));
    longest = std::max(longest, measured.Percentile(1));
    calls += measured.calls;
  }
  void Print(double echo_p99) {
    fmt::print("  {}: ratio {}, {} calls/s\n", subject.title(), Quartiles(ratios, 2), Quartiles(rates, 0));
    fmt::print("    p99 {:.1f} ms ({:.1f} times the echo's); worst p99.9 {:.1f} ms, longest {:.1f} ms\n", Median(p99),
               Median(p99) / echo_p99, p999, longest);
    fmt::print("    processor time of the server: {}\n", PerCall(before, subject.Time(), calls));
    const int64_t commits = subject.Commits() - commits_before;
    if (commits > 0)
      fmt::print("    {} commits, {:.1f} calls each\n", commits,
                 static_cast<double>(calls) / static_cast<double>(commits));
  }

  Subject& subject;
  const std::map<std::string, double> before;
  const int64_t commits_before;
  std::vector<double> ratios;
  std::vector<double> rates;
  std::vector<double> p99;
  double p999 = 0;
  double longest = 0;
  int64_t calls = 0;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        folder_(options.folder.empty() ? scratch_.path() : options.folder),
        echo_process_(options.self, {"--echo-server"}),
        requests_(options.only == "lists" ? MakeVariedComplaints(kBatchRows) : MakeComplaints(kBatchRows)) {
    if (options.postgres) postgres_ = std::make_unique<PrivatePostgres>();
    AddSubject(options.tickets_program, "SQLite", options.present);
    if (options.small) AddSubject(options.tickets_program, fmt::format("SQLite, {} tickets", kSmall), kSmall);
    if (!options.beside.empty()) AddSubject(options.beside, "SQLite, the build beside", options.present);
    if (postgres_ != nullptr) {
      subjects_.push_back(std::make_unique<Subject>(options.tickets_program, "PostgreSQL",
                                                    postgres_->NewDatabase("tickets"), options.present));
    }
    echo_process_.WaitForText("port ", absl::Seconds(10));
    echo_ = rpc::NewGrpcChannel("127.0.0.1:" + echo_process_.output().substr(5, echo_process_.output().find('\n') - 5));
    for (const CreateTicketRequest& request : requests_) serialized_.push_back(request.SerializeAsString());
  }

  void Run() {
    PrintMachine();
    if (Wanted("P3") || options_.present > 0) Import();
    if (Wanted("P1")) Compare("P1 durable CreateTicket", 0.5, [this](Subject&) { return Creates(); });
    if (Wanted("P2")) Compare("P2 GetTicket", 0.85, [this](Subject& subject) { return Gets(subject); });
    if (Wanted("lists")) Lists();
  }

 private:
  bool Wanted(const std::string& name) const { return options_.only.empty() || options_.only == name; }

  void AddSubject(const std::string& program, const std::string& title, int64_t tickets) {
    const std::string database = fmt::format("sqlite:{}/tickets{}.db", folder_, subjects_.size());
    subjects_.push_back(std::make_unique<Subject>(program, title, database, tickets));
  }

  Load Creates() {
    return {kCreate,
            [this](int64_t n) {
              CreateTicketRequest key;  // appended in wire format: what is before it stays as it is
              key.set_request_id(NewRequestId());
              return serialized_[static_cast<size_t>(n) % serialized_.size()] + key.SerializeAsString();
            },
            options_.in_flight, absl::Seconds(options_.seconds)};
  }

  Load Gets(Subject& subject) {
    return {kGet,
            [&subject](int64_t n) {
              tickets::v1::GetTicketRequest request;
              request.set_name(subject.Name(n));
              return request.SerializeAsString();
            },
            options_.in_flight, absl::Seconds(options_.seconds)};
  }

  Load Echo(const Load& like) {
    return {options_.raw_echo ? kRawEcho : kEcho, like.request, like.in_flight, like.time};
  }

  // The milliseconds of first pages of 50 and of the counts, one call at a time.
  void Lists() {
    for (const auto& subject : subjects_) Accept(*subject);
    TimeList(
        "CountTickets", [](Subject&, ListTicketsRequest&) {}, kCount);
    TimeList("the inbox", [](Subject&, ListTicketsRequest& page) { page.set_view(tickets::v1::INBOX); });
    TimeList("the inbox, by due time", [](Subject&, ListTicketsRequest& page) {
      page.set_view(tickets::v1::INBOX);
      page.set_order(tickets::v1::DUE);
    });
    TimeList("of a state", [](Subject&, ListTicketsRequest& page) { page.add_states(Ticket::ACCEPTED); });
    TimeList("of a member", [](Subject&, ListTicketsRequest& page) { page.set_assignee(Assignee(7)); });
    TimeList("of a member, in the inbox", [](Subject&, ListTicketsRequest& page) {
      page.set_assignee(Assignee(7));
      page.set_view(tickets::v1::INBOX);
    });
    TimeList("of a stage", [](Subject&, ListTicketsRequest& page) { page.set_stage(Stage(1)); });
    TimeList("about a contact reason", [](Subject&, ListTicketsRequest& page) { page.set_contact_reason(Reason(7)); });
    TimeList("about a reason and those below",
             [](Subject&, ListTicketsRequest& page) { page.set_contact_reason("credit-reporting"); });
    TimeList("of a change", [](Subject&, ListTicketsRequest& page) { page.set_change(kChange); });
    TimeList("received within a second", [](Subject& subject, ListTicketsRequest& page) {
      *page.mutable_receive_from_time() = subject.received();
      *page.mutable_receive_before_time() = subject.received();
      page.mutable_receive_before_time()->set_seconds(subject.received().seconds() + 1);
    });
    TimeList("of a channel that nobody took, a partial page",
             [](Subject&, ListTicketsRequest& page) { page.set_channel("letter"); });
  }

  // Some of its tickets, into a change.
  void Accept(Subject& subject) {
    tickets::v1::BatchAcceptTicketsRequest request;
    for (int i = 0; i < kAccepted; ++i) request.add_names(subject.Name(i));
    request.set_change(kChange);
    request.set_request_id(NewRequestId());
    std::promise<rpc::Reply> promise;
    subject.channel().Unary(kAccept, request.SerializeAsString(), {},
                            [&](rpc::Reply reply) { promise.set_value(std::move(reply)); });
    const rpc::Reply reply = promise.get_future().get();
    if (!reply.status.ok()) fmt::print("  not accepted: {}\n", reply.status.ToString());
  }

  void TimeList(const std::string& title, const std::function<void(Subject&, ListTicketsRequest&)>& fill,
                const char* method = kList) {
    std::vector<Measured> all(subjects_.size());
    for (int round = 0; round < options_.rounds; ++round) {
      for (size_t i = 0; i < subjects_.size(); ++i) {
        ListTicketsRequest request;
        fill(*subjects_[i], request);
        if (method == kList) request.set_page_size(50);
        const std::string bytes = request.SerializeAsString();
        const Load load{method, [bytes](int64_t) { return bytes; }, 1, absl::Seconds(options_.seconds)};
        all[i].Add(bench::Run(subjects_[i]->channel(), load));
      }
    }
    fmt::print("{}\n", title);
    for (size_t i = 0; i < subjects_.size(); ++i) {
      all[i].Sort();
      if (all[i].errors > 0) fmt::print("  {} errors, the first: {}\n", all[i].errors, all[i].first_error);
      fmt::print("  {}: p50 {:.2f} ms, p99 {:.2f} ms, {} calls\n", subjects_[i]->title(), all[i].Percentile(0.5),
                 all[i].Percentile(0.99), all[i].calls);
    }
  }

  void Compare(const std::string& title, double goal, const std::function<Load(Subject&)>& load) {
    std::vector<Series> all;
    for (const auto& subject : subjects_) all.emplace_back(*subject);
    std::vector<double> echo_rates;
    std::vector<double> echo_p99;
    int64_t echo_calls = 0;
    const auto echo_before = ProcessorTime(echo_process_.pid());
    for (int round = 0; round < options_.rounds; ++round) {
      // The echo answers with what GetTicket answers with, or what CreateTicket is asked with: a message of the same
      // size.
      const Measured base = bench::Run(*echo_, Echo(Creates()));
      echo_rates.push_back(base.Rate());
      echo_p99.push_back(base.Percentile(0.99));
      echo_calls += base.calls;
      for (Series& series : all) series.Add(bench::Run(series.subject.channel(), load(series.subject)), base);
    }
    fmt::print("{} (goal {:.2f}); the echo {} calls/s, p99 {:.1f} ms\n", title, goal, Quartiles(echo_rates, 0),
               Median(echo_p99));
    for (Series& series : all) series.Print(Median(echo_p99));
    fmt::print("  processor time of the echo: {}\n",
               PerCall(echo_before, ProcessorTime(echo_process_.pid()), echo_calls));
  }

  // Fills the databases, and measures that: rounds of batches to each service and of the same batches to raw SQLite.
  void Import() {
    BatchCreateTicketsRequest batch;
    for (int i = 0; i < kBatchRows; ++i) *batch.add_requests() = requests_[static_cast<size_t>(i) % requests_.size()];
    const std::string bytes = batch.SerializeAsString();
    RawSqlite raw(folder_ + "/raw.db");
    std::vector<double> raw_rates;
    std::vector<std::vector<double>> rates(subjects_.size());
    std::vector<std::vector<double>> ratios(subjects_.size());
    std::vector<std::map<std::string, double>> before;
    for (const auto& subject : subjects_) before.push_back(subject->Time());
    for (int round = 0; round < options_.rounds; ++round) {
      const int batches = BatchesARound(options_.present);
      const absl::Time start = absl::Now();
      for (int i = 0; i < batches; ++i) {
        batch.set_request_id(NewRequestId());
        raw.Insert(batch);
      }
      raw_rates.push_back(batches * kBatchRows / absl::ToDoubleSeconds(absl::Now() - start));
      for (size_t i = 0; i < subjects_.size(); ++i) {
        rates[i].push_back(ImportRound(*subjects_[i], bytes, BatchesARound(subjects_[i]->tickets())));
        ratios[i].push_back(rates[i].back() / raw_rates.back());
      }
    }
    fmt::print("P3 import (goal 0.60); raw SQLite {} rows/s; {} rows each\n", Quartiles(raw_rates, 0),
               int64_t{options_.rounds} * BatchesARound(options_.present) * kBatchRows);
    for (size_t i = 0; i < subjects_.size(); ++i) {
      fmt::print("  {}: ratio {}, {} rows/s\n", subjects_[i]->title(), Quartiles(ratios[i], 2), Quartiles(rates[i], 0));
      const int64_t rows = int64_t{options_.rounds} * BatchesARound(subjects_[i]->tickets()) * kBatchRows;
      fmt::print("    processor time of the server: {}\n", PerCall(before[i], subjects_[i]->Time(), rows));
    }
  }

  int BatchesARound(int64_t tickets) const {
    return static_cast<int>(std::max<int64_t>(tickets / kBatchRows / options_.rounds, 1));
  }

  static double ImportRound(Subject& subject, const std::string& bytes, int batches) {
    std::atomic<int> left = batches;
    std::mutex mutex;
    std::condition_variable ended;
    int open = 0;
    const absl::Time start = absl::Now();
    std::function<void()> next = [&] {
      BatchCreateTicketsRequest key;
      key.set_request_id(NewRequestId());
      subject.channel().Unary(kBatch, bytes + key.SerializeAsString(), {}, [&](const rpc::Reply& reply) {
        if (!reply.status.ok()) fmt::print("  import failed: {}\n", reply.status.ToString());
        subject.Remember(reply.message);
        if (left.fetch_sub(1) > 0) return next();
        std::lock_guard lock(mutex);
        if (--open == 0) ended.notify_all();
      });
    };
    std::unique_lock lock(mutex);
    const int at_once = std::min(batches, 4);
    open = at_once;
    left.fetch_sub(open);
    lock.unlock();
    for (int i = 0; i < at_once; ++i) next();
    lock.lock();
    ended.wait(lock, [&] { return open == 0; });
    return batches * kBatchRows / absl::ToDoubleSeconds(absl::Now() - start);
  }

  const Options& options_;
  testing::TemporaryFolder scratch_;
  const std::string folder_;
  testing::ChildProcess echo_process_;
  std::unique_ptr<PrivatePostgres> postgres_;
  std::vector<std::unique_ptr<Subject>> subjects_;
  std::unique_ptr<rpc::Channel> echo_;
  const std::vector<CreateTicketRequest> requests_;
  std::vector<std::string> serialized_;
};

}  // namespace
}  // namespace dangol::bench

int main(int argc, char** argv) {
  CLI::App app("P1, P2 and P3 of the tickets service.");
  dangol::bench::Options options;
  options.self = std::filesystem::canonical("/proc/self/exe");
  options.tickets_program = (std::filesystem::path(options.self).parent_path() / "dangol-tickets").string();
  app.add_flag("--echo-server", options.echo_server, "The other side of the baseline");
  app.add_option("--rounds", options.rounds, "Alternations of subject and baseline")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Of each")->capture_default_str();
  app.add_option("--present", options.present, "Tickets that are there before P1 and P2")->capture_default_str();
  app.add_option("--folder", options.folder, "For the databases; default: a temporary one");
  app.add_option("--only", options.only, "P1, P2, P3 or lists");
  app.add_flag("--raw-echo", options.raw_echo, "Hold P1 and P2 against an echo that does not parse its message");
  app.add_flag("--postgres", options.postgres, "The service on PostgreSQL beside that on SQLite, on a private server");
  app.add_option("--in-flight", options.in_flight, "Calls of P1 and P2 at once")->capture_default_str();
  app.add_option("--beside", options.beside, "Another build of dangol-tickets, measured in the same rounds");
  app.add_flag("--small", options.small, "A service with 10,000 tickets, measured in the same rounds");
  CLI11_PARSE(app, argc, argv);
  if (options.echo_server) return dangol::bench::RunEchoServer();
  dangol::bench::Bench(options).Run();
  return 0;
}
