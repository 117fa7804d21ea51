// What has to hold between what clients were told and what the database says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/ledger.h"

namespace dangol::simulation {

// A database of the tickets service, whichever engine it is on: runs a query and gives every row, each value as text or
// bytes, NULL as nothing. Answers what went wrong; empty: nothing.
using DatabaseRow = std::vector<std::string>;
using QueryDatabase = std::function<std::string(const char* sql, const std::function<void(const DatabaseRow&)>& each)>;

// Of a file. No service may have it open.
QueryDatabase QueryFile(const char* path);

// Adds to ledger.violations. Nobody may write meanwhile.
void CheckDatabase(const QueryDatabase& query, Ledger& ledger, const std::vector<std::vector<SeenEvent>>& followers);

// As that, of a file, and checks its pages, too.
void CheckDatabase(const char* path, Ledger& ledger, const std::vector<std::vector<SeenEvent>>& followers);

// The versions that events of a kind made of a resource.
using Transitions = std::map<std::pair<std::string, std::string>, std::set<int64_t>>;
// Whoever sent an etag changed just the version that it stands for.
void CheckEtags(const std::deque<Operation>& operations, const Transitions& transitions,
                std::vector<std::string>& violations);

}  // namespace dangol::simulation
