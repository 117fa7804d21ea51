// One service on a disk that fails on demand, and a batch of calls that share a commit: what the storage fault tests
// tell their stories with.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

#include "common/base/simulated_runtime.h"
#include "common/rpc/transport.h"
#include "common/service/service.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/memory_vfs.h"
#include "tests/simulation/simulated_client.h"
#include "tests/simulation/simulated_network.h"

namespace dangol::simulation {

// The service on a disk that fails on demand.
class FaultyWorld {
 public:
  // `spills`: what a transaction changes reaches the log before its commit, as it does in production only where a batch
  // is larger than the cache.
  FaultyWorld(uint64_t seed, bool spills);

  MemoryVfs& disk() { return disk_; }
  SimulatedRuntime& runtime() { return runtime_; }
  Ledger& ledger() { return ledger_; }

  // Starts the service.
  void Open();
  // kill -9.
  void Kill();
  void LosePower();

  // Starts all before the writer's turn comes, so that they share a batch; ends with the last answer.
  std::vector<rpc::Reply> CallTogether(const std::vector<const Operation*>& operations,
                                       const rpc::Metadata& metadata = {});

  // `method` is a whole path.
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request,
                                const rpc::Metadata& metadata = {}) {
    Operation operation;
    operation.method = method;
    operation.request = request.SerializeAsString();
    const rpc::Reply reply = CallTogether({&operation}, metadata).at(0);
    if (!reply.status.ok()) return reply.status;
    Response response;
    response.ParseFromString(reply.message);
    return response;
  }

  dangol::api::v1::GetStatusResponse Status();

  // What stands in the database, by the markers of the operations. Does not change what the disk holds.
  std::set<std::string> Markers();

  // Follows the feed from its beginning; again: does nothing.
  void Follow();
  // Who follows the feed, or waits for what is stored now, is soon told of it, without a commit that would do so.
  void ExpectNews();

  // At the end: everything that the simulation holds against a run.
  void Check();

 private:
  void Close();

  const bool spills_;
  MemoryVfs disk_;
  SimulatedRuntime runtime_;
  Ledger ledger_;
  SimulatedNetwork network_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<SimulatedFollower> follower_;
};

struct StoryOptions {
  uint64_t seed = 1;
  // With calls among them that a sound service refuses, one after it has changed rows, so that the batch is run again
  // with savepoints.
  bool refusals = false;
  bool spills = false;
  // A follower of the feed is there from the beginning, and keeps the service reading.
  bool followed = true;
};

// Four tickets first, then a batch of mixed calls on them, in one commit. What is wrong is a failure of the running
// test.
class FaultStory {
 public:
  explicit FaultStory(const StoryOptions& options);

  FaultyWorld& world() { return world_; }

  // Sends the batch and holds the answers against each other. True: it passed; false: it died as a whole.
  bool SendBatch();
  // How it died.
  bool outcome_unknown() const { return planned_.front().reason == "OUTCOME_UNKNOWN"; }

  // As a client does: every request once more. What was answered is answered again, by the same names.
  void SendAgain();

  // What the answers say of the database is true.
  void ExpectTruth();
  // The service says so, refuses to write at once, and reads.
  void ExpectReadOnly();
  // It takes writes again, by itself and soon, and tells followers of what is there.
  void ExpectRecovery();

 private:
  // An operation, and what has to come of it on a sound disk.
  struct Planned {
    Operation* operation = nullptr;
    absl::StatusCode expected = absl::StatusCode::kOk;
    std::string reason{};  // of the last UNAVAILABLE
  };

  template <typename Request>
  Operation& Plan(std::string_view method, Request request, absl::StatusCode expected = absl::StatusCode::kOk);
  void PlanCreate(const std::string& id, int body_bytes, absl::StatusCode expected = absl::StatusCode::kOk);
  void PlanBatchCreate(const std::vector<std::string>& ids, absl::StatusCode expected = absl::StatusCode::kOk);
  void PlanAcknowledge(const std::string& ticket, const std::string& etag, absl::StatusCode expected);
  void PlanDecline(const std::string& ticket);
  void PlanMessage(const std::string& ticket);
  void PlanWithoutId();
  void PlanBatch(bool refusals);

  std::string Marker();
  bool IsReplay(const Planned& planned) const { return planned.operation == first_.operation; }
  void Take(Planned& planned, const rpc::Reply& reply);

  FaultyWorld world_;
  std::vector<Planned> planned_;
  Planned first_;
  int markers_ = 0;
};

}  // namespace dangol::simulation
