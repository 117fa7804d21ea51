// Counts that are kept up to date event by event, so that no read goes through all tickets of a change or of a day.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "services/metrics/loop/loop_rules.h"

namespace dangol::metrics {

// Stored in `change_tally.measure`.
enum class Measure {
  kState = 1,     // linked tickets; the slot is their state
  kAnswered = 2,  // those that a shipment answered; slot 1: late, 0: not
  kRecurred = 3,  // those that came back; slot 0
  kLoopTime = 4,  // those answered and not late, by the time from receipt to answer (LoopTimeSlot)
  kMayAsk = 5,    // those whose customers agreed to be asked; slot 0
};

// Times are counted in slots: exact below 2^(bits+1) seconds, above to 2^-bits of the time.
int64_t TimeSlot(int64_t seconds, int bits);
// The longest time in seconds that falls into the slot.
int64_t SlotMost(int64_t slot, int bits);

// Loop times are counted in slots: exact below 512 seconds, above to 1/256 of the time.
int64_t LoopTimeSlot(int64_t seconds);
// The longest time in seconds that falls into the slot.
int64_t LoopTimeMost(int64_t slot);

// One change's measures and slots with the number of tickets, in this order.
using Tally = std::map<std::pair<Measure, int64_t>, int64_t>;

// Adds the chain to the tally of its change `times` times, which may be -1. A chain without a change counts nowhere.
void AddTo(Tally& tally, const Chain& chain, int64_t times);

// The smallest loop time in seconds that a share of `percent` does not exceed; -1: there is none.
int64_t LoopTimePercentile(const Tally& tally, int64_t percent);

// Everything but names, state and times of the change.
void Summarize(const Tally& tally, v1::LoopSummary& summary);

// What an event adds to the stored counts.
struct CountChanges {
  void AddChain(const Chain& chain, int64_t times);
  void AddStep(const ChainStep& step);

  std::map<std::string, Tally, std::less<>> tallies;                      // by name of the change
  std::map<std::pair<int64_t, int>, std::pair<int64_t, int64_t>> states;  // by day and state: entered, left
};

}  // namespace dangol::metrics
