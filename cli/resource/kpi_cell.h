// What people write into a cell of a table of numbers.
#pragma once

#include <string_view>

#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {

// `12`, `1,234`, `3/40` or `n/a` with a reason, into the entry; false where the text says nothing that can be entered.
bool ReadCell(std::string_view text, dangol::metrics::v1::Entry& entry);

}  // namespace dangol::cli
