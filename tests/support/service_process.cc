#include "tests/support/service_process.h"

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
constexpr absl::Duration kReconnectMax = absl::Milliseconds(200);

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

rpc::Reply CallAndWait(rpc::Channel& channel, std::string_view method, std::string request, rpc::CallOptions options) {
  std::promise<rpc::Reply> reply;
  channel.Unary(std::string(method), std::move(request), std::move(options),
                [&reply](rpc::Reply received) { reply.set_value(std::move(received)); });
  return reply.get_future().get();
}

rpc::Reply CallAndWait(rpc::Channel& channel, std::string_view method, std::string request, absl::Duration timeout) {
  return CallAndWait(channel, method, std::move(request), rpc::CallOptions{{}, absl::Now() + timeout});
}

ServiceProcess::ServiceProcess(std::string program, std::string service, int port)
    : program_(std::move(program)),
      service_(std::move(service)),
      address_(fmt::format("127.0.0.1:{}", port)),
      database_path_(folder_.File(service_ + ".db")),
      database_url_("sqlite:" + database_path_) {}

void ServiceProcess::Start() {
  process_ = nullptr;  // its number and its files first
  std::vector<std::string> arguments = {"--database", database_url_, "--listen", address_};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  start_ = SteadyNow();
  process_ = std::make_unique<ChildProcess>(program_, arguments);
}

std::optional<absl::Duration> ServiceProcess::WaitUntilReady() {
  // Before that nobody listens, and who had tried in vain would wait before the next attempt.
  if (!process_->WaitForText("serving " + service_, kStartPatience)) return std::nullopt;
  while (process_->Running() && SteadyNow() - start_ < kStartPatience) {
    if (IsServing() && Status().ok()) return SteadyNow() - start_;
  }
  return std::nullopt;
}

bool ServiceProcess::IsServing() const {
  const std::unique_ptr<rpc::Channel> channel = NewChannel();
  const rpc::Reply reply = CallAndWait(*channel, kHealthCheck, "");
  return reply.status.ok() && reply.message == kServing;
}

std::optional<int> ServiceProcess::Stop(absl::Duration time) {
  process_->Signal(SIGTERM);
  return process_->Wait(time);
}

std::unique_ptr<rpc::Channel> ServiceProcess::NewChannel() const {
  return rpc::NewGrpcChannel(address_, {.reconnect_max = kReconnectMax});
}

absl::StatusOr<api::v1::GetStatusResponse> ServiceProcess::Status() const {
  const std::unique_ptr<rpc::Channel> channel = NewChannel();
  return Ask<api::v1::GetStatusResponse>(*channel, "/dangol.api.v1.AdminService/GetStatus",
                                         api::v1::GetStatusRequest());
}

}  // namespace dangol::testing
