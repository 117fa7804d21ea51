// Telling the feed what was decided about demands.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "common/feed/append.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "services/backlog/change/change_row.h"
#include "services/backlog/demand/demand_store.h"

namespace dangol::backlog {

// Tickets an event, and a step of a fan-out.
constexpr int kDemandsMost = 200;

// One ticket of an event, and the demands that changed for it.
struct ToldDemand {
  v1::TicketDemand ticket;
  std::vector<feed::Touched> touched;
};

feed::Touched TouchedDemand(const Demand& demand);
// With the demand's acceptance and version as they are now.
ToldDemand Tell(const Demand& demand, int64_t revision);
// Of a ticket that has no demand.
ToldDemand TellTicket(const std::string& ticket, int64_t acceptance, int64_t revision);

// In as many events as it takes. `decided` says what was decided, without tickets; where it is `last`, so is the last
// event, which also tells of `finished`, the change as it is after it. Nothing is told of nobody, unless it is the
// last.
absl::Status TellDemands(storage::Transaction& transaction, const rpc::Call& call, const v1::DemandsUpdated& decided,
                         std::span<const ToldDemand> demands, const ChangeRow* finished = nullptr);

absl::Status TellWithdrawn(storage::Transaction& transaction, const rpc::Call& call, const Demand& demand);

// What its customer says of a preview, or whether the customer may be asked.
absl::Status TellAnswer(storage::Transaction& transaction, const rpc::Call& call, const Demand& demand);

}  // namespace dangol::backlog
