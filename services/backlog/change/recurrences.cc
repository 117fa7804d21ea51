#include "services/backlog/change/recurrences.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/status_macros.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {

absl::Status NoteRecurrence(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                            const Complainant& who, bool critical, absl::Time time) {
  ASSIGN_OR_RETURN(const std::optional<ChangeStanding> standing, FindStanding(transaction, change_id));
  if (!standing || !IsThere(standing->state)) return absl::OkStatus();
  // By the clock of another service, or by what a person said, it was before.
  time = std::max(time, standing->ship_time);
  ASSIGN_OR_RETURN(const int64_t customers,
                   CountRecurrence(transaction, change_id, who, time, kRecurrenceWindow, standing->ship_time));
  if (!critical && customers < kRecurrencesMost) return absl::OkStatus();
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, kChangePattern.Name(change_id)));
  v1::ChangeEvent event;
  v1::ChangeRegressed& regressed = *event.mutable_change_regressed();
  regressed.set_cause(critical ? v1::Regression::CRITICAL : v1::Regression::RECURRENCES);
  regressed.set_shipment(kShipmentPattern.Name(change_id, change.row.shipment_count));
  Regress(change.row.change, regressed.cause(), regressed.shipment(), call.now());
  return StoreChange(transaction, call, change, std::move(event));
}

absl::Status TakeRecurrenceBack(storage::Transaction& transaction, const Demand& demand) {
  if (!demand.recurrence || demand.came_back != 0) return absl::OkStatus();
  return ForgetRecurrence(transaction, demand.change_id, {demand.customer_id, demand.ticket_id});
}

}  // namespace dangol::backlog
