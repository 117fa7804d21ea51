#include "common/rpc/grpc_channel.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "fmt/format.h"
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/alarm.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/rpc/grpc_tls.h"
#include "common/rpc/server_metadata.h"

// Of the thread sanitizer; null in a program without it.
extern "C" {
__attribute__((weak)) void __tsan_acquire(void*);
__attribute__((weak)) void __tsan_release(void*);
}

namespace dangol::rpc {
namespace grpc_internal {
namespace {

// Up to here one copy costs less than the second allocation that owning the string takes.
constexpr size_t kCopiedBytesMax = 2048;

grpc_slice Borrowed(std::string_view bytes) { return grpc_slice_from_static_buffer(bytes.data(), bytes.size()); }

// gRPC's callback threads end, and are joined, with the last server or channel. A channel that is let go in a callback
// would make such a thread join itself; so one that leads nowhere is kept for ever.
//
// And a thread that had nothing to do for 1 s sleeps for 100 ms (grpc 1.51, CallbackAlternativeCQ), deaf to calls:
// where all of them sleep, the first call after a pause waits. A callback every 400 ms leaves one that listens.
class CallbackThreads {
 public:
  static void Keep() {
    static auto& threads = *new CallbackThreads;
    std::atexit([] { threads.stopped_ = true; });
    threads.Wake();
  }

 private:
  // Fails at once, but its callback comes by way of the threads.
  void Wake() {
    context_.emplace();
    FromString("", &request_);
    stub_.UnaryCall(&*context_, "/", {}, &request_, &response_, [this](const grpc::Status&) {
      if (stopped_) return;
      const gpr_timespec pause = gpr_time_from_millis(400, GPR_TIMESPAN);
      alarm_.emplace();  // not the one before, which may still be in the callback that led here
      alarm_->Set(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), pause), [this](bool) {
        if (!stopped_) Wake();
      });
    });
  }

  std::atomic<bool> stopped_ = false;  // the process ends
  grpc::GenericStub stub_{grpc::CreateChannel("", nullptr)};
  std::optional<grpc::ClientContext> context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::optional<grpc::Alarm> alarm_;
};

}  // namespace

void SetUpGrpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Debian's Abseil looks for cycles at every lock that gRPC takes.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    gpr_set_log_function([](gpr_log_func_args* entry) {
      // After this one gRPC aborts the process.
      const bool last_words = std::string_view(entry->message).substr(0, 16) == "assertion failed";
      Log()->log(last_words ? spdlog::level::critical : spdlog::level::debug, "gRPC: {}:{}: {}", entry->file,
                 entry->line, entry->message);
    });
    CallbackThreads::Keep();
  });
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok()) {
    return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  std::string bytes;
  std::vector<grpc::Slice> slices;
  // A buffer that was never filled: the client sent no message. It reads as an empty one.
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& part : slices) bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  return bytes;
}

void FromString(std::string bytes, grpc::ByteBuffer* buffer) {
  // Even an empty message needs its slice: a buffer without one is no message at all.
  const auto fill = [buffer](const grpc::Slice& slice) {
    grpc::ByteBuffer filled(&slice, 1);
    buffer->Swap(&filled);
  };
  if (bytes.size() <= kCopiedBytesMax) return fill(grpc::Slice(bytes.data(), bytes.size()));
  auto* owner = new std::string(std::move(bytes));
  fill(grpc::Slice(
      owner->data(), owner->size(), [](void* string) { delete static_cast<std::string*>(string); }, owner));
}

bool IsLegalMetadata(std::string_view key, std::string_view value) {
  const grpc_slice key_slice = Borrowed(key);
  return grpc_header_key_is_legal(key_slice) != 0 &&
         (grpc_is_binary_header(key_slice) != 0 || grpc_header_nonbin_value_is_legal(Borrowed(value)) != 0);
}

void HandOver(const void* object) {
  if (__tsan_release != nullptr) __tsan_release(const_cast<void*>(object));
}

void TakeOver(const void* object) {
  if (__tsan_acquire != nullptr) __tsan_acquire(const_cast<void*>(object));
}

}  // namespace grpc_internal

namespace {

using grpc_internal::FromString;
using grpc_internal::ToString;

// Its content is in the status.
constexpr std::string_view kDetailsKey = "grpc-status-details-bin";
// A response that is just at the server's limit must not fail over a byte.
constexpr int kMessageBytesSlack = 64 << 10;
// A replica that stops says so in its health first, and loses its clients before it loses a call.
constexpr char kServiceConfig[] =
    R"({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})";
// Two lost SYNs and some.
constexpr absl::Duration kConnectTimeMax = absl::Seconds(5);

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return ParseErrorDetails(absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()),
                           status.error_details());
}

Metadata FromGrpcMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& entries) {
  Metadata metadata;
  for (const auto& [key, value] : entries) {
    if (View(key) != kDetailsKey) metadata.emplace_back(View(key), View(value));
  }
  return metadata;
}

