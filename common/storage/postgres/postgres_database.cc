#include "common/storage/postgres/postgres_database.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/storage/postgres/postgres_error.h"
#include "common/storage/postgres/postgres_schema.h"

namespace dangol::storage {
namespace {

// How much later than the server's own limit, of a statement or of an idle transaction, we give up on the server.
constexpr absl::Duration kServerGrace = absl::Seconds(2);
constexpr absl::Duration kSizeLifetime = absl::Seconds(10);
constexpr absl::Duration kSizeTimeMax = absl::Seconds(1);
constexpr absl::Duration kCheckTimeMax = absl::Hours(1);
constexpr size_t kProblemsMax = 100;

class PostgresTransaction : public Transaction {
 public:
  explicit PostgresTransaction(PostgresConnection& connection) : connection_(connection) {}

  absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each) override {
    return connection_.Query(sql, params, each);
  }
  absl::Status Execute(Sql sql, Params params) override { return connection_.Execute(sql, params); }
  absl::StatusOr<int64_t> Change(Sql sql, Params params) override { return connection_.Change(sql, params); }

 protected:
  absl::Status Settle() override { return connection_.Settle(); }
  void ForgetFailure() override {
    connection_.Settle().IgnoreError();
    connection_.ForgetFailure();
  }

 private:
  PostgresConnection& connection_;
};

class PostgresWriter : public WriteConnection {
 public:
  PostgresWriter(std::unique_ptr<PostgresConnection> connection, Runtime& runtime, absl::Duration lock_time_max)
      : connection_(std::move(connection)), runtime_(runtime), lock_time_max_(lock_time_max) {}

  absl::StatusOr<Transaction*> Begin() override {
    Rollback();  // of one whose commit failed
    connection_->ForgetFailure();
    if (absl::Status status = BeginAsTheOnlyWriter(); !status.ok()) {
      Rollback();
      return NoteBusy(status);
    }
    busy_since_ = absl::InfiniteFuture();
    transaction_ = std::make_unique<PostgresTransaction>(*connection_);
    return transaction_.get();
  }

  absl::Status Savepoint() override { return connection_->Control("SAVEPOINT call"); }
  // Waits, so that an error is that of the call which made it.
  absl::Status ReleaseSavepoint() override {
    RETURN_IF_ERROR(connection_->Control("RELEASE SAVEPOINT call"));
    return connection_->Settle();
  }
  absl::Status RollbackToSavepoint() override {
    connection_->Settle().IgnoreError();
    connection_->ForgetFailure();
    RETURN_IF_ERROR(connection_->Control("ROLLBACK TO SAVEPOINT call"));
    return connection_->Settle();
  }

  absl::Status Commit() override {
    RETURN_IF_ERROR(connection_->Commit());
    in_transaction_ = false;
    return absl::OkStatus();
  }

  void Rollback() override {
    if (!in_transaction_) return;
    in_transaction_ = false;
    connection_->Settle().IgnoreError();
    connection_->ForgetFailure();
    // One that fails leaves the connection broken, which is noticed.
    if (connection_->Control("ROLLBACK").ok()) connection_->Settle().IgnoreError();
  }

  int64_t changes() const override { return connection_->changes(); }
  bool InTransaction() const override { return in_transaction_ && !broken(); }
  bool TransactionFailed() const override { return InTransaction() && !connection_->failure().ok(); }
  bool broken() const override { return connection_->broken(); }

  absl::Status Checkpoint(bool) override { return absl::OkStatus(); }
  int64_t wal_bytes() const override { return 0; }
  void EmptyLog() override {}
  absl::StatusOr<bool> HasTable(std::string_view name) override {
    bool has_table = false;
    RETURN_IF_ERROR(connection_->Query("SELECT to_regclass($1::text) IS NOT NULL", {name},
                                       [&](const Row& row) { has_table = row.Integer(0) != 0; }));
    return has_table;
  }
  absl::Status RunScript(std::string_view script) override { return connection_->RunScript(PostgresScript(script)); }

