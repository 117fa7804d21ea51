// What text a service takes, and how bytes are written as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dangol {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. U+0000 is valid.
bool IsValidUtf8(std::string_view text);

// The first code point of a text that is valid UTF-8 and not empty; removes it from the text.
char32_t TakeCodePoint(std::string_view& text);

// C0 and C1 controls, U+0000 to U+001F and U+007F to U+009F.
bool IsControl(char32_t code_point);

// False for white space, controls, and what a display shows as nothing: characters without width, fillers,
// noncharacters (Unicode 15: White_Space, Default_Ignorable_Code_Point, and some that have neither property, such as
// U+2800).
bool IsVisible(char32_t code_point);

// For a terminal or a log: what would not be seen there, or move the cursor, as `\x1b` or `\u{200b}`; of a text that is
// not UTF-8 each byte beyond ASCII, too. A space stays.
std::string EscapeInvisible(std::string_view text);

// Such as `U+200B`.
std::string FormatCodePoint(char32_t code_point);

// RFC 4648 §5 without padding.
std::string EncodeBase64Url(std::string_view bytes);
std::optional<std::string> DecodeBase64Url(std::string_view text);

// SHA-256 (FIPS 180-4), 32 bytes.
std::string Sha256(std::string_view bytes);

std::string EncodeHex(std::string_view bytes);

}  // namespace dangol
