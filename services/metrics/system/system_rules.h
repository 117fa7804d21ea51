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
};

// What a ticket adds; nothing: it does not belong to the KPI, or not yet.
std::optional<Share> ShareOf(v1::SystemKpi system, const Chain& chain);
// The same of a change: RECURRENCE_RATE alone counts changes. `first_return` is when a complaint first came back to it
// after its newest shipment.
bool CountsChanges(v1::SystemKpi system);
std::optional<Share> ShareOf(v1::SystemKpi system, const KnownChange& change, std::optional<absl::Time> first_return);

v1::Kpi::Kind KindOf(v1::SystemKpi system);
// For how many days behind its day it waits for what becomes of its complaints.
int64_t HorizonDays(v1::SystemKpi system);

}  // namespace dangol::metrics
