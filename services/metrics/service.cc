#include "services/metrics/service.h"

#include "services/metrics/audit/audit_handlers.h"
#include "services/metrics/digest/digest_handlers.h"
#include "services/metrics/digest/digest_store.h"
#include "services/metrics/effect/effect_handlers.h"
#include "services/metrics/effect/effect_looks.h"
#include "services/metrics/engine/engine_handlers.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/engine/readiness.h"
#include "services/metrics/engine/retire_stage.h"
#include "services/metrics/engine/stop_candidates.h"
#include "services/metrics/gap/gap_counts.h"
#include "services/metrics/integrity.h"
#include "services/metrics/kpi/kpi_handlers.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/loop/loop_handlers.h"
#include "services/metrics/member/member_handlers.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/member/transfer_handlers.h"
#include "services/metrics/observation/observation_handlers.h"
#include "services/metrics/observation/observation_store.h"
#include "services/metrics/observation/record.h"
#include "services/metrics/reactions.h"
#include "services/metrics/report/report.h"
#include "services/metrics/report/review_handlers.h"
#include "services/metrics/report/review_store.h"
#include "services/metrics/report/strategy_mix.h"
#include "services/metrics/schema.h"
#include "services/metrics/system/close_day.h"
#include "services/metrics/system/system_backfill.h"
#include "services/metrics/system/work.h"

namespace dangol::metrics {
namespace {

void AddMethods(rpc::MethodTable& table, feed::EventStreams& streams) {
  table.AddResource<v1::Member>(ReadMember);
  table.AddResource<v1::Engine>(ReadEngine);
  table.AddResource<v1::EngineRevision>(ReadRevision);
  table.AddResource<v1::Kpi>(ReadKpi);
  table.AddResource<v1::Observation>(ReadObservation);
  table.AddResource<v1::ReportReview>(ReadReview);
  table.AddResource<v1::Remark>(ReadRemark);
  table.AddResource<v1::Digest>(ReadDigest);
  table.AddResource<v1::RecordedAuditEntry>(ReadRecordedAuditEntry);
  rpc::ServiceMethods(table, "dangol.metrics.v1.LoopService")
      .Add("GetLoop", GetLoop)
      .Add("SummarizeLoop", SummarizeLoop)
      .Add("ListStateCounts", ListStateCounts);
  rpc::ServiceMethods(table, "dangol.metrics.v1.AuditService").Add("RecordAuditEntry", RecordAuditEntry);
  rpc::ServiceMethods(table, "dangol.metrics.v1.MemberService")
      .Add("CreateMember", CreateMember)
      .Add("GetMember", GetMember)
      .Add("ListMembers", ListMembers)
      .Add("UpdateMember", UpdateMember)
      .Add("TransferWork", TransferWork);
  rpc::ServiceMethods(table, "dangol.metrics.v1.EngineService")
      .Add("CreateEngine", CreateEngine)
      .Add("GetEngine", GetEngine)
      .Add("ListEngines", ListEngines)
      .Add("UpdateEngine", UpdateEngine)
      .Add("RetireStage", RetireStage)
      .Add("ListEngineRevisions", ListEngineRevisions)
      .Add("AcknowledgeRevision", AcknowledgeRevision)
      .Add("GetEngineReadiness", GetEngineReadiness)
      .Add("GetStrategyMix", GetStrategyMix)
      .Add("GetStopCandidates", GetStopCandidates);
  rpc::ServiceMethods(table, "dangol.metrics.v1.KpiService")
      .Add("CreateKpi", CreateKpi)
      .Add("GetKpi", GetKpi)
      .Add("ListKpis", ListKpis)
      .Add("UpdateKpi", UpdateKpi)
      .Add("RecordObservations", RecordObservations)
      .Add("ListObservationRevisions", ListObservationRevisions)
      .Add("QuerySeries", QuerySeries)
      .Add("GetReport", GetReport)
      .Add("GetGapReport", GetGapReport)
      .Add("ListMissingEntries", ListMissingEntries);
  rpc::ServiceMethods(table, "dangol.metrics.v1.ReviewService")
      .Add("RecordReportReview", RecordReportReview)
      .Add("CreateRemark", CreateRemark)
      .Add("ListRemarks", ListRemarks);
  rpc::ServiceMethods(table, "dangol.metrics.v1.DigestService")
      .Add("GetDue", GetDue)
      .Add("ClaimDigest", ClaimDigest)
      .Add("ReportDigest", ReportDigest);
  rpc::ServiceMethods(table, "dangol.metrics.v1.EffectService")
      .Add("GetEffect", GetEffect)
      .Add("ListEffects", ListEffects);
  streams.AddFeed(table, "dangol.metrics.v1.MetricsFeed");
}

}  // namespace

const service::Definition& MetricsService() {
  static const auto& definition = *new service::Definition{
      .name = "metrics",
      .port_offset = 3,
      .schema = MetricsSchema(),
      .add_methods = AddMethods,
      .integrity_checks = MetricsIntegrityChecks(),
      .timers = {{kEffectTimer, LookAtEffects},
                 {kBackfillTimer, CountKpi},
                 {kDecidedTimer, CountDecided},
                 {kHeardTimer, CountHeard},
                 {kWorkTimer, CountWork},
                 {kCloseTimer, CloseDays}},
      .sources = {feed::Follow<tickets::v1::StreamEventsResponse, tickets::v1::TicketEvent>(
                      "tickets", "dangol.tickets.v1.TicketFeed", OnTicketEvent),
                  feed::Follow<backlog::v1::StreamEventsResponse, backlog::v1::ChangeEvent>(
                      "backlog", "dangol.backlog.v1.ChangeFeed", OnChangeEvent)},
  };
  return definition;
}

}  // namespace dangol::metrics
