#include "services/metrics/effect/effect_looks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/storage/sweep.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/effect/effect_store.h"
#include "services/metrics/effect/recurrence_effect.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_store.h"

namespace dangol::metrics {
namespace {

using v1::Effect;

// From the facts alone, so that it is the same whenever they are read: no day after the shipment has ended before.
constexpr absl::Duration kFirstLook = absl::Hours(24);
// An hour after numbers are due by default, so that those of the day before are there.
constexpr int kLookMinutes = 13 * 60;
constexpr int64_t kBaselineFewest = 28;
constexpr int64_t kBaselineOtherwise = 365;
constexpr double kHorizonDays = 28;
constexpr int64_t kLookDaysMost = 90;
// Days of one effect that one firing catches up with.
constexpr int kLooksMost = 7;
constexpr int64_t kThousand = 1000;

// By whose days it is counted, and against what.
struct Ground {
  Calendar calendar;
  std::string engine;        // `engines/{engine}`; empty: none
  std::string exposure_kpi;  // empty: days
};

// A day that counts.
struct Day {
  int64_t day = 0;
  CountedDay counted;
};

absl::StatusOr<std::optional<v1::Engine>> EngineOf(storage::Snapshot& snapshot, const std::string& stage) {
  if (!stage.empty()) {
    absl::StatusOr<v1::Engine> engine = ReadEngine(snapshot, kEnginePattern.Name(kStagePattern.Id(stage)));
    if (engine.ok()) return *std::move(engine);
    if (!absl::IsNotFound(engine.status())) return engine.status();
  }
  // The default engine is the first one.
  ASSIGN_OR_RETURN(const auto keys, ListEngineKeys(snapshot, std::nullopt, 1));
  if (keys.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(v1::Engine engine, ReadEngine(snapshot, kEnginePattern.Name(keys[0].id)));
  return engine;
}

absl::StatusOr<Ground> GroundOf(storage::Snapshot& snapshot, const Effect& effect) {
  ASSIGN_OR_RETURN(std::optional<v1::Engine> engine, EngineOf(snapshot, effect.stage()));
  if (!engine) {
    v1::Engine utc;
    utc.set_time_zone("UTC");
    return Ground{Calendar(utc), "", ""};
  }
  Ground ground{Calendar(*engine), engine->name(), ""};
  const std::string& kpi = engine->exposure_kpi();
  if (kpi.empty()) return ground;
  ASSIGN_OR_RETURN(const bool has_numbers, HasNumbers(snapshot, kKpiPattern.Id(kpi), kKpiPattern.Id(kpi, 1)));
  if (has_numbers) ground.exposure_kpi = kpi;
  return ground;
}

// The exposure of each day of which it is known.
absl::StatusOr<std::map<int64_t, double>> ExposuresOf(storage::Snapshot& snapshot, const Ground& ground,
                                                      Period period) {
  std::map<int64_t, double> exposures;
  if (ground.exposure_kpi.empty()) {
    for (int64_t day = period.first; day <= period.last; ++day) exposures[day] = 1;
    return exposures;
  }
  const std::string& kpi = ground.exposure_kpi;
  ASSIGN_OR_RETURN(const std::vector<ObservationRow> rows,
                   ReadDays(snapshot, kKpiPattern.Id(kpi), kKpiPattern.Id(kpi, 1), period));
  for (const ObservationRow& row : rows) {
    if (row.known.state != v1::Observation::NUMBER) continue;
    exposures[row.day] = static_cast<double>(row.known.numerator) / kThousand;
  }
  return exposures;
}

// The days of the period that count, in order.
absl::StatusOr<std::vector<Day>> CountDays(storage::Snapshot& snapshot, const Ground& ground, const Effect& effect,
                                           Period period) {
  std::vector<Day> days;
  if (period.last < period.first) return days;
  ASSIGN_OR_RETURN(const auto exposures, ExposuresOf(snapshot, ground, period));
  std::set<std::string> reasons;
  for (const std::string& reason : effect.contact_reasons()) RETURN_IF_ERROR(AddReasons(snapshot, reason, reasons));
  std::map<int64_t, int64_t> complaints;
  for (const std::string& reason : reasons) {
    ASSIGN_OR_RETURN(const std::vector<absl::Time> times,
                     ComplaintTimes(snapshot, reason, ground.calendar.StartOf(period.first),
                                    ground.calendar.StartOf(period.last + 1)));
    for (const absl::Time time : times) ++complaints[ground.calendar.DayAt(time)];
  }
  for (const auto& [day, exposure] : exposures) {
    if (exposure > 0) days.push_back({day, {complaints[day], exposure}});
  }
  return days;
}

// The days before the shipment. Those before the first complaint that is known say nothing.
absl::StatusOr<Period> BaselineOf(storage::Snapshot& snapshot, const Ground& ground, const Effect& effect) {
  const int64_t ship_day = ground.calendar.DayAt(FromProtoTime(effect.ship_time()));
  const int64_t propose_day = ground.calendar.DayAt(FromProtoTime(effect.propose_time()));
  Period period{propose_day, ship_day - 1};
  // The days that led to the proposal are a peak, which is why it was made.
  if (!effect.has_propose_time() || ship_day - propose_day < kBaselineFewest)
    period.first = ship_day - kBaselineOtherwise;
  ASSIGN_OR_RETURN(const std::optional<absl::Time> first_known, FirstComplaintTime(snapshot));
  period.first = std::max(period.first, first_known ? ground.calendar.DayAt(*first_known) : ship_day);
  return period;
}

std::vector<CountedDay> CountedOf(const std::vector<Day>& days) {
  std::vector<CountedDay> counted;
  for (const Day& day : days) counted.push_back(day.counted);
  return counted;
}

void SetWindow(Period period, const std::vector<CountedDay>& days, v1::EffectWindow& window) {
  window.Clear();
  window.set_first_day(ShownDay(period.first));
  window.set_last_day(ShownDay(period.last));
  window.set_days(static_cast<int32_t>(days.size()));
  for (const CountedDay& day : days) {
    window.set_complaints(window.complaints() + day.events);
    window.set_exposure(window.exposure() + day.exposure);
  }
}

Effect::Verdict VerdictOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTooEarly:
      return Effect::TOO_EARLY;
    case Verdict::kImproved:
      return Effect::IMPROVED;
    case Verdict::kWorsened:
      return Effect::WORSENED;
    case Verdict::kNoDetectableEffect:
      return Effect::NO_DETECTABLE_EFFECT;
    case Verdict::kInconclusive:
      break;
  }
  return Effect::INCONCLUSIVE;
}

// What one look says, into the effect. `after` ends with the day that is looked at.
void Say(const std::vector<CountedDay>& before, const std::vector<Day>& after, absl::Time now, Effect& effect) {
  const std::vector<CountedDay> counted = CountedOf(after);
  const RecurrenceEffect estimate = EstimateRecurrence(before, counted);
  v1::EffectLook& look = *effect.mutable_look();
  look.Clear();
  look.set_day(ShownDay(after.back().day));
  look.set_verdict(VerdictOf(estimate.verdict));
  for (const CountedDay& day : counted) look.set_complaints(look.complaints() + day.events);
  look.set_expected(estimate.expected);
  look.set_ratio(estimate.ratio);
  look.set_ratio_low(estimate.ratio_low);
  look.set_ratio_high(estimate.ratio_high);
  look.set_overdispersion(estimate.overdispersion);
  look.set_z(estimate.z);
  if (estimate.boundary) look.set_boundary(*estimate.boundary);
  *look.mutable_time() = ToProtoTime(now);
  effect.set_verdict(look.verdict());
  const auto crossed = static_cast<size_t>(estimate.verdict_day);
  effect.set_verdict_day(crossed > 0 ? ShownDay(after[crossed - 1].day) : "");
}

// Whether the exposure of 28 usual days has come.
bool HasAll(const std::vector<CountedDay>& before, const std::vector<Day>& after) {
  double baseline = 0;
  for (const CountedDay& day : before) baseline += day.exposure;
  double so_far = 0;
  for (const Day& day : after) so_far += day.counted.exposure;
  return baseline > 0 && so_far >= baseline / static_cast<double>(before.size()) * kHorizonDays;
}

absl::Status Tell(storage::Transaction& transaction, const rpc::Call& call, const EffectRow& row) {
  v1::MetricsEvent event;
  v1::EffectUpdated& updated = *event.mutable_effect_updated();
  updated.set_effect(row.effect.name());
  updated.set_change(row.effect.change());
  updated.set_verdict(row.effect.verdict());
  *updated.mutable_ship_time() = row.effect.ship_time();
  updated.set_finished(row.effect.finished());
  return feed::Append(transaction, call, event, {{row.effect.name(), row.look_day}});
}

// Looks at days that have ended, until `last_day` or for kLooksMost looks.
absl::Status LookUntil(storage::Transaction& transaction, const rpc::Call& call, const Ground& ground, int64_t last_day,
                       EffectRow& row) {
  Effect& effect = row.effect;
  const int64_t ship_day = ground.calendar.DayAt(FromProtoTime(effect.ship_time()));
  row.look_day = std::max(row.look_day, ship_day);
  ASSIGN_OR_RETURN(const Period baseline, BaselineOf(transaction, ground, effect));
  ASSIGN_OR_RETURN(const std::vector<Day> before_days, CountDays(transaction, ground, effect, baseline));
  const std::vector<CountedDay> before = CountedOf(before_days);
  ASSIGN_OR_RETURN(const std::vector<Day> all, CountDays(transaction, ground, effect, {ship_day + 1, last_day}));
  SetWindow(baseline, before, *effect.mutable_before());
  for (int looks = 0; row.look_day < last_day && looks < kLooksMost && !effect.finished();) {
    ++row.look_day;
    std::vector<Day> after;
    std::ranges::copy_if(all, std::back_inserter(after), [&](const Day& day) { return day.day <= row.look_day; });
    // Of a day whose exposure is not known yet the next look tells.
    if (!after.empty() && after.back().day == row.look_day) {
      ++looks;
      Say(before, after, call.now(), effect);
      SetWindow({ship_day + 1, row.look_day}, CountedOf(after), *effect.mutable_after());
      RETURN_IF_ERROR(InsertLook(transaction, effect, row.look_day, effect.look()));
    }
    effect.set_finished(HasAll(before, after) || row.look_day - ship_day >= kLookDaysMost);
  }
  return absl::OkStatus();
}

absl::Status LookAt(storage::Transaction& transaction, const rpc::Call& call, std::string_view effect_id) {
  ASSIGN_OR_RETURN(std::optional<EffectRow> row, FindEffect(transaction, effect_id));
  if (!row || !row->effect.has_next_look_time() || FromProtoTime(row->effect.next_look_time()) > call.now())
    return absl::OkStatus();
  const Effect::Verdict verdict = row->effect.verdict();
  ASSIGN_OR_RETURN(const Ground ground, GroundOf(transaction, row->effect));
  row->effect.set_engine(ground.engine);
  row->effect.set_exposure_kpi(ground.exposure_kpi);
  const int64_t today = ground.calendar.DayAt(call.now());
  RETURN_IF_ERROR(LookUntil(transaction, call, ground, today - 1, *row));
  if (row->effect.finished()) {
    row->effect.clear_next_look_time();
  } else if (row->look_day < today - 1) {
    *row->effect.mutable_next_look_time() = ToProtoTime(call.now());
  } else {
    const absl::Time next = ground.calendar.StartOf(today + 1) + absl::Minutes(kLookMinutes);
    *row->effect.mutable_next_look_time() = ToProtoTime(next);
  }
  RETURN_IF_ERROR(WriteEffect(transaction, *row));
  if (row->effect.verdict() == verdict && !row->effect.finished()) return absl::OkStatus();
  return Tell(transaction, call, *row);
}

}  // namespace

