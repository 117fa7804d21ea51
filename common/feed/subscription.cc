#include "common/feed/subscription.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/mutant.h"
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

std::string Shown(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return fmt::format("{}{}: {}", absl::StatusCodeToString(status.code()), reason.empty() ? "" : " " + reason,
                     std::string(status.message()));
}

}  // namespace

// How callbacks reach the executor; they may come when the subscription is gone.
struct Subscription::Inbox {
  std::mutex mutex;
  Executor* executor = nullptr;

  void Post(Task task) {
    std::lock_guard lock(mutex);
    if (executor != nullptr) executor->Post(std::move(task));
  }
  void Close() {
    std::lock_guard lock(mutex);
    executor = nullptr;
  }
};

// What one message held.
struct Subscription::Page {
  std::unique_ptr<Message> response;
  std::vector<FollowedEvent> events;
  std::string incarnation;
  int64_t head_sequence = 0;
};

// Reads the row, and makes it ours where it is nobody's.
class Subscription::LeaseWrite : public storage::Write {
 public:
  explicit LeaseWrite(Subscription& owner)
      : owner_(owner), inbox_(owner.inbox_), round_(owner.round_), forsaken_(owner.ForsakenLease()) {}

  absl::Status Apply(storage::Transaction& transaction) override {
    const absl::Time now = owner_.runtime_.Now();
    const SubscriptionOptions& options = owner_.options_;
    lease_ = Lease();
    RETURN_IF_ERROR(
        transaction.Query("SELECT incarnation, seq, commit_id, broken, epoch, owner, lease_expire_time "
                          "FROM subscription WHERE feed = $1",
                          {owner_.source_.feed}, [&](const storage::Row& row) {
                            lease_ = {false,       {row.Text(0), {row.Integer(1), row.Integer(2)}},
                                      row.Text(3), row.Integer(4),
                                      row.Text(5), row.Time(6)};
                          }));
    if (lease_.owner == options.owner && (!options.shared || lease_.expire_time > now + options.limits.lease / 2)) {
      lease_.mine = true;
      return absl::OkStatus();
    }
    if (options.shared && lease_.owner != options.owner && lease_.expire_time > now && !lease_.SameAs(forsaken_)) {
      return absl::OkStatus();
    }
    if (lease_.owner != options.owner) ++lease_.epoch;
    lease_.mine = true;
    lease_.owner = options.owner;
    lease_.expire_time = now + options.limits.lease;
    return transaction.Execute(
        "INSERT INTO subscription (feed, incarnation, seq, epoch, owner, lease_expire_time) VALUES ($1, '', 0, $2, $3, "
        "$4) "
        "ON CONFLICT (feed) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner, "
        "lease_expire_time = excluded.lease_expire_time",
        {owner_.source_.feed, lease_.epoch, options.owner, lease_.expire_time});
  }

  void Done(const absl::Status& status, const storage::Position&) override {
    inbox_->Post([&owner = owner_, round = round_, status, lease = lease_] {
      if (round == owner.round_) owner.OnLease(status, lease);
    });
  }

 private:
  Subscription& owner_;
  const std::shared_ptr<Inbox> inbox_;
  const int64_t round_;
  const std::optional<Lease> forsaken_;
  Lease lease_;
};

// Some events of a page, and the position behind them.
class Subscription::ApplyWrite : public storage::Write {
 public:
  ApplyWrite(Subscription& owner, Part part)
      : owner_(owner),
        inbox_(owner.inbox_),
        page_(owner.page_),
        first_(owner.next_),
        suspects_(owner.suspects_),
        position_(owner.position_),
        epoch_(owner.epoch_),
        part_(part) {}

  absl::Status Apply(storage::Transaction& transaction) override {
    applied_ = {.part = part_, .next = first_, .position = position_, .failed = std::nullopt, .lost = false};
    if (part_ != Part::kEffectsAlone) RETURN_IF_ERROR(CheckRow(transaction));
    if (part_ != Part::kCursorAlone) {
      RETURN_IF_ERROR(ApplySome(transaction));
    } else {
      applied_.next = page_->events.size();
    }
    return part_ == Part::kEffectsAlone ? absl::OkStatus() : MoveCursor(transaction);
  }

  void Done(const absl::Status& status, const storage::Position&) override {
    inbox_->Post([&owner = owner_, status, applied = applied_] { owner.OnApplied(status, applied); });
  }

