#include "cli/token/audited.h"

#include "cli/output/output.h"
#include "common/identity/audit_spool.h"

namespace dangol::cli {

void NoteForAudit(std::string_view command, const identity::KeyFolder& folder, std::string_view method,
                  std::string_view resource) {
  const absl::Status status = identity::SpoolOperatorEntry(folder, method, resource, RealRuntime());
  if (!status.ok()) Fail(command, status);
}

}  // namespace dangol::cli
