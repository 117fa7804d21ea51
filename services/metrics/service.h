// The metrics service: what its proto service is made of, one line an RPC, and the feeds that it follows.
#pragma once

#include "common/service/service.h"

namespace dangol::metrics {

const service::Definition& MetricsService();

}  // namespace dangol::metrics
