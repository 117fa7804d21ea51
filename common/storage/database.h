// A database named by a URL, and the three ways to use it: a Snapshot reads, a Transaction also writes, and the
// connections that make them belong to WriteQueue and ReaderPool alone. Handlers see only Snapshot and Transaction.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/cursor.h"
#include "common/storage/sql.h"

namespace dangol::storage {

// A consistent view. Not thread-safe; valid only during the call that it was given to. Errors are ready for a client:
// UNAVAILABLE (STORAGE_…) when the engine or the disk failed, RESOURCE_EXHAUSTED (READ_TOO_LONG) when a read held its
// snapshot too long, INTERNAL when the statement is wrong.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // Calls `each` for every row, in order.
  virtual absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each) = 0;

  // The single integer of a query that returns one row and one column; 0 for NULL and for no row.
  absl::StatusOr<int64_t> QueryInteger(Sql sql, Params params);
  // The texts of a query that returns one column, none of them NULL.
  absl::StatusOr<std::vector<std::string>> QueryTexts(Sql sql, Params params);
};

class Transaction;

// Of what writes of one transaction share (Transaction::Shared): rows that many of them change, such as counts, and
// that are written once for all of them, before the commit.
class Deferred {
 public:
  virtual ~Deferred() = default;
  // Writes what was gathered since it was called last.
  virtual absl::Status Write(Transaction& transaction) = 0;
};

class Transaction : public Snapshot {
 public:
  // A statement without a result.
  virtual absl::Status Execute(Sql sql, Params params) = 0;
  // Such a statement, and how many rows it has inserted, updated or deleted. Waits for the engine.
  virtual absl::StatusOr<int64_t> Change(Sql sql, Params params) = 0;

  // Position of the feed, with what this transaction has appended so far.
  const Position& feed_position() const { return feed_position_; }
  // That of the next event. For feed::Append alone.
  const Position& TakeFeedPosition() { return feed_position_ = {feed_position_.sequence + 1, commit_id_}; }

  // The version that follows this one, 0 where there was none; behind RenewIncarnation one that was never given before.
  int64_t NextVersion(int64_t version) const { return std::max(version + 1, version_floor_); }

  // Runs `body` so that an error undoes what it did, and nothing else. Costs two statements and a copy of every page
  // that it changes. Not within another.
  absl::Status Try(absl::FunctionRef<absl::Status()> body);

  // The one T of all writes of this transaction, made when it is asked for first: for what each of them would read,
  // such as a policy. Who writes that forgets it here. Valid until then, at most until the end of the write.
  // Where T is Deferred, that counts as a change of rows.
  template <typename T>
  T& Shared() {
    if constexpr (std::is_base_of_v<Deferred, T>) ++deferred_changes_;
    for (const SharedValue& shared : shared_) {
      if (shared.type == &kTypeMark<T>) return *static_cast<T*>(shared.value.get());
    }
    const auto made = std::make_shared<T>();
    Deferred* deferred = nullptr;
    if constexpr (std::is_base_of_v<Deferred, T>) deferred = made.get();
    shared_.push_back({&kTypeMark<T>, made, deferred});
    return *made;
  }
  template <typename T>
  void ForgetShared() {
    Shared<T>() = T();
  }
  // For who reads such rows.
  absl::Status WriteDeferred();

  // For AddTimer alone: tells the timers, after the commit, when to look.
  void NoteTimer(absl::Time due) { earliest_timer_ = std::min(earliest_timer_, due); }

  // For what must not be left anywhere: what is overwritten or deleted still stands in the log of an engine that keeps
  // one in a file of its own. Asks for it to be emptied after the commit, as soon as nobody reads from it.
  virtual void CutLog() {}
  // True while the log still has to be emptied for a commit before this transaction.
  virtual bool LogCutIsDue() const { return false; }

 protected:
  // For Try, where an engine does not wait for what Execute sends: waits for it, and takes back the error that it is
  // about to undo.
  virtual absl::Status Settle() { return absl::OkStatus(); }
  virtual void ForgetFailure() {}

 private:
  friend class BatchWriter;

  // Its address stands for the type.
  template <typename T>
  static inline char kTypeMark = 0;
  struct SharedValue {
    const char* type;
    std::shared_ptr<void> value;
    Deferred* deferred;  // the same; null where it is none
  };

  Position feed_position_;
  int64_t commit_id_ = 0;  // of this one
  int64_t version_floor_ = 0;
  absl::Time earliest_timer_ = absl::InfiniteFuture();
  int64_t deferred_changes_ = 0;
  std::vector<SharedValue> shared_;  // forgotten when a write is undone, which may have written what it holds
};

// The one connection that writes. Used by one thread at a time.
class WriteConnection {
 public:
  virtual ~WriteConnection() = default;

