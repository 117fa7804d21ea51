#include "services/gateway/certificate_metrics.h"

#include "absl/time/time.h"

#include "common/identity/certificate.h"
#include "common/identity/file.h"

namespace dangol::gateway {

prometheus::MetricFamily CertificateMetrics(const CertificateFiles& files) {
  prometheus::MetricFamily family;
  family.name = "dangol_tls_not_after_seconds";
  family.help = "When the certificate ends, in Unix time.";
  family.type = prometheus::MetricType::Gauge;
  for (const auto& [name, path] : files) {
    const absl::StatusOr<std::string> pem = identity::ReadSmallFile(path, /*secret=*/false);
    if (!pem.ok()) continue;
    const absl::StatusOr<absl::Time> end = identity::EndOf(*pem);
    if (!end.ok()) continue;
    prometheus::ClientMetric metric;
    metric.label = {{"certificate", name}};
    metric.gauge.value = static_cast<double>(absl::ToUnixSeconds(*end));
    family.metric.push_back(metric);
  }
  return family;
}

}  // namespace dangol::gateway
