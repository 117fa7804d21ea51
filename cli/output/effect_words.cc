#include "cli/output/effect_words.h"

namespace dangol::cli {

using dangol::metrics::v1::Effect;

std::string_view VerdictIn(const std::string& language, Effect::Verdict verdict) {
  const bool is_korean = language == "ko";
  switch (verdict) {
    case Effect::IMPROVED:
      return is_korean ? "줄었음" : "fewer complain";
    case Effect::WORSENED:
      return is_korean ? "늘었음" : "more complain";
    case Effect::NO_DETECTABLE_EFFECT:
      return is_korean ? "전과 같음" : "as many as before";
    case Effect::INCONCLUSIVE:
      return is_korean ? "알 수 없음" : "cannot be told";
    default:
      return is_korean ? "아직 이름" : "too early";
  }
}

}  // namespace dangol::cli
