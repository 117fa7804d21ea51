// A suite of which one database is put back from a backup.
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using testing::Ended;
using testing::ExpectDone;
using ::testing::HasSubstr;
using testing::kTickets;
using testing::Parsed;
using testing::RunningSuite;
using testing::TemporaryFolder;
using testing::WaitFor;

class RestoreTest : public ::testing::Test {
 protected:
  void Start() { suite_ = std::make_unique<RunningSuite>(folder_.path()); }
  void Stop() {
    suite_->StopInTime();
    suite_ = nullptr;
  }
  // An event each.
  void CreateTickets(const std::string& prefix, int count) {
    for (int i = 1; i <= count; ++i) {
      ExpectDone(suite_->Run({"ticket", "create", "--subject", "Late", "--ticket-id", fmt::format("{}{}", prefix, i)}));
    }
  }
  // The file of tickets and its log: a database that nobody has open is the two of them.
  void Backup() {
    for (const char* part : {"", "-wal"}) std::filesystem::copy_file(database_ + part, folder_.File("backup") + part);
  }
  void PutBack() {
    for (const char* part : {"", "-wal"}) std::filesystem::rename(folder_.File("backup") + part, database_ + part);
    std::filesystem::remove(database_ + "-shm");
  }
  void Kill() {
    suite_->process().Kill();
    suite_ = nullptr;
  }
  // What README.md says of a service that runs.
  void BackupOfRunning() { testing::Execute(database_, fmt::format("VACUUM INTO '{}'", folder_.File("backup"))); }
  void PutCopyBack() { std::filesystem::rename(folder_.File("backup"), database_); }
  void ExpectKept(int kept) {
    ExpectDone(suite_->Run({"ticket", "get", fmt::format("kept{}", kept)}));
    EXPECT_THAT(suite_->Run({"ticket", "get", "lost1"}).errors, HasSubstr("NOT_FOUND"));
    EXPECT_THAT(suite_->Run({"doctor", "--pages"}).output, ::testing::Not(HasSubstr("STORAGE_CORRUPT")));
  }
  // Of that event of tickets.
  std::string Cursor(int event) {
    const Ended tail = suite_->Run({"feed", "tail", "tickets", "--max", std::to_string(event), "-o", "json"});
    return Parsed<tickets::v1::TicketEvent>(tail.output.substr(tail.output.rfind('\n', tail.output.size() - 2) + 1))
        .envelope()
        .cursor();
  }

  TemporaryFolder folder_;
  const std::string database_ = folder_.File("tickets.db");
  std::unique_ptr<RunningSuite> suite_;
};

TEST_F(RestoreTest, NothingIsFollowedInSilenceUntilTheFeedHasANewIncarnation) {
  Start();
  CreateTickets("kept", 5);
  Stop();
  Backup();
  Start();
  CreateTickets("lost", 7);
  WaitFor(*suite_, {"doctor"}, "loop-steps: 12 examined");
  const std::string cursor = Cursor(12);
  Stop();

  PutBack();
  Start();
  WaitFor(*suite_, {"status", "-o", "json"}, "CURSOR_AHEAD");
  CreateTickets("new", 10);
  Stop();
  Start();
  WaitFor(*suite_, {"status", "-o", "json"}, "HISTORY_CHANGED");
  EXPECT_THAT(suite_->Run({"status"}).errors, HasSubstr(" cannot follow tickets"));
  EXPECT_THAT(suite_->Run({"doctor"}).output, HasSubstr("--new-incarnation"));
  EXPECT_THAT(suite_->Run({"feed", "tail", "tickets", "--after", cursor}).errors, HasSubstr("HISTORY_CHANGED"));
  EXPECT_THAT(suite_
                  ->Run({"call", testing::kGetTicket, R"({"name":"tickets/new1"})", "--metadata",
                         "x-dangol-min-cursor=" + cursor})
                  .errors,
              HasSubstr("HISTORY_CHANGED"));
  Stop();

  const Ended renewed = testing::RunToEnd(kTickets, {"--data", folder_.path(), "--new-incarnation"});
  EXPECT_EQ(renewed.code, 0) << renewed.errors;
  EXPECT_THAT(renewed.output, HasSubstr(database_));
  Start();
  for (const char* loop : {"kept1", "kept5", "new1", "new10"})
    WaitFor(*suite_, {"call", "dangol.metrics.v1.LoopService/GetLoop", fmt::format(R"({{"name":"loops/{}"}})", loop)},
            "RECEIVED");
}

