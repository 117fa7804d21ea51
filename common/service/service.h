// One running service: a database, the queue that writes it, the pool that reads it, the feed and the method table. It
// knows no network: a transport brings it calls, gRPC in production, a simulated one in the simulation.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/ids.h"
#include "common/base/runtime.h"
#include "common/feed/event_streams.h"
#include "common/feed/source.h"
#include "common/feed/subscription.h"
#include "common/rpc/authorization.h"
#include "common/rpc/call.h"
#include "common/rpc/method_table.h"
#include "common/service/integrity.h"
#include "common/storage/core_schema.h"
#include "common/storage/database.h"
#include "common/storage/feed_head.h"
#include "common/storage/migrations.h"
#include "common/storage/reader_pool.h"
#include "common/storage/timers.h"
#include "common/storage/write_queue.h"

namespace dangol::service {

class Admin;
class SharedDatabase;

// What a service does when a timer of this kind is due, in the transaction that deletes the timer; may set it anew. An
// error undoes all, and the timer comes again. `call` has the time and the identity `timer/KIND`.
struct TimerHandler {
  std::string_view kind;
  absl::Status (*fire)(storage::Transaction&, const rpc::Call& call, const storage::Timer&) = nullptr;
};

// What makes one service different from another. One constant in each service's folder.
struct Definition {
  std::string_view name;  // such as `tickets`
  int port_offset = 0;    // from the suite's base port
  storage::Schema schema;
  void (*add_methods)(rpc::MethodTable&, feed::EventStreams&) = nullptr;
  std::vector<IntegrityCheck> integrity_checks;
  std::vector<TimerHandler> timers = {};
  std::vector<feed::Source> sources = {};  // the feeds that it follows
};

// A service whose feed is followed.
struct Peer {
  std::string address;  // for an operator
  std::unique_ptr<rpc::Channel> channel;
};

struct Options {
  std::string database_url;
  storage::DatabaseOptions database;
  storage::WriteQueueLimits write_queue;
  storage::ReaderPoolLimits reader_pool;
  feed::StreamLimits streams;
  feed::SubscriptionLimits subscriptions;
  // How the service of this name is reached, for each feed that is followed. None: no feed is followed.
  std::function<Peer(std::string_view feed)> connect;
  // False: only once StartFollowing is called.
  bool follows_at_once = true;
  // Other processes of this service use the database, too: their commits are looked for, and feeds are followed by one
  // of them.
  bool shared_database = false;
  // Who calls. None: everybody is the local principal.
  std::shared_ptr<rpc::Authorizer> authorizer = nullptr;
};

// Thread-safe.
class Service {
 public:
  // Opens the database and migrates it. Errors are one line for an operator.
  static absl::StatusOr<std::unique_ptr<Service>> Open(const Definition& definition, Options options);
  // Ends what is under way with UNAVAILABLE. Transports must have let go of the method table before.
  ~Service();

  rpc::MethodTable& methods() { return *methods_; }
  const Definition& definition() const { return definition_; }
  Runtime& runtime() { return runtime_; }
  storage::Database& database() { return *database_; }
  storage::WriteQueue& write_queue() { return *write_queue_; }
  storage::ReaderPool& reader_pool() { return *reader_pool_; }
  storage::FeedHead& feed_head() { return *feed_head_; }
  feed::EventStreams& streams() { return *streams_; }
  IdMaker& ids() { return *ids_; }
  storage::Timers& timers() { return *timers_; }
  // One for each source, in their order; none where the options have no `connect`.
  const std::vector<std::unique_ptr<feed::Subscription>>& subscriptions() const { return subscriptions_; }
  // As storage::Start::process.
  int64_t process() const { return process_; }
  absl::Time start_time() const { return start_time_; }
  bool draining() const { return draining_; }
  // As Options::shared_database.
  bool shares_database() const { return shared_database_ != nullptr; }

  // Call it once, where the options have no `follows_at_once`.
  void StartFollowing();
  // From now on no feed is followed; another replica may take the leases at once.
  void StopFollowing();
  // StopFollowing, and new writes are refused and streams end with UNAVAILABLE; what was taken is still answered.
  void Drain();
  // Puts what was counted of denied calls into the audit log, and calls `stored` once that is done or has failed.
  void StoreDenied(Task stored);
  // Prolongs the lease of this process' replica number; where another process has taken it, takes another one.
  absl::Status RenewReplica(storage::Transaction& transaction, absl::Time now);

 private:
  Service(const Definition& definition, Runtime& runtime);
  absl::Status OpenStorage(const Options& options);
  void AddTimer(const TimerHandler& handler);
  absl::Status SetFirstTimer(storage::WriteConnection& writer);
  absl::Status ExpireKeys(storage::Transaction& transaction, const storage::Timer& timer, absl::Time now);
  int MakerNumber(int replica) const;
  void AddMethods(const Options& options);
  void AddSubscriptions(const Options& options);

  const Definition& definition_;
  Runtime& runtime_;
  const absl::Time start_time_;
  std::atomic<bool> draining_ = false;
  int64_t process_ = 0;
  int replica_ = 0;  // the writer's thread alone, once it runs
  // Of the pass that deletes expired keys. The writer's thread alone.
  std::string expired_keys_position_;
  absl::Time expired_keys_start_;

  // In the order in which they are built; each uses only those above it.
  std::shared_ptr<rpc::Authorizer> authorizer_;
  std::unique_ptr<storage::Database> database_;
  // Never read from. While it is open a failed writer is not the last connection, whose end would leave readers nothing
  // to read by.
  std::unique_ptr<storage::ReadConnection> lasting_reader_;
  std::unique_ptr<IdMaker> ids_;
  std::unique_ptr<storage::FeedHead> feed_head_;
  std::vector<std::unique_ptr<storage::FeedHead>> followed_;  // one for each subscription
  std::unique_ptr<storage::WriteQueue> write_queue_;
  std::unique_ptr<storage::ReaderPool> reader_pool_;
  std::unique_ptr<storage::Timers> timers_;
  std::vector<std::unique_ptr<feed::Subscription>> subscriptions_;
  std::unique_ptr<feed::EventStreams> streams_;
  std::unique_ptr<rpc::MethodTable> methods_;
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<SharedDatabase> shared_database_;
};

}  // namespace dangol::service
