#include "common/service/shared_database.h"

#include <string>

#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/service/service.h"

namespace dangol::service {
namespace {

constexpr int kIntervalMillis = 100;
constexpr absl::Duration kInterval = absl::Milliseconds(kIntervalMillis);
constexpr int kTimersEvery = 10;    // looks
constexpr int kRenewalEvery = 200;  // looks
static_assert(absl::Milliseconds(kIntervalMillis * kRenewalEvery) < storage::kReplicaLease,
              "the lease would end between two renewals");

}  // namespace

class SharedDatabase::Look : public storage::Read {
 public:
  explicit Look(SharedDatabase& owner) : owner_(owner) {}

  void Run(storage::Snapshot& snapshot) override {
    const absl::Status status = Tell(snapshot);
    if (!status.ok()) Log()->warn("the shared database could not be read: {}", std::string(status.message()));
    owner_.LookLater();
  }
  void Fail(const absl::Status&) override { owner_.LookLater(); }

 private:
  absl::Status Tell(storage::Snapshot& snapshot) {
    Service& service = owner_.service_;
    ASSIGN_OR_RETURN(const storage::Position head, storage::ReadFeedHead(snapshot));
    service.feed_head().Advance(head.sequence);
    return snapshot.Query(
        "SELECT feed, incarnation, seq, commit_id, broken, lease_expire_time FROM subscription ORDER BY feed", {},
        [&](const storage::Row& row) {
          for (const auto& subscription : service.subscriptions()) {
            if (subscription->feed() != row.Bytes(0)) continue;
            subscription->Notice({row.Text(1), {row.Integer(2), row.Integer(3)}}, row.Text(4), row.Time(5));
          }
        });
  }

  SharedDatabase& owner_;
};

class SharedDatabase::Renewal : public storage::Write {
 public:
  explicit Renewal(Service& service) : service_(service) {}

  absl::Status Apply(storage::Transaction& transaction) override {
    return service_.RenewReplica(transaction, service_.runtime().Now());
  }
  void Done(const absl::Status& status, const storage::Position&) override {
    if (!status.ok()) Log()->warn("the lease of this replica was not renewed: {}", std::string(status.message()));
  }

 private:
  Service& service_;
};

SharedDatabase::SharedDatabase(Service& service)
    : service_(service), executor_(service.runtime().NewExecutor("shared", 1)) {
  LookLater();
}

SharedDatabase::~SharedDatabase() { Stop(); }

void SharedDatabase::Stop() { executor_->Stop(); }

void SharedDatabase::LookLater() {
  executor_->PostAt(service_.runtime().Now() + kInterval, [this] {
    // Two processes may look at the same timer: the second finds it gone.
    if (++looks_ % kTimersEvery == 0) service_.timers().Notice(service_.runtime().Now());
    if (looks_ % kRenewalEvery == 0) {
      service_.write_queue().Submit(storage::Lane::kTimer, std::make_unique<Renewal>(service_));
    }
    service_.reader_pool().Submit(std::make_unique<Look>(*this), /*internal=*/true);
  });
}

}  // namespace dangol::service
