// The tables of the metrics service.
#pragma once

#include "common/storage/migrations.h"

namespace dangol::metrics {

storage::Schema MetricsSchema();

}  // namespace dangol::metrics
