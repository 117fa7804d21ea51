// What of a contact point is the same however it is written, and whether it says who somebody is.
#pragma once

#include <string>
#include <string_view>

#include "dangol/tickets/v1/customer.pb.h"

namespace dangol::tickets {

// Sets `normalized_value` and `identifying`. `region`, such as `KR`, is where a telephone number without a country is
// dialled.
void Normalize(v1::ContactPoint& contact_point, const std::string& region);

// The region of a BCP 47 locale: `KR` of `ko-KR`. KR where the locale has none.
std::string RegionOf(std::string_view locale);

// Some of it was replaced, as in `kim****` or `010-12**-5678`: it is the same for many people.
bool IsMasked(std::string_view text);

}  // namespace dangol::tickets
