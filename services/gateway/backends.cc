#include "services/gateway/backends.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"

namespace dangol::gateway {
namespace {

// `tickets` of the package `dangol.tickets.v1`.
std::string BackendName(const std::string& package) {
  const std::vector<std::string> parts = absl::StrSplit(package, '.');
  return parts.size() > 1 ? parts[1] : "";
}

// What has details is the service's own word: gRPC's errors of the way to it have none.
bool HasDetails(const absl::Status& status) {
  bool any = false;
  status.ForEachPayload([&any](absl::string_view, const absl::Cord&) { any = true; });
  return any;
}

}  // namespace

Backends::Backends(const std::vector<Backend>& backends) {
  for (const Backend& backend : backends) backends_.push_back(std::make_shared<const Backend>(backend));
}

std::shared_ptr<const Backend> Backends::FindBackend(std::string_view name) const {
  const auto found = std::ranges::find(backends_, name, [](const auto& one) -> std::string_view { return one->name; });
  return found == backends_.end() ? nullptr : *found;
}

RouteResult Backends::Find(std::string_view path, Route& route) const {
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(path.data(), path.size()), '/');
  // The first is what stands before the first slash: nothing.
  if (parts.size() < 3 || parts.size() > 4) return RouteResult::kNoService;
  const std::string& service_name = parts[parts.size() - 2];
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service_name);
  if (service == nullptr) return RouteResult::kNoService;
  route.backend = FindBackend(parts.size() == 4 ? parts[1] : BackendName(service->file()->package()));
  if (route.backend == nullptr) return RouteResult::kNoService;
  route.method = service->FindMethodByName(parts.back());
  return route.method == nullptr ? RouteResult::kNoMethod : RouteResult::kFound;
}

absl::Status Explained(const Backend& backend, const absl::Status& status) {
  if (absl::IsUnavailable(status) && !HasDetails(status)) {
    Log()->debug("{} at {}: {}", backend.name, backend.address, std::string(status.message()));
    return Error(
        status.code(), "SERVICE_AWAY",
        fmt::format("The {} service does not answer. Try again, a write with the same request_id.", backend.name),
        {{"service", backend.name}});
  }
  return status;
}

}  // namespace dangol::gateway