 private:
  // No handler runs in vain; MoveCursor is what decides.
  absl::Status CheckRow(storage::Transaction& transaction) {
    applied_.lost = true;
    RETURN_IF_ERROR(transaction.Query("SELECT incarnation, seq, epoch FROM subscription WHERE feed = $1",
                                      {owner_.source_.feed}, [&](const storage::Row& row) {
                                        applied_.lost = row.Text(0) != position_.incarnation ||
                                                        row.Integer(1) != position_.sequence ||
                                                        row.Integer(2) != epoch_;
                                      }));
    return applied_.lost ? absl::AbortedError("the lease is lost") : absl::OkStatus();
  }

  absl::Status ApplySome(storage::Transaction& transaction) {
    if (first_ == page_->events.size()) return absl::OkStatus();
    const SubscriptionLimits& limits = owner_.options_.limits;
    const absl::Time start = owner_.runtime_.SteadyNow();
    ParkedEvents parked(transaction, owner_.source_.feed, page_->incarnation);
    RETURN_IF_ERROR(parked.Load(Sequence(first_), Sequence(page_->events.size() - 1)));
    int64_t resources = 0;
    while (applied_.next < page_->events.size()) {
      const FollowedEvent& event = page_->events[applied_.next];
      if (absl::Status status = ApplyOne(transaction, parked, event); !status.ok()) {
        applied_.failed = applied_.next;
        return status;
      }
      ++applied_.next;
      resources += std::max(1, event.envelope->resources_size());
      if (resources >= limits.write_resources_max || owner_.runtime_.SteadyNow() - start >= limits.write_time_max)
        break;
    }
    return absl::OkStatus();
  }

  absl::Status ApplyOne(storage::Transaction& transaction, ParkedEvents& parked, const FollowedEvent& event) {
    if (parked.IsParked(event.envelope->sequence())) return absl::OkStatus();
    const absl::Time now = owner_.runtime_.Now();
    ASSIGN_OR_RETURN(const bool behind, parked.IsBehind(*event.envelope));
    if (behind) return parked.Park(event, absl::OkStatus(), now);
    const auto react = [&] { return React(owner_.source_, transaction, now, owner_.ids_, event); };
    // One that has failed before, and undone the others with it, is undone alone now.
    if (!suspects_.contains(applied_.next)) return react();
    const absl::Status status = transaction.Try(react);
    if (status.ok() || Passes(status)) return status;
    return parked.Park(event, status, now);
  }

  absl::Status MoveCursor(storage::Transaction& transaction) {
    if (applied_.next > 0) {
      ASSIGN_OR_RETURN(applied_.position,
                       storage::ParseCursor(page_->events[applied_.next - 1].envelope->cursor(), "cursor"));
    }
    applied_.position.incarnation = page_->incarnation;
    applied_.lost = true;
    RETURN_IF_ERROR(transaction.Query(
        "UPDATE subscription SET incarnation = $1, seq = $2, commit_id = $3, broken = '', lease_expire_time = $4 "
        "WHERE feed = $5 AND incarnation = $6 AND seq = $7 AND epoch = $8 RETURNING seq",
        {applied_.position.incarnation, applied_.position.sequence, applied_.position.commit_id,
         owner_.runtime_.Now() + owner_.options_.limits.lease, owner_.source_.feed, position_.incarnation,
         position_.sequence, epoch_},
        [&](const storage::Row&) { applied_.lost = false; }));
    return applied_.lost ? absl::AbortedError("the lease is lost") : absl::OkStatus();
  }

  int64_t Sequence(size_t event) const { return page_->events[event].envelope->sequence(); }

  Subscription& owner_;
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<Page> page_;
  const size_t first_;
  const std::set<size_t> suspects_;
  const storage::Cursor position_;
  const int64_t epoch_;
  const Part part_;
  Applied applied_;
};

// Keeps the lease, gives it up, begins at the start of another feed, or writes down why it cannot go on.
class Subscription::UpkeepWrite : public storage::Write {
 public:
  // `text`: the other feed's incarnation, or why it cannot go on.
  UpkeepWrite(Subscription& owner, Upkeep upkeep, const std::string& text)
      : owner_(owner),
        inbox_(owner.inbox_),
        round_(owner.round_),
        upkeep_(upkeep),
        text_(text),
        position_(owner.position_),
        epoch_(owner.epoch_) {}

