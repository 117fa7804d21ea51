// Names of the resources of the tickets service, and of those of others that it refers to.
#pragma once

#include "common/resource/names.h"

namespace dangol::tickets {

inline constexpr resource::Pattern kTicketPattern("tickets/*");
inline constexpr resource::Pattern kMessagePattern("tickets/*/messages/*");
inline constexpr resource::Pattern kAttachmentPattern("tickets/*/attachments/*");
inline constexpr resource::Pattern kImportPattern("imports/*");
inline constexpr resource::Pattern kCustomerPattern("customers/*");
inline constexpr resource::Pattern kChangePattern("changes/*");
inline constexpr resource::Pattern kMemberPattern("members/*");

}  // namespace dangol::tickets
