// What the services say of themselves (AdminService.GetStatus), for Prometheus.
#pragma once

#include <prometheus/metric_family.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::gateway {

// Of each service by its name; nothing where it does not answer.
using SuiteStatus = std::vector<std::pair<std::string, std::optional<dangol::api::v1::GetStatusResponse>>>;

std::vector<prometheus::MetricFamily> SuiteMetrics(const SuiteStatus& suite);

}  // namespace dangol::gateway
