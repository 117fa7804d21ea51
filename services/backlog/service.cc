#include "services/backlog/service.h"

#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/backlog/change/action_handlers.h"
#include "services/backlog/change/change_handlers.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/comment/comment_handlers.h"
#include "services/backlog/comment/comment_store.h"
#include "services/backlog/demand/demand_handlers.h"
#include "services/backlog/effect/effect_checks.h"
#include "services/backlog/fan_out.h"
#include "services/backlog/integrity.h"
#include "services/backlog/preview/preview_handlers.h"
#include "services/backlog/reactions.h"
#include "services/backlog/schema.h"

namespace dangol::backlog {
namespace {

void AddMethods(rpc::MethodTable& table, feed::EventStreams& streams) {
  table.AddResource<v1::Change>(ReadChange);
  table.AddResource<v1::Comment>(ReadComment);
  rpc::ServiceMethods(table, "dangol.backlog.v1.ChangeService")
      .Add("CreateChange", CreateChange)
      .Add("GetChange", GetChange)
      .Add("ListChanges", ListChanges)
      .Add("ListPublishedChanges", ListPublishedChanges)
      .Add("UpdateChange", UpdateChange)
      .Add("PlanChange", PlanChange)
      .Add("StartChange", StartChange)
      .Add("ShipChange", ShipChange)
      .Add("DropChange", DropChange)
      .Add("ReconsiderChange", ReconsiderChange)
      .Add("RevertShipment", RevertShipment)
      .Add("ConcludeChange", ConcludeChange)
      .Add("MergeChanges", MergeChanges)
      .Add("CreateComment", CreateComment)
      .Add("ListComments", ListComments)
      .Add("InviteToPreview", InviteToPreview)
      .Add("MoveDemands", MoveDemands)
      .Add("ListDemands", ListDemands);
  streams.AddFeed(table, "dangol.backlog.v1.ChangeFeed");
}

}  // namespace

const service::Definition& BacklogService() {
  static const auto& definition = *new service::Definition{
      .name = "backlog",
      .port_offset = 2,
      .schema = BacklogSchema(),
      .add_methods = AddMethods,
      .integrity_checks = BacklogIntegrityChecks(),
      .timers = {{kFanOutTimer, FanOut}, {kCheckTimer, CheckEffects}},
      .sources = {feed::Follow<tickets::v1::StreamEventsResponse, tickets::v1::TicketEvent>(
                      "tickets", "dangol.tickets.v1.TicketFeed", OnTicketEvent),
                  feed::Follow<metrics::v1::StreamEventsResponse, metrics::v1::MetricsEvent>(
                      "metrics", "dangol.metrics.v1.MetricsFeed", OnMetricsEvent)},
  };
  return definition;
}

}  // namespace dangol::backlog
