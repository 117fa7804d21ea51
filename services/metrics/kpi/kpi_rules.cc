#include "services/metrics/kpi/kpi_rules.h"

#include <set>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/civil.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_rules.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_rules.h"

namespace dangol::metrics {
namespace {

using v1::Kpi;

constexpr char kDueTimeOfDay[] = "12:00";

absl::Status CheckTargets(const Kpi& kpi) {
  std::set<std::pair<int, std::string>> seen;
  for (int i = 0; i < kpi.targets_size(); ++i) {
    const v1::Target& target = kpi.targets(i);
    const std::string path = fmt::format("kpi.targets[{}].from_day", i);
    RETURN_IF_ERROR(DayIn(path, target.from_day()).status());
    if (!seen.emplace(target.granularity(), target.from_day()).second) {
      return InvalidField(path, fmt::format("{} stands twice for a {}. Send one of them.", target.from_day(),
                                            v1::Granularity_Name(target.granularity())));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStage(const Kpi& kpi, const v1::Engine& engine) {
  if (kpi.stage().empty()) return absl::OkStatus();
  const bool known = kEnginePattern.Name(kStagePattern.Id(kpi.stage())) == engine.name() &&
                     FindStage(engine, kStagePattern.Id(kpi.stage(), 1)) != nullptr;
  if (known) return absl::OkStatus();
  return InvalidField("kpi.stage", fmt::format("{} is no stage of {}. Name one of its stages, or none.",
                                               ShownValue(kpi.stage()), engine.name()));
}

// What is computed says what, and is of the kind that this makes.
absl::Status CheckSystem(const Kpi& kpi) {
  const bool computed = kpi.source() == Kpi::SYSTEM;
  if (computed != (kpi.system() != v1::SYSTEM_KPI_UNSPECIFIED)) {
    return InvalidField("kpi.system", computed ? "is empty, and the source is SYSTEM. Say what is computed."
                                               : "is set, and the source is not SYSTEM. Leave it empty.");
  }
  if (!computed || kpi.kind() == KindOf(kpi.system())) return absl::OkStatus();
  return InvalidField("kpi.kind", fmt::format("is {}, and {} makes a {}. Send that.", Kpi::Kind_Name(kpi.kind()),
                                              v1::SystemKpi_Name(kpi.system()), Kpi::Kind_Name(KindOf(kpi.system()))));
}

// Where its numbers come from never changes.
absl::Status CheckFixed(const Kpi& kpi, const Kpi& defined) {
  constexpr std::string_view kFixed = "{} would become {}, and where numbers come from is fixed. Make another KPI.";
  if (defined.source() != kpi.source()) {
    return InvalidField("kpi.source",
                        fmt::format(kFixed, Kpi::Source_Name(kpi.source()), Kpi::Source_Name(defined.source())));
  }
  if (defined.system() != kpi.system()) {
    return InvalidField("kpi.system",
                        fmt::format(kFixed, v1::SystemKpi_Name(kpi.system()), v1::SystemKpi_Name(defined.system())));
  }
  return absl::OkStatus();
}

absl::Status Check(const Kpi& kpi, const v1::Engine& engine) {
  RETURN_IF_ERROR(CheckSystem(kpi));
  RETURN_IF_ERROR(CheckStage(kpi, engine));
  RETURN_IF_ERROR(MinutesIn("kpi.due_time_of_day", kpi.due_time_of_day()).status());
  RETURN_IF_ERROR(DayIn("kpi.first_day", kpi.first_day()).status());
  return CheckTargets(kpi);
}

}  // namespace

absl::Status DefineKpi(Kpi& kpi, const v1::Engine& engine, absl::Time now) {
  if (kpi.source() == Kpi::SOURCE_UNSPECIFIED) kpi.set_source(Kpi::MANUAL);
  if (kpi.state() == Kpi::STATE_UNSPECIFIED) kpi.set_state(Kpi::ACTIVE);
  if (kpi.due_time_of_day().empty()) kpi.set_due_time_of_day(kDueTimeOfDay);
  kpi.clear_last_day();
  if (kpi.first_day().empty()) kpi.set_first_day(ShownDay(Calendar(engine).DayAt(now)));
  RETURN_IF_ERROR(Check(kpi, engine));
  *kpi.mutable_create_time() = ToProtoTime(now);
  *kpi.mutable_update_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status RedefineKpi(Kpi& kpi, const v1::UpdateKpiRequest& request, const v1::Engine& engine, bool has_numbers) {
  Kpi defined = kpi;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.kpi(), request.update_mask(), defined));
  if (defined.source() == Kpi::SOURCE_UNSPECIFIED) defined.set_source(kpi.source());
  if (defined.system() == v1::SYSTEM_KPI_UNSPECIFIED) defined.set_system(kpi.system());
  RETURN_IF_ERROR(CheckFixed(kpi, defined));
  if (kpi.source() == Kpi::SYSTEM && defined.stage() != kpi.stage()) {
    return InvalidField("kpi.stage", fmt::format("is {}, and a SYSTEM KPI keeps its stage. Make another KPI.",
                                                 ShownValue(defined.stage())));
  }
  if (defined.state() == Kpi::STATE_UNSPECIFIED) defined.set_state(kpi.state());
  if (defined.due_time_of_day().empty()) defined.set_due_time_of_day(kDueTimeOfDay);
  if (defined.first_day().empty()) defined.set_first_day(kpi.first_day());
  defined.set_last_day(defined.state() == Kpi::RETIRED ? kpi.last_day() : "");
  RETURN_IF_ERROR(Check(defined, engine));
  if (has_numbers && defined.kind() != kpi.kind()) {
    return Error(absl::StatusCode::kFailedPrecondition, "KIND_FIXED",
                 fmt::format("{} has numbers of the kind {}, which is why it cannot become {}. Make another KPI.",
                             kpi.name(), Kpi::Kind_Name(kpi.kind()), Kpi::Kind_Name(defined.kind())),
                 {{"resource", kpi.name()}});
  }
  kpi = std::move(defined);
  return absl::OkStatus();
}

bool CanBeExposure(const Kpi& kpi) { return kpi.kind() == Kpi::COUNT || kpi.kind() == Kpi::SUM; }

bool IsFraction(const Kpi& kpi) { return kpi.kind() == Kpi::AVERAGE || kpi.kind() == Kpi::RATIO; }

std::optional<double> TargetOf(const Kpi& kpi, v1::Granularity granularity, Period period) {
  const v1::Target* newest = nullptr;
  const std::string last = ShownDay(period.last);
  for (const v1::Target& target : kpi.targets()) {
    if (target.granularity() != granularity || target.from_day() > last) continue;
    if (newest == nullptr || target.from_day() > newest->from_day()) newest = &target;
  }
  return newest == nullptr ? std::nullopt : std::optional(newest->value());
}

const std::string& OwnerOf(const Kpi& kpi, const v1::Engine& engine) {
  const v1::Stage* stage = kpi.stage().empty() ? nullptr : FindStage(engine, kStagePattern.Id(kpi.stage(), 1));
  return kpi.owner().empty() && stage != nullptr ? stage->owner() : kpi.owner();
}

bool TakesNumbers(const Kpi& kpi, int64_t day) {
  if (kpi.source() == Kpi::SYSTEM) return false;
  return kpi.state() == Kpi::ACTIVE || ShownDay(day) <= kpi.last_day();
}

absl::Time DueTime(const Kpi& kpi, const WorkCalendar& calendar, int64_t day) {
  return calendar.DueTime(day, MinutesIn("kpi.due_time_of_day", kpi.due_time_of_day()).value_or(0));
}

bool IsDue(const Kpi& kpi, const WorkCalendar& calendar, int64_t day) {
  if (!TakesNumbers(kpi, day) || ShownDay(day) < kpi.first_day()) return false;
  return calendar.IsOpen(day);
}

}  // namespace dangol::metrics