 private:
  // Before there is a row to lock, while a schema is made, whoever has an advisory lock is the only writer. Only he can
  // make the row, and from then on everybody finds it: the two never write at once.
  absl::Status BeginAsTheOnlyWriter() {
    RETURN_IF_ERROR(connection_->Begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"));
    in_transaction_ = true;
    if (!head_exists_) {
      RETURN_IF_ERROR(connection_->Control(
          "SELECT pg_advisory_xact_lock(hashtextextended(COALESCE(current_schema()::text, ''), 7236830))"));
      ASSIGN_OR_RETURN(const bool has_head, HasTable("feed_head"));
      if (!has_head) return absl::OkStatus();
    }
    const bool expected = std::exchange(head_exists_, false);
    RETURN_IF_ERROR(connection_->Query("SELECT last_seq FROM feed_head WHERE singleton = 1 FOR UPDATE", {},
                                       [&](const Row&) { head_exists_ = true; }));
    if (expected && !head_exists_) return InternalError("the row of feed_head is gone");
    return absl::OkStatus();
  }

  // At an old primary that nobody fenced the lock belongs for ever to somebody whose commit waits for a standby.
  absl::Status NoteBusy(const absl::Status& status) {
    if (ErrorReason(status) != "STORAGE_BUSY") return status;
    busy_since_ = std::min(busy_since_, runtime_.SteadyNow());
    if (runtime_.SteadyNow() - busy_since_ < lock_time_max_) return status;
    return connection_->Lose("somebody else kept the writer's lock");
  }

  const std::unique_ptr<PostgresConnection> connection_;
  Runtime& runtime_;
  const absl::Duration lock_time_max_;
  absl::Time busy_since_ = absl::InfiniteFuture();
  std::unique_ptr<PostgresTransaction> transaction_;
  bool in_transaction_ = false;
  bool head_exists_ = false;
};

class PostgresReader : public ReadConnection, public Snapshot {
 public:
  using Opener = std::function<absl::StatusOr<std::unique_ptr<PostgresConnection>>()>;
  PostgresReader(Opener open, const std::atomic<int64_t>& writers_opened, Runtime& runtime,
                 absl::Duration statement_time_max)
      : open_(std::move(open)),
        writers_opened_(writers_opened),
        runtime_(runtime),
        statement_time_max_(statement_time_max) {}

  absl::Status Open() {
    writers_seen_ = writers_opened_;
    ASSIGN_OR_RETURN(connection_, open_());
    return absl::OkStatus();
  }

  absl::StatusOr<Snapshot*> Begin(absl::Duration limit) override {
    // It may have been idle while its server was started anew, or the writer went to another.
    if (writers_seen_ != writers_opened_ || !connection_->Alive()) RETURN_IF_ERROR(Open());
    limit_ = runtime_.SteadyNow() + limit;
    const absl::Duration statement_limit = std::min(limit, statement_time_max_);
    connection_->set_wait_max(statement_limit + kServerGrace);
    statement_limit_ms_ = std::to_string(std::max<int64_t>(1, absl::ToInt64Milliseconds(statement_limit)));
    RETURN_IF_ERROR(BeginTransaction());
    return this;
  }

  void End() override {
    limit_ = absl::InfiniteFuture();
    EndTransaction();
  }

  bool broken() const override { return connection_->broken(); }

 private:
  absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each) override {
    if (runtime_.SteadyNow() > limit_) return ReadTooLong();
    absl::Status status = connection_->Query(sql, params, each, limit_);
    // A failed statement ends a transaction of PostgreSQL's. Those that share this snapshot go on with a newer one,
    // which serves them as well: it is taken after they came.
    if (!connection_->failure().ok() && !broken()) {
      EndTransaction();
      BeginTransaction().IgnoreError();
    }
    // Ended by statement_timeout; nobody else's business is to cancel a read.
    return ErrorReason(status) == "STORAGE_BUSY" ? ReadTooLong() : status;
  }

