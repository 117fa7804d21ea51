#include "services/tickets/ticket/update_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "services/tickets/policy/policy_rules.h"
#include "services/tickets/ticket/ticket_rules.h"

namespace dangol::tickets {
namespace {

using google::protobuf::FieldMask;
using v1::Ticket;

// What the customer said, and when and how, stays as it came.
constexpr const char* kFixedFields[] = {"source",     "subject",      "body",    "file_links",
                                        "occur_time", "receive_time", "customer"};

// What is said about it. An erasure takes it out (hidden_words.cc).
constexpr const char* kWords[] = {"language",     "product",    "order",         "product_version",
                                  "labels",       "attributes", "remedy_sought", "underlying_need",
                                  "remedy_given", "remedy",     "abusive"};

// The field alone, to be compared.
std::string Alone(const Ticket& ticket, const char* field) {
  FieldMask mask;
  mask.add_paths(field);
  Ticket alone;
  return resource::ApplyUpdate(ticket, mask, alone).ok() ? alone.SerializeAsString() : "";
}

absl::Status CheckFixed(const Ticket& before, const Ticket& after) {
  for (const char* field : kFixedFields) {
    if (Alone(before, field) == Alone(after, field)) continue;
    return InvalidField("update_mask",
                        fmt::format("{} of {} cannot be corrected: it is what came in. Leave it out, or add a message.",
                                    field, before.name()));
  }
  return absl::OkStatus();
}

absl::Status CheckWords(const Ticket& before, const Ticket& after) {
  absl::Status status = RequireWords(before);
  if (status.ok()) return status;
  const bool is_said =
      std::ranges::any_of(kWords, [&](const char* field) { return Alone(before, field) != Alone(after, field); });
  return is_said ? std::move(status) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> Correct(Ticket& ticket, const Ticket& patch, const FieldMask& mask) {
  Ticket corrected = ticket;
  RETURN_IF_ERROR(resource::ApplyUpdate(patch, mask, corrected));
  RETURN_IF_ERROR(CheckFixed(ticket, corrected));
  RETURN_IF_ERROR(CheckWords(ticket, corrected));
  RETURN_IF_ERROR(CheckRemedy(corrected.remedy(), "ticket.remedy"));
  if (corrected.kind() == Ticket::KIND_UNSPECIFIED) corrected.set_kind(Ticket::COMPLAINT);
  if (corrected.severity() == Ticket::SEVERITY_UNSPECIFIED) corrected.set_severity(Ticket::NORMAL);
  if (google::protobuf::util::MessageDifferencer::Equals(ticket, corrected)) return false;
  if (corrected.severity() != ticket.severity()) {  // its clocks run anew
    corrected.clear_reply_due_time();
    corrected.clear_decide_due_time();
  }
  ticket = std::move(corrected);
  return true;
}

}  // namespace dangol::tickets
