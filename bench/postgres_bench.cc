// P11: writes through the WriteQueues of two replicas, held against the same rows in raw pipelined batches on the same
// server.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include <libpq-fe.h>

#include "bench/load.h"
#include "bench/private_postgres.h"
#include "common/base/ids.h"
#include "common/storage/core_schema.h"
#include "common/storage/migrations.h"
#include "common/storage/write_queue.h"

namespace dangol::bench {
namespace {

using storage::Param;

constexpr int kReplicas = 2;
constexpr int kInFlight = 64;
constexpr char kMakeTable[] =
    "CREATE TABLE IF NOT EXISTS item (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT;";

[[noreturn]] void Fail(std::string_view what) {
  fmt::print(stderr, "postgres_bench: {}\n", what);
  std::exit(1);
}

// Writes that follow one another, as a client has them that sends the next when the last was answered.
class Chain : public storage::Write {
 public:
  struct Shared {
    Runtime& runtime;
    const std::string body = std::string(800, 'x');
    std::atomic<int64_t> answered = 0;
    std::atomic<int64_t> failed = 0;
    std::atomic<int> running = 0;
    absl::Time end;
  };
  Chain(Shared& shared, storage::WriteQueue& queue) : shared_(shared), queue_(queue), id_(RandomUuid(shared.runtime)) {
    key = {id_, "operator", "CreateItem"};
    request_hash = std::string(32, 'h');
    bytes = static_cast<int64_t>(shared.body.size());
  }

  absl::Status Apply(storage::Transaction& transaction) override {
    absl::Status status = transaction.Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {id_, shared_.body});
    if (!status.ok()) return status;
    return transaction.Execute(
        "INSERT INTO feed (seq, time, kind, resources, payload, traceparent) VALUES ($1, $2, 'made', $3, $4, '')",
        {transaction.TakeFeedPosition().sequence, shared_.runtime.Now(), id_, Param::Blob(request_hash)});
  }
  std::vector<std::string> Resources() const override { return {"items/" + id_}; }
  void Done(const absl::Status& status, const storage::Position&) override {
    ++(status.ok() ? shared_.answered : shared_.failed);
    if (shared_.runtime.Now() < shared_.end) {
      queue_.Submit(storage::Lane::kCall, std::make_unique<Chain>(shared_, queue_));
    } else {
      --shared_.running;
    }
  }

