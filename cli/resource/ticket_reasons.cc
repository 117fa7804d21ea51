#include "cli/resource/ticket_reasons.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/wrappers.pb.h"

#include "cli/command/client.h"
#include "cli/command/verb.h"
#include "cli/output/table.h"
#include "common/base/json.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::ListTicketsRequest;
using dangol::tickets::v1::ListTicketsResponse;
using dangol::tickets::v1::Ticket;

constexpr char kCommand[] = "ticket reasons";

// A contact reason and its tickets.
struct Reason {
  std::string name;
  int64_t tickets = 0;
  int64_t undecided = 0;  // RECEIVED or HEARD
};

const std::vector<Column<Reason>>& Columns() {
  static const auto& columns = *new std::vector<Column<Reason>>{
      {{"CONTACT REASON", Fit::kText}, [](const Reason& r) { return Cell{r.name.empty() ? "-" : r.name}; }},
      {{"TICKETS"}, [](const Reason& r) { return Cell{std::to_string(r.tickets)}; }},
      {{"UNDECIDED"}, [](const Reason& r) { return Cell{std::to_string(r.undecided)}; }},
  };
  return columns;
}

std::string Json(const std::vector<Reason>& reasons) {
  std::string json;
  for (const Reason& reason : reasons) {
    google::protobuf::StringValue name;
    name.set_value(reason.name);
    json += fmt::format("{{\"contactReason\":{},\"tickets\":{},\"undecided\":{}}}\n", ToJson(name, JsonStyle::kCompact),
                        reason.tickets, reason.undecided);
  }
  return json;
}

absl::StatusOr<std::vector<Reason>> Count(const VerbFlags& flags) {
  constexpr int kPageSize = 1000;
  Client client(TargetAddress(flags.suite, "tickets"));
  ListTicketsRequest request;
  request.set_page_size(kPageSize);
  ListTicketsResponse response;
  std::map<std::string, Reason> counted;
  const absl::Status status =
      EachPage(client, "dangol.tickets.v1.TicketService/ListTickets", request, flags.timeout, response, [&](bool) {
        for (const Ticket& ticket : response.tickets()) {
          Reason& reason = counted[ticket.contact_reason()];
          ++reason.tickets;
          if (ticket.state() == Ticket::RECEIVED || ticket.state() == Ticket::HEARD) ++reason.undecided;
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  std::vector<Reason> reasons;
  for (auto& [name, reason] : counted) reasons.push_back({name, reason.tickets, reason.undecided});
  return reasons;
}

int Run(const VerbFlags& flags) {
  const auto reasons = Count(flags);
  if (!reasons.ok()) return Fail(kCommand, reasons.status());
  if (flags.format == Format::kJson) return Print(Json(*reasons)) ? 0 : 1;
  if (!reasons->empty()) return Print(TableOf(Columns(), *reasons)) ? 0 : 1;
  PrintError(fmt::format("dangol {}: there is no ticket.\n", kCommand));
  return 0;
}

}  // namespace

Command ReasonsVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("reasons", "Count the tickets of each contact reason");
  const auto flags = std::make_shared<VerbFlags>();
  AddVerbFlags(*app, *flags);
  app->footer(
      "UNDECIDED are those that are RECEIVED or HEARD. The service does not count by reason yet: this command reads all "
      "tickets, a thousand a call.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
