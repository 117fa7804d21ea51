// What the driver says and does when the server is away, full, frozen, read-only, or ends a connection in the middle.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/storage/core_schema.h"
#include "common/storage/database.h"
#include "common/storage/migrations.h"
#include "tests/common/rpc/refusal.h"
#include "tests/support/deaf_port.h"
#include "tests/support/local_service.h"
#include "tests/support/postgres_server.h"

namespace dangol::storage {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using testing::DeafPort;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PostgresServer;
using testing::PostgresSession;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

absl::Status OpenWriterAt(const std::string& url) {
  auto database = OpenDatabase(url);
  return database.ok() ? (*database)->OpenWriter().status() : database.status();
}

std::string TcpUrl(const std::string& user, const std::string& password, const std::string& database) {
  return fmt::format("postgresql://{}:{}@127.0.0.1:{}/{}", user, password, PostgresServer::Get().port, database);
}

TEST(PostgresOpen, SaysWhatIsWrongInOneLineWithoutThePassword) {
  const std::string& password = PostgresServer::Get().password;
  struct Case {
    std::string url;
    std::string reason;
    std::string says;
  };
  for (const Case& c : {
           Case{TcpUrl("dangol", "sesame", "postgres"), "STORAGE_ACCESS", "the password is wrong"},
           Case{TcpUrl("nobody", "sesame", "postgres"), "STORAGE_ACCESS", "Check "},
           Case{TcpUrl("dangol", password, "nowhere"), "STORAGE_ACCESS", "no such database. Make it"},
           Case{"postgresql://dangol:sesame@127.0.0.1:1/x", "STORAGE_UNREACHABLE", "nothing listens there"},
           Case{"postgresql://dangol:sesame@a..b/x", "STORAGE_UNREACHABLE", "no such host"},
           Case{"postgresql://dangol:sesame@/x?host=/nowhere", "STORAGE_UNREACHABLE", "nothing listens there"},
           Case{TcpUrl("dangol", password, "postgres") + "?sslmode=require", "STORAGE_ACCESS", "TLS"},
       }) {
    const absl::Status status = OpenWriterAt(c.url);
    EXPECT_EQ(testing::Summary(status), "UNAVAILABLE " + c.reason) << c.url;
    EXPECT_THAT(Message(status), HasSubstr(c.says)) << c.url;
    EXPECT_THAT(Message(status), HasSubstr("postgresql://"));
    EXPECT_THAT(Message(status), Not(HasSubstr("sesame")));
    EXPECT_THAT(Message(status), Not(HasSubstr(password)));
    EXPECT_THAT(Message(status), Not(HasSubstr("\n")));
    EXPECT_GT(RetryDelay(status), absl::ZeroDuration());
  }
  EXPECT_TRUE(OpenWriterAt(TcpUrl("dangol", password, "postgres")).ok());
}

TEST(PostgresOpen, RefusesAUrlThatIsNoneWithoutRepeatingIt) {
  for (const char* url :
       {"postgresql://sesame:x@[::1/x", "postgresql://sesame@h/x?no_such_option=1", "postgresql://sesame%zz@h/x"}) {
    const absl::Status status = OpenDatabase(url).status();
    EXPECT_EQ(testing::Summary(status), "INVALID_ARGUMENT DATABASE_URL") << url;
    EXPECT_THAT(Message(status), Not(HasSubstr("sesame")));
    EXPECT_EQ(ShownUrl(url), "postgresql://…");
  }
}

TEST(PostgresOpen, ShowsAUrlWithoutItsSecrets) {
  EXPECT_EQ(ShownUrl("postgresql://kim:sesame@a:1,b:2/tickets?sslmode=require&sslpassword=sesame"),
            "postgresql://kim@a:1,b:2/tickets");
  EXPECT_EQ(ShownUrl("sqlite:data/a.db"), "sqlite:data/a.db");
}

TEST(PostgresOpen, GivesUpAServerThatDoesNotAnswer) {
  const DeafPort deaf;
  const absl::Time start = absl::Now();
  const absl::Status status =
      OpenWriterAt(fmt::format("postgresql://dangol:x@127.0.0.1:{}/x?connect_timeout=1", deaf.port()));
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_UNREACHABLE");
  EXPECT_THAT(Message(status), HasSubstr("no answer in time"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
}

TEST(PostgresOpen, GoesToTheHostThatWorksOfTwo) {
  const DeafPort deaf;
  const PostgresServer& server = PostgresServer::Get();
  for (const std::string& first : {fmt::format("127.0.0.1:{}", deaf.port()), std::string("127.0.0.1:1")}) {
    const std::string url = fmt::format("postgresql://dangol:{}@{},127.0.0.1:{}/postgres?connect_timeout=1",
                                        server.password, first, server.port);
    const absl::Status status = OpenWriterAt(url);
    EXPECT_TRUE(status.ok()) << status;
  }
}

// A database of its own, with a schema, and a second way into it.
class PostgresFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    url_ = testing::PostgresDatabaseOf(folder_.path());
    session_ = std::make_unique<PostgresSession>(url_);
    Open(url_);
    const Schema schemas[] = {CoreSchema()};
    ASSERT_TRUE(Migrate(*writer_, schemas, absl::Now()).ok());
    ASSERT_TRUE(RecordStart(*writer_, RealRuntime()).ok());
    ASSERT_TRUE(writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY) STRICT;").ok());
  }
  void Open(const std::string& url, absl::Duration statement_time_max = absl::Seconds(10)) {
    database_ = *OpenDatabase(url, {.statement_time_max = statement_time_max});
    auto writer = database_->OpenWriter();
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
  }
  // Of the connection that holds the lock of the feed's head.
  int WriterProcess() {
    int process = 0;
    session_->ForEachRow(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        [&](const std::vector<std::string>& row) { process = std::stoi(row[0]); });
    return process;
  }
  int64_t Items() {
    int64_t items = 0;
    session_->ForEachRow("SELECT COUNT(*) FROM item",
                         [&](const std::vector<std::string>& row) { items = std::stoll(row[0]); });
    return items;
  }
  absl::Status Insert(WriteConnection& writer, int64_t id) {
    auto transaction = writer.Begin();
    if (!transaction.ok()) return transaction.status();
    if (absl::Status status = (*transaction)->Execute("INSERT INTO item (id) VALUES ($1)", {id}); !status.ok())
      return status;
    return writer.Commit();
  }

  testing::TemporaryFolder folder_;
  std::string url_;
  std::unique_ptr<PostgresSession> session_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<WriteConnection> writer_;
};

TEST_F(PostgresFaultTest, AConnectionLostInATransactionIsBrokenAndAnotherGoesOn) {
  auto transaction = writer_->Begin();
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES (1)", {}).ok());
  session_->Execute(fmt::format("SELECT pg_terminate_backend({}, 5000)", WriterProcess()));
  const absl::Status status = writer_->Commit();
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_UNREACHABLE");
  EXPECT_TRUE(writer_->broken());
  EXPECT_FALSE(writer_->InTransaction());
  EXPECT_FALSE(writer_->TransactionFailed()) << "then the queue would take it for known that nothing was committed";
  EXPECT_FALSE(writer_->Begin().ok());
  writer_ = nullptr;
  auto recovered = database_->Recover();
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_TRUE(Insert(**recovered, 2).ok());
  EXPECT_EQ(Items(), 1);
}

TEST_F(PostgresFaultTest, AFrozenServerHoldsNobodyUp) {
  Open(url_, absl::Seconds(1));
  auto transaction = writer_->Begin();
  ASSERT_TRUE(transaction.ok());
  const int process = WriterProcess();
  ASSERT_GT(process, 0);
  ASSERT_EQ(kill(process, SIGSTOP), 0);
  const absl::Time start = absl::Now();
  const absl::Status status = (*transaction)->QueryInteger("SELECT COUNT(*) FROM item", {}).status();
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_UNREACHABLE");
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
  EXPECT_TRUE(writer_->broken());
  writer_ = nullptr;
  ASSERT_EQ(kill(process, SIGCONT), 0);
  Open(url_);
  EXPECT_TRUE(Insert(*writer_, 1).ok());
}

// Its kernel goes on acknowledging what the server sends: only the server's own patience frees the lock.
TEST_F(PostgresFaultTest, AFrozenWriterLosesTheLock) {
  Open(url_);
  auto frozen = writer_->Begin();
  ASSERT_TRUE(frozen.ok());
  ASSERT_TRUE((*frozen)->Execute("INSERT INTO item (id) VALUES (1)", {}).ok());
  auto other = database_->OpenWriter();
  ASSERT_TRUE(other.ok());
  absl::Status status = Insert(**other, 2);  // waits for a second
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_BUSY");
  EXPECT_FALSE((*other)->broken());
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!status.ok() && absl::Now() < end) status = Insert(**other, 2);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(writer_->Commit().ok());  // awake again
  EXPECT_TRUE(writer_->broken());
  EXPECT_EQ(Items(), 1);
}

