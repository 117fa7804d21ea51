// A report for a person to read, in Korean or English.
#pragma once

#include <string>

#include "cli/output/print.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/report.pb.h"

namespace dangol::cli {

// `language` is `ko` or `en`; `width` is the table's.
std::string ReportText(const dangol::metrics::v1::Engine& engine, const dangol::metrics::v1::Report& report,
                       const std::string& language, size_t width = TerminalWidth());

}  // namespace dangol::cli
