// The programs as their users meet them: processes, command lines, exit codes and what stands on the terminal.
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "common/rpc/grpc_channel.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/child_process.h"
#include "tests/support/local_service.h"

namespace dangol {
namespace {

using dangol::api::v1::GetStatusResponse;
using ::testing::AllOf;
using testing::ChildProcess;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TemporaryFolder;

constexpr char kDangol[] = DANGOL_BINARY;
constexpr char kTickets[] = DANGOL_TICKETS_BINARY;
constexpr char kCreateTicket[] = "dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGetTicket[] = "dangol.tickets.v1.TicketService/GetTicket";
constexpr char kStreamEvents[] = "dangol.tickets.v1.TicketFeed/StreamEvents";
// More than anything takes, with sanitizers too.
constexpr absl::Duration kPatience = absl::Seconds(60);
// What is promised.
constexpr absl::Duration kStopTimeMax = absl::Seconds(5);
#ifdef __SANITIZE_THREAD__
// This sanitizer holds a signal back for as long as the thread waits inside gRPC.
constexpr absl::Duration kAtOnce = kPatience;
#else
constexpr absl::Duration kAtOnce = absl::Seconds(2);
#endif

template <typename Message>
Message Parsed(const std::string& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << json;
  return message;
}

Ended Dangol(std::vector<std::string> arguments, testing::ChildOptions options = {}) {
  return testing::RunToEnd(kDangol, arguments, options);
}

// `dangol up` in a folder of its own.
class RunningSuite {
 public:
  explicit RunningSuite(const std::string& folder) : port_base_(testing::FreePorts()) {
    process_ = std::make_unique<ChildProcess>(
        kDangol, std::vector<std::string>{"up", "--data", folder, "--port-base", std::to_string(port_base_)});
    EXPECT_TRUE(process_->WaitForText("serving tickets", kPatience)) << process_->errors();
  }

  ChildProcess& process() { return *process_; }
  int port_base() const { return port_base_; }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_base_ + 1); }

  // A command that talks to this suite.
  Ended Run(std::vector<std::string> arguments, const std::string& input = "") const {
    return Dangol(std::move(arguments), {input, {fmt::format("DANGOL_PORT_BASE={}", port_base_)}, ""});
  }

  void StopInTime() {
    process_->Signal(SIGTERM);
    EXPECT_EQ(process_->Wait(kStopTimeMax), 0) << process_->errors();
  }

 private:
  const int port_base_;
  std::unique_ptr<ChildProcess> process_;
};

void Execute(const std::string& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_close(handle);
}

TEST(Suite, TakesATicketAndGivesItBack) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());

  const Ended created = suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"늦게 왔어요"},"ticketId":"t1"})"});
  EXPECT_EQ(created.code, 0) << created.errors;
  EXPECT_THAT(created.errors, IsEmpty());
  EXPECT_EQ(Parsed<tickets::v1::Ticket>(created.output).name(), "tickets/t1");

  const Ended got = suite.Run({"call", kGetTicket, "-"}, R"({"name": "tickets/t1"})");
  EXPECT_EQ(got.code, 0) << got.errors;
  EXPECT_EQ(Parsed<tickets::v1::Ticket>(got.output).subject(), "늦게 왔어요");

  const Ended listed = suite.Run({"call", "dangol.tickets.v1.TicketService/ListTickets"});
  EXPECT_EQ(listed.code, 0) << listed.errors;
  EXPECT_EQ(Parsed<tickets::v1::ListTicketsResponse>(listed.output).tickets_size(), 1);

  const Ended streamed = suite.Run({"call", kStreamEvents, "--max", "1"});
  EXPECT_EQ(streamed.code, 0) << streamed.errors;
  const auto events = Parsed<tickets::v1::StreamEventsResponse>(streamed.output);
  ASSERT_EQ(events.events_size(), 1);
  EXPECT_EQ(events.events(0).ticket_created().ticket(), "tickets/t1");

  suite.StopInTime();
  EXPECT_THAT(suite.process().errors(), HasSubstr("stopped"));
}

TEST(Suite, KeepsWhatItTookOverAKill) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"},"ticketId":"t1"})"}).code, 0);
    suite.process().Kill();
  }
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kGetTicket, R"({"name":"tickets/t1"})"}).code, 0);
}

