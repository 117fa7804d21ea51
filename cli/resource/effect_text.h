// What a change did, in words for a person, in Korean or English.
#pragma once

#include <cstddef>
#include <string>

#include "dangol/metrics/v1/effect.pb.h"

namespace dangol::cli {

// In one sentence, such as `too early to say: about 3.7 complaints would have been expected by now, 1 came`.
std::string EffectSentence(const dangol::metrics::v1::Effect& effect, const std::string& language);

// How things are called that an effect names; empty: not known, and the id stands there.
struct EffectNames {
  std::string change;
  std::string exposure;
};

// All of it, with what was counted before and after, on lines of `width` columns; 0: as long as they are.
std::string EffectText(const dangol::metrics::v1::Effect& effect, const EffectNames& names, const std::string& language,
                       size_t width);

}  // namespace dangol::cli
