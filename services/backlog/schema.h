// The tables of the backlog.
#pragma once

#include "common/storage/migrations.h"

namespace dangol::backlog {

storage::Schema BacklogSchema();

}  // namespace dangol::backlog