TEST_F(RestoreTest, ACopyIsPutBackAfterAStop) {
  Start();
  CreateTickets("kept", 3);
  BackupOfRunning();
  CreateTickets("lost", 5);
  Stop();
  PutCopyBack();
  Start();
  ExpectKept(3);
}

TEST_F(RestoreTest, ACopyIsNotMixedWithTheLogThatAKillLeft) {
  Start();
  CreateTickets("kept", 3);
  BackupOfRunning();
  CreateTickets("lost", 5);
  Kill();
  PutCopyBack();
  const std::string copy = testing::ReadFile(database_);
  const std::string log = testing::ReadFile(database_ + "-wal");
  ASSERT_NE(log, "");
  const Ended refused = testing::RunToEnd(
      testing::kDangol, {"up", "--data", folder_.path(), "--port-base", std::to_string(testing::FreePorts())});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, ::testing::MatchesRegex("dangol up: [^\n]*Remove [^\n]*tickets.db-wal[^\n]*\n"));
  EXPECT_EQ(testing::ReadFile(database_), copy);
  EXPECT_EQ(testing::ReadFile(database_ + "-wal"), log);
  for (const char* part : {"-wal", "-shm"}) std::filesystem::remove(database_ + part);
  Start();
  ExpectKept(3);
}

TEST_F(RestoreTest, AfterAStopEachFileAloneIsItsDatabase) {
  Start();
  CreateTickets("kept", 25);
  WaitFor(*suite_, {"doctor"}, "loop-steps: 25 examined");
  Stop();
  TemporaryFolder copies;
  for (const char* service : {"tickets", "backlog", "metrics"}) {
    const std::string name = fmt::format("{}.db", service);
    EXPECT_EQ(std::filesystem::file_size(folder_.File(name + "-wal")), 0) << name;
    std::filesystem::copy_file(folder_.File(name), copies.File(name));
  }
  suite_ = std::make_unique<RunningSuite>(copies.path());
  ExpectDone(suite_->Run({"ticket", "get", "kept25"}));
  EXPECT_THAT(suite_->Run({"doctor"}).output, HasSubstr("loop-steps: 25 examined"));
}

TEST_F(RestoreTest, ANewIncarnationIsGivenToADatabaseThatIsThereAlone) {
  const auto renew = [](const std::string& folder) {
    return testing::RunToEnd(kTickets, {"--data", folder, "--new-incarnation"});
  };
  Ended refused = renew(folder_.File("typo"));
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, ::testing::MatchesRegex("dangol-tickets: [^\n]*typo/tickets.db[^\n]*--data[^\n]*\n"));
  EXPECT_FALSE(std::filesystem::exists(folder_.File("typo")));

  testing::Execute(database_, "CREATE TABLE of_somebody_else (id INTEGER)");
  refused = renew(folder_.path());
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, ::testing::MatchesRegex("dangol-tickets: [^\n]*no service has run[^\n]*\n"));
  testing::Execute(database_, "DROP TABLE of_somebody_else");

  Start();
  Stop();
  EXPECT_EQ(renew(folder_.path()).code, 0);
  EXPECT_EQ(std::filesystem::file_size(database_ + "-wal"), 0);
  testing::Execute(database_, "UPDATE feed_head SET incarnation = ''");
  refused = renew(folder_.path());
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("dangol migrate"));
  EXPECT_EQ(refused.output, "");
}

