// Texts that only programs with the suite's keys can read or make: what a browser keeps for us.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/runtime.h"

namespace dangol::identity {

// Keys of 32 bytes, by id. The one whose id is greatest seals; all of them open.
using SealKeys = std::map<std::string, std::string, std::less<>>;

// AES-256-GCM, in base64url. There must be a key. What is sealed for one purpose is nothing for another.
std::string SealText(std::string_view purpose, std::string_view text, const SealKeys& keys, Runtime& runtime);

// None for what none of the keys has sealed for this purpose.
std::optional<std::string> OpenText(std::string_view purpose, std::string_view sealed, const SealKeys& keys);

}  // namespace dangol::identity
