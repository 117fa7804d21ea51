// P1, P2 and P3: what durability, rules and a database cost beside an echo, and an import beside raw SQLite.
//
// The servers are processes of their own: `dangol-tickets`, and this program again as a callback echo on the same gRPC adapter.

#include <signal.h>

#include <CLI/CLI.hpp>
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
#include "bench/complaints.h"
#include "bench/load.h"
#include "bench/processor_time.h"
#include "bench/raw_sqlite.h"
#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_server.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "fmt/format.h"
#include "tests/support/child_process.h"
#include "tests/support/local_service.h"

namespace dangol::bench {
namespace {

using tickets::v1::BatchCreateTicketsRequest;
using tickets::v1::CreateTicketRequest;

// On the echo's port: the message parsed and serialised, as generated code does, and its bytes alone.
constexpr char kEcho[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kRawEcho[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kCreate[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGet[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kBatch[] = "/dangol.tickets.v1.TicketService/BatchCreateTickets";
constexpr int kBatchRows = 1000;

struct Options {
  bool echo_server = false;
  int rounds = 10;
  double seconds = 5;
  int64_t present = 1'000'000;
  std::string tickets_program;
  std::string self;
  std::string folder;
  std::string only;
  bool raw_echo = false;
};

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

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        folder_(options.folder.empty() ? scratch_.path() : options.folder),
        echo_process_(options.self, {"--echo-server"}),
        port_(testing::FreePorts()),
        tickets_process_(options.tickets_program,
                         {"--database", "sqlite:" + folder_ + "/tickets.db", "--listen", fmt::format("127.0.0.1:{}", port_)}) {
    echo_process_.WaitForText("port ", absl::Seconds(10));
    echo_ = rpc::NewGrpcChannel("127.0.0.1:" + echo_process_.output().substr(5, echo_process_.output().find('\n') - 5));
    tickets_ = rpc::NewGrpcChannel(fmt::format("127.0.0.1:{}", port_), {.wait_for_ready = true});
    for (const CreateTicketRequest& request : requests_) serialized_.push_back(request.SerializeAsString());
  }

  void Run() {
    PrintMachine();
    if (Wanted("P3") || options_.present > 0) Import();
    if (Wanted("P1")) Compare("P1 durable CreateTicket", [this] { return Creates(); }, 0.5);
    if (Wanted("P2")) Compare("P2 GetTicket", [this] { return Gets(); }, 0.85);
  }

 private:
  bool Wanted(const std::string& name) const { return options_.only.empty() || options_.only == name; }

  Load Creates() {
    return {kCreate,
            [this](int64_t n) {
              CreateTicketRequest key;  // appended in wire format: what is before it stays as it is
              key.set_request_id(NewRequestId());
              return serialized_[static_cast<size_t>(n) % serialized_.size()] + key.SerializeAsString();
            },
            64, absl::Seconds(options_.seconds)};
  }

  Load Gets() {
    return {kGet,
            [this](int64_t n) {
              tickets::v1::GetTicketRequest request;
              request.set_name(names_[static_cast<size_t>(n) * 7919 % names_.size()]);
              return request.SerializeAsString();
            },
            64, absl::Seconds(options_.seconds)};
  }

  Load Echo(const Load& like) { return {options_.raw_echo ? kRawEcho : kEcho, like.request, like.in_flight, like.time}; }

  void Compare(const std::string& title, const std::function<Load()>& load, double goal) {
    std::vector<double> ratios;
    std::vector<double> rates;
    std::vector<double> echo_rates;
    std::vector<double> p99;
    std::vector<double> echo_p99;
    double p999 = 0;
    double longest = 0;
    int64_t calls = 0;
    int64_t echo_calls = 0;
    const auto before = ProcessorTime(tickets_process_.pid());
    const auto echo_before = ProcessorTime(echo_process_.pid());
    const int64_t commits_before = Commits();
    for (int round = 0; round < options_.rounds; ++round) {
      const Load subject = load();
      // The echo answers with what GetTicket answers with, or what CreateTicket is asked with: a message of the same size.
      Load echo = Creates();
      const Measured base = bench::Run(*echo_, Echo(echo));
      const Measured measured = bench::Run(*tickets_, subject);
      if (measured.errors > 0) fmt::print("  {} errors, the first: {}\n", measured.errors, measured.first_error);
      ratios.push_back(measured.Rate() / base.Rate());
      rates.push_back(measured.Rate());
      echo_rates.push_back(base.Rate());
      p99.push_back(measured.Percentile(0.99));
      echo_p99.push_back(base.Percentile(0.99));
      p999 = std::max(p999, measured.Percentile(0.999));
      longest = std::max(longest, measured.Percentile(1));
      calls += measured.calls;
      echo_calls += base.calls;
    }
    const auto after = ProcessorTime(tickets_process_.pid());
    fmt::print("{}: ratio {} (goal {:.2f})\n", title, Quartiles(ratios, 2), goal);
    fmt::print("  {} calls/s, echo {} calls/s\n", Quartiles(rates, 0), Quartiles(echo_rates, 0));
    fmt::print("  p99 {:.1f} ms, echo {:.1f} ms ({:.1f} times); worst p99.9 {:.1f} ms, longest {:.1f} ms\n", Median(p99), Median(echo_p99),
               Median(p99) / Median(echo_p99), p999, longest);
    fmt::print("  processor time of the server: {}\n", PerCall(before, after, calls));
    fmt::print("  processor time of the echo: {}\n", PerCall(echo_before, ProcessorTime(echo_process_.pid()), echo_calls));
    const int64_t commits = Commits() - commits_before;
    if (commits > 0) fmt::print("  {} commits, {:.1f} calls each\n", commits, static_cast<double>(calls) / static_cast<double>(commits));
  }

  int64_t Commits() {
    std::promise<rpc::Reply> promise;
    tickets_->Unary("/dangol.api.v1.AdminService/GetStatus", "", {}, [&](rpc::Reply reply) { promise.set_value(std::move(reply)); });
    dangol::api::v1::GetStatusResponse response;
    response.ParseFromString(promise.get_future().get().message);
    return response.commits();
  }

  // Fills the database, and measures that: rounds of batches to the service and of the same batches to raw SQLite.
  void Import() {
    const int batches_a_round = static_cast<int>(std::max<int64_t>(options_.present / kBatchRows / options_.rounds, 1));
    BatchCreateTicketsRequest batch;
    for (int i = 0; i < kBatchRows; ++i) *batch.add_requests() = requests_[static_cast<size_t>(i) % requests_.size()];
    const std::string bytes = batch.SerializeAsString();
    RawSqlite raw(folder_ + "/raw.db");
    std::vector<double> ratios;
    std::vector<double> rates;
    std::vector<double> raw_rates;
    std::map<std::string, double> before = ProcessorTime(tickets_process_.pid());
    for (int round = 0; round < options_.rounds; ++round) {
      const absl::Time start = absl::Now();
      for (int i = 0; i < batches_a_round; ++i) {
        batch.set_request_id(NewRequestId());
        raw.Insert(batch);
      }
      const double raw_rate = batches_a_round * kBatchRows / absl::ToDoubleSeconds(absl::Now() - start);
      const double rate = ImportRound(bytes, batches_a_round);
      raw_rates.push_back(raw_rate);
      rates.push_back(rate);
      ratios.push_back(rate / raw_rate);
    }
    const auto after = ProcessorTime(tickets_process_.pid());
    fmt::print("P3 import: ratio {} (goal 0.60)\n", Quartiles(ratios, 2));
    fmt::print("  {} rows/s, raw SQLite {} rows/s; {} rows each\n", Quartiles(rates, 0), Quartiles(raw_rates, 0),
               options_.rounds * batches_a_round * kBatchRows);
    fmt::print("  server's processor time a row: {}\n", PerCall(before, after, int64_t{options_.rounds} * batches_a_round * kBatchRows));
  }

  double ImportRound(const std::string& bytes, int batches) {
    std::atomic<int> left = batches;
    std::mutex mutex;
    std::condition_variable ended;
    int open = 0;
    const absl::Time start = absl::Now();
    std::function<void()> next = [&] {
      BatchCreateTicketsRequest key;
      key.set_request_id(NewRequestId());
      tickets_->Unary(kBatch, bytes + key.SerializeAsString(), {}, [&](const rpc::Reply& reply) {
        if (!reply.status.ok()) fmt::print("  import failed: {}\n", reply.status.ToString());
        if (names_.size() < 200'000) Remember(reply.message);
        if (left.fetch_sub(1) > 0) return next();
        std::lock_guard lock(mutex);
        if (--open == 0) ended.notify_all();
      });
    };
    std::unique_lock lock(mutex);
    open = 4;
    left.fetch_sub(open);
    lock.unlock();
    for (int i = 0; i < 4; ++i) next();
    lock.lock();
    ended.wait(lock, [&] { return open == 0; });
    return batches * kBatchRows / absl::ToDoubleSeconds(absl::Now() - start);
  }

  void Remember(const std::string& message) {
    tickets::v1::BatchCreateTicketsResponse response;
    response.ParseFromString(message);
    std::lock_guard lock(mutex_);
    for (const auto& ticket : response.tickets()) names_.push_back(ticket.name());
  }

  const Options& options_;
  testing::TemporaryFolder scratch_;
  const std::string folder_;
  testing::ChildProcess echo_process_;
  const int port_;
  testing::ChildProcess tickets_process_;
  std::unique_ptr<rpc::Channel> echo_;
  std::unique_ptr<rpc::Channel> tickets_;
  std::mutex mutex_;
  const std::vector<CreateTicketRequest> requests_ = MakeComplaints(1000);
  std::vector<std::string> serialized_;
  std::vector<std::string> names_;
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
  app.add_option("--only", options.only, "P1, P2 or P3");
  app.add_flag("--raw-echo", options.raw_echo, "Hold P1 and P2 against an echo that does not parse its message");
  CLI11_PARSE(app, argc, argv);
  if (options.echo_server) return dangol::bench::RunEchoServer();
  dangol::bench::Bench(options).Run();
  return 0;
}
