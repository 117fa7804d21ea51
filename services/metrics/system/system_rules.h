// What one ticket, or one change, adds to the KPIs that are computed: pure functions of what is true of it now. Who
// keeps sums takes back what it added before and adds what it adds now, so that corrections, spam, merges and mistakes
// restate by the same code (domain, invariant 14).
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/loop/loop_rules.h"

namespace dangol::metrics {

// So much over so much, in thousandths, on the day of a time; of a COUNT without a denominator.
struct Share {
  absl::Time time;
  int64_t numerator = 0;
  int64_t denominator = 0;
  std::optional<int64_t> seconds = {};  // of what is a time
};

// What complaints say of a change, as it shipped last.
struct Voice {
  std::optional<absl::Time> first_return;  // when one first came back to it after that
  std::optional<absl::Time> mended_time;   // when somebody who had complained first found it mended
  bool has_tickets = false;                // some are linked to it
  bool may_ask = false;                    // and of these somebody agreed to be asked

  friend bool operator==(const Voice&, const Voice&) = default;
};

// What a ticket adds; nothing: it does not belong to the KPI, or not yet.
std::optional<Share> ShareOf(v1::SystemKpi system, const Chain& chain);
// It is counted when a day ends, and by neither (close_day.h).
bool CountsDays(v1::SystemKpi system);
// The same of a change, for KPIs that count those.
bool CountsChanges(v1::SystemKpi system);
std::optional<Share> ShareOf(v1::SystemKpi system, const KnownChange& change, const Voice& voice);

v1::Kpi::Kind KindOf(v1::SystemKpi system);
// For how many days behind its day it waits for what becomes of its complaints.
int64_t HorizonDays(v1::SystemKpi system);
// Below so many no value is shown, since it would tell of single customers.
int64_t FewestShown(v1::SystemKpi system);
// It is a time, in hours or days: this much.
std::optional<absl::Duration> UnitOf(v1::SystemKpi system);
// It says how often a strategy was followed, and which generation of marketing that is: 1 to 3; 0: it is something
// else.
int GenerationOf(v1::SystemKpi system);

}  // namespace dangol::metrics