TEST(Suite, GivesItsDatabasesToTheirOwnerOnly) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("new"));
  for (const char* file : {"new", "new/tickets.db", "new/tickets.db-wal"}) {
    struct stat found {};
    ASSERT_EQ(stat(folder.File(file).c_str(), &found), 0) << file;
    EXPECT_EQ(found.st_mode & 077U, 0U) << file;
  }
}

TEST(Status, SaysHowAServiceIs) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);

  const Ended table = suite.Run({"status"});
  EXPECT_EQ(table.code, 0) << table.errors;
  EXPECT_THAT(table.output,
              AllOf(StartsWith("SERVICE  ADDRESS"), HasSubstr("tickets  " + suite.address() + "  SERVING"),
                    HasSubstr("KiB"), Not(HasSubstr("\x1b"))));

  const Ended json = suite.Run({"status", "-o", "json"});
  EXPECT_EQ(json.code, 0) << json.errors;
  EXPECT_EQ(std::count(json.output.begin(), json.output.end(), '\n'), 3);  // one for each service
  const auto status = Parsed<GetStatusResponse>(json.output.substr(0, json.output.find('\n')));
  EXPECT_EQ(status.service(), "tickets");
  EXPECT_EQ(status.state(), GetStatusResponse::SERVING);
  EXPECT_EQ(status.feed_sequence(), 1);
  EXPECT_THAT(json.output, HasSubstr(R"("writeQueueCalls":"0")"));  // what is zero is said too

  EXPECT_EQ(Dangol({"status", "--address", suite.address()}).code, 0);
}

TEST(Status, ListsAServiceThatDoesNotAnswer) {
  const std::string port_base = std::to_string(testing::FreePorts());
  const Ended table = Dangol({"status", "--port-base", port_base});
  EXPECT_EQ(table.code, 1);
  EXPECT_THAT(table.output, HasSubstr("UNREACHABLE"));
  EXPECT_THAT(table.errors, HasSubstr("dangol up"));
  const Ended json = Dangol({"status", "--port-base", port_base, "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, IsEmpty());
}

TEST(Status, SaysThatStorageFailedAndThatItRecovered) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"},"ticketId":"t1"})"}).code, 0);
  EXPECT_EQ(suite.Run({"status"}).code, 0);
  // As a full disk: nothing of the process may grow beyond this, only its small log.
  rlimit before{};
  const rlimit small{16 << 10, RLIM_INFINITY};
  ASSERT_EQ(prlimit(suite.process().pid(), RLIMIT_FSIZE, &small, &before), 0);
  Ended refused;
  for (int i = 0; i < 20 && refused.code.value_or(0) == 0; ++i) {
    refused = suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"});
  }
  EXPECT_THAT(refused.errors, HasSubstr("UNAVAILABLE (OUTCOME_UNKNOWN)"));
  refused = suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("UNAVAILABLE (STORAGE_"), HasSubstr("\n  Try again in 1s.\n")));
  const Ended status = suite.Run({"status"});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.output, HasSubstr("READ_ONLY"));
  EXPECT_THAT(status.errors, HasSubstr("tickets is READ_ONLY: "));
  EXPECT_EQ(suite.Run({"call", kGetTicket, R"({"name":"tickets/t1"})"}).code, 0);

  ASSERT_EQ(prlimit(suite.process().pid(), RLIMIT_FSIZE, &before, nullptr), 0);
  EXPECT_TRUE(suite.process().WaitForText("storage has recovered", kPatience));
  EXPECT_EQ(suite.Run({"status"}).code, 0);
}

