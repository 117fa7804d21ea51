// The only file that uses gRPC's internals: the handler classes that generated code stands on, with ByteBuffer for
// messages.
#include "common/rpc/grpc_server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/cord.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "grpc/health/v1/health.pb.h"
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_tls.h"

namespace dangol::rpc {
namespace {

using grpc::ByteBuffer;

// A request just above a method's limit should meet that limit's own error, not the transport's.
constexpr int kMessageBytesSlack = 64 << 10;
// gRPC takes 8 KiB unless told otherwise: as much as a token of the suite may have, and there is more beside it.
constexpr int kMetadataBytesMax = 16 << 10;
// Most clients take 8 KiB of trailers, and of a longer error they see a bare RESOURCE_EXHAUSTED. The text may grow
// threefold on its way, and is in the details too.
constexpr size_t kStatusTextBytesMax = 1 << 10;
constexpr size_t kStatusDetailsBytesMax = 4 << 10;

absl::Status Shortened(const absl::Status& status) {
  std::string text(status.message());
  if (text.size() > kStatusTextBytesMax) {
    size_t end = kStatusTextBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    text += "…";
  }
  // The small ones first: they are the reason and the delay, by which programs decide.
  std::vector<std::pair<std::string, std::string>> details;
  status.ForEachPayload([&details](absl::string_view type, const absl::Cord& detail) {
    details.emplace_back(std::string(type), std::string(detail));
  });
  std::sort(details.begin(), details.end(),
            [](const auto& left, const auto& right) { return left.second.size() < right.second.size(); });
  size_t room = kStatusDetailsBytesMax - std::min(kStatusDetailsBytesMax, text.size());
  absl::Status shortened(status.code(), text);
  for (const auto& [type, detail] : details) {
    if (type.size() + detail.size() > room) break;
    room -= type.size() + detail.size();
    shortened.SetPayload(type, absl::Cord(detail));
  }
  return shortened;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  std::string details = SerializeErrorDetails(status);
  if (status.message().size() <= kStatusTextBytesMax && details.size() <= kStatusDetailsBytesMax) {
    return {code, std::string(status.message()), std::move(details)};
  }
  const absl::Status shortened = Shortened(status);
  return {code, std::string(shortened.message()), SerializeErrorDetails(shortened)};
}

grpc::Status Cancelled() { return {grpc::StatusCode::CANCELLED, ""}; }  // for gRPC's books; nobody is there to read it

void AddTrailing(const Metadata& trailing, grpc::CallbackServerContext& context) {
  for (const auto& [key, value] : trailing) {
    if (grpc_internal::IsLegalMetadata(key, value)) {
      context.AddTrailingMetadata(key, value);
    } else {
      Log()->error("trailing metadata {} left out: HTTP/2 cannot carry it", ShownValue(key));
    }
  }
}

void FillCall(const std::string& path, const grpc::CallbackServerContext& context, const ByteBuffer& request,
              ServerCall& call) {
  call.method = path;
  call.metadata.reserve(context.client_metadata().size());
  for (const auto& [key, value] : context.client_metadata()) {
    call.metadata.emplace_back(std::string_view(key.data(), key.size()), std::string_view(value.data(), value.size()));
  }
  const auto deadline = context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) call.deadline = absl::FromChrono(deadline);
  call.request = grpc_internal::ToString(request);
  // The bytes are ours now; gRPC would keep its own until the call has ended. The handlers hand out their own, mutable
  // buffer.
  const_cast<ByteBuffer&>(request).Clear();
}

// Who has ended a call: the service by Finish, or the client by going. gRPC must be told exactly once, and its objects
// may be gone from the moment it is told.
class CallEnd {
 public:
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  void OnCancel(Task task) {
    {
      std::lock_guard lock(mutex_);
      if (!cancelled()) {
        // Never kept by a call that is finished: the task may hold the call.
        if (!finished_) on_cancel_ = std::move(task);
        return;
      }
    }
    std::move(task)();
  }

  // True: gRPC may be told, and must be.
  bool Finish() {
    Task dropped;
    std::lock_guard lock(mutex_);
    if (finished_) return false;
    finished_ = true;
    dropped = std::exchange(on_cancel_, nullptr);
    return true;
  }

  // What to run, empty where there is nothing.
  Task Cancel() {
    std::lock_guard lock(mutex_);
    cancelled_.store(true, std::memory_order_release);
    return std::exchange(on_cancel_, nullptr);
  }

