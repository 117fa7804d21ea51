#include "cli/command/client.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/credential.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/runtime.h"
#include "common/identity/keys_authorizer.h"
#include "common/rpc/methods.h"

namespace dangol::cli {
namespace {

constexpr auto kStopInterval = std::chrono::milliseconds(100);

struct StreamStep {
  std::optional<std::string> message;
  absl::Status end;
};

// None where it should stop.
std::optional<StreamStep> Next(rpc::ClientStream& stream, const std::function<bool()>& stop) {
  // The callback owns the promise: it may still be in it when the future has been read.
  std::promise<StreamStep> promise;
  std::future<StreamStep> step = promise.get_future();
  stream.Read([promise = std::move(promise)](std::optional<std::string> message, absl::Status end) mutable {
    promise.set_value({std::move(message), std::move(end)});
  });
  while (stop && step.wait_for(kStopInterval) != std::future_status::ready) {
    if (stop()) return std::nullopt;
  }
  return step.get();
}

// What to do about a call that has no answer.
std::string_view Outcome(const std::string& method) {
  const google::protobuf::MethodDescriptor* found = rpc::FindMethod(method);
  const bool reads =
      found != nullptr && found->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
  return reads ? "Try again." : "Whether it was done is unknown: send it again with the same request_id.";
}

rpc::CallOptions Options(absl::Duration timeout, rpc::Metadata metadata) {
  if (Authorization().ok() && !Authorization()->empty())
    metadata.emplace_back(rpc::kAuthorizationKey, *Authorization());
  return {std::move(metadata), absl::Now() + timeout};
}

// With what an operator can do about it.
absl::Status Explained(const std::string& address, const absl::Status& status, const std::string& method) {
  // What has a reason is the service's own word.
  if (status.ok() || !ErrorReason(status).empty()) return status;
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      if (message.starts_with("connections to all backends failing") ||
          message.find("DNS resolution failed") != std::string::npos) {
        Log()->debug("{}: {}", address, message);
        const bool closed =
            message.find("Socket closed") != std::string::npos || message.find("handshake failed") != std::string::npos;
        const std::string_view remedy =
            closed ? "What is there closes the connection: where the services have TLS, call with the folder of their "
                     "certificates (--tls), and without it where they have none."
                   : "Start it with `dangol up`, or say where it is with --port-base or --address.";
        return Error(status.code(), "UNREACHABLE",
                     fmt::format("No service of Dangol answers at {}. {}", address, remedy));
      }
      return Error(status.code(), "CONNECTION_LOST",
                   fmt::format("The connection to {} is gone ({}). {}", address, message, Outcome(method)));
    case absl::StatusCode::kCancelled:
      // Nobody here has cancelled it: so a server ends what came while it stops.
      return Error(absl::StatusCode::kUnavailable, "SERVER_STOPS",
                   fmt::format("The server at {} stops. {}", address, Outcome(method)));
    case absl::StatusCode::kDeadlineExceeded:
      return Error(status.code(), "NO_ANSWER_IN_TIME",
                   fmt::format("{} has not answered in time; --timeout allows more. {}", address, Outcome(method)));
    default:
      return status;
  }
}

// Whether the call may have been done.
bool OutcomeUnknown(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return reason == "OUTCOME_UNKNOWN" || reason == "CONNECTION_LOST" || reason == "SERVER_STOPS";
}

bool HasRequestId(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  return field != nullptr && request.GetReflection()->HasField(request, field);
}

}  // namespace

void AddTimeoutFlag(CLI::App& app, absl::Duration& timeout) {
  const auto set = [&timeout](const std::string& text) { absl::ParseDuration(text, &timeout); };
  app.add_option_function<std::string>("--timeout", set, "How long to wait, such as 500ms or 30s")
      ->type_name("TIME")
      ->check([](const std::string& text) {
        absl::Duration parsed;
        if (absl::ParseDuration(text, &parsed) && parsed > absl::ZeroDuration()) return std::string();
        return fmt::format("{} is no time to wait: give one such as 500ms or 30s", ShownValue(text));
      });
}

Client::Client(std::string address, rpc::GrpcChannelOptions options) : address_(std::move(address)) {
  absl::StatusOr<rpc::TlsFiles> tls = Tls();
  unusable_ = Authorization().ok() ? tls.status() : Authorization().status();
  if (!unusable_.ok()) return;
  options.tls = *std::move(tls);
  channel_ = rpc::NewGrpcChannel(address_, std::move(options));
}

std::future<rpc::Reply> Client::Start(const std::string& method, const google::protobuf::Message& request,
                                      absl::Duration timeout, rpc::Metadata metadata) {
  std::promise<rpc::Reply> promise;
  std::future<rpc::Reply> future = promise.get_future();
  if (channel_ == nullptr) {
    rpc::Reply reply;
    reply.status = unusable_;
    promise.set_value(std::move(reply));
    return future;
  }
  channel_->Unary(method, request.SerializeAsString(), Options(timeout, std::move(metadata)),
                  // It may come when this client has gone.
                  [address = address_, method, promise = std::move(promise)](rpc::Reply reply) mutable {
                    reply.status = Explained(address, reply.status, method);
                    promise.set_value(std::move(reply));
                  });
  return future;
}

absl::Status Client::Stream(const std::string& method, const google::protobuf::Message& request, absl::Duration timeout,
                            rpc::Metadata metadata, const std::function<bool(const std::string&)>& each,
                            const std::function<bool()>& stop) {
  if (channel_ == nullptr) return unusable_;
  const std::unique_ptr<rpc::ClientStream> stream =
      channel_->Stream(method, request.SerializeAsString(), Options(timeout, std::move(metadata)));
  while (true) {
    const std::optional<StreamStep> next = Next(*stream, stop);
    if (!next) return absl::OkStatus();
    const StreamStep& step = *next;
    if (!step.message && absl::IsDeadlineExceeded(step.end)) {
      return Error(step.end.code(), "TIMEOUT", "The stream was cut after --timeout. Go on with its last cursor.");
    }
    if (!step.message) return Explained(address_, step.end, method);
    if (!each(*step.message)) return absl::OkStatus();
  }
}

absl::StatusOr<rpc::Reply> CallOnce(Client& client, const std::string& method, const google::protobuf::Message& request,
                                    absl::Duration timeout, rpc::Metadata metadata) {
  // As long as a service takes that is started again, and no longer than somebody waits for a prompt.
  constexpr absl::Duration kPatience = absl::Seconds(5);
  const absl::Time start = absl::Now();
  rpc::Reply reply = client.Start(method, request, timeout, metadata).get();
  bool unknown = HasRequestId(request) && OutcomeUnknown(reply.status);
  for (int attempt = 0; unknown && absl::Now() - start < std::min(timeout, kPatience); ++attempt) {
    absl::SleepFor(Backoff(RealRuntime(), attempt, absl::Milliseconds(50), absl::Seconds(1)));
    rpc::Reply next = client.Start(method, request, timeout, metadata).get();
    // An answer at last; else the first failure stays what is said: that nobody is there says nothing of what was done.
    if (next.status.ok() || !absl::IsUnavailable(next.status)) reply = std::move(next);
    unknown = absl::IsUnavailable(reply.status);
  }
  if (!reply.status.ok()) return reply.status;
  return reply;
}

}  // namespace dangol::cli
