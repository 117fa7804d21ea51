// What text a service takes, and how bytes are written as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dangol {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. U+0000 is valid.
bool IsValidUtf8(std::string_view text);

// RFC 4648 §5 without padding.
std::string EncodeBase64Url(std::string_view bytes);
std::optional<std::string> DecodeBase64Url(std::string_view text);

// SHA-256 (FIPS 180-4), 32 bytes.
std::string Sha256(std::string_view bytes);

std::string EncodeHex(std::string_view bytes);

}  // namespace dangol
