// Names of resources as a person reads and types them.
#pragma once

#include <string>
#include <string_view>

namespace dangol::cli {

// `tickets/t1` → `t1`, `engines/shop/kpis/orders` → `orders`; without a slash the text itself.
std::string IdOf(std::string_view name);

// `engines/shop/kpis/orders` → `shop/orders`, as verbs take it.
std::string ShortName(std::string_view name);

// A constant in English words: `NOT_YET` → `not yet`.
std::string InWords(std::string_view constant);

}  // namespace dangol::cli
