// What must hold in the backlog's tables at any time.
#pragma once

#include <vector>

#include "common/service/integrity.h"

namespace dangol::backlog {

std::vector<service::IntegrityCheck> BacklogIntegrityChecks();

}  // namespace dangol::backlog