absl::Status FollowChange(storage::Transaction& transaction, const backlog::v1::ChangeFacts& facts) {
  const std::string_view change_id = kChangePattern.Id(facts.change());
  if (!facts.has_ship_time() || facts.contact_reasons().empty()) return DeleteEffect(transaction, change_id);
  ASSIGN_OR_RETURN(std::optional<EffectRow> row, FindEffect(transaction, change_id));
  const absl::Time ship_time = FromProtoTime(facts.ship_time());
  const bool begins = !row || FromProtoTime(row->effect.ship_time()) != ship_time;
  if (begins) {
    row = EffectRow();
    // Where a later shipment was taken back, this one was looked at before; each day is looked at anew.
    RETURN_IF_ERROR(DeleteLooks(transaction, change_id, ship_time));
  }
  Effect& effect = row->effect;
  effect.set_name(kEffectPattern.Name(change_id));
  effect.set_change(facts.change());
  effect.set_stage(facts.stage());
  *effect.mutable_contact_reasons() = facts.contact_reasons();
  *effect.mutable_propose_time() = facts.create_time();
  if (begins) {
    *effect.mutable_ship_time() = facts.ship_time();
    effect.set_grade(Effect::BEFORE_AFTER);
    effect.set_verdict(Effect::TOO_EARLY);
    *effect.mutable_next_look_time() = ToProtoTime(ship_time + kFirstLook);
    RETURN_IF_ERROR(storage::SetTimerNoLater(transaction, ship_time + kFirstLook, kEffectTimer, ""));
  }
  return WriteEffect(transaction, *row);
}

absl::Status LookAtEffects(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const auto look = [&](std::string_view effect_id) { return LookAt(transaction, call, effect_id); };
  return storage::Sweep(transaction, timer, call.now(), R"(
      SELECT effect_id, next_look_time FROM effect WHERE next_look_time IS NOT NULL
      ORDER BY next_look_time, effect_id
      LIMIT $1)",
                        look)
      .status();
}

}  // namespace dangol::metrics
