// What must hold in the tickets service's tables at any time.
#pragma once

#include <vector>

#include "common/service/integrity.h"

namespace dangol::tickets {

std::vector<service::IntegrityCheck> TicketsIntegrityChecks();

}  // namespace dangol::tickets
