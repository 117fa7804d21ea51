// What must hold in the metrics service's tables at any time.
#pragma once

#include <vector>

#include "common/service/integrity.h"

namespace dangol::metrics {

std::vector<service::IntegrityCheck> MetricsIntegrityChecks();

}  // namespace dangol::metrics
