#include "services/backlog/change_handlers.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/rpc/paging.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "services/backlog/demand_handlers.h"
#include "services/backlog/fan_out.h"
#include "services/backlog/names.h"
#include "services/backlog/rules.h"
#include "services/backlog/store.h"

namespace dangol::backlog {
namespace {

using v1::Change;
using v1::ChangeEvent;

template <typename Request>
absl::StatusOr<Change> ReadForChange(storage::Transaction& transaction, const Request& request) {
  ASSIGN_OR_RETURN(Change change, ReadChange(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(change, request.etag()));
  return change;
}

absl::Status StoreAndTell(storage::Transaction& transaction, const rpc::Call& call, Change& change,
                          const ChangeEvent& event) {
  RETURN_IF_ERROR(UpdateChange(transaction, change, call.now()));
  return feed::Append(transaction, call, event, {{change.name(), Version(change)}});
}

ChangeEvent ShippedEvent(const Change& change, const std::string& shipment, bool partial, absl::Time now) {
  ChangeEvent event;
  v1::ChangeShipped& shipped = *event.mutable_change_shipped();
  shipped.set_change(change.name());
  shipped.set_shipment(shipment);
  shipped.set_partial(partial);
  shipped.set_decided_by(change.decision().decided_by());
  *shipped.mutable_customer_notes() = change.customer_notes();
  *shipped.mutable_ship_time() = ToProtoTime(now);
  return event;
}

}  // namespace

absl::Status AddChange(storage::Transaction& transaction, const rpc::Call& call, Change& change) {
  RETURN_IF_ERROR(InsertChange(transaction, change));
  ChangeEvent event;
  v1::ChangeCreated& created = *event.mutable_change_created();
  created.set_change(change.name());
  created.set_title(change.title());
  created.set_kind(change.kind());
  created.set_stage(change.stage());
  *created.mutable_contact_reasons() = change.contact_reasons();
  *created.mutable_create_time() = change.create_time();
  return feed::Append(transaction, call, event, {{change.name(), Version(change)}});
}

absl::StatusOr<Change> CreateChange(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateChangeRequest& request) {
  Change change = request.change();
  RETURN_IF_ERROR(Propose(change, call.now(), "change"));
  change.set_name(ChangeName(request.change_id().empty() ? call.NewId() : request.change_id()));
  absl::Status added = AddChange(transaction, call, change);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), "change_id");
  RETURN_IF_ERROR(std::move(added));
  return change;
}

absl::StatusOr<Change> GetChange(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetChangeRequest& request) {
  return ReadChange(snapshot, request.name());
}

absl::StatusOr<v1::ListChangesResponse> ListChanges(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListChangesRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<rpc::PageKey> after, rpc::ParsePageToken(request, request.page_token()));
  const auto page_size = static_cast<size_t>(rpc::PageSize(request.page_size()));
  std::set<int> states(request.states().begin(), request.states().end());
  if (states.empty()) {
    for (int state = Change::PROPOSED; state <= Change::State_MAX; ++state) states.insert(state);
  }
  std::vector<rpc::PageKey> keys;
  for (int state : states) {
    ASSIGN_OR_RETURN(std::vector<rpc::PageKey> more, ListChangeKeys(snapshot, static_cast<Change::State>(state), after,
                                                                    static_cast<int64_t>(page_size) + 1));
    std::ranges::move(more, std::back_inserter(keys));
  }
  std::ranges::sort(keys, [](const rpc::PageKey& a, const rpc::PageKey& b) {
    return std::tie(a.time, a.id) > std::tie(b.time, b.id);
  });
  v1::ListChangesResponse response;
  size_t bytes = 0;
  for (const rpc::PageKey& key : keys) {
    if (static_cast<size_t>(response.changes_size()) == page_size || bytes >= rpc::kPageBytesMax) {
      response.set_next_page_token(rpc::MakePageToken(request, *(&key - 1)));
      break;
    }
    ASSIGN_OR_RETURN(*response.add_changes(), ReadChange(snapshot, ChangeName(key.id)));
    bytes += response.changes().rbegin()->ByteSizeLong();
  }
  return response;
}

absl::StatusOr<Change> PlanChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::PlanChangeRequest& request) {
  ASSIGN_OR_RETURN(Change change, ReadForChange(transaction, request));
  RETURN_IF_ERROR(Plan(change, request, call.now()));
  ChangeEvent event;
  event.mutable_change_planned()->set_change(change.name());
  event.mutable_change_planned()->set_kind(change.kind());
  event.mutable_change_planned()->set_decided_by(change.decision().decided_by());
  *event.mutable_change_planned()->mutable_plan_time() = change.plan_time();
  RETURN_IF_ERROR(StoreAndTell(transaction, call, change, event));
  return change;
}

absl::StatusOr<Change> StartChange(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::StartChangeRequest& request) {
  ASSIGN_OR_RETURN(Change change, ReadForChange(transaction, request));
  RETURN_IF_ERROR(Start(change, request, call.now()));
  ChangeEvent event;
  event.mutable_change_started()->set_change(change.name());
  event.mutable_change_started()->set_decided_by(change.decision().decided_by());
  *event.mutable_change_started()->mutable_start_time() = change.start_time();
  RETURN_IF_ERROR(StoreAndTell(transaction, call, change, event));
  return change;
}

absl::StatusOr<Change> ShipChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::ShipChangeRequest& request) {
  const bool partial = !request.tickets().empty();
  RETURN_IF_ERROR(CheckEachOnce(request.tickets()));
  ASSIGN_OR_RETURN(Change change, ReadForChange(transaction, request));
  const std::string_view change_id = IdOf(change.name());
  RETURN_IF_ERROR(Ship(change, request, call.now()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, change_id));
  ASSIGN_OR_RETURN(const std::vector<Demand> named, ReadWaiting(transaction, change_id, request.tickets()));
  ASSIGN_OR_RETURN(const int64_t last, LastShipment(transaction, change_id));
  const int64_t number = last + 1;
  RETURN_IF_ERROR(InsertShipment(transaction, change_id, number, partial, call.now()));
  if (partial) {
    std::vector<int64_t> ordinals;
    for (const Demand& demand : named) ordinals.push_back(demand.ordinal);
    RETURN_IF_ERROR(StartPartialFanOut(transaction, call, change_id, number, ordinals));
  } else {
    RETURN_IF_ERROR(StartShipmentFanOut(transaction, call, change_id, number));
  }
  RETURN_IF_ERROR(StoreAndTell(transaction, call, change,
                               ShippedEvent(change, ShipmentName(change_id, number), partial, call.now())));
  return ReadChange(transaction, change.name());
}

absl::StatusOr<Change> DropChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::DropChangeRequest& request) {
  ASSIGN_OR_RETURN(Change change, ReadForChange(transaction, request));
  RETURN_IF_ERROR(Drop(change, request, call.now()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, IdOf(change.name())));
  RETURN_IF_ERROR(StartDropFanOut(transaction, call, IdOf(change.name())));
  ChangeEvent event;
  event.mutable_change_dropped()->set_change(change.name());
  event.mutable_change_dropped()->set_reason(request.reason());
  event.mutable_change_dropped()->set_decided_by(request.decided_by());
  *event.mutable_change_dropped()->mutable_drop_time() = change.drop().time();
  RETURN_IF_ERROR(StoreAndTell(transaction, call, change, event));
  return change;
}

}  // namespace dangol::backlog
