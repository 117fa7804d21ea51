// dangol_simulation: runs seeds, and says which of them break a promise.
//
//   dangol_simulation --seeds 2000            seeds 1 to 2000
//   dangol_simulation --first 7 --seeds 1     one seed again, exactly
//   dangol_simulation --loop …                the three services and their subscriptions instead of the tickets service
//   alone dangol_simulation_mutants --mutant NAME --expect TEXT
//                                             with a deliberate fault: a violation with this text has to be found (exit
//                                             code 0: it was)

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "fmt/format.h"
#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "tests/simulation/loop_simulation.h"
#include "tests/simulation/simulation.h"
#ifdef DANGOL_MUTANTS
#include "tests/simulation/mutants/mutant.h"
#endif

namespace {

// One seed in so many is run twice: it has to replay exactly.
constexpr uint64_t kReplayEvery = 50;

struct Options {
  uint64_t first = 1;
  uint64_t seeds = 2000;
  std::string log_level = "off";
  int64_t spill_bytes = 0;
  bool stop_at_first = false;
  bool loop = false;
  std::string expected;  // of a mutant: part of the violation that has to be found
};

struct SeedResult {
  dangol::simulation::RunResult run;
  std::string scenario;
};

SeedResult RunSeed(uint64_t seed, const Options& options) {
  if (options.loop) {
    const auto scenario = dangol::simulation::LoopScenario::Draw(seed);
    return {dangol::simulation::Run(scenario), scenario.ToString()};
  }
  auto scenario = dangol::simulation::Scenario::Draw(seed);
  scenario.spill_bytes = options.spill_bytes;
  return {dangol::simulation::Run(scenario), scenario.ToString()};
}

void PrintFailure(const std::string& scenario, const std::vector<std::string>& violations) {
  fmt::print("FAILED {}\n", scenario);
  for (size_t i = 0; i < violations.size() && i < 5; ++i) fmt::print("  {}\n", violations[i]);
}

#ifdef DANGOL_MUTANTS
// The first seed with the violation that is expected. What else a fault brings about proves nothing of the check that
// is meant.
int FindMutant(const Options& options) {
  uint64_t others = 0;
  for (uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const auto [result, scenario] = RunSeed(seed, options);
    if (result.violations.empty()) continue;
    const auto is_expected = [&](const std::string& text) { return text.find(options.expected) != std::string::npos; };
    const auto found = std::ranges::find_if(result.violations, is_expected);
    if (found != result.violations.end()) {
      fmt::print("seed {} found it, behind {} that failed otherwise: {}\n", seed, others, *found);
      return 0;
    }
    if (++others == 1) PrintFailure(scenario, result.violations);
  }
  fmt::print("{} seeds, {} of which failed: none with \"{}\"\n", options.seeds, others, options.expected);
  return 1;
}
#else
int RunSeeds(const Options& options) {
  dangol::simulation::RunResult total;
  uint64_t failed = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    auto [result, scenario] = RunSeed(seed, options);
    if (seed % kReplayEvery == 0 && RunSeed(seed, options).run.digest != result.digest) {
      result.violations.push_back("a second run of the same seed was another one");
    }
    total.operations += result.operations;
    total.acknowledged += result.acknowledged;
    total.refused += result.refused;
    total.unknown += result.unknown;
    total.events += result.events;
    total.power_losses += result.power_losses;
    total.kills += result.kills;
    total.digest = total.digest * 31 + result.digest;
    if (result.violations.empty()) continue;
    ++failed;
    PrintFailure(scenario, result.violations);
    if (options.stop_at_first) break;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(
      "{} seeds in {:.1f} s: {} failed; {} operations ({} acknowledged, {} refused, {} unknown), {} events, {} power losses, {} kills; "
      "digest {:016x}\n",
      options.seeds, seconds, failed, total.operations, total.acknowledged, total.refused, total.unknown, total.events,
      total.power_losses, total.kills, total.digest);
  return failed > 0 ? 1 : 0;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs services on a simulated clock, network and disks, and checks what they promise.");
  Options options;
  app.add_option("--first", options.first, "First seed")->capture_default_str();
  app.add_option("--seeds", options.seeds, "Number of seeds")->capture_default_str();
  app.add_option("--log-level", options.log_level, "Of the service's own log")->capture_default_str();
  app.add_option("--spill-bytes", options.spill_bytes,
                 "Where a transaction's pages begin to reach the log before its commit; 0: never")
      ->capture_default_str();
  app.add_flag("--loop", options.loop, "The three services and their subscriptions, not the tickets service alone");
  app.add_flag("--stop-at-first", options.stop_at_first, "End with the first seed that fails");
#ifdef DANGOL_MUTANTS
  app.add_option("--mutant", dangol::current_mutant, "A deliberate fault that has to be caught: a patch of mutants/")
      ->required();
  app.add_option("--expect", options.expected, "Part of the violation that has to be found")->required();
#endif
  CLI11_PARSE(app, argc, argv);
  dangol::SetUpLog(options.log_level, dangol::LogFormat::kText);
#ifdef DANGOL_MUTANTS
  return FindMutant(options);
#else
  return RunSeeds(options);
#endif
}
