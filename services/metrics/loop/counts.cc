#include "services/metrics/loop/counts.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "common/base/proto_time.h"
#include "services/metrics/day.h"

namespace dangol::metrics {
namespace {

using tickets::v1::Ticket;

// Slots for each doubling of the time, as a power of two.
constexpr int kSlotBits = 8;

}  // namespace

int64_t TimeSlot(int64_t seconds, int bits) {
  if (seconds < int64_t{2} << bits) return std::max<int64_t>(seconds, 0);
  const int shift = std::bit_width(static_cast<uint64_t>(seconds)) - bits - 1;
  return (int64_t{shift} << bits) + (seconds >> shift);
}

int64_t SlotMost(int64_t slot, int bits) {
  if (slot < int64_t{2} << bits) return slot;
  const int64_t shift = (slot >> bits) - 1;
  return ((slot - (shift << bits) + 1) << shift) - 1;
}

int64_t LoopTimeSlot(int64_t seconds) { return TimeSlot(seconds, kSlotBits); }

int64_t LoopTimeMost(int64_t slot) { return SlotMost(slot, kSlotBits); }

void AddTo(Tally& tally, const Chain& chain, int64_t times) {
  const v1::Loop& loop = chain.loop;
  if (loop.change().empty()) return;
  tally[{Measure::kState, loop.state()}] += times;
  if (chain.recurrence) tally[{Measure::kRecurred, 0}] += times;
  if (chain.may_ask) tally[{Measure::kMayAsk, 0}] += times;
  if (loop.disposition() != Ticket::CHANGED) return;
  tally[{Measure::kAnswered, loop.late() ? 1 : 0}] += times;
  if (loop.late() || !loop.has_receive_time()) return;
  const absl::Duration took = FromProtoTime(loop.answer_time()) - FromProtoTime(loop.receive_time());
  tally[{Measure::kLoopTime, LoopTimeSlot(absl::ToInt64Seconds(took))}] += times;
}

int64_t LoopTimePercentile(const Tally& tally, int64_t percent) {
  const auto first = tally.lower_bound({Measure::kLoopTime, 0});
  const auto end = tally.upper_bound({Measure::kLoopTime, std::numeric_limits<int64_t>::max()});
  int64_t tickets = 0;
  for (auto it = first; it != end; ++it) tickets += it->second;
  int64_t below = 0;
  for (auto it = first; it != end; ++it) {
    below += it->second;
    if (it->second > 0 && below * 100 >= tickets * percent) return LoopTimeMost(it->first.second);
  }
  return -1;
}

void Summarize(const Tally& tally, v1::LoopSummary& summary) {
  for (const auto& [key, tickets] : tally) {
    if (tickets == 0) continue;
    switch (key.first) {
      case Measure::kState:
        (*summary.mutable_tickets_by_state())[Ticket::State_Name(static_cast<Ticket::State>(key.second))] = tickets;
        summary.set_tickets(summary.tickets() + tickets);
        break;
      case Measure::kAnswered:
        summary.set_answered(summary.answered() + tickets);
        if (key.second == 1) summary.set_late(tickets);
        break;
      case Measure::kRecurred:
        summary.set_recurrences(tickets);
        break;
      case Measure::kLoopTime:
      case Measure::kMayAsk:
        break;
    }
  }
  summary.set_loop_time_p50_seconds(LoopTimePercentile(tally, 50));
  summary.set_loop_time_p90_seconds(LoopTimePercentile(tally, 90));
}

void CountChanges::AddChain(const Chain& chain, int64_t times) {
  if (!chain.loop.change().empty()) AddTo(tallies[chain.loop.change()], chain, times);
}

void CountChanges::AddStep(const ChainStep& step) {
  if (!step.entered) return;
  const int64_t day = DayOf(FromProtoTime(step.step.time()));
  ++states[{day, *step.entered}].first;
  if (*step.left != Ticket::STATE_UNSPECIFIED) ++states[{day, *step.left}].second;
}

}  // namespace dangol::metrics
