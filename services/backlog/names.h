// Names of the resources of the backlog, and of those of others that it hears of.
#pragma once

#include "common/resource/names.h"

namespace dangol::backlog {

inline constexpr resource::Pattern kChangePattern("changes/*");
inline constexpr resource::Pattern kShipmentPattern("changes/*/shipments/*");
inline constexpr resource::Pattern kDemandPattern("changes/*/demands/*");
inline constexpr resource::Pattern kCommentPattern("changes/*/comments/*");
inline constexpr resource::Pattern kCustomerPattern("customers/*");
inline constexpr resource::Pattern kTicketPattern("tickets/*");

}  // namespace dangol::backlog