  // Begins a transaction as the only writer. The Transaction lives until Commit or Rollback.
  virtual absl::StatusOr<Transaction*> Begin() = 0;
  virtual absl::Status Savepoint() = 0;
  virtual absl::Status ReleaseSavepoint() = 0;
  virtual absl::Status RollbackToSavepoint() = 0;
  // OK means durable: it survives a loss of power. An error means that the outcome is unknown, unless
  // TransactionFailed: then nothing was committed.
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;

  // Grows with every row that a statement changed, and stays where no statement could have changed one: an engine that
  // does not wait for the result of Execute counts it as a row.
  virtual int64_t changes() const = 0;
  // False when the engine has ended the transaction by itself, as some errors make it do.
  virtual bool InTransaction() const = 0;
  // True where an error of a statement has made the rest of the transaction void, until it is rolled back, to the
  // savepoint or as a whole. An engine that undoes a failed statement alone never says so.
  virtual bool TransactionFailed() const { return false; }
  // True after an error of disk or engine: nothing may be tried on this connection again.
  virtual bool broken() const = 0;

  // Moves the write-ahead log into the database where that is due, some of it on a thread of its own. Called between
  // transactions by the same thread; after one that left bytes waiting, again.
  virtual absl::Status Checkpoint(bool idle) = 0;
  // Bytes that wait for a checkpoint; 0 for an engine that does this itself.
  virtual int64_t wal_bytes() const = 0;
  // Before the connection is closed in good order: moves the whole log into the database and empties it, so that the
  // database's file alone is all of it. Where that cannot be done, as while somebody reads, what is committed stays in
  // the log, as after a process that died.
  virtual void EmptyLog() = 0;

  // Whether there is a table of this name. Within a transaction.
  virtual absl::StatusOr<bool> HasTable(std::string_view name) = 0;

  // Statements separated by `;`, for migrations only.
  virtual absl::Status RunScript(std::string_view script) = 0;
};

class ReadConnection {
 public:
  virtual ~ReadConnection() = default;

  // The Snapshot lives until End. After `limit` its queries end with RESOURCE_EXHAUSTED (READ_TOO_LONG), since an old
  // snapshot keeps the write-ahead log from being reset.
  virtual absl::StatusOr<Snapshot*> Begin(absl::Duration limit) = 0;
  virtual void End() = 0;
  // As WriteConnection::broken.
  virtual bool broken() const = 0;
};

struct PageReport {
  int64_t pages = 0;                  // that were looked at
  std::vector<std::string> problems;  // 100 at most
};

// Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  virtual absl::StatusOr<std::unique_ptr<WriteConnection>> OpenWriter() = 0;
  virtual absl::StatusOr<std::unique_ptr<ReadConnection>> OpenReader() = 0;

  // After a broken connection was closed: opens a new one and brings everything that was committed to safety, before
  // anything new is written. May be called again where it fails.
  virtual absl::StatusOr<std::unique_ptr<WriteConnection>> Recover() = 0;

  // Checks pages and foreign keys. Holds a snapshot all the while.
  virtual absl::StatusOr<PageReport> CheckPages() = 0;

  // Bytes on disk.
  virtual int64_t SizeBytes() const = 0;
};

struct DatabaseOptions {
  // Where clock readings come from.
  Runtime* runtime = &RealRuntime();
  // Refuses a database that another process uses. The simulation, which has no files, turns it off.
  bool lock_file = true;
  // Makes a file, and its folder, where there is none. False: FAILED_PRECONDITION then, reason DATABASE_PATH, and
  // nothing is made. A server's database is always there already.
  bool make = true;
  // Name of the SQLite file system that the database is on; empty: the machine's own. For the simulation, where every
  // service has a disk of its own.
  std::string vfs = {};
  // For tests that need faults in the middle of a transaction: what it changes beyond this reaches the log before its
  // commit. 0: nothing does.
  int64_t writer_spill_bytes = 0;
  // A checkpoint is due when the write-ahead log has so many bytes; the simulation has smaller ones.
  int64_t checkpoint_bytes = 48 << 20;
  // How long a server may take to answer before it is given up. A file always answers.
  absl::Duration statement_time_max = absl::Seconds(10);
};

// `sqlite:PATH` or `postgresql://…`. Errors: INVALID_ARGUMENT for another scheme; FAILED_PRECONDITION where another
// process uses it; PERMISSION_DENIED and UNAVAILABLE where it cannot be opened. Messages are one line that names the
// place and a remedy. To a server a connection is made, and its errors told, when the first writer or reader is opened.
absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(std::string_view url, DatabaseOptions options = {});

// Whether other processes may use the same database at the same time.
bool IsShared(std::string_view url);

// The URL without what is secret in it, for logs and messages.
std::string ShownUrl(std::string_view url);

}  // namespace dangol::storage