// Somebody has it whom no timeout ends: at an old primary, say, who waits for a standby that has gone.
TEST_F(PostgresFaultTest, LeavesAServerAtWhichTheLockNeverComes) {
  Open(url_, absl::Seconds(2));
  session_->Execute("BEGIN");
  session_->Execute("SELECT 1 FROM feed_head FOR UPDATE");
  absl::Status status = Insert(*writer_, 1);
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_BUSY");
  EXPECT_FALSE(writer_->broken());
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!writer_->broken() && absl::Now() < end) status = Insert(*writer_, 1);
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_UNREACHABLE");
  session_->Execute("ROLLBACK");
  auto recovered = database_->Recover();
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_TRUE(Insert(**recovered, 1).ok());
}

TEST_F(PostgresFaultTest, SaysThatADatabaseOnlyReads) {
  session_->Execute(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END "
      "$$");
  const absl::Status status = database_->OpenWriter().status();
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_READ_ONLY");
  EXPECT_THAT(Message(status), HasSubstr("the server only reads"));
  EXPECT_TRUE(database_->OpenReader().ok());
}

TEST_F(PostgresFaultTest, AReaderWhoseConnectionWasClosedTakesAnother) {
  auto reader = database_->OpenReader();
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE((*reader)->Begin(absl::Seconds(1)).ok());
  (*reader)->End();
  writer_ = nullptr;
  session_->Execute(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  auto snapshot = (*reader)->Begin(absl::Seconds(1));
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  (*reader)->End();
}

TEST_F(PostgresFaultTest, EndsALongReadAndKeepsTheConnection) {
  auto reader = database_->OpenReader();
  ASSERT_TRUE(reader.ok());
  auto snapshot = (*reader)->Begin(absl::Milliseconds(200));
  ASSERT_TRUE(snapshot.ok());
  const absl::Time start = absl::Now();
  const absl::Status status = (*snapshot)->Query("SELECT pg_sleep(20)", {}, [](const Row&) {});
  EXPECT_EQ(testing::Summary(status), "RESOURCE_EXHAUSTED READ_TOO_LONG");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  (*reader)->End();
  EXPECT_FALSE((*reader)->broken());
}

TEST_F(PostgresFaultTest, SaysThatNoConnectionIsLeft) {
  session_->Execute(
      "DO $$ BEGIN CREATE ROLE guest LOGIN PASSWORD 'guest' CONNECTION LIMIT 0; "
      "EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  std::string name;
  session_->ForEachRow("SELECT current_database()", [&](const std::vector<std::string>& row) { name = row[0]; });
  const absl::Status status = OpenWriterAt(TcpUrl("guest", "guest", name));
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_BUSY");
  EXPECT_THAT(Message(status), HasSubstr("no connection left"));
}

TEST_F(PostgresFaultTest, ChecksPagesWhereItCan) {
  auto report = database_->CheckPages();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->pages, 0) << "without amcheck nothing is examined";
  session_->Execute("CREATE EXTENSION amcheck");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Insert(*writer_, i).ok());
  session_->Execute("VACUUM");
  report = database_->CheckPages();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->pages, 0);
  EXPECT_THAT(report->problems, ::testing::IsEmpty());
}

