// Inputs from inputs.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace dangol::fuzz {

// One of the corpus, which is not empty, changed in some places: bits, bytes, numbers, pieces cut, doubled, moved or
// taken from others. The same for the same state of `random`.
std::string Mutated(const std::vector<std::string>& corpus, std::mt19937_64& random);

}  // namespace dangol::fuzz
