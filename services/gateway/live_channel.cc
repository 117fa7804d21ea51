#include "services/gateway/live_channel.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"
#include "dangol/gateway/v1/live_service.pb.h"
#include "services/gateway/watch.h"

namespace dangol::gateway {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);

absl::Status Stopping() {
  return Error(absl::StatusCode::kUnavailable, "GATEWAY_STOPS", "The gateway stops. Go on with the last cursors.");
}

// The feed of a service, by its package; null where it has none.
const google::protobuf::MethodDescriptor* FeedOf(const std::string& name) {
  for (const google::protobuf::MethodDescriptor* method : rpc::AllMethods()) {
    const bool ours = method->file()->package().starts_with(fmt::format("dangol.{}.", name));
    if (ours && method->server_streaming() && method->name() == "StreamEvents") return method;
  }
  return nullptr;
}

}  // namespace

// Streams, and calls to services that are ending, may outlive the channel.
struct LiveChannel::Shared {
  Shared(Runtime& runtime_given, absl::Duration heartbeat_given)
      : runtime(runtime_given), heartbeat(heartbeat_given), executor(runtime.NewExecutor("live", 1)) {}

  std::vector<std::shared_ptr<Watch>> All() {
    std::lock_guard lock(mutex);
    wake_posted = false;
    return {watches.begin(), watches.end()};
  }
  void WakeAll() {
    const absl::Time now = runtime.Now();
    for (const auto& watch : All()) watch->Wake(now, heartbeat);
  }
  // One for all that comes until it runs.
  static void PostWake(const std::shared_ptr<Shared>& self) {
    {
      std::lock_guard lock(self->mutex);
      if (self->stopped || std::exchange(self->wake_posted, true)) return;
    }
    self->executor->Post([self] { self->WakeAll(); });
  }
  static void PostTick(const std::shared_ptr<Shared>& self) {
    self->executor->PostAt(self->runtime.Now() + kTick, [self] {
      self->WakeAll();
      PostTick(self);
    });
  }

  Runtime& runtime;
  const absl::Duration heartbeat;
  const std::unique_ptr<Executor> executor;
  std::mutex mutex;
  bool stopped = false;
  bool wake_posted = false;
  std::set<std::shared_ptr<Watch>> watches;
};

namespace {

class WatchStream : public rpc::ClientStream {
 public:
  WatchStream(std::shared_ptr<Watch> watch, Runtime& runtime, Task remove)
      : watch_(std::move(watch)), runtime_(runtime), remove_(std::move(remove)) {}
  ~WatchStream() override { std::move(remove_)(); }
  void Read(Watch::ReadDone done) override { watch_->Read(std::move(done), runtime_.Now()); }

 private:
  const std::shared_ptr<Watch> watch_;
  Runtime& runtime_;
  Task remove_;
};

}  // namespace

LiveChannel::LiveChannel(const std::vector<Backend>& backends, Runtime& runtime, LiveLimits limits)
    : runtime_(runtime),
      limits_(limits),
      rules_(v1::WatchRequest::descriptor()),
      shared_(std::make_shared<Shared>(runtime, limits.heartbeat)) {
  for (const Backend& backend : backends) {
    const auto* feed = FeedOf(backend.name);
    if (feed == nullptr) continue;
    hubs_.push_back(std::make_shared<FeedHub>(backend, feed, runtime, *shared_->executor, limits.hub,
                                              [shared = shared_] { Shared::PostWake(shared); }));
  }
  Shared::PostTick(shared_);
}

LiveChannel::~LiveChannel() { Stop(); }

void LiveChannel::Stop() {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->stopped = true;
  }
  for (const auto& hub : hubs_) hub->Stop();
  for (const auto& watch : shared_->All()) watch->End(Stopping());
  shared_->executor->Stop();
}

absl::StatusOr<std::unique_ptr<rpc::ClientStream>> LiveChannel::Stream(const std::string& request, absl::Time deadline,
                                                                       Allow allow) {
  v1::WatchRequest parsed;
  RETURN_IF_ERROR(Check(request, parsed));
  ASSIGN_OR_RETURN(const std::vector<std::shared_ptr<FeedHub>> hubs, AllowedHubs(parsed, allow));
  for (const auto& hub : hubs) hub->Start();
  auto watch = std::make_shared<Watch>(parsed, hubs, deadline, limits_.message_bytes_max);
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->stopped) return Stopping();
    if (shared_->watches.size() >= limits_.streams_max) {
      return WithRetry(
          Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                fmt::format("{} streams are open already. Close some, or try again later.", limits_.streams_max)),
          absl::Seconds(1));
    }
    shared_->watches.insert(watch);
  }
  return std::make_unique<WatchStream>(watch, runtime_, [shared = shared_, watch] {
    std::lock_guard lock(shared->mutex);
    shared->watches.erase(watch);
  });
}

absl::StatusOr<std::vector<std::shared_ptr<FeedHub>>> LiveChannel::AllowedHubs(const v1::WatchRequest& request,
                                                                               Allow allow) const {
  std::vector<std::shared_ptr<FeedHub>> hubs;
  absl::Status denied;
  for (const auto& hub : hubs_) {
    const bool named = std::ranges::find(request.topics(), hub->name()) != request.topics().end();
    if (!named && request.topics_size() > 0) continue;
    const absl::Status allowed = allow(hub->permission());
    if (allowed.ok()) {
      hubs.push_back(hub);
    } else if (named) {
      return allowed;
    } else {
      denied.Update(allowed);
    }
  }
  if (hubs.empty()) RETURN_IF_ERROR(denied);
  return hubs;
}

absl::Status LiveChannel::Check(const std::string& bytes, v1::WatchRequest& request) const {
  if (!request.ParseFromString(bytes)) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE", "The request is no WatchRequest.");
  }
  RETURN_IF_ERROR(rules_.Enforce(request, runtime_.Now()));
  std::vector<FieldViolation> violations;
  const auto check = [&](const std::string& path, const std::string& name) {
    const bool known = std::ranges::any_of(hubs_, [&name](const auto& hub) { return hub->name() == name; });
    if (!known) violations.push_back({path, fmt::format("there is no feed {}", ShownValue(name))});
  };
  for (const auto& [name, cursor] : request.cursors()) check("cursors", name);
  for (const std::string& name : request.topics()) check("topics", name);
  return violations.empty() ? absl::OkStatus() : InvalidFields(std::move(violations));
}

}  // namespace dangol::gateway
