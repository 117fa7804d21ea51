// Chance from a seed: the same on every machine, which the distributions of the standard library are not.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"

namespace dangol::demo {

inline std::vector<std::string> Lines(std::string_view lines) { return absl::StrSplit(std::string(lines), '\n'); }

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  // In [0, 1).
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double Between(double least, double most) { return least + (most - least) * Uniform(); }
  bool Happens(double probability) { return Uniform() < probability; }
  // In [0, count).
  size_t Index(size_t count) { return static_cast<size_t>(Uniform() * static_cast<double>(count)); }

  // How often something happens that happens so often on average.
  int Poisson(double mean) {
    int count = 0;
    for (double left = mean + std::log(1 - Uniform()); left > 0; left += std::log(1 - Uniform())) ++count;
    return count;
  }

  // One of the lines.
  std::string Line(std::string_view lines) {
    std::vector<std::string> all = Lines(lines);
    return std::move(all[Index(all.size())]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace dangol::demo
