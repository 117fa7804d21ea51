#include "common/storage/database.h"

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgres/postgres_database.h"
#include "common/storage/sqlite/sqlite_database.h"

namespace dangol::storage {
namespace {

bool IsPostgres(std::string_view url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

}  // namespace

absl::StatusOr<int64_t> Snapshot::QueryInteger(Sql sql, Params params) {
  int64_t value = 0;
  absl::Status status = Query(sql, params, [&](const Row& row) { value = row.Integer(0); });
  if (!status.ok()) return status;
  return value;
}

absl::StatusOr<std::vector<std::string>> Snapshot::QueryTexts(Sql sql, Params params) {
  std::vector<std::string> texts;
  absl::Status status = Query(sql, params, [&](const Row& row) { texts.push_back(row.Text(0)); });
  if (!status.ok()) return status;
  return texts;
}

absl::Status Transaction::WriteDeferred() {
  // What is written may ask for what is shared itself.
  for (size_t i = 0; i < shared_.size(); ++i) {
    if (Deferred* const deferred = shared_[i].deferred; deferred != nullptr) RETURN_IF_ERROR(deferred->Write(*this));
  }
  return absl::OkStatus();
}

absl::Status Transaction::Try(absl::FunctionRef<absl::Status()> body) {
  const Position position_before = feed_position_;
  RETURN_IF_ERROR(WriteDeferred());
  RETURN_IF_ERROR(Execute("SAVEPOINT try", {}));
  absl::Status status = body();
  if (status.ok()) status = Settle();
  if (!status.ok()) {
    feed_position_ = position_before;
    shared_.clear();
    ForgetFailure();
    // Where the engine has ended the transaction by itself there is nothing to go back to, and why it did is what
    // counts.
    const absl::Status undone = Execute("ROLLBACK TO try", {});
    if (!undone.ok()) return status.code() == absl::StatusCode::kUnavailable ? status : undone;
  }
  RETURN_IF_ERROR(Execute("RELEASE try", {}));
  return status;
}

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(std::string_view url, DatabaseOptions options) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return SqliteDatabase::Open(std::string(url.substr(kSqlite.size())), options);
  }
  if (IsPostgres(url)) return PostgresDatabase::Open(url, options);
  return Error(
      absl::StatusCode::kInvalidArgument, "DATABASE_URL",
      fmt::format("The database URL {} is not known: use sqlite:PATH or postgresql://HOST/DATABASE.", ShownValue(url)));
}

bool IsShared(std::string_view url) { return IsPostgres(url); }

std::string ShownUrl(std::string_view url) {
  if (!IsPostgres(url)) return std::string(url);
  const absl::StatusOr<PostgresUrl> parsed = PostgresUrl::Parse(url);
  return parsed.ok() ? parsed->shown() : "postgresql://…";
}

}  // namespace dangol::storage
