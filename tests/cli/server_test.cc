// The servers as their operators meet them.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rpc/grpc_channel.h"
#include "dangol/api/v1/audit.pb.h"
#include "tests/cli/cli_fixture.h"
#include "tests/common/storage/database_file.h"
#include "tests/support/deaf_port.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using testing::Ended;
using testing::Execute;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kAtOnce;
using testing::kPatience;
using testing::kStopTimeMax;
using testing::kTickets;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;

// What cannot start: exit code 1 and exactly one line that says why.
void ExpectRefusal(const Ended& ended, const std::string& why) {
  EXPECT_EQ(ended.code, 1) << ended.errors;
  EXPECT_THAT(ended.errors, AllOf(StartsWith("dangol-tickets: "), HasSubstr(why)));
  EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
  EXPECT_THAT(ended.output, IsEmpty());
}

Ended Tickets(const std::vector<std::string>& arguments) { return testing::RunToEnd(kTickets, arguments); }

TEST(Server, RefusesAFolderInUse) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  ExpectRefusal(Tickets({"--data", folder.path(), "--listen", "127.0.0.1:0"}),
                fmt::format("in use by process {}", suite.process().pid()));
  EXPECT_EQ(suite.Run({"status"}).code, 0);
}

TEST(Server, StartsBesideABackup) {
  TemporaryFolder folder;
  const std::vector<std::string> arguments = {"--data", folder.path(), "--listen", "127.0.0.1:0"};
  auto server = std::make_unique<ChildProcess>(kTickets, arguments);
  ASSERT_TRUE(server->WaitForText("serving tickets", kPatience)) << server->errors();
  const testing::DatabaseFile backup(folder.File("tickets.db"));
  backup.Execute("BEGIN");
  const int64_t starts = backup.Integer("SELECT starts FROM feed_head");
  for (const int signal : {SIGKILL, SIGTERM, SIGKILL}) {
    server->Signal(signal);
    ASSERT_TRUE(server->Wait(kStopTimeMax));
    server = std::make_unique<ChildProcess>(kTickets, arguments);
    ASSERT_TRUE(server->WaitForText("serving tickets", kPatience)) << server->errors();
  }
  EXPECT_EQ(backup.Integer("SELECT starts FROM feed_head"), starts);
  backup.Execute("COMMIT");
  EXPECT_EQ(backup.Integer("SELECT starts FROM feed_head"), starts + 3);
}

