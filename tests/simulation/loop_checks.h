// What has to hold between the three services once all has come to rest (the invariants of the domain), seen through
// their APIs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/runtime.h"
#include "common/rpc/transport.h"
#include "tests/simulation/loop_agent.h"

namespace dangol::simulation {

// One service as the checks reach it. The network must be sound.
struct LoopSite {
  std::string name;
  std::unique_ptr<rpc::Channel> channel;
  std::function<std::string()> dump;  // all that its database says
};

// Lets time pass until `done`, or until nothing can happen any more.
using WaitUntil = std::function<void(const std::function<bool()>& done)>;

// `sites`: tickets, backlog, metrics. Adds to ledger.violations.
void CheckLoop(Runtime& runtime, WaitUntil wait, const std::vector<LoopSite>& sites, LoopLedger& ledger);
// However often contact reasons were moved, a change follows each to where a ticket does. Makes some of both.
void CheckReasons(Runtime& runtime, WaitUntil wait, const std::vector<LoopSite>& sites, LoopLedger& ledger);

}  // namespace dangol::simulation
