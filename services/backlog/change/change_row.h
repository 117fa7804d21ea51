// A change as it is stored: what callers see but for evidence and shipments, and what the service keeps for itself.
#pragma once

#include <cstdint>

#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {

struct ChangeRow {
  v1::Change change;
  int32_t shipment_count = 0;  // also the number of the newest shipment
};

}  // namespace dangol::backlog
