// The texts of the blueprints, in the text format of protos; `$engine` stands for the engine's name.
#pragma once

#include <string_view>
#include <vector>

namespace dangol::metrics {

struct BlueprintText {
  std::string_view engine;             // an Engine
  std::vector<std::string_view> kpis;  // a CreateKpiRequest each
};

const BlueprintText& EngineBlueprint();
const BlueprintText& FiveABlueprint();
// Of every engine: a CreateKpiRequest each.
const std::vector<std::string_view>& SystemKpiTexts();

}  // namespace dangol::metrics
