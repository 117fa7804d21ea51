// API keys: `dgl_<id>_<secret><checksum>`. The beginning and the checksum let scanners find one that was published; the
// id says which token it is, and the secret has 256 bits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/runtime.h"

namespace dangol::identity {

inline constexpr std::string_view kApiKeyPrefix = "dgl_";

struct ApiKey {
  std::string id;      // of its token
  std::string secret;  // as it stands in the text, without the checksum

  std::string ToText() const;
  // None where it is no key, or was not copied whole.
  static std::optional<ApiKey> Parse(std::string_view text);
  static ApiKey Generate(std::string_view id, Runtime& runtime);
};

// What is kept of a key, in base64url. The pepper is a secret that is kept elsewhere than the hashes.
std::string HashOf(const ApiKey& key, std::string_view pepper);

// Takes as long whatever the texts are, as long as they are as long.
bool EqualInConstantTime(std::string_view a, std::string_view b);

// 256 bits that nobody can guess.
std::string RandomBytes32(Runtime& runtime);

}  // namespace dangol::identity