// As who reads last has it, while he moves the log and ends.
TEST(Server, WaitsForAnotherProcessThatHasTheDatabaseAlone) {
  TemporaryFolder folder;
  Execute(folder.File("tickets.db"), "PRAGMA journal_mode = WAL");
  auto other = std::make_unique<testing::DatabaseFile>(folder.File("tickets.db"));
  other->Execute("PRAGMA locking_mode = EXCLUSIVE");
  other->Execute("BEGIN IMMEDIATE");
  ChildProcess server(kTickets, {"--data", folder.path(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(server.Wait(absl::Seconds(1)), std::nullopt) << server.errors();
  other = nullptr;
  EXPECT_TRUE(server.WaitForText("serving tickets", kPatience)) << server.errors();
}

TEST(Server, RefusesATakenPort) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  ExpectRefusal(Tickets({"--data", folder.File("other"), "--listen", suite.address()}), "the port is taken");
}

TEST(Server, RefusesAFolderThatCannotBeWritten) {
  TemporaryFolder folder;
  std::ofstream(folder.File("file")) << "no folder";
  ExpectRefusal(Tickets({"--data", folder.File("file/data"), "--listen", "127.0.0.1:0"}), folder.File("file/data"));
  ExpectRefusal(Tickets({"--data", "/proc/nothing", "--listen", "127.0.0.1:0"}), "/proc/nothing");
}

TEST(Server, RefusesASchemaThatIsNewer) {
  TemporaryFolder folder;
  { RunningSuite suite(folder.path()); }
  Execute(
      folder.File("tickets.db"),
      "INSERT INTO schema_migration (component, number, name, checksum, apply_time) SELECT component, MAX(number) + 1, "
      "'from the future', '00', 0 FROM schema_migration WHERE component = 'tickets'");
  ExpectRefusal(Tickets({"--data", folder.path(), "--listen", "127.0.0.1:0"}), "Use the newer program");
}

TEST(Server, RefusesTheDatabaseOfAnotherService) {
  TemporaryFolder folder;
  { RunningSuite suite(folder.path()); }
  const std::string before = testing::DatabaseFile(folder.File("backlog.db")).Dump();
  const std::string url = "sqlite:" + folder.File("backlog.db");
  const Ended ended = Tickets({"--database", url, "--listen", "127.0.0.1:0"});
  ExpectRefusal(ended, url + ": The database belongs to the service backlog, and this is tickets.");
  EXPECT_EQ(testing::DatabaseFile(folder.File("backlog.db")).Dump(), before);
}

TEST(Server, RefusesADatabaseThatIsNone) {
  TemporaryFolder folder;
  std::ofstream(folder.File("tickets.db")) << std::string(100'000, 'x');
  ExpectRefusal(Tickets({"--data", folder.path(), "--listen", "127.0.0.1:0"}), folder.File("tickets.db"));
  ExpectRefusal(Tickets({"--database", "oracle:x", "--listen", "127.0.0.1:0"}), "oracle:x");
}

TEST(Server, RefusesANetworkThatIsNotTrusted) {
  TemporaryFolder folder;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "128.0.0.1:0", "127.example.org:0"}) {
    ExpectRefusal(Tickets({"--data", folder.path(), "--listen", address}), "--trust-network");
  }
  for (const char* address : {"127.0.0.1:0", "localhost:0", "127.1.2.3:0"}) {
    ChildProcess server(kTickets, {"--data", folder.path(), "--listen", address});
    EXPECT_TRUE(server.WaitForText("serving tickets", kPatience)) << address << "\n" << server.errors();
  }
  ChildProcess server(kTickets, {"--data", folder.path(), "--listen", "0.0.0.0:0", "--trust-network"});
  EXPECT_TRUE(server.WaitForText("serving tickets on 0.0.0.0:", kPatience)) << server.errors();
}

rpc::Reply Ask(rpc::Channel& channel, std::string method) {
  std::promise<rpc::Reply> reply;
  channel.Unary(std::move(method), "", {}, [&](rpc::Reply answer) { reply.set_value(std::move(answer)); });
  return reply.get_future().get();
}

TEST(Server, SaysHowItIsToProbesThatHaveNoCredentials) {
  TemporaryFolder folder;
  const int port = testing::FreePorts();
  const std::string probed = fmt::format("127.0.0.1:{}", port);
  ChildProcess server(
      kTickets, {"--data", folder.path(), "--listen", "127.0.0.1:0", "--require-credentials", "--health", probed});
  ASSERT_TRUE(server.WaitForText("serving tickets", kPatience)) << server.errors();
  const auto channel = rpc::NewGrpcChannel(probed, {.serving_only = false});
  const rpc::Reply health = Ask(*channel, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(health.status, absl::OkStatus());
  EXPECT_EQ(health.message, "\x08\x01") << "SERVING";
  const absl::Status more = Ask(*channel, "/dangol.tickets.v1.TicketService/ListTickets").status;
  EXPECT_EQ(more.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(more.message(), HasSubstr("It has grpc.health.v1.Health."));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(kStopTimeMax), 0);
}

TEST(Server, ReadsAFileOfSettings) {
  TemporaryFolder folder;
  const int port = testing::FreePorts();
  std::ofstream(folder.File("tickets.toml"))
      << fmt::format("# comment\ndatabase = \"sqlite:{}\"\nlisten = \"127.0.0.1:{}\"\nlog-format = \"text\"\n",
                     folder.File("here.db"), port);
  ChildProcess server(kTickets, {"--config", folder.File("tickets.toml")});
  EXPECT_TRUE(server.WaitForText(
      fmt::format(" info serving tickets on 127.0.0.1:{} with sqlite:{}\n", port, folder.File("here.db")), kPatience))
      << server.errors();
  server.Signal(SIGINT);
  EXPECT_EQ(server.Wait(kStopTimeMax), 0);

  std::ofstream(folder.File("wrong.toml")) << "listne = \"127.0.0.1:0\"\n";
  for (const char* file : {"wrong.toml", "missing.toml"}) {
    const Ended ended = Tickets({"--config", folder.File(file)});
    EXPECT_EQ(ended.code, 2) << file;
    EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
  }
}

TEST(Server, EndsAtOnceAtTheSecondSignal) {
  TemporaryFolder folder;
  ChildProcess server(kTickets, {"--data", folder.path(), "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(server.WaitForText(" with sqlite:", kPatience));
  const std::string log = server.errors();
  const size_t begin = log.find("127.0.0.1:");
  const std::string address = log.substr(begin, log.find(' ', begin) - begin);
  // Who watches its health keeps it from stopping until its grace is over.
  const auto channel = rpc::NewGrpcChannel(address, {.wait_for_ready = true});
  const auto watch = channel->Stream("/grpc.health.v1.Health/Watch", "", {});
  std::promise<void> watching;
  watch->Read([&](std::optional<std::string>, absl::Status) { watching.set_value(); });
  watching.get_future().wait();

  server.Signal(SIGTERM);
  ASSERT_TRUE(server.WaitForText("stopping after SIGTERM", kPatience));
  EXPECT_EQ(server.Wait(absl::Milliseconds(300)), std::nullopt);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(kAtOnce), 130);
}

TEST(Server, EndsAtOnceAtASignalWhileItStarts) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const testing::DeafPort database;
    const std::string url = fmt::format("postgresql://kim:sesame@127.0.0.1:{}/tickets", database.port());
    ChildProcess server(kTickets, {"--database", url, "--listen", "127.0.0.1:0"});
    database.Await();
    server.Signal(signal);
    EXPECT_EQ(server.Wait(kAtOnce), 128 + signal);
    EXPECT_THAT(server.errors(), IsEmpty());
  }
}

TEST(Server, SaysAgainAfterARestartThatAFeedCannotBeFollowed) {
  TemporaryFolder folder;
  { RunningSuite(folder.path()).StopInTime(); }
  // Of the service that is opened first: it takes its lease long before all have started.
  Execute(folder.File("tickets.db"), "UPDATE subscription SET broken = 'events are missing' WHERE feed = 'backlog'");
  RunningSuite suite(folder.path());
  EXPECT_TRUE(suite.process().WaitForText("the feed of backlog cannot be followed: events are missing", kPatience))
      << suite.process().errors();
}

TEST(Server, KeepsWhatWasDeniedWhileAnotherServiceStopped) {
  TemporaryFolder folder;
  int64_t denied = 0;
  {
    RunningSuite suite(folder.path());
    // Keeps tickets from stopping until its grace is over.
    const auto tickets = rpc::NewGrpcChannel(suite.address(), {.wait_for_ready = true});
    auto watch = tickets->Stream("/grpc.health.v1.Health/Watch", "", {});
    std::promise<void> watching;
    watch->Read([&](std::optional<std::string>, absl::Status) { watching.set_value(); });
    watching.get_future().wait();
    const auto backlog =
        rpc::NewGrpcChannel(fmt::format("127.0.0.1:{}", suite.port_base() + 2), {.serving_only = false});
    const auto is_denied = [&] {
      std::promise<absl::Status> status;
      backlog->Unary("/dangol.backlog.v1.ChangeService/ListChanges", "", {{{"authorization", "Bearer none"}}},
                     [&](const rpc::Reply& reply) { status.set_value(reply.status); });
      return absl::IsUnauthenticated(status.get_future().get());
    };
    ASSERT_TRUE(is_denied());
    suite.process().Signal(SIGTERM);
    ASSERT_TRUE(suite.process().WaitForText("stopping after SIGTERM", kPatience));
    for (denied = 1; denied < 2000 && is_denied();) ++denied;
    watch = nullptr;
    EXPECT_EQ(suite.process().Wait(kPatience), 0);
  }
  int64_t stored = 0;
  for (const std::string& content :
       testing::DatabaseFile(folder.File("backlog.db")).Column("SELECT content FROM audit")) {
    api::v1::AuditEntry entry;
    ASSERT_TRUE(entry.ParseFromString(content));
    stored += entry.denied_calls();
  }
  EXPECT_GE(stored, denied);
}

}  // namespace
}  // namespace dangol
