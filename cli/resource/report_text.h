// A report for a person to read, in Korean or English.
#pragma once

#include <string>

#include "cli/output/people_names.h"
#include "cli/output/print.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/report.pb.h"

namespace dangol::cli {

// `language` is `ko` or `en`; `width` is how wide lines may be, 0: as wide as they are. Who is not among `people` is
// called by the id.
std::string ReportText(const dangol::metrics::v1::Engine& engine, const dangol::metrics::v1::Report& report,
                       const PeopleNames& people, const std::string& language, size_t width = TerminalWidth());

}  // namespace dangol::cli
