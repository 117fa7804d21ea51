// Limits of feeds that others derive theirs from.
#pragma once

#include <cstddef>

namespace dangol::feed {

inline constexpr size_t kPayloadBytesMax = 64 << 10;  // of an event

}  // namespace dangol::feed
