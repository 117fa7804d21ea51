#include "tests/crash/loop_process_test.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>

#include "tests/simulation/loop_checks.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {
namespace {

using simulation::LoopAgent;
using simulation::LoopAgentOptions;
using simulation::LoopLedger;
using simulation::LoopSite;
using simulation::Operation;
using simulation::Outcome;
using ::testing::IsEmpty;

constexpr int kAgents = 6;
constexpr size_t kReplays = 200;
// What is promised.
constexpr absl::Duration kReadyTimeMax = absl::Seconds(2);
constexpr absl::Duration kLookInterval = absl::Microseconds(50);

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// All that the database of a service says.
std::string Dump(const ServiceProcess& service) {
  if (service.database_url().starts_with("sqlite:")) {
    return Contents(service.database_path()) + Contents(service.database_path() + "-wal");
  }
  const PostgresSession session(service.database_url());
  std::vector<std::string> tables;
  session.ForEachRow("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
                     [&](const auto& row) { tables.push_back(row[0]); });
  std::string all;
  for (const std::string& table : tables) {
    session.ForEachRow(fmt::format("SELECT row_to_json(t) FROM {} t", table),
                       [&](const auto& row) { all += row[0] + "\n"; });
  }
  return all;
}

// Each thing that can be asked for again, a sample of what was acknowledged.
std::vector<const Operation*> Sample(const LoopLedger& ledger, std::mt19937_64& random) {
  std::vector<const Operation*> acknowledged;
  for (const Operation& operation : ledger.operations) {
    if (operation.outcome == Outcome::kAcknowledged) acknowledged.push_back(&operation);
  }
  std::vector<const Operation*> sample;
  std::ranges::sample(acknowledged, std::back_inserter(sample), kReplays, random);
  return sample;
}

}  // namespace

LoopProcessTest::~LoopProcessTest() {
  if (executor_) executor_->Stop();
}

void LoopProcessTest::StartAndMeasure(ServiceProcess& service) {
  service.Start();
  Measure(service);
}

void LoopProcessTest::Measure(ServiceProcess& service) {
  const std::optional<absl::Duration> ready = service.WaitUntilReady();
  ASSERT_TRUE(ready) << service.service() << ": " << service.process().errors();
  worst_ready_ = std::max(worst_ready_, *ready);
  if (!kSanitized) {
    EXPECT_LE(*ready, kReadyTimeMax) << service.service() << ": " << service.process().errors();
  }
}

void LoopProcessTest::StartWork(LoopAgentOptions options) {
  options.never_gives_up = true;
  options.retry_delay_max = absl::Milliseconds(500);
  options.on_acknowledged = [this](const Operation& operation) {
    acknowledgements_.Append(operation.request_id + "\n");
  };
  executor_ = RealRuntime().NewExecutor("agents", 1);
  for (int i = 0; i < kAgents; ++i) {
    agents_.push_back(std::make_unique<LoopAgent>(RealRuntime(), executor_, suite_.NewChannel("tickets"),
                                                  suite_.NewChannel("backlog"), ledger_, next_agent_++, options));
    agents_.back()->Start();
  }
}

void LoopProcessTest::FinishWork() {
  for (const auto& agent : agents_) agent->Stop();
  const absl::Time end = absl::Now() + kPatience;
  const auto idle = [](const auto& agent) { return agent->idle(); };
  while (!std::ranges::all_of(agents_, idle) && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_TRUE(std::ranges::all_of(agents_, idle)) << "not all requests were answered in the end";
  executor_->Stop();
  agents_.clear();
}

std::vector<int64_t> LoopProcessTest::FeedHeads() {
  std::vector<int64_t> heads;
  for (ServiceProcess& service : suite_.all()) {
    const auto status = service.Status();
    EXPECT_TRUE(status.ok()) << service.service() << ": " << status.status().ToString();
    if (status.ok()) heads.push_back(status->feed_sequence());
  }
  return heads;
}

void LoopProcessTest::ExpectAllIsWell() {
  EXPECT_EQ(suite_.WaitUntilAtRest(kPatience), "");
  if (HasFailure()) return;
  std::vector<LoopSite> sites;
  for (ServiceProcess* service : {&suite_.tickets(), &suite_.backlog(), &suite_.metrics()}) {
    sites.push_back({service->service(), suite_.NewChannel(service->service()), [service] { return Dump(*service); }});
  }
  const auto wait = [](const std::function<bool()>& done) {
    while (!done()) absl::SleepFor(kLookInterval);
  };
  CheckLoop(RealRuntime(), wait, sites, ledger_);
  if (ledger_.violations.size() > 20) ledger_.violations.resize(20);
  EXPECT_THAT(ledger_.violations, IsEmpty());
  ExpectReplaysChangeNothing();
  ExpectAcknowledgementsInFile();
}

// Sent once more, each is answered as before; and nothing happens.
void LoopProcessTest::ExpectReplaysChangeNothing() {
  const std::vector<int64_t> before = FeedHeads();
  const auto tickets = suite_.NewChannel("tickets");
  const auto backlog = suite_.NewChannel("backlog");
  for (const Operation* operation : Sample(ledger_, random_)) {
    const bool of_tickets = operation->method.starts_with("/dangol.tickets.");
    const rpc::Reply reply = CallAndWait(of_tickets ? *tickets : *backlog, operation->method, operation->request);
    EXPECT_TRUE(reply.status.ok()) << operation->method << ": " << reply.status.ToString();
  }
  EXPECT_EQ(FeedHeads(), before) << "a request that was sent again had an effect";
}

void LoopProcessTest::ExpectAcknowledgementsInFile() {
  const std::string lines = Contents(suite_.tickets().File("acknowledgements"));
  const auto acknowledged = std::ranges::count(ledger_.operations, Outcome::kAcknowledged, &Operation::outcome);
  EXPECT_EQ(std::ranges::count(lines, '\n'), acknowledged);
  EXPECT_GT(acknowledged, 0);
}

void LoopProcessTest::StopAll() {
  for (ServiceProcess& service : suite_.all()) service.process().Signal(SIGTERM);
  for (ServiceProcess& service : suite_.all()) {
    EXPECT_EQ(service.process().Wait(kPatience), 0) << service.service() << ": " << service.process().errors();
  }
}

std::string LoopProcessTest::Told() {
  std::array<int64_t, 4> outcomes{};
  for (const Operation& operation : ledger_.operations) ++outcomes[static_cast<size_t>(operation.outcome)];
  return fmt::format("{} acknowledgements, {} refusals, {} calls sent again",
                     outcomes[static_cast<size_t>(Outcome::kAcknowledged)],
                     outcomes[static_cast<size_t>(Outcome::kRefused)], SentAgain());
}

}  // namespace dangol::testing