TEST_F(RestoreTest, TheGatewayHasNoFeedThatCouldBeAnotherOne) {
  const std::string gateway = std::filesystem::path(kTickets).replace_filename("dangol-gateway");
  const Ended refused = testing::RunToEnd(gateway, {"--new-incarnation"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("--new-incarnation"));
}

TEST_F(RestoreTest, WhatIsInBothHistoriesGoesOnAboveTheLostOne) {
  Start();
  CreateTickets("t", 3);
  for (const char* change : {"lost", "new"}) {
    ExpectDone(suite_->Run({"change", "create", "--change-id", change, "--title", "Mail on the day"}));
  }
  Stop();
  Backup();
  Start();
  // Versions, links and names that are of no history any more.
  for (const char* ticket : {"t1", "t2", "t3"}) ExpectDone(suite_->Run({"ticket", "ack", ticket}));
  for (const char* ticket : {"t1", "t2"}) ExpectDone(suite_->Run({"ticket", "accept", ticket, "--change", "lost"}));
  ExpectDone(suite_->Run({"ticket", "unlink", "t2"}));
  ExpectDone(suite_->Run({"ticket", "create", "--subject", "Lost", "--ticket-id", "again"}));
  ExpectDone(suite_->Run({"ticket", "ack", "again"}));
  WaitFor(*suite_, {"loop", "again", "-o", "json"}, R"("state":"HEARD")");
  Stop();
  PutBack();
  EXPECT_EQ(testing::RunToEnd(kTickets, {"--data", folder_.path(), "--new-incarnation"}).code, 0);

  Start();
  ExpectDone(suite_->Run({"ticket", "accept", "t1", "t2", "--change", "new"}));
  ExpectDone(suite_->Run({"ticket", "create", "--subject", "New", "--ticket-id", "again"}));
  WaitFor(*suite_, {"loop", "again", "-o", "json"}, R"("state":"RECEIVED")");
  ExpectDone(suite_->Run({"change", "ship", "new", "--kind", "SERVICE", "--can-keep", "yes", "--for-everyone", "yes",
                          "--within-capability", "yes", "--rationale", "We can", "--decided-by", "members/kim"}));
  for (const char* ticket : {"t1", "t2"}) {
    WaitFor(*suite_, {"ticket", "show", ticket, "-o", "json"}, "changes/new/shipments/1");
    WaitFor(*suite_, {"loop", ticket, "-o", "json"}, "changes/new/shipments/1");
  }
  // What nobody has touched since stands as it was lost, until somebody does.
  ExpectDone(suite_->Run({"ticket", "resolve", "t3", "--disposition", "thanked", "--decided-by", "members/kim"}));
  WaitFor(*suite_, {"loop", "t3", "-o", "json"}, R"("state":"ANSWERED")");
  ExpectDone(suite_->Run({"doctor"}));
}

TEST_F(RestoreTest, WhoWasMergedAndErasedIsErasedAgainUnderEachName) {
  Start();
  const auto make = [&](const std::string& phone) {
    const Ended taken = suite_->Run({"ticket", "create", "--subject", "Late", "--sender-phone", phone, "-o", "json"});
    return Parsed<tickets::v1::Ticket>(taken.output).customer();
  };
  const std::string kept = make("010-1111-2222");
  const std::string merged = make("010-3333-4444");
  Stop();
  Backup();
  Start();
  ExpectDone(suite_->Run({"customer", "merge", kept, "--merged", merged}));
  ExpectDone(suite_->Run({"customer", "erase", kept}));
  testing::WriteFile(folder_.File("erasures"), suite_->Run({"erasures"}).output);
  Stop();
  PutBack();
  Start();
  EXPECT_THAT(suite_->Run({"customer", "export", merged}).output, HasSubstr("010-3333-4444"));
  EXPECT_EQ(suite_->Run({"erasures", "--apply", folder_.File("erasures")}).output,
            "2 erased, 0 were erased already or do not exist\n");
  EXPECT_THAT(suite_->Run({"customer", "export", merged}).output, ::testing::Not(HasSubstr("010-3333-4444")));
}

}  // namespace
}  // namespace dangol
