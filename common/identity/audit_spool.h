// What was done with the folder of keys, or at the gateway, until the audit log has it: a file an entry, `audit/ID` in
// the folder. Whoever does something writes it; the gateway hands it over to the metrics service, and removes it then.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/identity/key_folder.h"
#include "dangol/api/v1/audit.pb.h"

namespace dangol::identity {

// Durable when it returns. Where the entry has no time it is now. FAILED_PRECONDITION, reason KEYS_MISSING (there is no
// folder) or KEYS_UNWRITABLE.
absl::Status SpoolEntry(const KeyFolder& folder, api::v1::AuditEntry entry, Runtime& runtime);
// Of the operator of this machine: what a command does with the folder, such as `dangol.gateway.v1.Provider/Set`.
// `resource`: what it was done to; empty: nothing that has a name.
absl::Status SpoolOperatorEntry(const KeyFolder& folder, std::string_view method, std::string_view resource,
                                Runtime& runtime);

// Ids of those that wait, the oldest first.
std::vector<std::string> SpooledEntries(const KeyFolder& folder);
// NOT_FOUND: another gateway was faster. FAILED_PRECONDITION, reason KEYS_INVALID: it is none.
absl::StatusOr<api::v1::AuditEntry> ReadSpooledEntry(const KeyFolder& folder, std::string_view id);
void RemoveSpooledEntry(const KeyFolder& folder, std::string_view id);
// It is kept for an operator to look at (`audit/ID.refused`), and waits no more.
void SetSpooledEntryAside(const KeyFolder& folder, std::string_view id);

}  // namespace dangol::identity
