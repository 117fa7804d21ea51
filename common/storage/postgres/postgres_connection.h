// One connection to PostgreSQL: asynchronous, every wait has an end, statements are kept prepared and sent in a
// pipeline.
//
// A pooler such as pgbouncer may give every transaction another session. Where one stands between, which is noticed,
// nothing is kept in the session: each transaction brings its settings, and statements are not kept prepared.
//
// `Execute` only sends; its error is the one of whatever waits next: `Query`, `Settle`, `Commit`. After an error
// PostgreSQL takes nothing more in the transaction, and neither does this: everything answers that error until
// `ForgetFailure`, which is for who rolls back.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <libpq-fe.h>

#include "common/base/runtime.h"
#include "common/storage/postgres/postgres_url.h"
#include "common/storage/sql.h"

namespace dangol::storage {

// Used by one thread at a time.
class PostgresConnection {
 public:
  enum class Role { kWriter, kReader };

  // To the first host that answers and fits the role, from `first_host` of the URL on, and round: a writer's takes
  // writes, a reader's is no standby, which might not have yet what was acknowledged. An error names each host and what
  // is wrong with it.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const PostgresUrl& url, size_t first_host, Role role,
                                                                  Runtime& runtime, absl::Duration statement_time_max);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Of the URL's hosts.
  size_t host() const { return host_; }

  // `begin`: the statement BEGIN.
  absl::Status Begin(Sql begin);
  // Sends, in the order of the calls.
  absl::Status Execute(Sql sql, Params params);
  // Sends, waits for everything, and says how many rows the statement changed.
  absl::StatusOr<int64_t> Change(Sql sql, Params params);
  // As Execute, for what changes no row: SAVEPOINT, ROLLBACK, …
  absl::Status Control(Sql sql) { return Send(sql, {}, false); }
  // Sends, waits for everything, and gives every row to `each`, which may use the connection. `until`: where the clock
  // passes it between two rows, the rest is not given and the answer is RESOURCE_EXHAUSTED (READ_TOO_LONG).
  absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each,
                     absl::Time until = absl::InfiniteFuture());
  // Hands all that was sent so far to the server, without waiting.
  absl::Status Flush();
  // Waits for everything. The first error since ForgetFailure.
  absl::Status Settle();
  // Statements separated by `;`.
  absl::Status RunScript(const std::string& script);

  // OK: it is durable. An error while `broken()`: the outcome is unknown. Another error: a statement had failed,
  // nothing was committed.
  absl::Status Commit();

  // The failure of a statement that nobody has rolled back yet.
  const absl::Status& failure() const { return failure_; }
  void ForgetFailure() {
    if (!broken_) failure_ = absl::OkStatus();
  }

  // How long one wait may last.
  void set_wait_max(absl::Duration most) { wait_max_ = most; }

  // Grows with every row that a Query or a Change changed and with every Execute, which may have changed some.
  int64_t changes() const { return changes_; }
  bool broken() const { return broken_; }
  // Makes it broken, for `reason`.
  absl::Status Lose(std::string_view reason);
  // False where the server has closed it meanwhile.
  bool Alive();

 private:
  struct Statement {
    std::string name;
    std::vector<Oid> types;
  };
  // What was sent and is not answered yet.
  struct Pending {
    enum class Kind { kPrepare, kStatement, kSync };
    Kind kind;
    const char* text = nullptr;  // of the statement
    std::string name;            // of the prepared one
    bool count = false;          // the rows that it changes
    bool answered = false;
  };
  struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, ClearResult>;

  PostgresConnection(PGconn* handle, Runtime& runtime, absl::Duration statement_time_max);

  static absl::StatusOr<PGconn*> ConnectTo(const PostgresUrl::Host& host, Role role, Runtime& runtime,
                                           absl::Duration time_max);
  absl::Status SetUp(size_t host);
  absl::StatusOr<const Statement*> Prepare(Sql sql, Params params);
  absl::Status Send(Sql sql, Params params, bool count);
  // The result of the last statement.
  absl::StatusOr<Result> TakeResults();
  void Take(Result result, Result& last);
  absl::Status AwaitResult(absl::Time deadline);

  PGconn* const handle_;
  Runtime& runtime_;
  size_t host_ = 0;
  bool pooled_ = false;  // whoever answers is another one from transaction to transaction
  absl::Duration wait_max_;
  absl::flat_hash_map<const char*, Statement> statements_;
  int64_t statements_made_ = 0;
  std::deque<Pending> pending_;
  size_t unsynced_bytes_ = 0;
  absl::Status failure_;
  int64_t changes_ = 0;
  int64_t warnings_ = 0;
  bool broken_ = false;
};

}  // namespace dangol::storage