  // Sent with the first query, which takes the snapshot.
  absl::Status BeginTransaction() {
    RETURN_IF_ERROR(connection_->Begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    return connection_->Execute("SELECT set_config('statement_timeout', $1, true)", {statement_limit_ms_});
  }
  void EndTransaction() {
    if (!connection_->failure().ok()) connection_->Settle().IgnoreError();
    connection_->ForgetFailure();
    if (connection_->Control("ROLLBACK").ok()) connection_->Flush().IgnoreError();
  }

  std::unique_ptr<PostgresConnection> connection_;
  const Opener open_;
  const std::atomic<int64_t>& writers_opened_;
  int64_t writers_seen_ = 0;
  Runtime& runtime_;
  const absl::Duration statement_time_max_;
  absl::Time limit_ = absl::InfiniteFuture();
  std::string statement_limit_ms_;
};

struct Relation {
  int64_t id = 0;
  std::string name;
};
constexpr char kTables[] =
    "SELECT c.oid::bigint, c.relname FROM pg_class c WHERE c.relkind = 'r' "
    "AND c.relnamespace = current_schema()::text::regnamespace ORDER BY c.relname";
constexpr char kIndexes[] =
    "SELECT c.oid::bigint, c.relname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.relkind = 'i' "
    "AND a.amname = 'btree' AND c.relnamespace = current_schema()::text::regnamespace ORDER BY c.relname";

absl::StatusOr<std::vector<Relation>> ListRelations(PostgresConnection& connection, Sql sql) {
  std::vector<Relation> relations;
  RETURN_IF_ERROR(connection.Query(sql, {}, [&](const Row& row) {
    relations.push_back({row.Integer(0), row.Text(1)});
  }));
  return relations;
}

// For a client, who cannot mend it and need not know where the database is.
absl::Status WithoutHosts(const absl::Status& status) {
  Log()->warn("no connection to read by: {}", std::string(status.message()));
  return WithRetry(
      Error(absl::StatusCode::kUnavailable, ErrorReason(status), "The database cannot be reached. Try again later."),
      absl::Seconds(1));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> PostgresDatabase::Open(std::string_view url, DatabaseOptions options) {
  ASSIGN_OR_RETURN(PostgresUrl parsed, PostgresUrl::Parse(url));
  return std::unique_ptr<Database>(new PostgresDatabase(std::move(parsed), options));
}

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresDatabase::Connect(PostgresConnection::Role role,
                                                                              size_t first_host,
                                                                              absl::Duration time_max) const {
  return PostgresConnection::Open(url_, first_host, role, *options_.runtime, time_max);
}

absl::StatusOr<std::unique_ptr<WriteConnection>> PostgresDatabase::OpenWriterFrom(size_t first_host) {
  auto connection = Connect(PostgresConnection::Role::kWriter, first_host, options_.statement_time_max);
  if (!connection.ok()) {
    const absl::Status& status = connection.status();
    return WithRetry(Error(status.code(), ErrorReason(status),
                           fmt::format("Cannot open {}: {}", url_.shown(), std::string(status.message()))),
                     absl::Seconds(1));
  }
  writer_host_ = (*connection)->host();
  ++writers_opened_;
  return std::make_unique<PostgresWriter>(*std::move(connection), *options_.runtime,
                                          options_.statement_time_max + kServerGrace);
}

absl::StatusOr<std::unique_ptr<ReadConnection>> PostgresDatabase::OpenReader() {
  const auto open = [this]() -> absl::StatusOr<std::unique_ptr<PostgresConnection>> {
    auto connection = Connect(PostgresConnection::Role::kReader, writer_host_, options_.statement_time_max);
    if (!connection.ok()) return WithoutHosts(connection.status());
    return connection;
  };
  auto reader = std::make_unique<PostgresReader>(open, writers_opened_, *options_.runtime, options_.statement_time_max);
  RETURN_IF_ERROR(reader->Open());
  return reader;
}

absl::StatusOr<PageReport> PostgresDatabase::CheckPages() {
  ASSIGN_OR_RETURN(auto connection, Connect(PostgresConnection::Role::kReader, writer_host_, kCheckTimeMax));
  PageReport report;
  bool may_check = false;
  RETURN_IF_ERROR(connection->Query(
      "SELECT COUNT(*) = 2 AND BOOL_AND(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p JOIN pg_depend d ON "
      "d.objid = p.oid "
      "JOIN pg_extension e ON e.oid = d.refobjid WHERE e.extname = 'amcheck' AND (p.proname = 'verify_heapam' OR "
      "(p.proname = 'bt_index_check' AND p.pronargs = 2))",
      {}, [&](const Row& row) { may_check = row.Integer(0) != 0; }));
  if (!may_check) return report;
  RETURN_IF_ERROR(connection->Query(
      "SELECT COALESCE(SUM(relpages), 0) FROM pg_class WHERE relnamespace = current_schema()::text::regnamespace", {},
      [&](const Row& row) { report.pages = row.Integer(0); }));
  const auto add = [&](std::string problem) {
    if (report.problems.size() < kProblemsMax) report.problems.push_back(std::move(problem));
  };
  // What is damaged may answer with an error, and the others are still to be checked. After an error of damage a
  // connection counts as broken, whose server would be left; here another one to the same server is all it takes.
  const auto check = [&](Sql sql, const Relation& relation, absl::FunctionRef<void(const Row&)> each,
                         std::string problem) -> absl::Status {
    const absl::Status status = connection->Query(sql, {relation.id}, each);
    if (status.ok()) return status;
    if (ErrorReason(status) == "STORAGE_BUSY") {
      add(fmt::format("{} was not checked: it is locked, as by REINDEX. Ask again later.", relation.name));
    } else if (absl::IsDataLoss(status) || absl::IsInternal(status)) {
      add(std::move(problem));
    } else {
      return status;
    }
    connection->ForgetFailure();
    if (!connection->broken()) return absl::OkStatus();
    ASSIGN_OR_RETURN(connection, Connect(PostgresConnection::Role::kReader, writer_host_, kCheckTimeMax));
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const std::vector<Relation> tables, ListRelations(*connection, kTables));
  for (const Relation& table : tables) {
    RETURN_IF_ERROR(check(
        "SELECT blkno, msg FROM verify_heapam($1::oid::regclass) ORDER BY blkno LIMIT 100", table,
        [&](const Row& row) { add(fmt::format("{}, page {}: {}", table.name, row.Integer(0), row.Bytes(1))); },
        fmt::format("table {} cannot be read as a whole; the log says more. Restore a backup.", table.name)));
  }
  ASSIGN_OR_RETURN(const std::vector<Relation> indexes, ListRelations(*connection, kIndexes));
  for (const Relation& index : indexes) {
    // It answers with an error where something is wrong, and with nothing else.
    RETURN_IF_ERROR(check(
        "SELECT bt_index_check($1::oid::regclass, true)", index, [](const Row&) {},
        fmt::format("index {0} does not fit its table; the log says more. Make it anew: REINDEX INDEX {0}",
                    index.name)));
  }
  return report;
}

int64_t PostgresDatabase::SizeBytes() const {
  std::lock_guard lock(size_mutex_);
  const absl::Time now = options_.runtime->SteadyNow();
  if (now - size_time_ < kSizeLifetime) return size_bytes_;
  size_time_ = now;
  if (size_connection_ == nullptr || !size_connection_->Alive()) {
    auto opened = Connect(PostgresConnection::Role::kReader, writer_host_, kSizeTimeMax);
    if (!opened.ok()) return size_bytes_;
    size_connection_ = *std::move(opened);
  }
  size_connection_
      ->Query("SELECT pg_database_size(current_database())", {}, [&](const Row& row) { size_bytes_ = row.Integer(0); })
      .IgnoreError();
  size_connection_->ForgetFailure();
  return size_bytes_;
}

}  // namespace dangol::storage
