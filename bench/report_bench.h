// P5: how long the report of an engine takes, and whether it takes longer where there is more behind it.
#pragma once

#include "tests/support/suite_processes.h"

namespace dangol::bench {

struct ReportBenchOptions {
  int tickets = 1000;  // of 13 months; then 100 times as many
  int reports = 300;   // that are read each time
  int blocks = 20;     // of 1,000 numbers
};

// `suite` runs and is at rest. Ends the process where a call fails.
void MeasureReports(testing::SuiteProcesses& suite, const ReportBenchOptions& options);

}  // namespace dangol::bench
