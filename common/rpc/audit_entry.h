// What the audit log keeps of a call (dangol.api.v1.AuditEntry): found by the descriptors of request and answer, so
// that a method needs no code for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "common/rpc/call.h"
#include "common/storage/audit_log.h"
#include "dangol/api/v1/audit.pb.h"

namespace dangol::rpc {

// Resources of an answer that an entry names where the request names none.
inline constexpr int kAnsweredResourcesMost = 20;
// Paths of fields that an entry names.
inline constexpr int kAuditedFieldsMost = 100;

// How an entry names a method: `dangol.tickets.v1.TicketService/AcceptTicket`.
std::string AuditedName(const google::protobuf::MethodDescriptor& method);

// A write that is about to run, as far as it is known before: who, what, about what, which fields. Nothing of their
// values. `traceparent` is well formed or empty.
api::v1::AuditEntry AuditEntryOf(const google::protobuf::MethodDescriptor& method, const Principal& principal,
                                 const google::protobuf::Message& request, std::string_view traceparent);

// The entry that a request brings instead of that of its call: of who tells what was done where there is no audit log
// (`bytes audit_entry`, AuditService of metrics). None: it is a call as every other. Its handler has looked at it.
std::optional<api::v1::AuditEntry> BroughtEntry(const google::protobuf::Message& request);
// When it is stored as of: entries of one log are not far from each other by the clock.
absl::Time TimeOfBrought(const api::v1::AuditEntry& entry, absl::Time now);

// The resources of the answer beside those of the request.
void AddAnswered(const std::vector<std::string>& names, api::v1::AuditEntry& entry);

// W3C Trace Context's trace-id; empty where there is none.
std::string_view TraceIdOf(std::string_view traceparent);

// Under its resources, and what they are in: an entry about a message is found under its ticket.
storage::AuditRecord ToRecord(const api::v1::AuditEntry& entry);
// Of one that cannot be read, number and hash alone.
api::v1::AuditEntry FromRow(const storage::AuditRow& row);
// The other way round.
storage::AuditRow ToRow(const api::v1::AuditEntry& entry);

}  // namespace dangol::rpc
