// The tickets service: what its proto services are made of, one line an RPC.
#pragma once

#include "common/service/service.h"

namespace dangol::tickets {

const service::Definition& TicketsService();

}  // namespace dangol::tickets