 private:
  Shared& shared_;
  storage::WriteQueue& queue_;
  const std::string id_;
};

struct Replica {
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<storage::WriteQueue> queue;
};

Replica OpenReplica(const std::string& url) {
  Replica replica;
  auto database = storage::OpenDatabase(url);
  if (!database.ok()) Fail(std::string(database.status().message()));
  replica.database = *std::move(database);
  auto writer = replica.database->OpenWriter();
  if (!writer.ok()) Fail(std::string(writer.status().message()));
  const storage::Schema schemas[] = {storage::CoreSchema()};
  absl::Status status = storage::Migrate(**writer, schemas, absl::Now());
  if (status.ok()) status = storage::RecordStart(**writer, RealRuntime()).status();
  if (status.ok()) status = (*writer)->RunScript(kMakeTable);
  if (!status.ok()) Fail(std::string(status.message()));
  replica.queue = std::make_unique<storage::WriteQueue>(RealRuntime(), *replica.database, *std::move(writer),
                                                        storage::WriteQueueLimits(), [](const storage::Committed&) {});
  return replica;
}

// Writes a second.
double RunQueues(std::vector<Replica>& replicas, absl::Duration time) {
  Chain::Shared shared{.runtime = RealRuntime(), .end = absl::Now() + time};
  shared.running = kInFlight;
  const absl::Time start = absl::Now();
  for (int i = 0; i < kInFlight; ++i) {
    storage::WriteQueue& queue = *replicas[static_cast<size_t>(i % kReplicas)].queue;
    queue.Submit(storage::Lane::kCall, std::make_unique<Chain>(shared, queue));
  }
  while (shared.running > 0) absl::SleepFor(absl::Milliseconds(1));
  if (shared.failed > 0) Fail(fmt::format("{} writes failed", shared.failed.load()));
  return static_cast<double>(shared.answered) / absl::ToDoubleSeconds(absl::Now() - start);
}

// As fast as libpq goes: one connection, one synchronisation a batch.
class Raw {
 public:
  explicit Raw(const std::string& url) : handle_(PQconnectdb(url.c_str())) {
    if (PQstatus(handle_) != CONNECTION_OK) Fail(PQerrorMessage(handle_));
    Check(PQexec(handle_, "PREPARE item AS INSERT INTO item (id, body) VALUES ($1, $2)"));
    Check(PQexec(handle_,
                 "PREPARE feed AS INSERT INTO feed (seq, time, kind, resources, payload, traceparent) VALUES ($1, $2, "
                 "'made', $3, $4, '')"));
    Check(PQexec(
        handle_,
        "PREPARE key AS INSERT INTO idempotency (request_id, principal, method, request_hash, resources, create_time) "
        "VALUES ($1, 'operator', 'CreateItem', $2, $3, $4)"));
    Check(PQexec(handle_, "PREPARE head AS UPDATE feed_head SET last_seq = last_seq + $1"));
    Check(PQexec(handle_, "PREPARE begin_batch AS SELECT last_seq FROM feed_head FOR UPDATE"));
    PQenterPipelineMode(handle_);
  }
  ~Raw() { PQfinish(handle_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  double Run(absl::Duration time) {
    const absl::Time start = absl::Now();
    int64_t rows = 0;
    for (; absl::Now() < start + time; rows += kInFlight) Batch();
    return static_cast<double>(rows) / absl::ToDoubleSeconds(absl::Now() - start);
  }

 private:
  static void Check(PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC)
      Fail(PQresultErrorMessage(result));
    PQclear(result);
  }
  void Send(const char* name, std::vector<const char*> values) {
    PQsendQueryPrepared(handle_, name, static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0);
  }
  // Reads `statements` answers and the synchronisation behind them; the text of the first row, where there is one.
  int64_t Take(int statements) {
    int64_t value = 0;
    PQpipelineSync(handle_);
    for (int i = 0; i < statements; ++i) {
      PGresult* result = PQgetResult(handle_);
      if (PQntuples(result) > 0) value = std::atoll(PQgetvalue(result, 0, 0));
      Check(result);
      PQgetResult(handle_);
    }
    Check(PQgetResult(handle_));
    return value;
  }
  void Batch() {
    PQsendQueryParams(handle_, "BEGIN", 0, nullptr, nullptr, nullptr, nullptr, 0);
    Send("begin_batch", {});
    const int64_t head = Take(2);
    const std::string now = std::to_string(absl::ToUnixMicros(absl::Now()));
    const std::string hash = "\\x" + std::string(64, '7');
    for (int i = 0; i < kInFlight; ++i) {
      const std::string id = RandomUuid(RealRuntime());
      const std::string name = "items/" + id;
      const std::string sequence = std::to_string(head + i + 1);
      Send("item", {id.c_str(), body_.c_str()});
      Send("feed", {sequence.c_str(), now.c_str(), id.c_str(), hash.c_str()});
      Send("key", {id.c_str(), hash.c_str(), name.c_str(), now.c_str()});
    }
    const std::string rows = std::to_string(kInFlight);
    Send("head", {rows.c_str()});
    PQsendQueryParams(handle_, "COMMIT", 0, nullptr, nullptr, nullptr, nullptr, 0);
    Take(3 * kInFlight + 2);
  }

  PGconn* const handle_;
  const std::string body_ = std::string(800, 'x');
};

}  // namespace
}  // namespace dangol::bench

int main(int argc, char** argv) {
  CLI::App app(
      "P11: the write queues of two replicas against raw pipelined batches, on a private server or the one named.");
  std::string url;
  int rounds = 5;
  int seconds = 5;
  app.add_option("--database", url, "postgresql://… of an empty database")->type_name("URL");
  app.add_option("--rounds", rounds, "Alternations of subject and baseline")->capture_default_str();
  app.add_option("--seconds", seconds, "Of each")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::optional<dangol::bench::PrivatePostgres> server;
  if (url.empty()) url = server.emplace().NewDatabase("p11");
  std::vector<dangol::bench::Replica> replicas;
  for (int i = 0; i < dangol::bench::kReplicas; ++i) replicas.push_back(dangol::bench::OpenReplica(url));
  dangol::bench::Raw raw(url);
  std::vector<double> ratios;
  std::vector<double> queue_rates;
  std::vector<double> raw_rates;
  for (int i = 0; i < rounds; ++i) {
    const double queues = dangol::bench::RunQueues(replicas, absl::Seconds(seconds));
    const double batches = raw.Run(absl::Seconds(seconds));
    queue_rates.push_back(queues);
    raw_rates.push_back(batches);
    ratios.push_back(queues / batches);
  }
  fmt::print("P11 two queues: ratio {} (goal 0.5); {} writes/s, raw batches of {} {} writes/s\n",
             dangol::bench::Quartiles(ratios, 2), dangol::bench::Quartiles(queue_rates, 0), dangol::bench::kInFlight,
             dangol::bench::Quartiles(raw_rates, 0));
  return 0;
}
