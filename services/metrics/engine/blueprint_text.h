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
const std::vector<std::string_view>& SystemKpiTexts();
const std::vector<std::string_view>& PeopleKpiTexts();
const std::vector<std::string_view>& StrategyKpiTexts();

}  // namespace dangol::metrics
