#include "services/backlog/preview/preview_handlers.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_events.h"
#include "services/backlog/demand/demand_handlers.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using v1::Change;

absl::Status CheckMayAsk(const std::vector<Demand>& demands) {
  for (size_t i = 0; i < demands.size(); ++i) {
    if (demands[i].may_ask) continue;
    const std::string ticket = kTicketPattern.Name(demands[i].ticket_id);
    return AtField(
        Error(absl::StatusCode::kFailedPrecondition, "MAY_NOT_ASK",
              fmt::format("The customer of {} has not agreed to be asked. Name tickets whose customer has.", ticket),
              {{"resource", ticket}}),
        fmt::format("tickets[{}]", i));
  }
  return absl::OkStatus();
}

// Each 200 of them in an event; the first tells of the change, too.
absl::Status TellInvited(storage::Transaction& transaction, const rpc::Call& call, std::span<const Demand> demands,
                         const ChangeRow& change) {
  for (bool first = true; !demands.empty(); first = false) {
    const auto some = demands.first(std::min<size_t>(demands.size(), kDemandsMost));
    demands = demands.subspan(some.size());
    v1::ChangeEvent event;
    event.mutable_preview_invited()->set_round(change.change.preview_rounds());
    std::vector<feed::Touched> touched;
    for (const Demand& demand : some) {
      event.mutable_preview_invited()->add_tickets(kTicketPattern.Name(demand.ticket_id));
      touched.push_back(TouchedDemand(demand));
    }
    event.mutable_preview_invited()->set_change(change.change.name());
    if (first) {
      *event.mutable_facts() = FactsOf(change);
      touched.push_back({change.change.name(), Version(change.change)});
    }
    RETURN_IF_ERROR(feed::Append(transaction, call, event, touched));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Change> InviteToPreview(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::InviteToPreviewRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange loaded, LoadChange(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Invite(loaded.row.change));
  ASSIGN_OR_RETURN(std::vector<Demand> demands,
                   ReadWaiting(transaction, kChangePattern.Id(request.name()), request.tickets()));
  RETURN_IF_ERROR(CheckMayAsk(demands));
  for (Demand& demand : demands) {
    const Demand before = demand;
    demand.preview_round = loaded.row.change.preview_rounds();
    demand.preview_answer = v1::Demand::PREVIEW_ANSWER_UNSPECIFIED;
    demand.update_time = call.now();
    RETURN_IF_ERROR(ChangeDemand(transaction, before, demand));
  }
  RETURN_IF_ERROR(StoreChangeUntold(transaction, call, loaded));
  RETURN_IF_ERROR(TellInvited(transaction, call, demands, loaded.row));
  return ReadChange(transaction, request.name());
}

absl::Status NotePreviewAnswer(storage::Transaction& transaction, const rpc::Call& call, const std::string& ticket,
                               const std::string& change, v1::Demand::PreviewAnswer answer) {
  ASSIGN_OR_RETURN(const std::optional<Demand> before, FindActiveDemand(transaction, kTicketPattern.Id(ticket)));
  const bool was_asked = before && before->preview_round > 0 && before->change_id == kChangePattern.Id(change);
  if (!was_asked || before->preview_answer == answer) return absl::OkStatus();
  Demand demand = *before;
  demand.preview_answer = answer;
  demand.update_time = call.now();
  RETURN_IF_ERROR(ChangeDemand(transaction, *before, demand));
  return TellAnswer(transaction, call, demand);
}

}  // namespace dangol::backlog
