// Names of the resources of metrics, and of those of others that it hears of.
#pragma once

#include "common/resource/names.h"

namespace dangol::metrics {

inline constexpr resource::Pattern kLoopPattern("loops/*");
inline constexpr resource::Pattern kTicketPattern("tickets/*");
inline constexpr resource::Pattern kChangePattern("changes/*");

}  // namespace dangol::metrics
