#include "cli/resource/change_askers.h"

#include <algorithm>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/output/names.h"
#include "cli/output/text_width.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Demand;
using dangol::tickets::v1::Ticket;

constexpr size_t kQuotes = 3;
constexpr size_t kNeeds = 5;
constexpr size_t kTold = 5;
constexpr int kDemandsRead = 50;
constexpr int kPagesRead = 4;
constexpr size_t kWidthMax = 100;

void Read(const Ticket& ticket, Askers& askers) {
  const std::string& words = ticket.body().empty() ? ticket.subject() : ticket.body();
  if (askers.quotes.size() < kQuotes && !words.empty())
    askers.quotes.push_back(fmt::format("\"{}\" ({})", OneLine(words, kWidthMax), IdOf(ticket.name())));
  const std::string need = OneLine(ticket.underlying_need(), kWidthMax);
  if (askers.needs.size() < kNeeds && !need.empty() && std::ranges::find(askers.needs, need) == askers.needs.end())
    askers.needs.push_back(need);
}

}  // namespace

Askers ReadAskers(const SuiteFlags& suite, const std::string& change, absl::Duration timeout) {
  Client backlog(TargetAddress(suite, "backlog"));
  Client tickets(TargetAddress(suite, "tickets"));
  Askers askers;
  dangol::backlog::v1::ListDemandsRequest list;
  list.set_parent(change);
  list.set_page_size(kDemandsRead);
  // The first who asked may have left, or be erased.
  for (int page = 0; page < kPagesRead && askers.quotes.size() < kQuotes; ++page) {
    const auto demands = Call<dangol::backlog::v1::ListDemandsResponse>(
        backlog, "/dangol.backlog.v1.ChangeService/ListDemands", list, timeout);
    if (!demands.ok()) break;
    dangol::tickets::v1::BatchGetTicketsRequest get;
    for (const Demand& demand : demands->demands()) {
      if (demand.state() != Demand::ACTIVE) continue;
      get.add_names(demand.ticket());
      if (!demand.shipment().empty() && askers.told.size() < kTold) askers.told.push_back(IdOf(demand.ticket()));
    }
    if (!get.names().empty()) {
      const auto response = Call<dangol::tickets::v1::BatchGetTicketsResponse>(
          tickets, "/dangol.tickets.v1.TicketService/BatchGetTickets", get, timeout);
      if (!response.ok()) break;
      for (const Ticket& ticket : response->tickets()) Read(ticket, askers);
    }
    list.set_page_token(demands->next_page_token());
    if (list.page_token().empty()) break;
  }
  return askers;
}

}  // namespace dangol::cli
