// The engines that come with the service, with texts in Korean and English: a company begins with one and makes it its
// own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::metrics {

// Stages, texts and calendar of the blueprint as those of the engine `name`, without owners and time zone.
v1::Engine EngineOf(v1::CreateEngineRequest::Blueprint blueprint, std::string_view name);
// Its KPIs, as they would be asked for one by one.
std::vector<v1::CreateKpiRequest> KpisOf(v1::CreateEngineRequest::Blueprint blueprint, std::string_view name);

// The KPIs that are computed, which every engine has.
std::vector<v1::CreateKpiRequest> SystemKpisOf(std::string_view name);

}  // namespace dangol::metrics
