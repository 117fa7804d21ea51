#include "absl/strings/match.h"
#include "fmt/format.h"

#include "cli/import/import_format.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::CreateTicketRequest;
using dangol::tickets::v1::Ticket;

// As spreadsheets write times, as the city's pages do, and as its API does.
const std::vector<std::string>& TimeFormats() {
  static const auto& formats = *new std::vector<std::string>{"%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
                                                             "%m/%d/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%E*S"};
  return formats;
}

absl::StatusOr<absl::TimeZone> NewYork() {
  absl::TimeZone zone;
  if (absl::LoadTimeZone("America/New_York", &zone)) return zone;
  return Error(absl::StatusCode::kFailedPrecondition, "TIME_ZONE_MISSING",
               "The time zone America/New_York is not known here: install the package tzdata.");
}

// Something is asked to be taken away; all other types say that somebody does wrong.
Ticket::Kind KindOf(const std::string& type) {
  return absl::StartsWithIgnoreCase(type, "Dead Animal") ? Ticket::REQUEST : Ticket::COMPLAINT;
}

std::string Body(const Row& row) {
  std::string body = fmt::format("{}: {}", row("Complaint Type"), row("Descriptor"));
  if (const std::string& place = row("Location Type"); !place.empty()) body += fmt::format(". Place: {}", place);
  if (const std::string& borough = row("Borough"); !borough.empty()) body += fmt::format(", {}", borough);
  if (const std::string& agency = row("Agency Name"); !agency.empty()) body += fmt::format(". Handled by: {}", agency);
  return body + ".";
}

absl::StatusOr<CreateTicketRequest> Nyc311Ticket(const Row& row) {
  CreateTicketRequest request;
  const std::string& id = row("Unique Key");
  ASSIGN_OR_RETURN(*request.mutable_ticket_id(), ImportedId("nyc311-", "Unique Key", id));
  ASSIGN_OR_RETURN(const absl::TimeZone zone, NewYork());
  ASSIGN_OR_RETURN(const absl::Time created, ImportedTime("Created Date", row("Created Date"), TimeFormats(), zone));
  absl::Time closed = created;
  if (const std::string& text = row("Closed Date"); !text.empty()) {
    ASSIGN_OR_RETURN(closed, ImportedTime("Closed Date", text, TimeFormats(), zone));
  }
  *request.mutable_history()->mutable_close_time() = ToProtoTime(closed);
  const std::string& type = row("Complaint Type");
  Ticket& ticket = *request.mutable_ticket();
  ticket.set_kind(KindOf(type));
  ticket.set_subject(row("Descriptor").empty() ? type : fmt::format("{}: {}", type, row("Descriptor")));
  ticket.set_body(Body(row));
  ticket.set_language("en");
  ticket.set_contact_reason(ContactReason({type, row("Descriptor")}));
  // Some files say how it came, those of the city's pages do not.
  ticket.mutable_source()->set_channel(Slug(row("Open Data Channel Type")));
  ticket.mutable_source()->set_connection("nyc311");
  ticket.mutable_source()->set_external_id(id);
  AddAttributes(row,
                {"Agency", "Agency Name", "Location Type", "Incident Zip", "Incident Address", "City", "Borough",
                 "Community Board", "Status"},
                ticket);
  *ticket.mutable_occur_time() = ToProtoTime(created);
  *ticket.mutable_receive_time() = ToProtoTime(created);
  return request;
}

}  // namespace

std::function<RowMapping()> AddNyc311(CLI::App&) {
  return [] {
    return RowMapping{{"Unique Key", "Created Date", "Closed Date", "Complaint Type", "Descriptor"}, Nyc311Ticket};
  };
}

}  // namespace dangol::cli
