// What a change did, in words for a person, in Korean or English.
#pragma once

#include <string>

#include "dangol/metrics/v1/effect.pb.h"

namespace dangol::cli {

// In one sentence, such as `too early to say: about 3.7 complaints would have been expected by now, 1 came`.
std::string EffectSentence(const dangol::metrics::v1::Effect& effect, const std::string& language);

// All of it, with what was counted before and after.
std::string EffectText(const dangol::metrics::v1::Effect& effect, const std::string& language);

}  // namespace dangol::cli
