// What a Subscription writes: the lease, the events of a page with the position behind them, and what becomes of the
// row.
#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/subscription.h"

namespace dangol::feed {

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
  explicit ApplyWrite(Subscription& owner)
      : owner_(owner),
        inbox_(owner.inbox_),
        page_(owner.page_),
        first_(owner.next_),
        careful_(owner.careful_),
        position_(owner.position_),
        epoch_(owner.epoch_) {}

  absl::Status Apply(storage::Transaction& transaction) override {
    applied_ = {.next = first_, .position = position_, .lost = false};
    RETURN_IF_ERROR(CheckRow(transaction));
    RETURN_IF_ERROR(ApplySome(transaction));
    return MoveCursor(transaction);
  }

  void Done(const absl::Status& status, const storage::Position&) override {
    inbox_->Post([&owner = owner_, status, applied = applied_] { owner.OnApplied(status, applied); });
  }

 private:
  // No handler runs in vain; MoveCursor is what decides.
  absl::Status CheckRow(storage::Transaction& transaction) {
    bool mine = false;
    RETURN_IF_ERROR(transaction.Query("SELECT incarnation, seq, epoch FROM subscription WHERE feed = $1",
                                      {owner_.source_.feed}, [&](const storage::Row& row) {
                                        mine = row.Text(0) == position_.incarnation &&
                                               row.Integer(1) == position_.sequence && row.Integer(2) == epoch_;
                                      }));
    applied_.lost = !mine;
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
      RETURN_IF_ERROR(ApplyOne(transaction, parked, event));
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
    if (!careful_) return react();
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
    ASSIGN_OR_RETURN(
        const int64_t moved,
        transaction.Change(
            "UPDATE subscription SET incarnation = $1, seq = $2, commit_id = $3, broken = '', lease_expire_time = $4 "
            "WHERE feed = $5 AND incarnation = $6 AND seq = $7 AND epoch = $8",
            {applied_.position.incarnation, applied_.position.sequence, applied_.position.commit_id,
             owner_.runtime_.Now() + owner_.options_.limits.lease, owner_.source_.feed, position_.incarnation,
             position_.sequence, epoch_}));
    applied_.lost = moved == 0;
    return applied_.lost ? absl::AbortedError("the lease is lost") : absl::OkStatus();
  }

  int64_t Sequence(size_t event) const { return page_->events[event].envelope->sequence(); }

  Subscription& owner_;
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<Page> page_;
  const size_t first_;
  const bool careful_;
  const storage::Cursor position_;
  const int64_t epoch_;
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
    ASSIGN_OR_RETURN(const int64_t changed, Update(transaction));
    lost_ = changed == 0;
    return absl::OkStatus();
  }

  void Done(const absl::Status& status, const storage::Position&) override {
    inbox_->Post([&owner = owner_, round = round_, upkeep = upkeep_, status, lost = lost_] {
      if (round == owner.round_) owner.OnUpkeep(upkeep, status, lost);
    });
  }

 private:
  absl::StatusOr<int64_t> Update(storage::Transaction& transaction) {
    const absl::Time now = owner_.runtime_.Now();
    if (upkeep_ == Upkeep::kBreak) {
      return transaction.Change("UPDATE subscription SET broken = $1 WHERE feed = $2 AND epoch = $3",
                                {text_, owner_.source_.feed, epoch_});
    }
    if (upkeep_ != Upkeep::kRestart) {
      const absl::Time until = upkeep_ == Upkeep::kRenew ? now + owner_.options_.limits.lease : now;
      return transaction.Change("UPDATE subscription SET lease_expire_time = $1 WHERE feed = $2 AND epoch = $3",
                                {until, owner_.source_.feed, epoch_});
    }
    return transaction.Change(
        "UPDATE subscription SET incarnation = $1, seq = 0, commit_id = 0, broken = '' "
        "WHERE feed = $2 AND incarnation = $3 AND seq = $4 AND epoch = $5",
        {text_, owner_.source_.feed, position_.incarnation, position_.sequence, epoch_});
  }

  Subscription& owner_;
  const std::shared_ptr<Inbox> inbox_;
  const int64_t round_;
  const Upkeep upkeep_;
  const std::string text_;
  const storage::Cursor position_;
  const int64_t epoch_;
  bool lost_ = false;
};

void Subscription::SubmitLease() { queue_.Submit(storage::Lane::kReaction, std::make_unique<LeaseWrite>(*this)); }

void Subscription::SubmitPage() { queue_.Submit(storage::Lane::kReaction, std::make_unique<ApplyWrite>(*this)); }

void Subscription::SubmitUpkeep(Upkeep upkeep, const std::string& text) {
  queue_.Submit(storage::Lane::kReaction, std::make_unique<UpkeepWrite>(*this, upkeep, text));
}

}  // namespace dangol::feed
