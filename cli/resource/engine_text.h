// An engine as a person reads it, in Korean or English: how a stranger becomes a regular, stage by stage.
#pragma once

#include <cstddef>
#include <string>

#include "cli/output/people_names.h"
#include "dangol/metrics/v1/engine.pb.h"

namespace dangol::cli {

// `exposure` is how the KPI is called that complaints are counted against; empty: its id stands there. On lines of
// `width` columns; 0: as long as they are.
std::string EngineText(const dangol::metrics::v1::Engine& engine, const std::string& exposure,
                       const PeopleNames& people, const std::string& language, size_t width);

}  // namespace dangol::cli
