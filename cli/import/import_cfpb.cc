#include "fmt/format.h"

#include "cli/import/import_format.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::CreateTicketRequest;
using dangol::tickets::v1::Ticket;

// As the bureau's exports write days, as they do since they have full times, and as its pages do.
const std::vector<std::string>& TimeFormats() {
  static const auto& formats = *new std::vector<std::string>{
      "%Y-%m-%d", "%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y", "%m/%d/%y"};
  return formats;
}

std::string Joined(const std::string& whole, std::string_view separator, const std::string& part) {
  return part.empty() ? whole : fmt::format("{}{}{}", whole, separator, part);
}

// The customer's own words; most did not consent to have them published.
std::string Body(const Row& row, const std::string& subject) {
  if (const std::string& narrative = row("Consumer complaint narrative"); !narrative.empty()) return narrative;
  return fmt::format("A consumer complained about {} ({}): {}. The consumer's own words are not published.",
                     row("Company"), Joined(row("Product"), ", ", row("Sub-product")), subject);
}

absl::StatusOr<CreateTicketRequest> CfpbTicket(const Row& whole) {
  // Newer exports say so where there is nothing.
  static const auto& nothing = *new std::string();
  const Row row = [&](std::string_view column) -> const std::string& {
    const std::string& value = whole(column);
    return value == "None" ? nothing : value;
  };
  CreateTicketRequest request;
  const std::string& id = row("Complaint ID");
  ASSIGN_OR_RETURN(*request.mutable_ticket_id(), ImportedId("cfpb-", "Complaint ID", id));
  ASSIGN_OR_RETURN(const absl::Time received,
                   ImportedTime("Date received", row("Date received"), TimeFormats(), absl::UTCTimeZone()));
  Ticket& ticket = *request.mutable_ticket();
  ticket.set_kind(Ticket::COMPLAINT);
  ticket.set_subject(Joined(row("Issue"), ": ", row("Sub-issue")));
  ticket.set_body(Body(row, ticket.subject()));
  ticket.set_language("en");
  ticket.set_contact_reason(ContactReason({row("Issue"), row("Sub-issue")}));
  ticket.set_product(row("Product"));
  ticket.mutable_source()->set_channel(Slug(row("Submitted via")));
  ticket.mutable_source()->set_connection("cfpb");
  ticket.mutable_source()->set_external_id(id);
  AddAttributes(row,
                {"Sub-product", "Company", "State", "ZIP code", "Tags", "Date sent to company",
                 "Company public response", "Company response to consumer", "Timely response?", "Consumer disputed?"},
                ticket);
  *ticket.mutable_occur_time() = ToProtoTime(received);
  *ticket.mutable_receive_time() = ToProtoTime(received);
  return request;
}

}  // namespace

std::function<RowMapping()> AddCfpb(CLI::App&) {
  return [] {
    return RowMapping{{"Complaint ID", "Date received", "Product", "Sub-product", "Issue", "Sub-issue",
                       "Consumer complaint narrative", "Company", "Submitted via"},
                      CfpbTicket};
  };
}

}  // namespace dangol::cli
