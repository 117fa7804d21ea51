// What must hold of due times in the tables.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "common/service/integrity.h"
#include "common/storage/database.h"

namespace dangol::tickets {

// Each clock that runs has the due time that one of the policies gives it, no other has one, and what comes next stands
// in the agenda.
absl::StatusOr<std::string> DueTimesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                            service::Findings& findings);

}  // namespace dangol::tickets
