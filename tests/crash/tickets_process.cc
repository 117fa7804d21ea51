#include "tests/crash/tickets_process.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "common/rpc/grpc_channel.h"

namespace dangol::testing {
namespace {

constexpr absl::Duration kStartPatience = absl::Minutes(1);

absl::Duration SteadyNow() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

// Of grpc.health.v1, for which there are no generated classes here: an empty request, and SERVING in field 1.
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr std::string_view kServing = "\x08\x01";

}  // namespace

int64_t NumberFromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  const int64_t number = text == nullptr ? 0 : std::strtoll(text, nullptr, 10);
  return number > 0 ? number : otherwise;
}

rpc::Reply CallAndWait(rpc::Channel& channel, std::string_view method, std::string request, absl::Duration timeout) {
  std::promise<rpc::Reply> reply;
  channel.Unary(std::string(method), std::move(request), {{}, absl::Now() + timeout},
                [&reply](rpc::Reply received) { reply.set_value(std::move(received)); });
  return reply.get_future().get();
}

TicketsProcess::TicketsProcess(std::string program)
    : program_(std::move(program)),
      address_(fmt::format("127.0.0.1:{}", FreePorts())),
      database_path_(folder_.File("tickets.db")) {}

void TicketsProcess::Start() {
  process_ = nullptr;  // its number and its files first
  start_ = SteadyNow();
  process_ = std::make_unique<ChildProcess>(
      program_, std::vector<std::string>{"--database", fmt::format("sqlite:{}", database_path_), "--listen", address_});
}

std::optional<absl::Duration> TicketsProcess::WaitUntilReady() {
  // Before that nobody listens, and who had tried in vain would wait before the next attempt.
  if (!process_->WaitForText("serving tickets", kStartPatience)) return std::nullopt;
  while (process_->Running() && SteadyNow() - start_ < kStartPatience) {
    if (IsServing() && Status().ok()) return SteadyNow() - start_;
  }
  return std::nullopt;
}

bool TicketsProcess::IsServing() const {
  const std::unique_ptr<rpc::Channel> channel = NewChannel();
  const rpc::Reply reply = CallAndWait(*channel, kHealthCheck, "");
  return reply.status.ok() && reply.message == kServing;
}

std::optional<int> TicketsProcess::Stop(absl::Duration time) {
  process_->Signal(SIGTERM);
  return process_->Wait(time);
}

std::unique_ptr<rpc::Channel> TicketsProcess::NewChannel() const { return rpc::NewGrpcChannel(address_); }

absl::StatusOr<api::v1::GetStatusResponse> TicketsProcess::Status() const {
  const std::unique_ptr<rpc::Channel> channel = NewChannel();
  return Ask<api::v1::GetStatusResponse>(*channel, "/dangol.api.v1.AdminService/GetStatus",
                                         api::v1::GetStatusRequest());
}

}  // namespace dangol::testing
