#include "services/gateway/forward.h"

#include <mutex>
#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::gateway {
namespace {

std::string PathOf(const Route& route) {
  return fmt::format("/{}/{}", route.method->service()->full_name(), route.method->name());
}

// The call's stream, which somebody on another thread may cancel. A read must not be begun on what is gone.
class CancellableStream {
 public:
  explicit CancellableStream(std::unique_ptr<rpc::ClientStream> stream) : stream_(std::move(stream)) {}

  // Nothing happens where it is cancelled.
  void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) {
    // A copy of the pointer: `done` may run inside of Read, and cancel.
    std::shared_ptr<rpc::ClientStream> stream = Get();
    if (stream != nullptr) stream->Read(std::move(done));
  }
  rpc::ServerMetadata metadata() {
    std::shared_ptr<rpc::ClientStream> stream = Get();
    const auto* carrier = dynamic_cast<const rpc::MetadataClientStream*>(stream.get());
    return carrier == nullptr ? rpc::ServerMetadata() : carrier->metadata();
  }
  void Cancel() {
    std::shared_ptr<rpc::ClientStream> dropped;
    std::lock_guard lock(mutex_);
    dropped.swap(stream_);
  }

 private:
  std::shared_ptr<rpc::ClientStream> Get() {
    std::lock_guard lock(mutex_);
    return stream_;
  }

  std::mutex mutex_;
  std::shared_ptr<rpc::ClientStream> stream_;
};

class StreamForward : public std::enable_shared_from_this<StreamForward> {
 public:
  StreamForward(std::shared_ptr<HttpExchange> exchange, ForwardedCall call, StreamWriter writer)
      : exchange_(std::move(exchange)),
        backend_(call.route.backend),
        stream_(std::make_shared<CancellableStream>(
            backend_->channel->Stream(PathOf(call.route), std::move(call.request), std::move(call.options)))),
        writer_(std::move(writer)) {}

  void Start() {
    exchange_->OnGone([stream = stream_] { stream->Cancel(); });
    Read();
  }

 private:
  void Read() {
    stream_->Read([self = shared_from_this()](std::optional<std::string> message, absl::Status status) {
      self->exchange_->Post([self, message = std::move(message), status = std::move(status)]() mutable {
        self->OnRead(std::move(message), std::move(status));
      });
    });
  }

  void OnRead(std::optional<std::string> message, absl::Status status) {
    rpc::ServerMetadata metadata = stream_->metadata();
    if (!std::exchange(started_, true)) exchange_->StartStream(writer_.head(metadata.initial));
    if (!message) return End(Explained(*backend_, status), metadata);
    absl::StatusOr<std::string> piece = writer_.piece(*std::move(message));
    if (!piece.ok()) return End(piece.status(), metadata);
    exchange_->Write(*std::move(piece), [self = shared_from_this()](bool ok) {
      if (ok) self->Read();
    });
  }

  void End(const absl::Status& status, const rpc::ServerMetadata& metadata) {
    stream_->Cancel();
    exchange_->Write(writer_.end(status, metadata),
                     [self = shared_from_this()](bool) { self->exchange_->EndStream(); });
  }

  const std::shared_ptr<HttpExchange> exchange_;
  const std::shared_ptr<const Backend> backend_;
  const std::shared_ptr<CancellableStream> stream_;
  const StreamWriter writer_;
  bool started_ = false;
};

}  // namespace

void ForwardUnary(std::shared_ptr<HttpExchange> exchange, ForwardedCall call,
                  absl::AnyInvocable<void(rpc::WholeReply) &&> done) {
  std::shared_ptr<const Backend> backend = call.route.backend;
  rpc::Channel& channel = *backend->channel;
  // On a thread of the channel's: what costs time is done on the exchange's.
  auto on_reply = [exchange, backend = std::move(backend), done = std::move(done)](rpc::WholeReply reply) mutable {
    reply.status = Explained(*backend, reply.status);
    exchange->Post([done = std::move(done), reply = std::move(reply)]() mutable { std::move(done)(std::move(reply)); });
  };
  if (auto* carrier = dynamic_cast<rpc::MetadataChannel*>(&channel)) {
    const std::shared_ptr<rpc::CancellableCall> made = carrier->UnaryWithMetadata(
        PathOf(call.route), std::move(call.request), std::move(call.options), std::move(on_reply));
    exchange->OnGone([made] { made->Cancel(); });
    return;
  }
  channel.Unary(PathOf(call.route), std::move(call.request), std::move(call.options),
                [on_reply = std::move(on_reply)](rpc::Reply reply) mutable {
                  on_reply({std::move(reply.status), std::move(reply.message), {{}, std::move(reply.trailing), ""}});
                });
}

void ForwardStream(std::shared_ptr<HttpExchange> exchange, ForwardedCall call, StreamWriter writer) {
  std::make_shared<StreamForward>(std::move(exchange), std::move(call), std::move(writer))->Start();
}

}  // namespace dangol::gateway
