// Half a year of a shop that does not exist, to look at.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace dangol::demo {

inline constexpr uint64_t kDemoSeed = 20261129;

// What a folder has in it, as far as a demonstration cares.
enum class Folder { kEmpty, kDemo, kOther };
Folder Look(const std::string& folder);

// Makes the databases of a demonstration in a folder without databases, which is made where it is missing. The story
// ends at `end`. The same seed, language and end give the same. Errors are one line for an operator;
// FAILED_PRECONDITION where the folder has other data.
absl::Status Make(const std::string& folder, const std::string& language, absl::Time end, uint64_t seed = kDemoSeed);

// Lets `fill` make databases in a folder beside the place, and puts them there once they are whole.
// FAILED_PRECONDITION, reason FOLDER_NOT_EMPTY; PERMISSION_DENIED, reason FOLDER_NOT_WRITABLE.
absl::Status Fill(const std::string& folder, absl::FunctionRef<absl::Status(const std::string& unfinished)> fill);

}  // namespace dangol::demo