  bool FinishCancelled() {
    std::lock_guard lock(mutex_);
    // A write under way ends by itself now, and then this is asked again.
    if (!cancelled() || finished_ || writing_) return false;
    finished_ = true;
    return true;
  }

  bool BeginWrite() {
    std::lock_guard lock(mutex_);
    if (finished_ || cancelled()) return false;
    writing_ = true;
    return true;
  }

  void EndWrite() {
    std::lock_guard lock(mutex_);
    writing_ = false;
  }

  // Calls `use` while gRPC's objects exist for certain. `use` must not come back here.
  template <typename Use>
  void IfOpen(Use use) {
    std::lock_guard lock(mutex_);
    if (!finished_) use();
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> cancelled_ = false;
  bool finished_ = false;
  bool writing_ = false;
  Task on_cancel_;
};

// An endpoint is handed over by the server's start to each call, and by each call to the server's end. That is another
// object, or it would seem that a call comes before the next one, and races between them would go unseen.
const void* EndOf(const Endpoint& endpoint) { return &endpoint.streaming; }

// The reactors are members, not bases: gRPC's Finish and OnCancel are other functions than ours. They react inline,
// because what they do never blocks: a hop to another thread for each call's end costs more than the end itself.
class UnaryCall : public ServerUnaryCall {
 public:
  static grpc::ServerUnaryReactor* Start(const Endpoint& endpoint, grpc::CallbackServerContext* context,
                                         const ByteBuffer* request, ByteBuffer* response) {
    grpc_internal::TakeOver(&endpoint);
    auto call = std::make_shared<UnaryCall>(endpoint, context, response);
    FillCall(endpoint.path, *context, *request, *call);
    call->self_ = call;
    grpc::ServerUnaryReactor* const reactor = &call->reactor_;
    endpoint.unary(std::move(call));
    grpc_internal::HandOver(EndOf(endpoint));
    return reactor;
  }

  UnaryCall(const Endpoint& endpoint, grpc::CallbackServerContext* context, ByteBuffer* response)
      : endpoint_(endpoint), context_(context), response_(response), reactor_(this) {}

  bool cancelled() const override { return end_.cancelled(); }
  void OnCancel(Task task) override { end_.OnCancel(std::move(task)); }

  void Finish(Reply reply) override {
    if (!end_.Finish()) return;
    if (reply.status.ok()) grpc_internal::FromString(std::move(reply.message), response_);
    AddTrailing(reply.trailing, *context_);
    grpc_internal::HandOver(this);
    reactor_.Finish(ToGrpcStatus(reply.status));
  }

 private:
  class Reactor : public grpc::ServerUnaryReactor {
   public:
    explicit Reactor(UnaryCall* call) : call_(call) {}
    void OnCancel() override { call_->Cancelled(); }
    void OnDone() override {
      grpc_internal::TakeOver(call_);
      grpc_internal::HandOver(EndOf(call_->endpoint_));
      const auto last = std::move(call_->self_);
    }
    bool InternalInlineable() override { return true; }

   private:
    UnaryCall* const call_;
  };

  void Cancelled() {
    Task task = end_.Cancel();
    if (end_.FinishCancelled()) reactor_.Finish(rpc::Cancelled());
    if (task != nullptr) std::move(task)();
  }

  CallEnd end_;
  const Endpoint& endpoint_;                    // until OnDone
  grpc::CallbackServerContext* const context_;  // until gRPC is told of the end
  ByteBuffer* const response_;                  // so too
  std::shared_ptr<UnaryCall> self_;             // until OnDone
  Reactor reactor_;
};

class StreamCall : public ServerStreamCall {
 public:
  static grpc::ServerWriteReactor<ByteBuffer>* Start(const Endpoint& endpoint, grpc::CallbackServerContext* context,
                                                     const ByteBuffer* request) {
    grpc_internal::TakeOver(&endpoint);
    auto call = std::make_shared<StreamCall>(endpoint, context);
    FillCall(endpoint.path, *context, *request, *call);
    call->self_ = call;
    grpc::ServerWriteReactor<ByteBuffer>* const reactor = &call->reactor_;
    endpoint.stream(std::move(call));
    grpc_internal::HandOver(EndOf(endpoint));
    return reactor;
  }

  StreamCall(const Endpoint& endpoint, grpc::CallbackServerContext* context)
      : endpoint_(endpoint), context_(context), reactor_(this) {}

