// What is known of some of those who ask for a change: their words only the tickets service knows.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "cli/suite/suite.h"

namespace dangol::cli {

struct Askers {
  std::vector<std::string> quotes;
  std::vector<std::string> needs;  // behind the words, as whoever accepted them understood; each once
  std::vector<std::string> told;   // tickets that a shipment answered
};

// Where a service does not answer, what is known without it.
Askers ReadAskers(const SuiteFlags& suite, const std::string& change, absl::Duration timeout);

}  // namespace dangol::cli