TEST(Call, SaysWhereJsonIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"garbage", "line 1, column 1: a value was expected"},
      {"", "line 1, column 1: a value was expected, but the text ends"},
      {R"({"a" 1})", "line 1, column 6: ':' was expected"},
      {R"({"a":1)", "line 1, column 7: ',' or '}' was expected, but the text ends"},
      {"{\n  \"ticket\": {\"subject\": \"가\",}\n}", "line 2, column 29: a field's name in double quotes was expected"},
      {R"({"a":"b)", "line 1, column 6: the text that begins here has no end"},
      {R"({"a":"\q"})", "line 1, column 7: there is no such escape"},
      {R"({"a":"\u12G4"})", "line 1, column 7: four hexadecimal digits"},
      {"{\"a\":\"\xff\"}", "line 1, column 7: this is not UTF-8"},
      {R"({"a":01})", "line 1, column 7: a number must not begin with 0"},
      {R"({"a":-})", "line 1, column 7: a digit was expected"},
      {R"({} {})", "line 1, column 4: nothing more was expected"},
      {std::string(200, '['), "line 1, column 101: this is nested too deep"},
      {"[]", "must be a JSON object"},
      {R"({"ticket":{"subjct":"x"}})", "(ticket) subjct: Cannot find field"},
      {R"({"ticket":{"severity":"BAD"}})", "(ticket.severity): invalid value \"BAD\""},
  };
  for (const auto& [json, problem] : cases) {
    const Ended ended = Dangol({"call", kCreateTicket, "-"}, {json, {}, ""});
    EXPECT_EQ(ended.code, 1) << json;
    EXPECT_THAT(ended.errors, AllOf(StartsWith("dangol call: INVALID_ARGUMENT ("), HasSubstr(problem))) << json;
    EXPECT_THAT(ended.output, IsEmpty()) << json;
  }
}

TEST(Call, NamesMethodsThatMayBeMeant) {
  for (const char* name : {"dangol.tickets.v1.TicketService/GetTickt", "GetTicket", "ticketservice/getticket",
                           "dangol.tickets.v1.TicketService.GetTicket"}) {
    const Ended ended = Dangol({"call", name, "{}"});
    EXPECT_EQ(ended.code, 1) << name;
    EXPECT_THAT(ended.errors, AllOf(HasSubstr("There is no method"),
                                    HasSubstr("mean:\n  dangol.tickets.v1.TicketService/GetTicket\n")))
        << name;
  }
  EXPECT_THAT(Dangol({"call", "nothing/of_the_kind"}).errors, HasSubstr("dangol call --list"));
  const Ended list = Dangol({"call", "--list"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.output, AllOf(HasSubstr("dangol.tickets.v1.TicketService/CreateTicket\n"),
                                 HasSubstr("dangol.api.v1.AdminService/GetStatus\n")));
}

TEST(Call, ShowsEveryWrongField) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended wrong =
      suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late","stage":"b","contactReason":"C D"}})"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, IsEmpty());
  EXPECT_THAT(wrong.errors,
              AllOf(StartsWith("dangol call: INVALID_ARGUMENT (INVALID_FIELD)\n"), HasSubstr("\n  ticket.stage: \"b\""),
                    HasSubstr("\n  ticket.contact_reason: \"C D\"")));
  const Ended missing = suite.Run({"call", kGetTicket, R"({"name":"tickets/none"})"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.errors, StartsWith("dangol call: NOT_FOUND (NOT_FOUND): tickets/none does not exist."));
}

TEST(Call, SendsAndShowsMetadata) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const Ended created =
      suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"},"ticketId":"t1"})", "--verbose"});
  EXPECT_EQ(created.code, 0) << created.errors;
  ASSERT_THAT(created.errors, StartsWith("x-dangol-cursor: "));
  const std::string cursor = created.errors.substr(17, created.errors.find('\n') - 17);
  const std::string get = R"({"name":"tickets/t1"})";
  EXPECT_EQ(suite.Run({"call", kGetTicket, get, "--metadata", "x-dangol-min-cursor=" + cursor}).code, 0);
  const Ended wrong = suite.Run({"call", "--metadata", "x-dangol-min-cursor=what", kGetTicket, get});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(suite.Run({"call", kGetTicket, get, "--metadata", "novalue"}).errors, HasSubstr("KEY=VALUE"));
}

TEST(Call, FindsTheServiceOrAsksWhichOne) {
  const Ended which = Dangol({"call", "dangol.api.v1.AdminService/GetStatus"});
  EXPECT_EQ(which.code, 1);
  EXPECT_THAT(which.errors, HasSubstr("--service tickets"));
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  for (const auto& [flag, value] :
       {std::pair<std::string, std::string>{"--service", "tickets"}, {"--address", suite.address()}}) {
    const Ended status = suite.Run({"call", "dangol.api.v1.AdminService/GetStatus", flag, value});
    EXPECT_EQ(status.code, 0) << status.errors;
    EXPECT_EQ(Parsed<GetStatusResponse>(status.output).service(), "tickets");
  }
}