  bool cancelled() const override { return end_.cancelled(); }
  void OnCancel(Task task) override { end_.OnCancel(std::move(task)); }

  void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) override {
    if (!end_.BeginWrite()) return std::move(done)(false);
    write_done_ = std::move(done);
    grpc_internal::FromString(std::move(message), &message_);
    grpc_internal::HandOver(this);
    reactor_.StartWrite(&message_);
  }

  void Finish(absl::Status status, Metadata trailing) override {
    if (!end_.Finish()) return;
    AddTrailing(trailing, *context_);
    grpc_internal::HandOver(this);
    reactor_.Finish(ToGrpcStatus(status));
  }

  void Abort() override {
    grpc_call* call = nullptr;
    end_.IfOpen([&] {
      call = context_->c_call();
      grpc_call_ref(call);
    });
    if (call == nullptr) return;
    // Not the context's TryCancel: its CANCELLED would tell the client that it has itself to blame. Trailers, unlike
    // messages, reach a client that does not read.
    grpc_call_cancel_with_status(call, GRPC_STATUS_UNAVAILABLE,
                                 "The server cut the stream. Go on with the last cursor.", nullptr);
    grpc_call_unref(call);
  }

 private:
  class Reactor : public grpc::ServerWriteReactor<ByteBuffer> {
   public:
    explicit Reactor(StreamCall* call) : call_(call) {}
    void OnWriteDone(bool ok) override { call_->Written(ok); }
    void OnCancel() override { call_->Cancelled(); }
    void OnDone() override {
      grpc_internal::TakeOver(call_);
      grpc_internal::HandOver(EndOf(call_->endpoint_));
      const auto last = std::move(call_->self_);
    }
    bool InternalInlineable() override { return true; }

   private:
    StreamCall* const call_;
  };

  void Written(bool ok) {
    grpc_internal::TakeOver(this);
    message_.Clear();
    auto done = std::exchange(write_done_, nullptr);
    end_.EndWrite();
    if (end_.FinishCancelled()) reactor_.Finish(rpc::Cancelled());
    std::move(done)(ok);
  }

  void Cancelled() {
    Task task = end_.Cancel();
    if (end_.FinishCancelled()) reactor_.Finish(rpc::Cancelled());
    if (task != nullptr) std::move(task)();
  }

  CallEnd end_;
  const Endpoint& endpoint_;                    // until OnDone
  grpc::CallbackServerContext* const context_;  // until gRPC is told of the end
  std::shared_ptr<StreamCall> self_;            // until OnDone
  ByteBuffer message_;                          // that is being written
  absl::AnyInvocable<void(bool) &&> write_done_;
  Reactor reactor_;
};

// Of `/package.Service/Method`.
std::string ServiceOf(const std::string& path) { return path.substr(1, path.find('/', 1) - 1); }

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 0, INT_MAX));
}

void SetUpBuilder(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  const auto set = [&builder](const char* name, int value) { builder.AddChannelArgument(name, value); };
  builder.SetMaxReceiveMessageSize(options.message_bytes_max + kMessageBytesSlack);
  set(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  set(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.concurrent_streams_max);
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(options.handshake_time_max));
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(options.connection_idle_max));
  set(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.connection_age_max));
  set(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(options.connection_age_grace));
  set(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive));
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Milliseconds(options.ping_interval_min));
  set(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  set(GRPC_ARG_ENABLE_CHANNELZ, 0);

  grpc::ResourceQuota quota("dangol");
  quota.Resize(static_cast<size_t>(options.memory_bytes_max));
  quota.SetMaxThreads(options.reflection_threads_max);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 1);
}

}  // namespace

