// What agents do with engines, KPIs and numbers: few of each, so that they meet.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"

#include "tests/simulation/ledger.h"

namespace dangol::simulation {

// Begins the note of each number of a block; the operation's number and the cell's place follow.
inline constexpr char kBlockMark[] = "block-";
// Of the cell at this place of an operation's block.
std::string BlockNote(const Operation& operation, int cell);

// Fills in method and request. `uniform(n)` is one of 0 to n - 1.
void ChooseEngineOperation(Operation& operation, absl::Time now, const std::function<uint64_t(uint64_t)>& uniform);

// Of a story in which an engine gets all of its KPIs, and numbers of them: blocks that are taken in.
inline constexpr uint64_t kNumbersSteps = 12;
void ChooseNumbersStep(Operation& operation, uint64_t step, absl::Time now,
                       const std::function<uint64_t(uint64_t)>& uniform);

}  // namespace dangol::simulation
