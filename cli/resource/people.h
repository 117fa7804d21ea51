// How the members of a company are called.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "cli/output/people_names.h"

namespace dangol::cli {

// Of all, also those who have left.
absl::StatusOr<PeopleNames> AskPeople(Client& client, absl::Duration timeout);

}  // namespace dangol::cli