  absl::Status Apply(storage::Transaction& transaction) override {
    lost_ = true;
    const auto found = [&](const storage::Row&) { lost_ = false; };
    const absl::Time now = owner_.runtime_.Now();
    if (upkeep_ == Upkeep::kBreak) {
      return transaction.Query("UPDATE subscription SET broken = $1 WHERE feed = $2 AND epoch = $3 RETURNING epoch",
                               {text_, owner_.source_.feed, epoch_}, found);
    }
    if (upkeep_ != Upkeep::kRestart) {
      const absl::Time until = upkeep_ == Upkeep::kRenew ? now + owner_.options_.limits.lease : now;
      return transaction.Query(
          "UPDATE subscription SET lease_expire_time = $1 WHERE feed = $2 AND epoch = $3 RETURNING epoch",
          {until, owner_.source_.feed, epoch_}, found);
    }
    return transaction.Query(
        "UPDATE subscription SET incarnation = $1, seq = 0, commit_id = 0, broken = '' "
        "WHERE feed = $2 AND incarnation = $3 AND seq = $4 AND epoch = $5 RETURNING epoch",
        {text_, owner_.source_.feed, position_.incarnation, position_.sequence, epoch_}, found);
  }

  void Done(const absl::Status& status, const storage::Position&) override {
    inbox_->Post([&owner = owner_, round = round_, upkeep = upkeep_, status, lost = lost_] {
      if (round == owner.round_) owner.OnUpkeep(upkeep, status, lost);
    });
  }

 private:
  Subscription& owner_;
  const std::shared_ptr<Inbox> inbox_;
  const int64_t round_;
  const Upkeep upkeep_;
  const std::string text_;
  const storage::Cursor position_;
  const int64_t epoch_;
  bool lost_ = false;
};

Subscription::Subscription(Runtime& runtime, storage::WriteQueue& queue, IdMaker& ids, storage::FeedHead& applied,
                           const Source& source, std::unique_ptr<rpc::Channel> channel, SubscriptionOptions options)
    : runtime_(runtime),
      queue_(queue),
      ids_(ids),
      applied_(applied),
      source_(source),
      channel_(std::move(channel)),
      options_(std::move(options)),
      inbox_(std::make_shared<Inbox>()),
      executor_(runtime.NewExecutor("subscription", 1)) {
  inbox_->executor = executor_.get();
  status_.set_feed(std::string(source_.feed));
  status_.set_address(options_.address);
  status_.set_state(Status::DISCONNECTED);
  status_.set_reason("it has not been asked yet");
}

Subscription::~Subscription() { Stop(); }

void Subscription::Start() {
  inbox_->Post([this] { TakeLease(); });
}

void Subscription::Drain() {
  inbox_->Post([this] {
    if (draining_) return;
    draining_ = true;
    SetState(Status::DISCONNECTED, "this service is stopping");
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
    if (leading_ || draining_) return;  // knows better
    const bool mended = broken.empty() && !broken_.empty();
    broken_ = broken;
    SetPosition(position, epoch_);
    if (!broken_.empty()) SetState(Status::BROKEN, broken_);
    if (mended) SetState(Status::STANDBY, "another process of this service follows it");
    bool waits = false;
    {
      std::lock_guard lock(mutex_);
      waits = status_.state() == Status::STANDBY || status_.state() == Status::BROKEN;
    }
    if (!waits || lease_expire_time > runtime_.Now()) return;
    ++round_;
    TakeLease();
  });
}

void Subscription::TakeLease() {
  if (draining_) return;
  queue_.Submit(storage::Lane::kReaction, std::make_unique<LeaseWrite>(*this));
}

void Subscription::OnLease(const absl::Status& status, const Lease& lease) {
  if (draining_) return;
  if (!status.ok()) {
    SetState(Status::DISCONNECTED, Shown(status));
    return RetryAfterFault();
  }
  broken_ = lease.broken;
  SetPosition(lease.position, lease.epoch);
  if (!broken_.empty()) SetState(Status::BROKEN, broken_);
  leading_ = lease.mine;
  if (!leading_) return StandBy(lease);
  lease_until_ = runtime_.SteadyNow() + std::min(lease.expire_time - runtime_.Now(), options_.limits.lease);
  Connect();
}

void Subscription::StandBy(const Lease& lease) {
  if (broken_.empty()) SetState(Status::STANDBY, fmt::format("process {} of this service follows it", lease.owner));
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
  if (broken_.empty()) SetState(Status::DISCONNECTED, status.ok() ? "the stream ended" : Shown(status));
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
  NoteHead(*page);
  int64_t expected = position_.sequence + 1;
  for (const FollowedEvent& event : page->events) {
    if (event.envelope->sequence() != expected) {
      return Broken(
          fmt::format("event {} came where {} was to come: events are missing. Find out what happened to its database.",
                      event.envelope->sequence(), expected));
    }
    ++expected;
  }
  SetState(Status::FOLLOWING, "");
  page_ = std::move(page);
  next_ = 0;
  suspects_.clear();
  const bool same = page_->incarnation == position_.incarnation && broken_.empty();
  if (page_->events.empty() && same) return PageDone();
  Apply(IsMutant(Mutant::kCursorBeforeEffects) ? Part::kCursorAlone : Part::kAll);
}