TEST_F(PostgresFaultTest, NamesEachIndexThatDoesNotFitItsTable) {
  session_->Execute("CREATE EXTENSION amcheck");
  session_->Execute("CREATE TABLE other (id BIGINT PRIMARY KEY)");
  const auto damage = [&](const std::string& table) {
    const std::string ready = fmt::format(" WHERE indexrelid = '{}_pkey'::regclass", table);
    session_->Execute("UPDATE pg_index SET indisready = false" + ready);
    session_->Execute(fmt::format("INSERT INTO {} (id) VALUES (7)", table));
    session_->Execute("UPDATE pg_index SET indisready = true" + ready);
  };
  damage("item");
  damage("other");
  auto report = database_->CheckPages();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->problems,
              ElementsAre(AllOf(HasSubstr("index item_pkey does not fit"), HasSubstr("REINDEX INDEX item_pkey")),
                          AllOf(HasSubstr("index other_pkey does not fit"), HasSubstr("REINDEX INDEX other_pkey"))));

  session_->Execute("REINDEX INDEX other_pkey");
  // A page of nonsense at the table's end.
  std::string path;
  session_->ForEachRow("SELECT pg_relation_filepath('other')", [&](const auto& row) { path = row.at(0); });
  session_->Execute(fmt::format("COPY (SELECT 1) TO PROGRAM 'tr \"\\000\" x < /dev/zero | head -c 8192 >> {}'", path));
  report = database_->CheckPages();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->problems, Contains(HasSubstr("table other cannot be read")));
  EXPECT_THAT(report->problems, Contains(HasSubstr("index item_pkey")));
  EXPECT_EQ(report->problems.size(), 3U) << "the index of a table that cannot be read fits no more";
}

// A check that could not be made says nothing of what is stored.
TEST_F(PostgresFaultTest, TakesABusyIndexForNoDamagedOne) {
  session_->Execute("CREATE EXTENSION amcheck");
  session_->Execute("BEGIN");
  session_->Execute("REINDEX INDEX item_pkey");  // which locks the index, and leaves the table to who reads
  EXPECT_THAT(database_->CheckPages()->problems,
              ElementsAre("item_pkey was not checked: it is locked, as by REINDEX. Ask again later."));
  session_->Execute("ROLLBACK");
  EXPECT_THAT(database_->CheckPages()->problems, ::testing::IsEmpty());
}

}  // namespace
}  // namespace dangol::storage