// An error: the call cannot be made like this. It is made all the same, cancelled from its start, so that `done` runs
// as ever.
absl::Status SetUpContext(const CallOptions& options, bool wait_for_ready, grpc::ClientContext& context) {
  context.set_wait_for_ready(wait_for_ready);
  if (options.deadline != absl::InfiniteFuture()) {
    // gRPC takes the infinite past for no deadline at all.
    context.set_deadline(absl::ToChronoTime(std::max(options.deadline, absl::UnixEpoch())));
  }
  for (const auto& [key, value] : options.metadata) {
    if (!grpc_internal::IsLegalMetadata(key, value)) {
      context.TryCancel();
      return Error(
          absl::StatusCode::kInvalidArgument, "METADATA_INVALID",
          fmt::format(
              "The metadata {} cannot be sent. Keys are lower-case letters, digits, '-', '_' and '.'; values are "
              "printable ASCII, without line feeds.",
              ShownValue(key)));
    }
    context.AddMetadata(key, value);
  }
  return absl::OkStatus();
}

// Lives until the answer is there, and as long as its maker can cancel it.
class UnaryCall : public CancellableCall {
 public:
  UnaryCall(std::string request, const CallOptions& options, bool wait_for_ready,
            absl::AnyInvocable<void(WholeReply) &&> done)
      : refusal_(SetUpContext(options, wait_for_ready, context_)), done_(std::move(done)) {
    FromString(std::move(request), &request_);
  }

  void Start(grpc::GenericStub& stub, const std::string& method, std::shared_ptr<UnaryCall> self) {
    self_ = std::move(self);
    grpc_internal::HandOver(this);
    stub.UnaryCall(&context_, method, {}, &request_, &response_,
                   [this](const grpc::Status& status) { OnDone(status); });
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  void OnDone(const grpc::Status& status) {
    grpc_internal::TakeOver(this);
    WholeReply reply;
    reply.status = refusal_.ok() ? FromGrpcStatus(status) : refusal_;
    if (reply.status.ok()) reply.message = ToString(response_);
    reply.metadata.initial = FromGrpcMetadata(context_.GetServerInitialMetadata());
    reply.metadata.trailing = FromGrpcMetadata(context_.GetServerTrailingMetadata());
    reply.metadata.status_details = status.error_details();
    auto done = std::move(done_);
    self_.reset();  // before `done`, so that a caller who destroys the channel in it finds nothing of it left
    std::move(done)(std::move(reply));
  }

  grpc::ClientContext context_;
  const absl::Status refusal_;
  absl::AnyInvocable<void(WholeReply) &&> done_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::shared_ptr<UnaryCall> self_;  // until OnDone
};

// The stream as gRPC sees it; it lives until both gRPC and the ClientStream have let go. One hold keeps gRPC from
// ending it between two reads; whoever learns first that no read will follow releases it.
class StreamReactor : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  using ReadDone = absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&>;

  StreamReactor(std::string request, const CallOptions& options, bool wait_for_ready)
      : refusal_(SetUpContext(options, wait_for_ready, context_)) {
    FromString(std::move(request), &request_);
  }

  void Start(grpc::GenericStub& stub, const std::string& method, std::shared_ptr<StreamReactor> self) {
    self_ = std::move(self);
    stub.PrepareBidiStreamingCall(&context_, method, {}, this);
    StartWriteLast(&request_, grpc::WriteOptions());
    AddHold();
    StartCall();
  }

  void Read(ReadDone done) {
    std::unique_lock lock(mutex_);
    if (end_) {
      absl::Status end = *end_;
      lock.unlock();
      return std::move(done)(std::nullopt, std::move(end));
    }
    read_done_ = std::move(done);
    if (!held_) return;  // the end is on its way, and answers
    reading_ = true;
    lock.unlock();
    StartRead(&response_);
  }

  const ServerMetadata& metadata() const { return metadata_; }

  // The reader is gone.
  void Close() {
    context_.TryCancel();
    std::unique_lock lock(mutex_);
    closed_ = true;
    if (reading_ || !held_) return;
    held_ = false;
    lock.unlock();
    RemoveHold();
  }

 private:
  // Before the end, but on another thread the first message's callback may overtake it.
  void OnReadInitialMetadataDone(bool ok) override {
    Metadata initial;
    if (ok) initial = FromGrpcMetadata(context_.GetServerInitialMetadata());
    std::optional<bool> overtaken;
    {
      std::lock_guard lock(mutex_);
      metadata_.initial = std::move(initial);
      has_initial_ = true;
      overtaken = overtaken_;
    }
    if (overtaken) EndRead(*overtaken);
  }

  void OnReadDone(bool ok) override {
    {
      std::lock_guard lock(mutex_);
      if (!has_initial_) {
        overtaken_ = ok;
        return;
      }
    }
    EndRead(ok);
  }

