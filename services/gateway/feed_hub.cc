#include "services/gateway/feed_hub.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/rpc/methods.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kGetStatus[] = "/dangol.api.v1.AdminService/GetStatus";
constexpr absl::Duration kStatusTimeMax = absl::Seconds(5);

// The field `events` of a feed's StreamEventsResponse.
const FieldDescriptor* EventsField(const google::protobuf::MethodDescriptor* stream_events) {
  return stream_events->output_type()->FindFieldByName("events");
}

// The field of WatchEvent that carries such events.
const FieldDescriptor* WatchField(const google::protobuf::MethodDescriptor* stream_events) {
  const FieldDescriptor* events = EventsField(stream_events);
  const auto* watch = v1::WatchEvent::descriptor();
  for (int i = 0; events != nullptr && i < watch->field_count(); ++i) {
    if (watch->field(i)->message_type() == events->message_type()) return watch->field(i);
  }
  return nullptr;
}

std::string CursorOf(const Message& event) {
  const FieldDescriptor* envelope = event.GetDescriptor()->FindFieldByName("envelope");
  if (envelope == nullptr || envelope->message_type() != api::v1::EventEnvelope::descriptor()) return "";
  return static_cast<const api::v1::EventEnvelope&>(event.GetReflection()->GetMessage(event, envelope)).cursor();
}

}  // namespace

FeedHub::FeedHub(const Backend& backend, const google::protobuf::MethodDescriptor* stream_events, Runtime& runtime,
                 Executor& executor, FeedHubLimits limits, std::function<void()> changed)
    : backend_(backend),
      stream_events_(stream_events),
      event_field_(WatchField(stream_events)),
      runtime_(runtime),
      executor_(executor),
      limits_(limits),
      changed_(std::move(changed)) {}

const std::string& FeedHub::permission() const {
  return stream_events_->options().GetExtension(api::v1::method).permission();
}

void FeedHub::Start() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(started_, true) || stopped_) return;
  }
  Connect();
}

void FeedHub::Stop() {
  std::shared_ptr<rpc::ClientStream> dropped;
  std::lock_guard lock(mutex_);
  stopped_ = true;
  dropped.swap(stream_);
}

FeedHub::State FeedHub::state() const {
  std::lock_guard lock(mutex_);
  return {live_, newest_cursor_, first_ + entries_.size(), generation_};
}

std::optional<FeedPosition> FeedHub::Find(std::string_view cursor) const {
  std::lock_guard lock(mutex_);
  // Whoever comes back has seen most of it: from the end.
  for (size_t i = entries_.size(); i > 0; --i) {
    if (entries_[i - 1].cursor == cursor) return first_ + i;
  }
  if (cursor == oldest_cursor_) return first_;
  return std::nullopt;
}

bool FeedHub::Read(FeedPosition& position, size_t bytes_max, std::string& response, std::string& cursor) const {
  std::lock_guard lock(mutex_);
  if (position < first_) return false;
  // Serialised messages in a row are one message with the fields of all.
  for (; response.size() < bytes_max && position - first_ < entries_.size(); ++position) {
    const Entry& entry = entries_[position - first_];
    response += entry.event;
    cursor = entry.cursor;
  }
  return true;
}

void FeedHub::Connect() {
  rpc::CallOptions options;
  options.deadline = runtime_.Now() + kStatusTimeMax;
  backend_.channel->Unary(kGetStatus, "", std::move(options),
                          [self = shared_from_this()](rpc::Reply reply) { self->OnStatus(std::move(reply)); });
}

void FeedHub::OnStatus(rpc::Reply reply) {
  api::v1::GetStatusResponse status;
  if (!reply.status.ok() || !status.ParseFromString(reply.message)) return Retry();
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (newest_cursor_.empty()) oldest_cursor_ = newest_cursor_ = status.feed_cursor();
    api::v1::StreamEventsRequest request;
    request.set_after_cursor(newest_cursor_);
    stream_ =
        backend_.channel->Stream(fmt::format("/{}/{}", stream_events_->service()->full_name(), stream_events_->name()),
                                 request.SerializeAsString(), {});
    attempts_ = 0;
  }
  SetLive(true);
  ReadNext();
}

void FeedHub::ReadNext() {
  std::shared_ptr<rpc::ClientStream> stream;
  {
    std::lock_guard lock(mutex_);
    stream = stream_;
  }
  if (stream == nullptr) return;
  stream->Read([self = shared_from_this()](std::optional<std::string> message, absl::Status status) {
    self->OnMessage(std::move(message), status);
  });
}

void FeedHub::OnMessage(std::optional<std::string> message, const absl::Status& status) {
  if (message) {
    Take(*message);
    changed_();
    return ReadNext();
  }
  const std::string reason = ErrorReason(status);
  // Another database, or an older state of it: nothing that is here goes on there.
  if (reason == "INCARNATION_CHANGED" || reason == "HISTORY_CHANGED" || reason == "CURSOR_AHEAD") {
    std::lock_guard lock(mutex_);
    first_ += entries_.size() + 1;
    entries_.clear();
    bytes_ = 0;
    newest_cursor_ = oldest_cursor_ = "";
  }
  Log()->info("the feed of {} is away: {}", backend_.name, std::string(status.message()));
  Retry();
}

void FeedHub::Take(const std::string& message) {
  const auto response = rpc::NewMessage(stream_events_->output_type());
  const FieldDescriptor* events = EventsField(stream_events_);
  if (events == nullptr || event_field_ == nullptr || !response->ParseFromString(message)) return;
  const google::protobuf::Reflection& reflection = *response->GetReflection();
  std::lock_guard lock(mutex_);
  for (int i = 0; i < reflection.FieldSize(*response, events); ++i) {
    v1::WatchResponse watched;
    v1::WatchEvent& shown = *watched.add_events();
    Message* event = reflection.MutableRepeatedMessage(response.get(), events, i);
    shown.set_feed(backend_.name);
    shown.set_cursor(CursorOf(*event));
    Message* place = shown.GetReflection()->MutableMessage(&shown, event_field_);
    place->GetReflection()->Swap(place, event);
    newest_cursor_ = shown.cursor();
    entries_.push_back({newest_cursor_, watched.SerializeAsString()});
    bytes_ += entries_.back().event.size();
  }
  while (entries_.size() > limits_.events_max || bytes_ > limits_.bytes_max) {
    oldest_cursor_ = std::move(entries_.front().cursor);
    bytes_ -= entries_.front().event.size();
    entries_.pop_front();
    ++first_;
  }
}

void FeedHub::SetLive(bool live) {
  {
    std::lock_guard lock(mutex_);
    if (live_ == live && generation_ > 0) return;
    live_ = live;
    ++generation_;
  }
  changed_();
}

void FeedHub::Retry() {
  SetLive(false);
  std::shared_ptr<rpc::ClientStream> dropped;
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  dropped.swap(stream_);
  const absl::Duration pause = Backoff(runtime_, attempts_++, limits_.retry_min, limits_.retry_max);
  executor_.PostAt(runtime_.Now() + pause, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Connect();
  });
}

}  // namespace dangol::gateway
