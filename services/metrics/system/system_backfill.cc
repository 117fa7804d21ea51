#include "services/metrics/system/system_backfill.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/status_macros.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/loop/loop_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/system/work.h"

namespace dangol::metrics {
namespace {

// Rows of one firing.
constexpr int64_t kRowsMost = 500;
constexpr int64_t kTicketsMost = 200;

// What of a ticket no event of its own says.
auto CopiedTo(const Chain& chain) {
  return std::tie(chain.change_decide_time, chain.by_maker, chain.response_work, chain.decision_work, chain.loop_work);
}

}  // namespace

absl::StatusOr<std::optional<std::string>> CountBehind(storage::Snapshot& snapshot, const SystemEngine& engine,
                                                       const SystemKpiRow& kpi, std::string_view after, int64_t most,
                                                       SystemCounts& counts) {
  ASSIGN_OR_RETURN(const std::string default_engine, DefaultEngineId(snapshot));
  if (CountsChanges(kpi.system)) {
    ASSIGN_OR_RETURN(const std::vector<KnownChange> changes, ListChangesAfter(snapshot, after, most));
    for (const KnownChange& change : changes) {
      if (!CountsIn(engine, default_engine, change.stage)) continue;
      ASSIGN_OR_RETURN(const Voice voice, ReadVoice(snapshot, change));
      counts.AddTo(engine, kpi, change, voice);
    }
    if (static_cast<int64_t>(changes.size()) < most) return std::nullopt;
    return std::string(kChangePattern.Id(changes.back().summary.change()));
  }
  ASSIGN_OR_RETURN(const std::vector<Chain> chains, ListChainsAfter(snapshot, after, most));
  for (const Chain& chain : chains) {
    if (CountsIn(engine, default_engine, chain.stage)) counts.AddTo(engine, kpi, chain);
  }
  if (static_cast<int64_t>(chains.size()) < most) return std::nullopt;
  return std::string(kLoopPattern.Id(chains.back().loop.name()));
}

absl::Status CountKpi(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  ASSIGN_OR_RETURN(const std::optional<SystemEngine> engine,
                   ReadSystemEngine(transaction, kKpiPattern.Id(timer.resource)));
  if (!engine) return absl::OkStatus();
  const auto kpi = std::ranges::find(engine->kpis, kKpiPattern.Id(timer.resource, 1), &SystemKpiRow::kpi_id);
  if (kpi == engine->kpis.end() || !kpi->counted_until) return absl::OkStatus();
  SystemCounts counts(transaction);
  ASSIGN_OR_RETURN(const std::optional<std::string> last,
                   CountBehind(transaction, *engine, *kpi, *kpi->counted_until, kRowsMost, counts));
  RETURN_IF_ERROR(StoreSystemCounts(transaction, counts, call.now()));
  RETURN_IF_ERROR(StoreCountedUntil(transaction, timer.resource, last));
  return last ? storage::SetTimerAtOnce(transaction, call.now(), timer.kind, timer.resource) : absl::OkStatus();
}

absl::Status CountAnew(storage::Transaction& transaction, absl::Time now, std::span<Chain> chains,
                       absl::FunctionRef<absl::Status(Chain& chain)> copy) {
  SystemCounts counts(transaction);
  for (Chain& chain : chains) {
    const Chain before = chain;
    RETURN_IF_ERROR(copy(chain));
    if (CopiedTo(before) == CopiedTo(chain)) continue;
    RETURN_IF_ERROR(counts.Add(before, -1));
    RETURN_IF_ERROR(counts.Add(chain, 1));
    RETURN_IF_ERROR(StoreCopied(transaction, chain));
  }
  return StoreSystemCounts(transaction, counts, now);
}

absl::Status CountDecided(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const std::string_view change_id = kChangePattern.Id(timer.resource);
  ASSIGN_OR_RETURN(const std::optional<KnownChange> change, ReadChange(transaction, change_id));
  if (!change || !change->decide_time) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Chain> chains, ListUndecidedChains(transaction, change_id, kTicketsMost));
  RETURN_IF_ERROR(CountAnew(transaction, call.now(), chains, [&](Chain& chain) {
    const Chain before = chain;
    chain.change_decide_time = change->decide_time;
    return NoteWork(transaction, &before, chain);
  }));
  if (static_cast<int64_t>(chains.size()) < kTicketsMost) return absl::OkStatus();
  return storage::SetTimerAtOnce(transaction, call.now(), timer.kind, timer.resource);
}

absl::Status CountHeard(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const std::string_view member_id = kMemberPattern.Id(timer.resource);
  ASSIGN_OR_RETURN(const bool makes, IsMaker(transaction, member_id));
  ASSIGN_OR_RETURN(std::vector<Chain> chains, ListHeardChains(transaction, member_id, !makes, kTicketsMost));
  RETURN_IF_ERROR(CountAnew(transaction, call.now(), chains, [&](Chain& chain) {
    chain.by_maker = makes;
    return absl::OkStatus();
  }));
  if (static_cast<int64_t>(chains.size()) < kTicketsMost) return absl::OkStatus();
  return storage::SetTimerAtOnce(transaction, call.now(), timer.kind, timer.resource);
}

}  // namespace dangol::metrics
