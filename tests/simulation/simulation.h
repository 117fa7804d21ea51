// One run of the whole service, from a seed: real handlers, queue, feed and SQLite on a simulated clock, network and
// disk, with faults of all of them and crashes at any operation of the disk; and what has to hold afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "tests/simulation/simulated_network.h"

namespace dangol::simulation {

// How hard a run is. Drawn from the seed.
struct Scenario {
  uint64_t seed = 0;
  int clients = 1;
  int64_t operations = 0;
  int followers = 1;
  int power_losses = 0;
  int kills = 0;
  NetworkFaults network;
  double io_error = 0;           // probability of each disk operation
  double disk_full = 0;          // probability of each write
  bool full_spell = false;       // once, the disk is full for a while
  bool io_error_spell = false;   // once, the disk fails for a while
  int64_t checkpoint_bytes = 0;  // of the log, when a checkpoint is due
  // Not drawn: 0, as in production, or where pages begin to reach the log in the middle of a transaction.
  int64_t spill_bytes = 0;

  static Scenario Draw(uint64_t seed);
  std::string ToString() const;
};

struct RunResult {
  std::vector<std::string> violations;  // empty: everything held
  uint64_t digest = 0;                  // two runs of one seed have the same
  int64_t operations = 0;
  int64_t acknowledged = 0;
  int64_t refused = 0;
  int64_t unknown = 0;
  int64_t events = 0;
  int64_t power_losses = 0;
  int64_t kills = 0;
};

RunResult Run(const Scenario& scenario);

}  // namespace dangol::simulation
