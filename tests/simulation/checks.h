// What has to hold between what clients were told and what the database says.
#pragma once

#include <vector>

#include "tests/simulation/ledger.h"

namespace dangol::simulation {

// Opens the database file itself; no service may have it open. Adds to ledger.violations.
void CheckDatabase(const char* path, Ledger& ledger, const std::vector<std::vector<SeenEvent>>& followers);

}  // namespace dangol::simulation
