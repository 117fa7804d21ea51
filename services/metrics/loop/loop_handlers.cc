#include "services/metrics/loop/loop_handlers.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/metrics/day.h"
#include "services/metrics/loop/counts.h"
#include "services/metrics/loop/loop_rules.h"
#include "services/metrics/loop/loop_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

constexpr int64_t kStepsMost = 200;
constexpr int64_t kDaysMost = 400;

// Of the changes that the ticket is or was linked to, oldest first.
absl::StatusOr<ChainSteps> StepsOfChanges(storage::Snapshot& snapshot, const ChainSteps& of_ticket) {
  ChainSteps steps;
  for (const auto& [change, until] : ConcernedUntil(of_ticket)) {
    ASSIGN_OR_RETURN(ChainSteps more, NewestChangeSteps(snapshot, kChangePattern.Id(change), until, kStepsMost));
    std::ranges::move(more, std::back_inserter(steps));
  }
  std::ranges::sort(steps, {},
                    [](const ChainStep& step) { return std::pair(FromProtoTime(step.step.time()), step.sequence); });
  return steps;
}

}  // namespace

absl::StatusOr<v1::Loop> GetLoop(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetLoopRequest& request) {
  ASSIGN_OR_RETURN(std::optional<LoadedChain> chain, LoadChain(snapshot, kLoopPattern.Id(request.name())));
  if (!chain) return NotFound(request.name());
  v1::Loop& loop = chain->row.loop;
  ASSIGN_OR_RETURN(const ChainSteps of_ticket,
                   NewestTicketSteps(snapshot, kLoopPattern.Id(request.name()), kStepsMost));
  ASSIGN_OR_RETURN(const ChainSteps of_changes, StepsOfChanges(snapshot, of_ticket));
  for (v1::Step& step : Merge(of_ticket, of_changes, kStepsMost)) *loop.add_steps() = std::move(step);
  if (loop.change().empty()) return loop;
  ASSIGN_OR_RETURN(const std::optional<KnownChange> change, ReadChange(snapshot, kChangePattern.Id(loop.change())));
  if (change) {
    loop.set_change_title(change->summary.title());
    loop.set_change_state(change->summary.state());
  }
  return loop;
}

absl::StatusOr<v1::LoopSummary> SummarizeLoop(storage::Snapshot& snapshot, const rpc::Call&,
                                              const v1::SummarizeLoopRequest& request) {
  const std::string_view change_id = kChangePattern.Id(request.change());
  ASSIGN_OR_RETURN(std::optional<KnownChange> change, ReadChange(snapshot, change_id));
  ASSIGN_OR_RETURN(const Tally tally, ReadTally(snapshot, change_id));
  if (!change && tally.empty()) return NotFound(request.change());
  v1::LoopSummary summary = change ? std::move(change->summary) : v1::LoopSummary();
  summary.set_change(request.change());
  Summarize(tally, summary);
  RETURN_IF_ERROR(ReadReceiveTimes(snapshot, change_id, summary));
  return summary;
}

absl::StatusOr<v1::ListStateCountsResponse> ListStateCounts(storage::Snapshot& snapshot, const rpc::Call&,
                                                            const v1::ListStateCountsRequest& request) {
  ASSIGN_OR_RETURN(const int64_t first, DayIn("first_day", request.first_day()));
  ASSIGN_OR_RETURN(const int64_t last, DayIn("last_day", request.last_day()));
  if (last < first) {
    return InvalidField("last_day", fmt::format("{} is before first_day, which is {}. Send a day that is not.",
                                                request.last_day(), request.first_day()));
  }
  if (last - first > kDaysMost) {
    return InvalidField("last_day",
                        fmt::format("{} is {} days behind first_day. Send one at most {} days behind it, and ask again "
                                    "for the rest.",
                                    request.last_day(), last - first, kDaysMost));
  }
  return resource::Page<resource::PairKey>(
      request, &v1::ListStateCountsResponse::mutable_counts,
      [&](const auto& after, int64_t most) {
        return ReadStateCounts(snapshot, after.value_or(resource::PairKey{first, 0}), last, most);
      },
      [](StateCountRow& row) -> absl::StatusOr<v1::StateCount> {
        row.count.set_day(ShownDay(row.day));
        return row.count;
      },
      [](const StateCountRow& row) {
        return resource::PairKey{row.day, row.count.state()};
      });
}

}  // namespace dangol::metrics
