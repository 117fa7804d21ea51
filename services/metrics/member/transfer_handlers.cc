#include "services/metrics/member/transfer_handlers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using v1::Member;

// May take work over.
absl::Status CheckTaker(storage::Snapshot& snapshot, const v1::TransferWorkRequest& request) {
  if (request.to() == request.name()) {
    return InvalidField("to", fmt::format("{} is the one whose work it is. Name another.", ShownValue(request.to())));
  }
  ASSIGN_OR_RETURN(const std::optional<Member> taker, FindMember(snapshot, request.to()));
  if (!taker) return AtField(NotFound(request.to()), "to");
  return RequireNotLeft(snapshot, request.to(), "to");
}

void TakeOver(const std::string& from, const std::string& to, v1::Engine& engine) {
  for (v1::Stage& stage : *engine.mutable_stages()) {
    if (stage.owner() == from) stage.set_owner(to);
    for (v1::ProcessStep& step : *stage.mutable_steps()) {
      if (step.owner() == from) step.set_owner(to);
    }
  }
}

absl::Status TransferEngine(storage::Transaction& transaction, const rpc::Call& call,
                            const v1::TransferWorkRequest& request, const std::string& name) {
  ASSIGN_OR_RETURN(LoadedEngine loaded, LoadEngine(transaction, name, ""));
  const v1::Engine before = loaded.row.engine;
  TakeOver(request.name(), request.to(), loaded.row.engine);
  std::vector<v1::Difference> differences = DifferencesOf(before, loaded.row.engine);
  if (!differences.empty()) {
    loaded.row.engine.set_revision(before.revision() + 1);
    Occasion occasion{fmt::format("{} takes over from {}", request.to(), request.name()), {}, std::move(differences)};
    RETURN_IF_ERROR(StoreEngine(transaction, call, loaded, std::move(occasion)));
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Kpi> kpis, ReadKpis(transaction, kEnginePattern.Id(name)));
  for (const v1::Kpi& kpi : kpis) {
    if (kpi.owner() != request.name()) continue;
    ASSIGN_OR_RETURN(LoadedKpi to_change, LoadKpi(transaction, kpi.name(), ""));
    to_change.row.kpi.set_owner(request.to());
    RETURN_IF_ERROR(StoreKpi(transaction, call, to_change));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Member> TransferWork(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::TransferWorkRequest& request) {
  RETURN_IF_ERROR(LoadMember(transaction, request.name(), request.etag()).status());
  RETURN_IF_ERROR(CheckTaker(transaction, request));
  ASSIGN_OR_RETURN(const std::vector<std::string> engines,
                   transaction.QueryTexts("SELECT engine_id FROM engine ORDER BY engine_id", {}));
  for (const std::string& engine_id : engines)
    RETURN_IF_ERROR(TransferEngine(transaction, call, request, kEnginePattern.Name(engine_id)));
  v1::MetricsEvent event;
  event.mutable_work_transferred()->set_from(request.name());
  event.mutable_work_transferred()->set_to(request.to());
  // The members themselves are as they were.
  RETURN_IF_ERROR(feed::Append(transaction, call, event, std::span<const feed::Touched>()));
  return ReadMember(transaction, request.to());
}

}  // namespace dangol::metrics