TEST(Call, PrintsAStreamAsItComes) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  ChildProcess stream(kDangol, {"call", kStreamEvents, "--address", suite.address()});
  for (const char* id : {"t1", "t2"}) {
    const std::string request = fmt::format(R"({{"ticket":{{"subject":"Late"}},"ticketId":"{}"}})", id);
    EXPECT_EQ(suite.Run({"call", kCreateTicket, request}).code, 0);
    EXPECT_TRUE(stream.WaitForText(fmt::format(R"("ticket":"tickets/{}")", id), kPatience)) << stream.errors();
  }
  for (const auto& line : absl::StrSplit(stream.output(), '\n', absl::SkipEmpty())) {
    Parsed<tickets::v1::StreamEventsResponse>(std::string(line));
  }
  stream.Signal(SIGINT);
  EXPECT_EQ(stream.Wait(kPatience), 128 + SIGINT);
}

TEST(Call, TellsTheReaderOfAStreamThatTheServerStops) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);
  ChildProcess stream(kDangol, {"call", kStreamEvents, "--address", suite.address()});
  EXPECT_TRUE(stream.WaitForText("cursor", kPatience));
  suite.StopInTime();
  EXPECT_EQ(stream.Wait(kPatience), 1);
  EXPECT_THAT(stream.errors(), StartsWith("dangol call: UNAVAILABLE"));
}

TEST(Call, FailsWhereItsOutputCannotBeWritten) {
  const Ended ended = testing::RunToEnd("/bin/sh", {"-c", fmt::format("'{}' call --list > /dev/full", kDangol)});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("No space left"));
}

TEST(Doctor, FindsEverythingInOrder) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);
  const Ended text = suite.Run({"doctor", "--pages"});
  EXPECT_EQ(text.code, 0) << text.output << text.errors;
  EXPECT_THAT(text.output, AllOf(HasSubstr("✓ state: SERVING"), HasSubstr("✓ feed-dense: 1 examined"),
                                 HasSubstr("✓ pages: "), Not(HasSubstr("✗"))));
  const Ended json = suite.Run({"doctor", "-o", "json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.output, AllOf(HasSubstr(R"("healthy":true)"), HasSubstr(R"("violationCount":"0")")));
}

TEST(Doctor, NamesABrokenInvariant) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);
    suite.StopInTime();
  }
  Execute(folder.File("tickets.db"), "DELETE FROM feed WHERE seq = 2");
  RunningSuite suite(folder.path());
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.output, HasSubstr("✗ feed-dense: 2 examined\n      feed 2: the feed goes on at 3 instead of 2\n"));
  const Ended json = suite.Run({"doctor", "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, HasSubstr(R"("healthy":false)"));
}

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

TEST(WrongUsage, ExitsWith2AndOneLine) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {kDangol, {"nonsense"}},
      {kDangol, {"status", "--nonsense"}},
      {kDangol, {"status", "-o", "xml"}},
      {kDangol, {"status", "--port-base", "70000"}},
      {kDangol, {"status", "--address", "localhost"}},
      {kDangol, {"status", "--timeout", "soon"}},
      {kDangol, {"status", "--timeout", "-1s"}},
      {kDangol, {"call"}},
      {kDangol, {"call", kStreamEvents, "--max", "0"}},
      {kDangol, {"up", "--data"}},
      {kTickets, {"--log-level", "loud"}},
      {kTickets, {"--port-base", "0"}},
      {kTickets, {"extra"}},
  };
  for (const auto& [program, arguments] : cases) {
    const Ended ended = testing::RunToEnd(program, arguments);
    EXPECT_EQ(ended.code, 2) << fmt::format("{}", fmt::join(arguments, " "));
    EXPECT_THAT(ended.errors, HasSubstr("--help"));
    EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
    EXPECT_THAT(ended.output, IsEmpty());
  }
  EXPECT_EQ(Dangol({}).code, 2);
  EXPECT_EQ(Dangol({"status"}, {"", {"DANGOL_PORT_BASE=here"}, ""}).code, 2);
  for (const char* flag : {"--help", "--version"}) {
    EXPECT_EQ(Dangol({flag}).code, 0);
    EXPECT_EQ(Tickets({flag}).code, 0);
  }
}

}  // namespace
}  // namespace dangol
