// What clients of the tickets service were promised, held against the service and its database.
#pragma once

#include <string>
#include <vector>

#include "common/rpc/transport.h"
#include "tests/crash/load_client.h"
#include "tests/simulation/checks.h"

namespace dangol::testing {

// Sent once more, each is answered as before, and has no second effect.
void ExpectReplays(rpc::Channel& channel, const std::vector<LoadRequest>& requests);

// The service's own check finds nothing.
void ExpectIntegrity(rpc::Channel& channel);

// Where the database differs from what stands in the client's file: something is missing, there twice or in part, or
// there and was never acknowledged. For clients that have finished; nobody may write meanwhile. With what the feed and
// those who followed it must agree on.
std::vector<std::string> BrokenPromises(const simulation::QueryDatabase& query, const std::string& ledger_path,
                                        const std::vector<std::vector<simulation::SeenEvent>>& followers);

}  // namespace dangol::testing
