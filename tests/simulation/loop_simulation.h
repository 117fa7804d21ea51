// One run of the three services with their ring of subscriptions, from a seed: real handlers, reactions, timers, queues
// and SQLite on a simulated clock, network and disks; up to two replicas of each; and what has to hold when all has
// come to rest.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tests/simulation/simulated_network.h"
#include "tests/simulation/simulation.h"

namespace dangol::simulation {

// How hard a run is. Drawn from the seed.
struct LoopScenario {
  uint64_t seed = 0;
  int agents = 1;
  int64_t operations = 0;
  std::array<int, 3> replicas = {1, 1, 1};  // of tickets, backlog, metrics
  int power_losses = 0;                     // of the disk of one service, each
  int kills = 0;                            // of one replica, each
  int freezes = 0;                          // of one replica for longer than a lease, each
  int clock_steps = 0;                      // of the wall clock of one replica, in either direction, each
  int away = -1;                            // the service that is down until the end; -1: none
  bool replay = false;                      // in the end every feed is applied once more, from its beginning
  int restore = -1;  // the service (0: tickets, 1: backlog) whose old copy is put back in the end; -1: none
  NetworkFaults network;
  double io_error = 0;   // probability of each disk operation
  double disk_full = 0;  // probability of each write

  static LoopScenario Draw(uint64_t seed);
  std::string ToString() const;
};

RunResult Run(const LoopScenario& scenario);

}  // namespace dangol::simulation
