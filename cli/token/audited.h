// What commands do with the folder of keys, for the audit log: the gateway, as soon as one runs, hands it over.
#pragma once

#include <string_view>

#include "common/identity/key_folder.h"

namespace dangol::cli {

// That the operator did it. Where that cannot be written, an error is printed: it is done all the same. `method` as
// dangol.api.v1.AuditEntry has it; `resource`: empty where it has no name.
void NoteForAudit(std::string_view command, const identity::KeyFolder& folder, std::string_view method,
                  std::string_view resource = {});

}  // namespace dangol::cli
