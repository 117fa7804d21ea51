#include "services/metrics/loop_handlers.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/rpc/paging.h"
#include "services/metrics/counts.h"
#include "services/metrics/day.h"
#include "services/metrics/rules.h"
#include "services/metrics/store.h"

namespace dangol::metrics {
namespace {

constexpr int64_t kStepsMost = 200;
constexpr int64_t kDaysMost = 400;

// Of the changes that the ticket is or was linked to, oldest first.
absl::StatusOr<ChainSteps> StepsOfChanges(storage::Snapshot& snapshot, const ChainSteps& of_ticket) {
  ChainSteps steps;
  for (const auto& [change, until] : ConcernedUntil(of_ticket)) {
    ASSIGN_OR_RETURN(ChainSteps more, NewestChangeSteps(snapshot, IdOf(change), until, kStepsMost));
    std::ranges::move(more, std::back_inserter(steps));
  }
  std::ranges::sort(steps, {},
                    [](const ChainStep& step) { return std::pair(FromProtoTime(step.step.time()), step.sequence); });
  return steps;
}

absl::StatusOr<int64_t> DayIn(std::string_view field, std::string_view text) {
  if (const std::optional<int64_t> day = ParseDay(text)) return *day;
  return InvalidField(field,
                      fmt::format("{} is no day. Send one as YYYY-MM-DD, such as 2026-11-24.", ShownValue(text)));
}

rpc::PageKey KeyOf(const v1::StateCount& count) {
  return {absl::FromCivil(absl::CivilDay(1970, 1, 1) + *ParseDay(count.day()), absl::UTCTimeZone()),
          std::to_string(count.state())};
}

StateDay StateDayOf(const rpc::PageKey& key) { return {DayOf(key.time), std::strtoll(key.id.c_str(), nullptr, 10)}; }

}  // namespace

absl::StatusOr<v1::Loop> GetLoop(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetLoopRequest& request) {
  ASSIGN_OR_RETURN(std::optional<Chain> chain, ReadChain(snapshot, IdOf(request.name())));
  if (!chain) return NotFound(request.name());
  v1::Loop& loop = chain->loop;
  ASSIGN_OR_RETURN(const ChainSteps of_ticket, NewestTicketSteps(snapshot, IdOf(request.name()), kStepsMost));
  ASSIGN_OR_RETURN(const ChainSteps of_changes, StepsOfChanges(snapshot, of_ticket));
  for (v1::Step& step : Merge(of_ticket, of_changes, kStepsMost)) *loop.add_steps() = std::move(step);
  if (loop.change().empty()) return loop;
  ASSIGN_OR_RETURN(const std::optional<KnownChange> change, ReadChange(snapshot, IdOf(loop.change())));
  if (change) {
    loop.set_change_title(change->summary.title());
    loop.set_change_state(change->summary.state());
  }
  return loop;
}

absl::StatusOr<v1::LoopSummary> SummarizeLoop(storage::Snapshot& snapshot, const rpc::Call&,
                                              const v1::SummarizeLoopRequest& request) {
  const std::string_view change_id = IdOf(request.change());
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
  ASSIGN_OR_RETURN(const std::optional<rpc::PageKey> after, rpc::ParsePageToken(request, request.page_token()));
  const int32_t page_size = rpc::PageSize(request.page_size());
  ASSIGN_OR_RETURN(std::vector<v1::StateCount> counts,
                   ReadStateCounts(snapshot, after ? StateDayOf(*after) : StateDay{.day = first}, last, page_size + 1));
  v1::ListStateCountsResponse response;
  for (v1::StateCount& count : counts) {
    if (response.counts_size() == page_size) {
      response.set_next_page_token(rpc::MakePageToken(request, KeyOf(*response.counts().rbegin())));
      break;
    }
    *response.add_counts() = std::move(count);
  }
  return response;
}

}  // namespace dangol::metrics
