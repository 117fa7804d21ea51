#include "cli/resource/engine_named.h"

#include "cli/command/request_flags.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/engine_service.pb.h"

namespace dangol::cli {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::GetEngineRequest;
using dangol::metrics::v1::ListEnginesRequest;
using dangol::metrics::v1::ListEnginesResponse;

absl::StatusOr<Engine> EngineNamed(Client& client, const std::string& name, absl::Duration timeout) {
  constexpr char kEngines[] = "/dangol.metrics.v1.EngineService/";
  if (!name.empty()) {
    GetEngineRequest request;
    request.set_name(FullName(name, "engines/*"));
    return Call<Engine>(client, std::string(kEngines) + "GetEngine", request, timeout);
  }
  ListEnginesRequest request;
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto engines,
                   Call<ListEnginesResponse>(client, std::string(kEngines) + "ListEngines", request, timeout));
  if (!engines.engines().empty()) return engines.engines(0);
  return Error(absl::StatusCode::kNotFound, "NO_ENGINE",
               "There is no engine. Make one: dangol engine create --blueprint engine --time-zone Asia/Seoul");
}

}  // namespace dangol::cli