  void EndRead(bool ok) {
    ReadDone done;
    bool last = false;
    {
      std::lock_guard lock(mutex_);
      reading_ = false;
      last = !ok || closed_;
      if (last) {
        held_ = false;
      } else {
        done = std::move(read_done_);
      }
    }
    if (last) return RemoveHold();
    std::string message = ToString(response_);
    response_.Clear();
    std::move(done)(std::move(message), absl::OkStatus());
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<StreamReactor> self = std::move(self_);
    ReadDone done;
    absl::Status end = refusal_.ok() ? FromGrpcStatus(status) : refusal_;
    {
      std::lock_guard lock(mutex_);
      metadata_.trailing = FromGrpcMetadata(context_.GetServerTrailingMetadata());
      metadata_.status_details = status.error_details();
      end_ = end;
      done = std::move(read_done_);
    }
    if (done != nullptr) std::move(done)(std::nullopt, std::move(end));
  }

  grpc::ClientContext context_;
  const absl::Status refusal_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::shared_ptr<StreamReactor> self_;  // until OnDone

  std::mutex mutex_;
  ServerMetadata metadata_;
  ReadDone read_done_;
  std::optional<absl::Status> end_;
  bool has_initial_ = false;
  std::optional<bool> overtaken_;  // how the read ended that came before the initial metadata
  bool reading_ = false;           // gRPC has a read of ours
  bool held_ = true;
  bool closed_ = false;
};

class GrpcClientStream : public MetadataClientStream {
 public:
  explicit GrpcClientStream(std::shared_ptr<StreamReactor> reactor) : reactor_(std::move(reactor)) {}
  ~GrpcClientStream() override { reactor_->Close(); }
  void Read(StreamReactor::ReadDone done) override { reactor_->Read(std::move(done)); }
  const ServerMetadata& metadata() const override { return reactor_->metadata(); }

 private:
  const std::shared_ptr<StreamReactor> reactor_;
};

class GrpcChannel : public MetadataChannel {
 public:
  GrpcChannel(const std::string& target, const GrpcChannelOptions& options)
      : stub_(grpc::CreateCustomChannel(target, grpc_internal::ChannelCredentials(options.tls), Arguments(options))),
        wait_for_ready_(options.wait_for_ready) {}

  void Unary(std::string method, std::string request, CallOptions options,
             absl::AnyInvocable<void(Reply) &&> done) override {
    UnaryWithMetadata(
        std::move(method), std::move(request), std::move(options), [done = std::move(done)](WholeReply reply) mutable {
          std::move(done)({std::move(reply.status), std::move(reply.message), std::move(reply.metadata.trailing)});
        });
  }

  std::shared_ptr<CancellableCall> UnaryWithMetadata(std::string method, std::string request, CallOptions options,
                                                     absl::AnyInvocable<void(WholeReply) &&> done) override {
    auto call = std::make_shared<UnaryCall>(std::move(request), options, wait_for_ready_, std::move(done));
    call->Start(stub_, method, call);
    return call;
  }

  std::unique_ptr<ClientStream> Stream(std::string method, std::string request, CallOptions options) override {
    auto reactor = std::make_shared<StreamReactor>(std::move(request), options, wait_for_ready_);
    reactor->Start(stub_, method, reactor);
    return std::make_unique<GrpcClientStream>(std::move(reactor));
  }

 private:
  static int Milliseconds(absl::Duration duration) {
    return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 0, INT_MAX));
  }

  static grpc::ChannelArguments Arguments(const GrpcChannelOptions& options) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(options.message_bytes_max);
    arguments.SetMaxReceiveMessageSize(options.message_bytes_max + kMessageBytesSlack);
    // Channels to the same address would share a connection otherwise, and with it a fault and a limit of streams.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetServiceConfigJSON(kServiceConfig);
    arguments.SetInt(GRPC_ARG_INHIBIT_HEALTH_CHECKING, options.serving_only ? 0 : 1);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
    // A stream's client sends nothing after its request: with the default of 2 its third ping would never be sent.
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, Milliseconds(options.reconnect_min));
    // In spite of its name: how long an attempt to connect may take.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, Milliseconds(kConnectTimeMax));
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, Milliseconds(options.reconnect_max));
    // A replica that is replaced comes back with another address.
    arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, Milliseconds(options.reconnect_max));
    // The environment must not decide where calls go: no HTTP proxy, no service config from DNS.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
    // A stream that nobody reads holds 64 KiB and the message that it is in. With probes gRPC takes in as much as the
    // way could carry, 20 to 40 MB of each such stream on one machine.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    if (!options.tls.empty()) arguments.SetSslTargetNameOverride(kTlsName);
    return arguments;
  }

  grpc::GenericStub stub_;
  const bool wait_for_ready_;
};

}  // namespace

std::unique_ptr<Channel> NewGrpcChannel(std::string target, GrpcChannelOptions options) {
  grpc_internal::SetUpGrpc();
  return std::make_unique<GrpcChannel>(target, options);
}

}  // namespace dangol::rpc
