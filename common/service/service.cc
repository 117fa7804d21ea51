#include "common/service/service.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/service/admin.h"
#include "common/service/shared_database.h"

namespace dangol::service {
namespace {

// More than there will be. Two services give out identifiers of changes, tickets those of drafts and the backlog the
// others, and must not give out the same one in the same millisecond.
constexpr int kServicesMost = 8;
static_assert(storage::kReplicasMost * kServicesMost <= IdMaker::kReplicas, "two makers would have one number");
constexpr std::string_view kExpireKeysTimer = "expire-idempotency-keys";
constexpr absl::Duration kExpireKeysInterval = absl::Minutes(10);  // between two passes
constexpr absl::Duration kExpireKeysPause = absl::Seconds(1);      // between two steps of a pass
constexpr int64_t kExpireKeysMost = 1000;                          // keys a step

// Says when all that came into its lane before it is done.
class LastWrite : public storage::Write {
 public:
  explicit LastWrite(Task done) : done_(std::move(done)) { rows = 0; }
  absl::Status Apply(storage::Transaction&) override { return absl::OkStatus(); }
  void Done(const absl::Status&, const storage::Position&) override { std::move(done_)(); }

 private:
  Task done_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Service>> Service::Open(const Definition& definition, Options options) {
  std::unique_ptr<Service> service(new Service(definition, *options.database.runtime));
  RETURN_IF_ERROR(service->OpenStorage(options));
  service->AddSubscriptions(options);
  service->AddMethods(options);
  service->timers_->Start();
  if (options.follows_at_once) service->StartFollowing();
  if (options.shared_database) service->shared_database_ = std::make_unique<SharedDatabase>(*service);
  return service;
}

Service::Service(const Definition& definition, Runtime& runtime)
    : definition_(definition), runtime_(runtime), start_time_(runtime.Now()) {}

Service::~Service() {
  // What runs on threads of its own stops first, while all that it may still call is alive.
  if (admin_ != nullptr) admin_->Stop();
  if (shared_database_ != nullptr) shared_database_->Stop();
  for (const auto& subscription : subscriptions_) subscription->Stop();
  if (reader_pool_ != nullptr) reader_pool_->Stop();
  if (write_queue_ != nullptr) write_queue_->Stop();
  if (feed_head_ != nullptr) feed_head_->Stop();
  for (const auto& followed : followed_) followed->Stop();
}

absl::Status Service::OpenStorage(const Options& options) {
  ASSIGN_OR_RETURN(database_, storage::OpenDatabase(options.database_url, options.database));
  // As after a failure: what was committed is brought to safety before anything new is written.
  ASSIGN_OR_RETURN(std::unique_ptr<storage::WriteConnection> writer, database_->Recover());
  const storage::Schema schemas[] = {storage::CoreSchema(), definition_.schema};
  RETURN_IF_ERROR(storage::Migrate(*writer, schemas, runtime_.Now()));
  ASSIGN_OR_RETURN(
      storage::Start start,
      storage::RecordStart(*writer, runtime_, options.shared_database ? storage::kReplicaLease : absl::ZeroDuration()));
  RETURN_IF_ERROR(SetFirstTimer(*writer));
  process_ = start.process;
  replica_ = start.replica.number;
  ids_ = std::make_unique<IdMaker>(MakerNumber(replica_), start.replica.unused_from);
  feed_head_ = std::make_unique<storage::FeedHead>(runtime_, start.incarnation, start.feed_sequence);
  write_queue_ = std::make_unique<storage::WriteQueue>(runtime_, *database_, std::move(writer), options.write_queue,
                                                       [this](const storage::Committed& committed) {
                                                         feed_head_->Advance(committed.feed_sequence);
                                                         timers_->Notice(committed.earliest_timer);
                                                       });
  ASSIGN_OR_RETURN(lasting_reader_, database_->OpenReader());
  reader_pool_ = std::make_unique<storage::ReaderPool>(runtime_, *database_, options.reader_pool);
  timers_ = std::make_unique<storage::Timers>(runtime_, *write_queue_);
  timers_->Handle(std::string(kExpireKeysTimer),
                  [this](storage::Transaction& transaction, const storage::Timer& timer, absl::Time now) {
                    return ExpireKeys(transaction, timer, now);
                  });
  for (const TimerHandler& handler : definition_.timers) AddTimer(handler);
  return absl::OkStatus();
}

void Service::AddTimer(const TimerHandler& handler) {
  const rpc::Principal principal{.name = fmt::format("timer/{}", handler.kind), .roles = {"service"}, .stages = {}};
  timers_->Handle(std::string(handler.kind),
                  [this, principal, fire = handler.fire](storage::Transaction& transaction, const storage::Timer& timer,
                                                         absl::Time now) {
                    return fire(transaction, rpc::Call(now, principal, *ids_, ""), timer);
                  });
}

absl::Status Service::SetFirstTimer(storage::WriteConnection& writer) {
  ASSIGN_OR_RETURN(storage::Transaction * transaction, writer.Begin());
  absl::Status status = storage::SetTimer(*transaction, runtime_.Now() + kExpireKeysInterval, kExpireKeysTimer, "");
  if (status.ok()) return writer.Commit();
  writer.Rollback();
  return status;
}

// A step of a pass over all keys, so that callers need not wait. A step that is lost is made up for by the next pass.
absl::Status Service::ExpireKeys(storage::Transaction& transaction, const storage::Timer& timer, absl::Time now) {
  if (expired_keys_position_.empty()) expired_keys_start_ = now;
  ASSIGN_OR_RETURN(expired_keys_position_,
                   storage::DeleteExpiredKeys(transaction, now, expired_keys_position_, kExpireKeysMost));
  if (expired_keys_position_.empty())
    RETURN_IF_ERROR(storage::DeleteSecretsBefore(transaction, expired_keys_start_ - storage::kKeyLifetime));
  const absl::Duration pause = expired_keys_position_.empty() ? kExpireKeysInterval : kExpireKeysPause;
  return storage::SetTimer(transaction, now + pause, timer.kind, timer.resource);
}

int Service::MakerNumber(int replica) const { return replica * kServicesMost + definition_.port_offset; }

absl::Status Service::RenewReplica(storage::Transaction& transaction, absl::Time now) {
  ASSIGN_OR_RETURN(const bool renewed,
                   storage::RenewReplica(transaction, replica_, process_, now + storage::kReplicaLease));
  if (renewed) return absl::OkStatus();
  ASSIGN_OR_RETURN(const storage::Replica other,
                   storage::TakeReplica(transaction, process_, now, storage::kReplicaLease));
  Log()->warn("process {} did not run for so long that another one took its number {}: it has {} now", process_,
              std::exchange(replica_, other.number), other.number);
  ids_->Use(MakerNumber(replica_), other.unused_from);
  return absl::OkStatus();
}

void Service::AddSubscriptions(const Options& options) {
  if (!options.connect) return;
  for (const feed::Source& source : definition_.sources) {
    Peer peer = options.connect(source.feed);
    followed_.push_back(std::make_unique<storage::FeedHead>(runtime_, "", 0));
    subscriptions_.push_back(std::make_unique<feed::Subscription>(
        runtime_, *write_queue_, *ids_, *followed_.back(), source, std::move(peer.channel),
        feed::SubscriptionOptions{options.subscriptions, peer.address, std::to_string(process_),
                                  options.shared_database}));
  }
}

void Service::AddMethods(const Options& options) {
  authorizer_ = options.authorizer;
  if (authorizer_ == nullptr) authorizer_ = std::make_shared<rpc::TrustedNetworkAuthorizer>();
  streams_ = std::make_unique<feed::EventStreams>(runtime_, *reader_pool_, *feed_head_, options.streams);
  rpc::Backend backend{&runtime_, write_queue_.get(), reader_pool_.get(), feed_head_.get(), ids_.get()};
  for (const auto& followed : followed_) backend.followed.push_back(followed.get());
  methods_ = std::make_unique<rpc::MethodTable>(std::move(backend), *authorizer_);
  definition_.add_methods(*methods_, *streams_);
  admin_ = std::make_unique<Admin>(*this);
  admin_->AddMethods(*methods_);
}

void Service::StartFollowing() {
  for (const auto& subscription : subscriptions_) subscription->Start();
}

void Service::StopFollowing() {
  for (const auto& subscription : subscriptions_) subscription->Drain();
}

void Service::Drain() {
  draining_ = true;
  StopFollowing();
  write_queue_->StopAccepting();
  methods_->StoreDenied();
  streams_->Drain();
}

void Service::StoreDenied(Task stored) {
  methods_->StoreDenied();
  // In the lane of the entries, and behind them.
  write_queue_->Submit(storage::Lane::kTimer, std::make_unique<LastWrite>(std::move(stored)));
}

}  // namespace dangol::service
