#include "services/backlog/demand/demand_events.h"

#include <algorithm>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {

feed::Touched TouchedDemand(const Demand& demand) {
  return {kDemandPattern.Name(demand.change_id, demand.ticket_id), demand.version};
}

ToldDemand Tell(const Demand& demand, int64_t revision) {
  ToldDemand told = TellTicket(kTicketPattern.Name(demand.ticket_id), demand.acceptance, revision);
  told.touched.push_back(TouchedDemand(demand));
  return told;
}

ToldDemand TellTicket(const std::string& ticket, int64_t acceptance, int64_t revision) {
  ToldDemand told;
  told.ticket.set_ticket(ticket);
  told.ticket.set_acceptance(acceptance);
  told.ticket.set_revision(revision);
  return told;
}

absl::Status TellDemands(storage::Transaction& transaction, const rpc::Call& call, const v1::DemandsUpdated& decided,
                         std::span<const ToldDemand> demands, const ChangeRow* finished) {
  if (demands.empty() && !decided.last()) return absl::OkStatus();
  do {
    const auto some = demands.first(std::min<size_t>(demands.size(), kDemandsMost));
    demands = demands.subspan(some.size());
    v1::ChangeEvent event;
    v1::DemandsUpdated& updated = *event.mutable_demands_updated();
    updated = decided;
    updated.set_last(decided.last() && demands.empty());
    *updated.mutable_time() = ToProtoTime(call.now());
    std::vector<feed::Touched> touched;
    for (const ToldDemand& told : some) {
      *updated.add_demands() = told.ticket;
      touched.insert(touched.end(), told.touched.begin(), told.touched.end());
    }
    if (demands.empty() && finished != nullptr) {
      touched.push_back({finished->change.name(), Version(finished->change)});
      *event.mutable_facts() = FactsOf(*finished);
    }
    RETURN_IF_ERROR(feed::Append(transaction, call, event, touched));
  } while (!demands.empty());
  return absl::OkStatus();
}

absl::Status TellWithdrawn(storage::Transaction& transaction, const rpc::Call& call, const Demand& demand) {
  v1::ChangeEvent event;
  v1::DemandsWithdrawn& withdrawn = *event.mutable_demands_withdrawn();
  withdrawn.set_change(kChangePattern.Name(demand.change_id));
  withdrawn.add_tickets(kTicketPattern.Name(demand.ticket_id));
  *withdrawn.mutable_time() = ToProtoTime(call.now());
  return feed::Append(transaction, call, event, {TouchedDemand(demand)});
}

absl::Status TellAnswer(storage::Transaction& transaction, const rpc::Call& call, const Demand& demand) {
  v1::ChangeEvent event;
  v1::DemandAnswered& answered = *event.mutable_demand_answered();
  answered.set_change(kChangePattern.Name(demand.change_id));
  answered.set_ticket(kTicketPattern.Name(demand.ticket_id));
  answered.set_answer(demand.preview_answer);
  return feed::Append(transaction, call, event, {TouchedDemand(demand)});
}

}  // namespace dangol::backlog
