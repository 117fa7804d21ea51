#include "common/feed/subscription.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/event_streams.h"
#include "dangol/api/v1/feed.pb.h"

namespace dangol::feed {
namespace {

using google::protobuf::Message;

// Field numbers that every feed's response has (EventStreams::AddFeed makes sure of it at the other end).
constexpr int kEventsField = 1;
constexpr int kCursorField = 2;
constexpr int kHeadSequenceField = 3;

static_assert(StreamLimits().heartbeat < SubscriptionLimits().silence_max,
              "a feed in which nothing happens would be given up");
static_assert(SubscriptionLimits().retry_most < SubscriptionLimits().lease,
              "who follows would lose the lease between two attempts");

absl::Time TimeOf(const FollowedEvent& event) { return FromProtoTime(event.envelope->time()); }

std::string Shown(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return fmt::format("{}{}: {}", absl::StatusCodeToString(status.code()), reason.empty() ? "" : " " + reason,
                     std::string(status.message()));
}

}  // namespace

void Subscription::Inbox::Post(Task task) {
  std::lock_guard lock(mutex);
  if (executor != nullptr) executor->Post(std::move(task));
}

void Subscription::Inbox::Close() {
  std::lock_guard lock(mutex);
  executor = nullptr;
}

Subscription::Subscription(Runtime& runtime, storage::WriteQueue& queue, IdMaker& ids, storage::FeedHead& applied,
                           const Source& source, std::unique_ptr<rpc::Channel> channel, SubscriptionOptions options)
    : runtime_(runtime),
      queue_(queue),
      ids_(ids),
      applied_(applied),
      source_(source),
      channel_(std::move(channel)),
      options_(std::move(options)),
      status_(runtime, source.feed, options_.address),
      inbox_(std::make_shared<Inbox>()),
      executor_(runtime.NewExecutor("subscription", 1)) {
  inbox_->executor = executor_.get();
}

Subscription::~Subscription() { Stop(); }

void Subscription::Start() {
  inbox_->Post([this] {
    started_ = true;
    TakeLease();
  });
}

void Subscription::Drain() {
  inbox_->Post([this] {
    if (draining_) return;
    draining_ = true;
    status_.SetState(Status::DISCONNECTED, "this service is stopping");
    if (writing_) return;  // OnApplied goes on
    Disconnect();
    if (options_.shared && leading_) SubmitUpkeep(Upkeep::kRelease, "");
  });
}

void Subscription::Stop() {
  inbox_->Close();
  executor_->Stop();
  stream_ = nullptr;
}

void Subscription::Notice(const storage::Cursor& position, const std::string& broken, absl::Time lease_expire_time) {
  inbox_->Post([this, position, broken, lease_expire_time] {
    if (!started_ || leading_ || draining_) return;  // knows better
    const bool mended = broken.empty() && !broken_.empty();
    broken_ = broken;
    SetPosition(position, epoch_);
    if (!broken_.empty()) status_.SetState(Status::BROKEN, broken_);
    if (mended) status_.SetState(Status::STANDBY, "another process of this service follows it");
    const Status::State state = status_.state();
    const bool waits = state == Status::STANDBY || state == Status::BROKEN;
    if (!waits || lease_expire_time > runtime_.Now()) return;
    ++round_;
    TakeLease();
  });
}

void Subscription::TakeLease() {
  if (draining_) return;
  SubmitLease();
}

void Subscription::OnLease(const absl::Status& status, const Lease& lease) {
  if (draining_) return;
  if (!status.ok()) {
    status_.SetState(Status::DISCONNECTED, Shown(status));
    return RetryAfterFault();
  }
  broken_ = lease.broken;
  SetPosition(lease.position, lease.epoch);
  if (!broken_.empty()) status_.SetState(Status::BROKEN, broken_);
  leading_ = lease.mine;
  if (!leading_) return StandBy(lease);
  lease_until_ = runtime_.SteadyNow() + std::min(lease.expire_time - runtime_.Now(), options_.limits.lease);
  Connect();
}

void Subscription::StandBy(const Lease& lease) {
  if (broken_.empty())
    status_.SetState(Status::STANDBY, fmt::format("process {} of this service follows it", lease.owner));
  ++round_;
  if (!lease.SameAs(others_lease_)) {
    others_lease_ = lease;
    others_lease_since_ = runtime_.SteadyNow();
  }
  const absl::Duration rest = std::min(lease.expire_time - runtime_.Now(), options_.limits.lease);
  // Not all at the same moment.
  const double jitter = static_cast<double>(runtime_.Random() >> 11) * 0x1.0p-53;
  After(std::max(rest, absl::ZeroDuration()) + options_.limits.lease * jitter / 5, &Subscription::TakeLease);
}

std::optional<Subscription::Lease> Subscription::ForsakenLease() const {
  if (!others_lease_ || runtime_.SteadyNow() - others_lease_since_ < options_.limits.lease) return std::nullopt;
  return others_lease_;
}

void Subscription::Connect() {
  ++round_;
  dangol::api::v1::StreamEventsRequest request;
  if (!position_.incarnation.empty()) request.set_after_cursor(storage::FormatCursor(position_));
  stream_ = channel_->Stream(source_.method, request.SerializeAsString(), {});
  last_message_ = runtime_.SteadyNow();
  WatchSilence();
  if (options_.shared) After(options_.limits.lease / 3, &Subscription::KeepUp);
  Read();
}

void Subscription::Read() {
  stream_->Read([this, inbox = inbox_, round = round_](std::optional<std::string> message, absl::Status status) {
    inbox->Post([this, round, message = std::move(message), status = std::move(status)]() mutable {
      if (round == round_) OnMessage(std::move(message), status);
    });
  });
}

void Subscription::OnMessage(std::optional<std::string> message, const absl::Status& status) {
  if (draining_) return;
  if (!message) return OnEnd(status);
  last_message_ = runtime_.SteadyNow();
  absl::StatusOr<std::shared_ptr<Page>> page = Parse(*message);
  if (!page.ok()) return Broken(std::string(page.status().message()));
  OnPage(*std::move(page));
}

void Subscription::OnEnd(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  if (reason == "INCARNATION_CHANGED") {
    Log()->warn("the database of {} is another one now: its feed is replayed from the beginning", source_.feed);
    return SubmitUpkeep(Upkeep::kRestart, "");
  }
  if (status.code() == absl::StatusCode::kDataLoss) return Broken(Shown(status));
  if (broken_.empty()) status_.SetState(Status::DISCONNECTED, status.ok() ? "the stream ended" : Shown(status));
  RetryAfterFault();
}

absl::StatusOr<std::shared_ptr<Subscription::Page>> Subscription::Parse(const std::string& message) const {
  auto page = std::make_shared<Page>();
  page->response.reset(source_.response->New());
  if (!page->response->ParseFromString(message)) return absl::DataLossError("it sends what cannot be read");
  const auto* type = page->response->GetDescriptor();
  const auto* reflection = page->response->GetReflection();
  const std::string cursor_text = reflection->GetString(*page->response, type->FindFieldByNumber(kCursorField));
  ASSIGN_OR_RETURN(const storage::Cursor cursor, storage::ParseCursor(cursor_text, "cursor"));
  page->incarnation = cursor.incarnation;
  page->head_sequence = reflection->GetInt64(*page->response, type->FindFieldByNumber(kHeadSequenceField));
  const auto* events = type->FindFieldByNumber(kEventsField);
  for (int i = 0; i < reflection->FieldSize(*page->response, events); ++i) {
    const Message& event = reflection->GetRepeatedMessage(*page->response, events, i);
    page->events.push_back({&event, &EnvelopeOf(event)});
  }
  return page;
}

void Subscription::OnPage(std::shared_ptr<Page> page) {
  if (!position_.incarnation.empty() && page->incarnation != position_.incarnation) {
    Log()->warn("the database of {} is another one now: its feed is replayed from the beginning", source_.feed);
    return SubmitUpkeep(Upkeep::kRestart, page->incarnation);
  }
  if (page->events.empty()) {
    status_.NoteNoEvents(page->head_sequence);
  } else {
    status_.NoteHead(page->head_sequence, TimeOf(page->events.front()));
  }
  int64_t expected = position_.sequence + 1;
  for (const FollowedEvent& event : page->events) {
    if (event.envelope->sequence() != expected) {
      return Broken(
          fmt::format("event {} came where {} was to come: events are missing. Find out what happened to its database.",
                      event.envelope->sequence(), expected));
    }
    ++expected;
  }
  status_.SetState(Status::FOLLOWING, "");
  page_ = std::move(page);
  next_ = 0;
  careful_ = false;
  const bool same = page_->incarnation == position_.incarnation && broken_.empty();
  if (page_->events.empty() && same) return PageDone();
  Apply();
}

void Subscription::Apply() {
  writing_ = true;
  SubmitPage();
}

void Subscription::OnApplied(const absl::Status& status, const Applied& applied) {
  writing_ = false;
  if (status.ok()) {
    broken_.clear();
    SetPosition(applied.position, epoch_);
    NoteRenewal();
  }
  if (draining_) {
    Disconnect();
    if (options_.shared) SubmitUpkeep(Upkeep::kRelease, "");
    return;
  }
  if (status.ok()) {
    next_ = applied.next;
    // Behind the page's last event the next is about as old.
    if (!page_->events.empty()) status_.NoteProgress(TimeOf(page_->events[std::min(next_, page_->events.size() - 1)]));
    return next_ < page_->events.size() ? Apply() : PageDone();
  }
  if (applied.lost) return OnLost();
  // Whose statement failed is not always known, and it has undone what the others did.
  if (!Passes(status) && !std::exchange(careful_, true)) return Apply();
  Log()->warn("an event of {} has to wait: {}", source_.feed, Shown(status));
  status_.SetState(Status::FOLLOWING, Shown(status));
  RetryAfterFault();
}

void Subscription::PageDone() {
  page_ = nullptr;
  attempt_ = 0;
  Read();
}

void Subscription::OnUpkeep(Upkeep upkeep, const absl::Status& status, bool lost) {
  if (draining_) return;
  if (upkeep == Upkeep::kRenew) {
    // A write of a page that is under way tells it, too.
    if (status.ok() && lost && !writing_) return OnLost();
    if (status.ok() && !lost) NoteRenewal();
    return;
  }
  if (status.ok() && lost) return OnLost();
  if (!status.ok()) return RetryAfterFault();
  upkeep == Upkeep::kBreak ? LookAgainLater() : RetryLater(absl::ZeroDuration());
}

void Subscription::KeepUp() {
  if (draining_ || !leading_) return;
  if (lease_until_ - runtime_.SteadyNow() < options_.limits.lease * 2 / 3) SubmitUpkeep(Upkeep::kRenew, "");
  After(options_.limits.lease / 3, &Subscription::KeepUp);
}

void Subscription::WatchSilence() {
  const absl::Duration silence = runtime_.SteadyNow() - last_message_;
  if (writing_ || silence < options_.limits.silence_max) {
    return After(writing_ ? options_.limits.silence_max : options_.limits.silence_max - silence,
                 &Subscription::WatchSilence);
  }
  if (broken_.empty()) status_.SetState(Status::DISCONNECTED, "nothing was heard of it for too long");
  RetryAfterFault();
}

void Subscription::OnLost() {
  Log()->warn("another process follows {} now", source_.feed);
  leading_ = false;
  RetryLater(absl::ZeroDuration());
}

void Subscription::Broken(const std::string& reason) {
  status_.SetState(Status::BROKEN, reason);
  // What it has followed so far may not be what clients mean who ask for a position in this feed.
  applied_.Advance(storage::Cursor());
  if (reason != std::exchange(broken_, reason)) return SubmitUpkeep(Upkeep::kBreak, reason);
  LookAgainLater();
}

void Subscription::LookAgainLater() {
  // Not all at the same moment.
  RetryLater(Backoff(runtime_, 0, options_.limits.broken_pause, options_.limits.broken_pause));
}

void Subscription::RetryAfterFault() {
  RetryLater(Backoff(runtime_, attempt_++, options_.limits.retry_first, options_.limits.retry_most));
}

void Subscription::RetryLater(absl::Duration pause) {
  Disconnect();
  After(pause, &Subscription::TakeLease);
}

void Subscription::Disconnect() {
  ++round_;
  stream_ = nullptr;
  page_ = nullptr;
}

void Subscription::After(absl::Duration delay, void (Subscription::*task)()) {
  executor_->PostAt(runtime_.Now() + delay, [this, round = round_, task] {
    if (round == round_) (this->*task)();
  });
}

void Subscription::SetPosition(const storage::Cursor& position, int64_t epoch) {
  position_ = position;
  epoch_ = epoch;
  status_.SetPosition(position, epoch);
  applied_.Advance(broken_.empty() ? position : storage::Cursor());
}

// The write took a moment since it said until when.
void Subscription::NoteRenewal() { lease_until_ = runtime_.SteadyNow() + options_.limits.lease * 9 / 10; }

}  // namespace dangol::feed
