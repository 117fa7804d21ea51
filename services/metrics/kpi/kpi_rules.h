// What may be true of a KPI: pure. Each changes it in place, or returns why not and leaves it as it was.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "services/metrics/calendar/work_calendar.h"

namespace dangol::metrics {

// Makes a caller's KPI one of this engine: ACTIVE and MANUAL unless it says otherwise.
absl::Status DefineKpi(v1::Kpi& kpi, const v1::Engine& engine, absl::Time now);
// Applies an update.
absl::Status RedefineKpi(v1::Kpi& kpi, const v1::UpdateKpiRequest& request, const v1::Engine& engine, bool has_numbers);

// Complaints can be counted against it.
bool CanBeExposure(const v1::Kpi& kpi);
// It has a denominator.
bool IsFraction(const v1::Kpi& kpi);

// What a period was to reach: the newest target of its length from before its end.
std::optional<double> TargetOf(const v1::Kpi& kpi, v1::Granularity granularity, Period period);

// Who enters it: its owner, or that of its stage; empty: nobody was named. `members/{member}`
const std::string& OwnerOf(const v1::Kpi& kpi, const v1::Engine& engine);

// A number of the day may be entered: it is in use, or it was until that day.
bool TakesNumbers(const v1::Kpi& kpi, int64_t day);
// When the number of a day is to be there.
absl::Time DueTime(const v1::Kpi& kpi, const WorkCalendar& calendar, int64_t day);
// A number of the day is due at some time.
bool IsDue(const v1::Kpi& kpi, const WorkCalendar& calendar, int64_t day);

}  // namespace dangol::metrics
