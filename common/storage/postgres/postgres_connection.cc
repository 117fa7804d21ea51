#include "common/storage/postgres/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/storage/postgres/postgres_error.h"
#include "common/storage/postgres/postgres_row.h"

namespace dangol::storage {
namespace {

// From the server's pg_type.dat; they never change.
constexpr Oid kUnknown = 0;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kText = 25;

// What is sent ends with a synchronisation: a server that waits for the rest of a pipeline takes its client for busy,
// and would hold the locks of one that is frozen for ever. libpq sends by itself from 64 KiB on; this is before that.
constexpr size_t kSyncBytes = 32 << 10;

// $1 is 1 where they are for a transaction, 0 for the whole session.
constexpr char kSettings[] =
    "SELECT set_config(name, value, $1 = 1) FROM (VALUES ('client_min_messages', 'warning'), ('bytea_output', 'hex'), "
    "('standard_conforming_strings', 'on'), ('jit', 'off'), ('enable_seqscan', 'off'), ('statement_timeout', '0'), "
    "('lock_timeout', '1s'), "
    "('idle_in_transaction_session_timeout', '3s'), ('synchronous_commit', CASE current_setting('synchronous_commit') "
    "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END)) AS setting (name, value)";

Oid TypeOf(const Param& param) {
  switch (param.type()) {
    case Param::Type::kNull:
      return kUnknown;
    case Param::Type::kInteger:
      return kInt8;
    case Param::Type::kText:
      return kText;
    case Param::Type::kBlob:
      return kBytea;
  }
  return kUnknown;
}

// The highest `$n`.
size_t CountParams(std::string_view text) {
  size_t most = 0;
  for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    size_t number = 0;
    std::from_chars(text.data() + at + 1, text.data() + text.size(), number);
    most = std::max(most, number);
  }
  return most;
}

std::array<char, 8> BigEndian(int64_t value) {
  std::array<char, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(static_cast<uint64_t>(value) >> (56 - 8 * i));
  return bytes;
}

// True when the socket is ready; false at the deadline.
bool WaitFor(int socket, short events, Runtime& runtime, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - runtime.SteadyNow();
    if (left <= absl::ZeroDuration()) return false;
    pollfd ready{.fd = socket, .events = events, .revents = 0};
    const int64_t milliseconds = std::min<int64_t>(absl::ToInt64Milliseconds(left) + 1, 3'600'000);
    const int count = poll(&ready, 1, static_cast<int>(milliseconds));
    if (count > 0) return true;
    if (count == 0) return false;
    if (errno != EINTR) return true;  // libpq will say what is wrong with it
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const PostgresUrl& url, size_t first_host,
                                                                             Role role, Runtime& runtime,
                                                                             absl::Duration statement_time_max) {
  std::vector<std::string> problems;
  absl::Status status;
  for (size_t i = 0; i < url.hosts().size(); ++i) {
    const size_t index = (first_host + i) % url.hosts().size();
    const PostgresUrl::Host& host = url.hosts()[index];
    absl::StatusOr<PGconn*> handle = ConnectTo(host, role, runtime, url.connect_time_max());
    status = handle.status();
    if (status.ok()) {
      std::unique_ptr<PostgresConnection> connection(new PostgresConnection(*handle, runtime, statement_time_max));
      status = connection->SetUp(index);
      if (status.ok()) return connection;
    }
    problems.emplace_back(status.message());
  }
  return WithRetry(Error(status.code(), ErrorReason(status), absl::StrJoin(problems, "; ")), absl::Seconds(1));
}

absl::StatusOr<PGconn*> PostgresConnection::ConnectTo(const PostgresUrl::Host& host, Role role, Runtime& runtime,
                                                      absl::Duration time_max) {
  std::map<std::string, std::string> parameters = host.parameters;
  parameters["target_session_attrs"] = role == Role::kWriter ? "read-write" : "primary";
  parameters["client_encoding"] = "UTF8";
  parameters.try_emplace("application_name", "dangol");
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<PGconn, decltype(&PQfinish)> handle(PQconnectStartParams(keywords.data(), values.data(), 0),
                                                      PQfinish);
  if (handle == nullptr) return absl::ResourceExhaustedError("out of memory while connecting to the database");
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);  // with the SQLSTATE, which is the same in every language
  const absl::Time deadline = runtime.SteadyNow() + time_max;
  PostgresPollingStatusType state =
      PQstatus(handle.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!WaitFor(PQsocket(handle.get()), events, runtime, deadline)) return ConnectError(host, "timeout");
    state = PQconnectPoll(handle.get());
  }
  if (state == PGRES_POLLING_OK) return handle.release();
  return ConnectError(host, PQerrorMessage(handle.get()));
}

