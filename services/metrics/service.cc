#include "services/metrics/service.h"

#include "services/metrics/integrity.h"
#include "services/metrics/loop/loop_handlers.h"
#include "services/metrics/reactions.h"
#include "services/metrics/schema.h"

namespace dangol::metrics {
namespace {

void AddMethods(rpc::MethodTable& table, feed::EventStreams&) {
  rpc::ServiceMethods(table, "dangol.metrics.v1.LoopService")
      .Add("GetLoop", GetLoop)
      .Add("SummarizeLoop", SummarizeLoop)
      .Add("ListStateCounts", ListStateCounts);
}

}  // namespace

const service::Definition& MetricsService() {
  static const auto& definition = *new service::Definition{
      .name = "metrics",
      .port_offset = 3,
      .schema = MetricsSchema(),
      .add_methods = AddMethods,
      .integrity_checks = MetricsIntegrityChecks(),
      .sources = {feed::Follow<tickets::v1::StreamEventsResponse, tickets::v1::TicketEvent>(
                      "tickets", "dangol.tickets.v1.TicketFeed", OnTicketEvent),
                  feed::Follow<backlog::v1::StreamEventsResponse, backlog::v1::ChangeEvent>(
                      "backlog", "dangol.backlog.v1.ChangeFeed", OnChangeEvent)},
  };
  return definition;
}

}  // namespace dangol::metrics
