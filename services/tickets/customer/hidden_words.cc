#include "services/tickets/customer/hidden_words.h"

#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/authorization.h"
#include "dangol/tickets/v1/customer.pb.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

absl::StatusOr<bool> IsRestricted(storage::Snapshot& snapshot, std::string_view ticket_name) {
  ASSIGN_OR_RETURN(const int64_t state, snapshot.QueryInteger(R"(
      SELECT r.state FROM ticket AS t
        JOIN customer AS c ON c.customer_id = t.customer_id
        JOIN customer AS r ON r.customer_id = COALESCE(c.merged_into, c.customer_id)
      WHERE t.ticket_id = $1)",
                                                              {kTicketPattern.Id(ticket_name)}));
  return state == v1::Customer::RESTRICTED;
}

// Whose words a caller may read.
enum class Sight { kNobody, kNotRestricted, kEverybody };

Sight SightOf(const rpc::Call& call) {
  if (!rpc::CheckPermission(call.principal(), "tickets.words").ok()) return Sight::kNobody;
  return rpc::CheckPermission(call.principal(), "customers.restricted").ok() ? Sight::kEverybody
                                                                             : Sight::kNotRestricted;
}

absl::StatusOr<bool> MayRead(storage::Snapshot& snapshot, Sight sight, std::string_view ticket_name) {
  if (sight != Sight::kNotRestricted) return sight == Sight::kEverybody;
  ASSIGN_OR_RETURN(const bool restricted, IsRestricted(snapshot, ticket_name));
  return !restricted;
}

// What an erasure takes out, too.
void Clear(Ticket& ticket) {
  ticket.set_hidden(true);
  ticket.clear_subject();
  ticket.clear_body();
  if (ticket.has_source()) {
    ticket.mutable_source()->clear_external_id();
    ticket.mutable_source()->clear_url();
  }
  ticket.clear_language();
  ticket.clear_product();
  ticket.clear_order();
  ticket.clear_product_version();
  ticket.clear_labels();
  ticket.clear_attributes();
  ticket.clear_file_links();
  ticket.clear_remedy_sought();
  ticket.clear_underlying_need();
  ticket.clear_remedy_given();
  ticket.clear_remedy();
  ticket.clear_abusive();
  ticket.clear_heard_summary();
  if (ticket.has_decision()) ticket.mutable_decision()->clear_revisit_condition();
}

void Clear(v1::Message& message) {
  message.clear_body();
  message.clear_author();
}

void Clear(v1::Attachment& attachment) {
  attachment.clear_file_name();
  attachment.clear_sha256();
}

template <typename Resource>
absl::Status HideOne(storage::Snapshot& snapshot, Sight sight, Resource& resource) {
  ASSIGN_OR_RETURN(const bool readable, MayRead(snapshot, sight, resource.name()));
  if (!readable) Clear(resource);
  return absl::OkStatus();
}

template <typename Resources>
absl::Status HideEach(storage::Snapshot& snapshot, const rpc::Call& call, Resources* resources) {
  const Sight sight = SightOf(call);
  // Messages and attachments stand one behind the other, all of one ticket.
  std::string ticket_id;
  bool readable = false;
  for (auto& resource : *resources) {
    if (const std::string_view id = kTicketPattern.Id(resource.name()); id != ticket_id) {
      ASSIGN_OR_RETURN(readable, MayRead(snapshot, sight, resource.name()));
      ticket_id = id;
    }
    if (!readable) Clear(resource);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RequireReadable(storage::Snapshot& snapshot, const rpc::Call& call, std::string_view name) {
  ASSIGN_OR_RETURN(const bool readable, MayRead(snapshot, SightOf(call), name));
  if (readable) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "WORDS_HIDDEN",
               fmt::format("{} may not read what was said in {}: it takes a role that reads customers' words, and of a "
                           "restricted customer the role privacy.",
                           call.principal().name, name));
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, Ticket& ticket) {
  return HideOne(snapshot, SightOf(call), ticket);
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::Message& message) {
  return HideOne(snapshot, SightOf(call), message);
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::Attachment& attachment) {
  return HideOne(snapshot, SightOf(call), attachment);
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::BatchGetTicketsResponse& response) {
  return HideEach(snapshot, call, response.mutable_tickets());
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::ListTicketsResponse& response) {
  return HideEach(snapshot, call, response.mutable_tickets());
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::ListMessagesResponse& response) {
  return HideEach(snapshot, call, response.mutable_messages());
}

absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::ListAttachmentsResponse& response) {
  return HideEach(snapshot, call, response.mutable_attachments());
}

}  // namespace dangol::tickets