void Subscription::Apply(Part part) {
  writing_ = true;
  queue_.Submit(storage::Lane::kReaction, std::make_unique<ApplyWrite>(*this, part));
}

void Subscription::OnApplied(const absl::Status& status, const Applied& applied) {
  writing_ = false;
  if (status.ok() && applied.part != Part::kEffectsAlone) {
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
    if (applied.part == Part::kCursorAlone) return Apply(Part::kEffectsAlone);
    next_ = applied.next;
    if (!page_->events.empty()) NoteProgress();
    return next_ < page_->events.size() ? Apply(applied.part) : PageDone();
  }
  if (applied.lost) return OnLost();
  if (!Passes(status) && applied.failed && suspects_.insert(*applied.failed).second) return Apply(applied.part);
  Log()->warn("an event of {} has to wait: {}", source_.feed, Shown(status));
  SetState(Status::FOLLOWING, Shown(status));
  RetryAfterFault();
}

void Subscription::PageDone() {
  page_ = nullptr;
  attempt_ = 0;
  Read();
}

void Subscription::SubmitUpkeep(Upkeep upkeep, const std::string& text) {
  queue_.Submit(storage::Lane::kReaction, std::make_unique<UpkeepWrite>(*this, upkeep, text));
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
  if (broken_.empty()) SetState(Status::DISCONNECTED, "nothing was heard of it for too long");
  RetryAfterFault();
}

void Subscription::OnLost() {
  Log()->warn("another process follows {} now", source_.feed);
  leading_ = false;
  RetryLater(absl::ZeroDuration());
}

void Subscription::Broken(const std::string& reason) {
  SetState(Status::BROKEN, reason);
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

void Subscription::SetState(Status::State state, const std::string& reason) {
  std::lock_guard lock(mutex_);
  const bool news = status_.state() != state || (state == Status::BROKEN && status_.reason() != reason);
  status_.set_state(state);
  status_.set_reason(reason);
  if (!news) return;
  if (state == Status::BROKEN) {
    Log()->error("the feed of {} cannot be followed: {}", source_.feed, reason);
  } else {
    Log()->info("the feed of {} is {}{}{}", source_.feed, Status::State_Name(state), reason.empty() ? "" : ": ",
                reason);
  }
}

void Subscription::SetPosition(const storage::Cursor& position, int64_t epoch) {
  position_ = position;
  epoch_ = epoch;
  {
    std::lock_guard lock(mutex_);
    if (position.incarnation != followed_) status_.set_head_sequence(0);
    followed_ = position.incarnation;
    status_.set_sequence(position.sequence);
    status_.set_cursor(position.incarnation.empty() ? "" : storage::FormatCursor(position));
    status_.set_epoch(epoch);
    status_.set_head_sequence(std::max(status_.head_sequence(), position.sequence));
  }
  applied_.Advance(broken_.empty() ? position : storage::Cursor());
}

// The write took a moment since it said until when.
void Subscription::NoteRenewal() { lease_until_ = runtime_.SteadyNow() + options_.limits.lease * 9 / 10; }

void Subscription::NoteHead(const Page& page) {
  std::lock_guard lock(mutex_);
  status_.set_head_sequence(std::max(page.head_sequence, status_.sequence()));
  if (!page.events.empty()) {
    behind_since_ = FromProtoTime(page.events.front().envelope->time());
  } else if (status_.head_sequence() <= status_.sequence()) {
    behind_since_ = absl::InfiniteFuture();
  }
}

void Subscription::NoteProgress() {
  std::lock_guard lock(mutex_);
  // Behind the page's last event the next is about as old.
  const size_t oldest = std::min(next_, page_->events.size() - 1);
  behind_since_ = status_.head_sequence() <= status_.sequence() ? absl::InfiniteFuture()
                                                                : FromProtoTime(page_->events[oldest].envelope->time());
}

Subscription::Status Subscription::status() const {
  std::lock_guard lock(mutex_);
  Status status = status_;
  status.set_lag_events(status.head_sequence() - status.sequence());
  if (status.lag_events() > 0) {
    status.set_lag_seconds(
        std::max<int64_t>(0, absl::ToInt64Seconds(runtime_.Now() - std::min(behind_since_, runtime_.Now()))));
  }
  return status;
}

}  // namespace dangol::feed