// The methods of one proto service.
class GrpcServer::ProtoService : public grpc::Service {
 public:
  explicit ProtoService(std::vector<Endpoint> endpoints) : endpoints_(std::move(endpoints)) {
    using grpc::internal::RpcMethod;
    for (int i = 0; i < static_cast<int>(endpoints_.size()); ++i) {
      const Endpoint& endpoint = endpoints_[i];
      grpc_internal::HandOver(&endpoint);
      // The path is not copied; so endpoints_ never changes.
      AddMethod(new grpc::internal::RpcServiceMethod(
          endpoint.path.c_str(), endpoint.streaming ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRawCallback(i, endpoint.streaming ? StreamHandler(endpoint) : UnaryHandler(endpoint));
    }
  }

  void TakeOver() {
    for (const Endpoint& endpoint : endpoints_) grpc_internal::TakeOver(EndOf(endpoint));
  }

 private:
  static grpc::internal::MethodHandler* UnaryHandler(const Endpoint& endpoint) {
    return new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
        [&endpoint](grpc::CallbackServerContext* context, const ByteBuffer* request, ByteBuffer* response) {
          return UnaryCall::Start(endpoint, context, request, response);
        });
  }

  static grpc::internal::MethodHandler* StreamHandler(const Endpoint& endpoint) {
    return new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
        [&endpoint](grpc::CallbackServerContext* context, const ByteBuffer* request) {
          return StreamCall::Start(endpoint, context, request);
        });
  }

  const std::vector<Endpoint> endpoints_;
};

// Calls of methods that are not there: gRPC's own answer is a bare UNIMPLEMENTED.
class GrpcServer::UnknownMethods : public grpc::CallbackGenericService {
 public:
  explicit UnknownMethods(const std::set<std::string>& paths) : paths_(paths) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Refusal(ToGrpcStatus(Explain(context->method())));
  }

 private:
  class Refusal : public grpc::ServerGenericBidiReactor {
   public:
    explicit Refusal(const grpc::Status& status) { Finish(status); }
    void OnDone() override { delete this; }
  };

  absl::Status Explain(const std::string& path) const {
    const std::string service = ServiceOf(path);
    std::set<std::string> services;
    std::string methods;
    for (const std::string& known : paths_) {
      services.insert(ServiceOf(known));
      if (ServiceOf(known) == service) methods += (methods.empty() ? "" : ", ") + known.substr(service.size() + 2);
    }
    if (services.empty()) services.insert("grpc.health.v1.Health");  // what every port has
    const std::string problem =
        methods.empty()
            ? fmt::format("This port has no service {}. It has {}", ShownValue(service), fmt::join(services, ", "))
            : fmt::format("{} has no such method as {}. It has {}", service, ShownValue(path), methods);
    return Error(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN",
                 problem + ". Check name and port: `dangol call --list` and server reflection list every method.",
                 {{"method", path}});
  }

  const std::set<std::string> paths_;
};

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(std::vector<Endpoint> endpoints,
                                                              GrpcServerOptions options) {
  absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Open(options.address);
  if (!listener.ok()) return listener.status();
  grpc_internal::SetUpGrpc();
  // Both are switches of the process.
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::health::v1::HealthCheckRequest::descriptor();  // links what reflection says of it into the program
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });

  std::map<std::string, std::vector<Endpoint>> by_service;
  std::set<std::string> paths;
  for (Endpoint& endpoint : endpoints) {
    if (!paths.insert(endpoint.path).second) return InternalError(fmt::format("two endpoints for {}", endpoint.path));
    by_service[ServiceOf(endpoint.path)].push_back(std::move(endpoint));
  }

  auto server = std::unique_ptr<GrpcServer>(new GrpcServer);
  grpc::ServerBuilder builder;
  SetUpBuilder(options, builder);
  for (auto& [name, methods] : by_service) {
    server->service_names_.push_back(name);
    server->services_.push_back(std::make_unique<ProtoService>(std::move(methods)));
    builder.RegisterService(server->services_.back().get());
  }
  server->unknown_methods_ = std::make_unique<UnknownMethods>(paths);
  builder.RegisterCallbackGenericService(server->unknown_methods_.get());
  server->connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc_internal::ServerCredentials(options.tls));
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) return InternalError("gRPC has not started");
  server->listener_ = *std::move(listener);
  server->SetServing(true);
  server->listener_->Start([connections = server->connections_.get()](int listener_fd, int fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener_fd;
    connection.fd = fd;
    connections->HandleNewConnection(&connection);
  });
  return server;
}

GrpcServer::GrpcServer() = default;

GrpcServer::~GrpcServer() {
  if (server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void GrpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus("", serving);
  for (const std::string& name : service_names_) health->SetServingStatus(name, serving);
}

void GrpcServer::Shutdown(absl::Duration grace) {
  listener_->Stop();
  server_->GetHealthCheckService()->Shutdown();
  server_->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(Milliseconds(grace), GPR_TIMESPAN)));
  for (const auto& service : services_) service->TakeOver();
}

}  // namespace dangol::rpc
