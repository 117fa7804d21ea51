// The tables of the tickets service.
#pragma once

#include "common/storage/migrations.h"

namespace dangol::tickets {

storage::Schema TicketsSchema();

}  // namespace dangol::tickets