PostgresConnection::PostgresConnection(PGconn* handle, Runtime& runtime, absl::Duration statement_time_max)
    : handle_(handle), runtime_(runtime), wait_max_(statement_time_max) {
  PQsetNoticeReceiver(
      handle_,
      [](void* self, const PGresult* notice) {
        const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
        const char* text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
        Log()->warn("postgresql says: {}", text == nullptr ? "" : text);
        if (severity != nullptr && std::strcmp(severity, "WARNING") == 0)
          ++static_cast<PostgresConnection*>(self)->warnings_;
      },
      this);
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

absl::Status PostgresConnection::SetUp(size_t host) {
  host_ = host;
  if (PQsetnonblocking(handle_, 1) != 0 || PQenterPipelineMode(handle_) == 0) return Lose("pipeline mode");
  // A pooler gives out numbers of its own, since none of its servers belongs to one client alone.
  pooled_ = true;
  int64_t process = 0;
  RETURN_IF_ERROR(Query("SELECT pg_backend_pid()", {}, [&](const Row& row) { process = row.Integer(0); }));
  pooled_ = process != PQbackendPID(handle_);
  if (pooled_) return absl::OkStatus();
  RETURN_IF_ERROR(Send(kSettings, {0}, false));
  return Settle();
}

absl::Status PostgresConnection::Begin(Sql begin) {
  RETURN_IF_ERROR(Control(begin));
  return pooled_ ? Send(kSettings, {1}, false) : absl::OkStatus();
}

absl::Status PostgresConnection::Lose(std::string_view reason) {
  broken_ = true;
  pending_.clear();
  failure_ = ConnectionLost(reason);
  return failure_;
}

bool PostgresConnection::Alive() {
  if (!Settle().ok() && broken_) return false;
  // A closed socket is readable, behind what the server may have said before it closed it.
  pollfd ready{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
  while (poll(&ready, 1, 0) > 0) {
    if (PQconsumeInput(handle_) == 0) {
      Lose("closed by the server").IgnoreError();
      return false;
    }
    PQisBusy(handle_);  // takes what came
  }
  return true;
}

absl::StatusOr<const PostgresConnection::Statement*> PostgresConnection::Prepare(Sql sql, Params params) {
  auto [found, is_new] = statements_.try_emplace(sql.text());
  Statement& statement = found->second;
  std::vector<Oid> types = statement.types;
  types.resize(params.size(), kUnknown);
  size_t i = 0;
  for (const Param& param : params) {
    // What was NULL the first time has no type yet.
    if (TypeOf(param) != kUnknown) types[i] = TypeOf(param);
    ++i;
  }
  if (!is_new && types == statement.types) return &statement;
  if (const size_t wanted = CountParams(sql.text()); wanted != params.size()) {
    statements_.erase(found);
    return InternalError(fmt::format("{} parameters given, {} wanted: {}", params.size(), wanted, sql.text()));
  }
  statement = {fmt::format("s{}", ++statements_made_), std::move(types)};
  if (PQsendPrepare(handle_, statement.name.c_str(), sql.text(), static_cast<int>(params.size()),
                    statement.types.data()) == 0) {
    return Lose(PQerrorMessage(handle_));
  }
  unsynced_bytes_ += sql.size();
  pending_.push_back({.kind = Pending::Kind::kPrepare, .text = sql.text(), .name = statement.name});
  return &statement;
}

absl::Status PostgresConnection::Send(Sql sql, Params params, bool count) {
  if (!failure_.ok()) return failure_;
  std::string name;
  if (!pooled_) {
    ASSIGN_OR_RETURN(const Statement* statement, Prepare(sql, params));
    name = statement->name;
  }
  const auto size = static_cast<int>(params.size());
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<std::array<char, 8>> integers(params.size());
  const std::vector<int> formats(params.size(), 1);  // binary
  for (const Param& param : params) {
    std::string_view bytes(nullptr, 0);  // NULL
    if (param.type() == Param::Type::kInteger) {
      std::array<char, 8>& integer = integers[values.size()];
      integer = BigEndian(param.integer());
      bytes = {integer.data(), integer.size()};
    } else if (param.type() != Param::Type::kNull) {
      // libpq takes a null pointer for NULL, and an empty view may have one.
      bytes = param.bytes().empty() ? "" : param.bytes();
    }
    types.push_back(TypeOf(param));
    values.push_back(bytes.data());
    lengths.push_back(static_cast<int>(bytes.size()));
    unsynced_bytes_ += bytes.size() + 16;
  }
  unsynced_bytes_ += 64 + (pooled_ ? sql.size() : 0);
  const int sent =
      pooled_
          ? PQsendQueryParams(handle_, sql.text(), size, types.data(), values.data(), lengths.data(), formats.data(), 0)
          : PQsendQueryPrepared(handle_, name.c_str(), size, values.data(), lengths.data(), formats.data(), 0);
  if (sent == 0) return Lose(PQerrorMessage(handle_));
  pending_.push_back({.kind = Pending::Kind::kStatement, .text = sql.text(), .name = name, .count = count});
  return unsynced_bytes_ < kSyncBytes ? absl::OkStatus() : Flush();
}

absl::Status PostgresConnection::Execute(Sql sql, Params params) {
  RETURN_IF_ERROR(Send(sql, params, false));
  ++changes_;
  return absl::OkStatus();
}

absl::StatusOr<int64_t> PostgresConnection::Change(Sql sql, Params params) {
  RETURN_IF_ERROR(Send(sql, params, true));
  ASSIGN_OR_RETURN(const Result result, TakeResults());
  return std::atoll(PQcmdTuples(result.get()));
}

absl::Status PostgresConnection::Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each,
                                       absl::Time until) {
  RETURN_IF_ERROR(Send(sql, params, true));
  ASSIGN_OR_RETURN(const Result result, TakeResults());
  PostgresRow row(result.get());
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    if (until != absl::InfiniteFuture() && runtime_.SteadyNow() > until) return ReadTooLong();
    row.MoveTo(i);
    each(row);
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::Flush() {
  if (broken_) return failure_;
  if (pending_.empty() || pending_.back().kind == Pending::Kind::kSync) return absl::OkStatus();
  if (PQpipelineSync(handle_) == 0) return Lose(PQerrorMessage(handle_));
  unsynced_bytes_ = 0;
  pending_.push_back({.kind = Pending::Kind::kSync, .name = ""});
  return absl::OkStatus();
}

absl::Status PostgresConnection::Settle() { return TakeResults().status(); }

absl::StatusOr<PostgresConnection::Result> PostgresConnection::TakeResults() {
  RETURN_IF_ERROR(Flush());
  Result last;
  const absl::Time deadline = runtime_.SteadyNow() + wait_max_;
  while (!pending_.empty()) {
    RETURN_IF_ERROR(AwaitResult(deadline));
    Take(Result(PQgetResult(handle_)), last);
    if (broken_) return failure_;
  }
  if (!failure_.ok()) return failure_;
  return last;
}

void PostgresConnection::Take(Result result, Result& last) {
  Pending& first = pending_.front();
  if (result == nullptr) {  // behind the results of each statement
    if (!std::exchange(first.answered, true)) Lose("an answer is missing").IgnoreError();
    if (!pending_.empty()) pending_.pop_front();
    return;
  }
  first.answered = true;
  switch (PQresultStatus(result.get())) {
    case PGRES_PIPELINE_SYNC:
      pending_.pop_front();
      return;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      if (first.count && !std::string_view(PQcmdStatus(result.get())).starts_with("SELECT")) {
        changes_ += std::atoll(PQcmdTuples(result.get()));
      }
      if (first.kind == Pending::Kind::kStatement) last = std::move(result);
      return;
    case PGRES_PIPELINE_ABORTED:
      break;
    default: {
      const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      const char* text = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
      if (state == nullptr) {
        Lose(PQresultErrorMessage(result.get())).IgnoreError();
        return;
      }
      PostgresError error =
          TranslateStatementError(state, text == nullptr ? "" : text, first.text == nullptr ? "" : first.text);
      if (failure_.ok() || error.broken) failure_ = error.status;
      broken_ |= error.broken;
    }
  }
  // It was not prepared; another of the same text may have been since.
  if (first.kind != Pending::Kind::kPrepare) return;
  if (auto found = statements_.find(first.text); found != statements_.end() && found->second.name == first.name)
    statements_.erase(found);
}

absl::Status PostgresConnection::AwaitResult(absl::Time deadline) {
  while (PQisBusy(handle_) != 0) {
    const int unsent = PQflush(handle_);
    if (unsent < 0) return Lose(PQerrorMessage(handle_));
    const short events = static_cast<short>(unsent == 0 ? POLLIN : POLLIN | POLLOUT);
    if (!WaitFor(PQsocket(handle_), events, runtime_, deadline)) return Lose("no answer in time");
    if (PQconsumeInput(handle_) == 0) return Lose(PQerrorMessage(handle_));
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::RunScript(const std::string& script) {
  RETURN_IF_ERROR(Settle());
  if (PQexitPipelineMode(handle_) == 0 || PQsendQuery(handle_, script.c_str()) == 0)
    return Lose(PQerrorMessage(handle_));
  pending_.push_back({.kind = Pending::Kind::kStatement, .text = "a script", .name = ""});
  const absl::Time deadline = runtime_.SteadyNow() + absl::Hours(1);  // steps of a migration may take their time
  Result last;
  while (!pending_.empty()) {
    RETURN_IF_ERROR(AwaitResult(deadline));
    Take(Result(PQgetResult(handle_)), last);
    if (broken_) return failure_;
  }
  ++changes_;
  if (PQenterPipelineMode(handle_) == 0) return Lose(PQerrorMessage(handle_));
  return failure_;
}

absl::Status PostgresConnection::Commit() {
  if (!failure_.ok()) return failure_;
  const int64_t warnings_before = warnings_;
  RETURN_IF_ERROR(Send("COMMIT", {}, false));
  absl::StatusOr<Result> result = TakeResults();
  if (!result.ok()) return result.status();
  const bool committed = std::string_view(PQcmdStatus(result->get())) == "COMMIT";
  // A commit that stopped waiting for its standby ends well, with a warning: it is in this server and perhaps nowhere
  // else.
  if (committed && warnings_ == warnings_before) return absl::OkStatus();
  return Lose(committed ? "the commit came with a warning" : "the commit was answered with something else");
}

}  // namespace dangol::storage
