#include "services/metrics/engine/blueprint.h"

#include <cstdlib>

#include "absl/strings/str_replace.h"
#include "google/protobuf/text_format.h"

#include "services/metrics/engine/blueprint_text.h"

namespace dangol::metrics {
namespace {

const BlueprintText& TextOf(v1::CreateEngineRequest::Blueprint blueprint) {
  return blueprint == v1::CreateEngineRequest::FIVE_A ? FiveABlueprint() : EngineBlueprint();
}

template <typename Message>
Message Parsed(std::string_view text, std::string_view name) {
  Message message;
  const std::string whole = absl::StrReplaceAll(std::string(text), {{"$engine", std::string(name)}});
  // A text that does not parse does not get past the first test.
  if (!google::protobuf::TextFormat::ParseFromString(whole, &message)) std::abort();
  return message;
}

std::vector<v1::CreateKpiRequest> ParsedKpis(const std::vector<std::string_view>& texts, std::string_view name) {
  std::vector<v1::CreateKpiRequest> kpis;
  for (const std::string_view text : texts) {
    kpis.push_back(Parsed<v1::CreateKpiRequest>(text, name));
    kpis.back().set_parent(std::string(name));
  }
  return kpis;
}

}  // namespace

v1::Engine EngineOf(v1::CreateEngineRequest::Blueprint blueprint, std::string_view name) {
  return Parsed<v1::Engine>(TextOf(blueprint).engine, name);
}

std::vector<v1::CreateKpiRequest> KpisOf(v1::CreateEngineRequest::Blueprint blueprint, std::string_view name) {
  return ParsedKpis(TextOf(blueprint).kpis, name);
}

std::vector<v1::CreateKpiRequest> SystemKpisOf(std::string_view name) { return ParsedKpis(SystemKpiTexts(), name); }

}  // namespace dangol::metrics
