// Agents who work through the loop against real servers, and what has to hold once they rest: for tests that kill,
// freeze and restart those servers meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include <gtest/gtest.h>

#include "common/base/runtime.h"
#include "tests/crash/acknowledgement_file.h"
#include "tests/simulation/loop_agent.h"
#include "tests/support/suite_processes.h"

namespace dangol::testing {

class LoopProcessTest : public ::testing::Test {
 protected:
  explicit LoopProcessTest(int replicas = 1) : suite_(DANGOL_PROGRAMS, replicas) {
    // A replica that was frozen may execute what another one has refused meanwhile.
    ledger_.doubled = replicas > 1;
  }
  ~LoopProcessTest() override;

  absl::Duration Uniform(absl::Duration low, absl::Duration high) {
    return low + (high - low) * std::uniform_real_distribution(0.0, 1.0)(random_);
  }
  bool OneIn(uint64_t n) { return random_() % n == 0; }

  // Both fail the test where it is not ready in the time that is promised.
  void StartAndMeasure(ServiceProcess& service);
  void Measure(ServiceProcess& service);

  // All that they do stands in `ledger_`, which is theirs until FinishWork; what is acknowledged also in a file.
  void StartWork(simulation::LoopAgentOptions options = {});
  // Waits until all that was begun has its answer.
  void FinishWork();

  // Everybody is there and nobody works any more: it comes to rest, and what the services say fits together and fits
  // what the agents were told.
  void ExpectAllIsWell();
  void StopAll();

  std::vector<int64_t> FeedHeads();
  // Calls that the agents had to send again. After FinishWork.
  int64_t SentAgain() { return ledger_.failed_attempts["tickets"] + ledger_.failed_attempts["backlog"]; }
  std::string Told();

  const uint64_t seed_ = static_cast<uint64_t>(NumberFromEnvironment("DANGOL_SEED", std::random_device()()));
  std::mt19937_64 random_{seed_};
  SuiteProcesses suite_;
  simulation::LoopLedger ledger_;
  absl::Duration worst_ready_ = absl::ZeroDuration();

 private:
  void ExpectReplaysChangeNothing();
  void ExpectAcknowledgementsInFile();

  AcknowledgementFile acknowledgements_{suite_.tickets().File("acknowledgements")};
  std::shared_ptr<Executor> executor_;
  std::vector<std::unique_ptr<simulation::LoopAgent>> agents_;
  int next_agent_ = 0;
};

}  // namespace dangol::testing
