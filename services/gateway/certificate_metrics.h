// When certificates end, for Prometheus.
#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>

namespace dangol::gateway {

// PEM files by the name that the metric gives them, such as `suite`.
using CertificateFiles = std::map<std::string, std::string>;

// Read at each call; without those that cannot be read.
prometheus::MetricFamily CertificateMetrics(const CertificateFiles& files);

}  // namespace dangol::gateway
