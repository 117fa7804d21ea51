// The backlog: what its proto services are made of, one line an RPC.
#pragma once

#include "common/service/service.h"

namespace dangol::backlog {

const service::Definition& BacklogService();

}  // namespace dangol::backlog
