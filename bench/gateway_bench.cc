// What the gateway costs: calls in JSON over HTTP beside the same calls over gRPC at the service itself, and beside
// nginx as a plain proxy for gRPC where it is installed; and what a thousand watches need.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <CLI/CLI.hpp>

#include "bench/complaints.h"
#include "bench/http_load.h"
#include "bench/load.h"
#include "bench/processor_time.h"
#include "common/base/json.h"
#include "common/rpc/grpc_channel.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/service_process.h"

namespace dangol::bench {
namespace {

using tickets::v1::CreateTicketRequest;
using tickets::v1::GetTicketRequest;

constexpr char kCreate[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGet[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kWatch[] = "/dangol.gateway.v1.LiveService/Watch";
constexpr int kComplaints = 1000;

struct Options {
  std::string programs;
  std::string nginx = "/usr/sbin/nginx";
  int rounds = 6;
  double seconds = 3;
  int in_flight = 64;
  int watches = 1000;
};

[[noreturn]] void Fail(const std::string& what) {
  fmt::print(stderr, "dangol_gateway_bench: {}\n", what);
  std::exit(1);
}

// A connection of its own to 127.0.0.1; -1: nobody listens there.
int Connect(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return connection;
  close(connection);
  return -1;
}

void WaitForServer(int port, testing::ChildProcess& process) {
  for (int i = 0; i < 300; ++i) {
    if (const int connection = Connect(port); connection >= 0) {
      close(connection);
      return;
    }
    if (!process.Running()) break;
    absl::SleepFor(absl::Milliseconds(100));
  }
  Fail("a server did not come up: " + process.errors());
}

// Resident memory in MB.
double Memory(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

// A watch of all feeds, in JSON over Connect.
class Watcher {
 public:
  explicit Watcher(int port) : connection_(Connect(port)) {
    if (connection_ < 0) Fail("a watch finds no gateway");
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    setsockopt(connection_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    const std::string message("\0\0\0\0\2{}", 7);
    const std::string request = fmt::format(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/connect+json\r\ncontent-length: {}\r\n\r\n{}",
        kWatch, port, message.size(), message);
    if (send(connection_, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size()))
      Fail("a watch was not sent");
    ReadUntil("200 OK");
  }
  ~Watcher() { close(connection_); }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void ReadUntil(std::string_view text) {
    while (read_.find(text) == std::string::npos) {
      char bytes[4096];
      const ssize_t size = recv(connection_, bytes, sizeof(bytes), 0);
      if (size <= 0) Fail(fmt::format("a watch ended before '{}': {}", text, read_));
      read_.append(bytes, static_cast<size_t>(size));
    }
  }

 private:
  int connection_;
  std::string read_;
};

// One way to the service.
struct Way {
  std::string title;
  std::function<Measured(bool creates, int in_flight)> run;
  std::vector<double> rates[2] = {};   // of CreateTicket and of GetTicket
  std::vector<double> ratios[2] = {};  // to the first way, in the same round
  std::vector<double> alone[2] = {};   // p50 in ms of one call at a time
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        tickets_(options.programs + "/dangol-tickets", "tickets"),
        requests_(MakeComplaints(kComplaints)) {
    tickets_.Start();
    if (!tickets_.WaitUntilReady()) Fail("dangol-tickets does not start");
    gateway_port_ = testing::FreePorts();
    gateway_ = std::make_unique<testing::ChildProcess>(
        options.programs + "/dangol-gateway",
        std::vector<std::string>{"--listen", fmt::format("127.0.0.1:{}", gateway_port_), "--data", folder_.path(),
                                 "--rate-limit", "0", "--peer", "tickets=" + tickets_.address()});
    WaitForServer(gateway_port_, *gateway_);
    direct_ = tickets_.NewChannel();
    ways_.push_back({"gRPC, the service itself",
                     [this](bool creates, int in_flight) { return bench::Run(*direct_, Grpc(creates, in_flight)); }});
    ways_.push_back(
        {"JSON, the gateway", [this](bool creates, int in_flight) { return bench::Run(Json(creates, in_flight)); }});
    StartNginx();
  }

  void Run() {
    PrintMachine();
    FirstTickets();
    const auto before = ProcessorTime(gateway_->pid());
    int64_t calls = 0;
    for (int round = 0; round < options_.rounds; ++round) {
      for (const bool creates : {true, false}) {
        for (Way& way : ways_) {
          const Measured measured = way.run(creates, options_.in_flight);
          if (measured.errors > 0) Fail(fmt::format("{}: {}", way.title, measured.first_error));
          way.rates[creates].push_back(measured.Rate());
          way.ratios[creates].push_back(measured.Rate() / ways_[0].rates[creates].back());
          const Measured alone = way.run(creates, 1);
          way.alone[creates].push_back(alone.Percentile(0.5));
          if (&way == &ways_[1]) calls += measured.calls + alone.calls;
        }
      }
    }
    for (const bool creates : {true, false}) {
      fmt::print("{}, {} in flight (goal of the gateway {})\n", creates ? "CreateTicket" : "GetTicket",
                 options_.in_flight, creates ? "0.50" : "0.25");
      for (const Way& way : ways_) {
        fmt::print("  {}: ratio {}, {} calls/s; one at a time p50 {:.2f} ms, {:+.2f} ms (goal 1)\n", way.title,
                   Quartiles(way.ratios[creates], 2), Quartiles(way.rates[creates], 0), Median(way.alone[creates]),
                   Median(way.alone[creates]) - Median(ways_[0].alone[creates]));
      }
    }
    fmt::print("  processor time of the gateway: {}\n", PerCall(before, ProcessorTime(gateway_->pid()), calls));
    Watch();
  }

 private:
  std::string Body(bool creates, int64_t n) {
    if (!creates) {
      GetTicketRequest request;
      request.set_name(names_[static_cast<size_t>(n) * 7919 % names_.size()]);
      return request.SerializeAsString();
    }
    CreateTicketRequest request = requests_[static_cast<size_t>(n) % requests_.size()];
    request.set_request_id(NewRequestId());
    return request.SerializeAsString();
  }
  Load Grpc(bool creates, int in_flight) {
    return {creates ? kCreate : kGet, [this, creates](int64_t n) { return Body(creates, n); }, in_flight,
            absl::Seconds(options_.seconds)};
  }
  HttpLoad Json(bool creates, int in_flight) {
    return {.port = gateway_port_,
            .path = creates ? kCreate : kGet,
            .content_type = "application/json",
            .body = [this, creates](int64_t n) { return JsonBody(creates, n); },
            .in_flight = in_flight,
            .time = absl::Seconds(options_.seconds)};
  }
  // What costs the client nothing: the JSON was made before.
  std::string JsonBody(bool creates, int64_t n) {
    if (!creates) return fmt::format(R"({{"name":"{}"}})", names_[static_cast<size_t>(n) * 7919 % names_.size()]);
    const std::string& json = json_[static_cast<size_t>(n) % json_.size()];
    return fmt::format(R"({{"requestId":"{}",{})", NewRequestId(), json.substr(1));
  }

  void FirstTickets() {
    tickets::v1::BatchCreateTicketsRequest batch;
    batch.set_request_id(NewRequestId());
    for (const CreateTicketRequest& request : requests_) {
      *batch.add_requests() = request;
      json_.push_back(ToJson(request, JsonStyle::kCompact));
    }
    const auto created = testing::Ask<tickets::v1::BatchCreateTicketsResponse>(
        *direct_, "/dangol.tickets.v1.TicketService/BatchCreateTickets", batch);
    if (!created.ok()) Fail(created.status().ToString());
    for (const auto& ticket : created->tickets()) names_.push_back(ticket.name());
  }

  void StartNginx() {
    if (!std::filesystem::exists(options_.nginx)) return fmt::print("nginx is not installed: nothing stands beside\n");
    const int port = testing::FreePorts();
    std::ofstream(folder_.File("nginx.conf")) << fmt::format(
        "daemon off;\nworker_processes 1;\npid {0}/nginx.pid;\nerror_log stderr;\nevents {{ worker_connections 1024; }}\n"
        "http {{\n  access_log off;\n  client_body_temp_path {0}/body;\n  proxy_temp_path {0}/proxy;\n"
        "  fastcgi_temp_path {0}/fastcgi;\n  uwsgi_temp_path {0}/uwsgi;\n  scgi_temp_path {0}/scgi;\n"
        "  upstream tickets {{ server {1}; keepalive 64; keepalive_requests 1000000000; }}\n"
        "  server {{\n    listen 127.0.0.1:{2} http2;\n    keepalive_requests 1000000000;\n"
        "    location / {{ grpc_pass grpc://tickets; }}\n  }}\n}}\n",
        folder_.path(), tickets_.address(), port);
    nginx_ = std::make_unique<testing::ChildProcess>(
        options_.nginx,
        std::vector<std::string>{"-p", folder_.path(), "-e", "stderr", "-c", folder_.File("nginx.conf")});
    WaitForServer(port, *nginx_);
    through_nginx_ = rpc::NewGrpcChannel(fmt::format("127.0.0.1:{}", port));
    ways_.push_back({"gRPC, through nginx", [this](bool creates, int in_flight) {
                       return bench::Run(*through_nginx_, Grpc(creates, in_flight));
                     }});
  }

  void Watch() {
    const double before = Memory(gateway_->pid());
    std::vector<std::unique_ptr<Watcher>> watchers;
    for (int i = 0; i < options_.watches; ++i) watchers.push_back(std::make_unique<Watcher>(gateway_port_));
    const double open = Memory(gateway_->pid());
    const absl::Time start = absl::Now();
    CreateTicketRequest request = requests_[0];
    request.set_ticket_id("watched");
    if (const auto created = testing::Ask<tickets::v1::Ticket>(*direct_, kCreate, request); !created.ok())
      Fail(created.status().ToString());
    for (const auto& watcher : watchers) watcher->ReadUntil("tickets/watched");
    fmt::print(
        "{} watches: all have an event {:.0f} ms after the call; memory of the gateway {:.0f} MB, {:.0f} MB with them, {:.0f} MB with the event (goal 150)\n",
        options_.watches, absl::ToDoubleMilliseconds(absl::Now() - start), before, open, Memory(gateway_->pid()));
  }

  const Options& options_;
  testing::TemporaryFolder folder_;
  testing::ServiceProcess tickets_;
  int gateway_port_ = 0;
  std::unique_ptr<testing::ChildProcess> gateway_;
  std::unique_ptr<testing::ChildProcess> nginx_;
  std::unique_ptr<rpc::Channel> direct_;
  std::unique_ptr<rpc::Channel> through_nginx_;
  std::vector<Way> ways_;
  const std::vector<CreateTicketRequest> requests_;
  std::vector<std::string> json_;
  std::vector<std::string> names_;
};

}  // namespace
}  // namespace dangol::bench

int main(int argc, char** argv) {
  CLI::App app("What the gateway costs, beside the service itself.");
  dangol::bench::Options options;
  options.programs = std::filesystem::canonical("/proc/self/exe").parent_path().string();
  app.add_option("--programs", options.programs, "Folder of dangol-tickets and dangol-gateway")->capture_default_str();
  app.add_option("--nginx", options.nginx, "nginx, where it is installed")->capture_default_str();
  app.add_option("--rounds", options.rounds, "Alternations of the ways")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Of each")->capture_default_str();
  app.add_option("--in-flight", options.in_flight, "Calls at once")->capture_default_str();
  app.add_option("--watches", options.watches, "Watches at once")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  dangol::bench::Bench(options).Run();
  return 0;
}
