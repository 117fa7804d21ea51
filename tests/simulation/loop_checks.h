// What has to hold between the three services once all has come to rest (the invariants of the domain), seen through their APIs.
#pragma once

#include <memory>
#include <vector>

#include "common/base/simulated_runtime.h"
#include "common/rpc/transport.h"
#include "tests/simulation/loop_agent.h"
#include "tests/simulation/site.h"

namespace dangol::simulation {

struct SiteView {
  Site* site;
  std::unique_ptr<rpc::Channel> channel;
};

// `sites`: tickets, backlog, metrics; the network must be sound. Adds to ledger.violations.
void CheckLoop(SimulatedRuntime& runtime, const std::vector<SiteView>& sites, LoopLedger& ledger);

}  // namespace dangol::simulation
