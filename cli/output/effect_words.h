// What became of complaints after a change, in a word or two.
#pragma once

#include <string>
#include <string_view>

#include "dangol/metrics/v1/effect.pb.h"

namespace dangol::cli {

// For a table, in the language (`ko`, else English).
std::string_view VerdictIn(const std::string& language, dangol::metrics::v1::Effect::Verdict verdict);

}  // namespace dangol::cli
