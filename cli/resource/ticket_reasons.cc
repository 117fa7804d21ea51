#include "cli/resource/ticket_reasons.h"

#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/wrappers.pb.h"

#include "cli/command/client.h"
#include "cli/command/verb.h"
#include "cli/output/table.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "dangol/tickets/v1/ticket_query.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::ContactReason;
using dangol::tickets::v1::CountTicketsRequest;
using dangol::tickets::v1::CountTicketsResponse;
using dangol::tickets::v1::ListContactReasonsRequest;
using dangol::tickets::v1::ListContactReasonsResponse;
using dangol::tickets::v1::Ticket;

constexpr char kCommand[] = "ticket reasons";

// A contact reason and its tickets.
struct Reason {
  std::string name;
  int64_t tickets = 0;
  int64_t open = 0;  // RECEIVED, HEARD or ACCEPTED
};

const std::vector<Column<Reason>>& Columns() {
  static const auto& columns = *new std::vector<Column<Reason>>{
      {{"CONTACT REASON", Fit::kText}, [](const Reason& r) { return Cell{r.name.empty() ? "-" : r.name}; }},
      {{"TICKETS"}, [](const Reason& r) { return Cell{std::to_string(r.tickets)}; }},
      {{"OPEN"}, [](const Reason& r) { return Cell{std::to_string(r.open)}; }},
  };
  return columns;
}

std::string Json(const std::vector<Reason>& reasons) {
  std::string json;
  for (const Reason& reason : reasons) {
    google::protobuf::StringValue name;
    name.set_value(reason.name);
    json += fmt::format("{{\"contactReason\":{},\"tickets\":{},\"open\":{}}}\n", ToJson(name, JsonStyle::kCompact),
                        reason.tickets, reason.open);
  }
  return json;
}

// All tickets, as those of no reason.
absl::StatusOr<Reason> CountAll(Client& client, const VerbFlags& flags) {
  ASSIGN_OR_RETURN(const CountTicketsResponse counts,
                   Call<CountTicketsResponse>(client, "/dangol.tickets.v1.TicketService/CountTickets",
                                              CountTicketsRequest(), flags.timeout));
  Reason all;
  for (const auto& count : counts.states()) {
    all.tickets += count.tickets();
    if (count.state() <= Ticket::ACCEPTED) all.open += count.tickets();
  }
  return all;
}

absl::StatusOr<std::vector<Reason>> Count(const VerbFlags& flags) {
  constexpr int kPageSize = 1000;
  Client client(TargetAddress(flags.suite, "tickets"));
  ASSIGN_OR_RETURN(Reason none, CountAll(client, flags));
  std::vector<Reason> reasons;
  ListContactReasonsRequest request;
  request.set_page_size(kPageSize);
  ListContactReasonsResponse response;
  RETURN_IF_ERROR(EachPage(client, "/dangol.tickets.v1.PolicyService/ListContactReasons", request, flags.timeout,
                           response, [&](bool) {
                             for (const ContactReason& reason : response.contact_reasons()) {
                               if (reason.tickets() == 0) continue;
                               reasons.push_back({reason.path(), reason.tickets(), reason.open_tickets()});
                               none.tickets -= reason.tickets();
                               none.open -= reason.open_tickets();
                             }
                             return absl::OkStatus();
                           }));
  if (none.tickets > 0) reasons.insert(reasons.begin(), none);
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
  app->footer("OPEN are those that are RECEIVED, HEARD or ACCEPTED; `-` are those of no reason.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
