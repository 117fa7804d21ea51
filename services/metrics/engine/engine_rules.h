// What may be true of an engine, and what became different: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"

namespace dangol::metrics {

// Makes a caller's engine, whole or what differs from a blueprint, a new one.
absl::Status Found(v1::Engine& engine, v1::CreateEngineRequest::Blueprint blueprint, absl::Time now);

// What stands against a change of an engine beside its own rules.
struct EngineUse {
  bool has_numbers = false;            // days were counted by its zone
  std::vector<std::string> stage_ids;  // of its KPIs
};

// Applies an update: the next revision, unless nothing is different.
absl::Status Revise(v1::Engine& engine, const v1::UpdateEngineRequest& request, const EngineUse& use);

// Ends a stage of `engine`, and lets one of `other` go on with it: the next revision of `engine`, and of `other` where
// its stage had no owner.
absl::Status RetireInto(v1::Engine& engine, v1::Engine& other, const v1::RetireStageRequest& request);

// What an agreed engine says, value by value, that another does not, by path.
std::vector<v1::Difference> DifferencesOf(const v1::Engine& before, const v1::Engine& after);

// The stage of this id; null where there is none.
const v1::Stage* FindStage(const v1::Engine& engine, std::string_view stage_id);

}  // namespace dangol::metrics
