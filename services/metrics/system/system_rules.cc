#include "services/metrics/system/system_rules.h"

#include <algorithm>
#include <cmath>

#include "common/base/proto_time.h"
#include "services/metrics/observation/observation_rules.h"

namespace dangol::metrics {
namespace {

using tickets::v1::Ticket;
using v1::Kpi;
using v1::Loop;

constexpr int64_t kOne = static_cast<int64_t>(kThousandths);
constexpr int64_t kProactiveDays = 90;
constexpr int64_t kToldDays = 3;
constexpr int64_t kReturnDays = 28;
constexpr absl::Duration kDay = absl::Hours(24);

bool IsCounted(const Chain& chain) {
  const Loop& loop = chain.loop;
  const bool asks =
      loop.kind() == Ticket::KIND_UNSPECIFIED || loop.kind() == Ticket::COMPLAINT || loop.kind() == Ticket::REQUEST;
  const bool is_real = loop.state() != Ticket::SPAM && loop.state() != Ticket::DUPLICATE;
  return asks && is_real && !chain.internal && !chain.imported && loop.has_receive_time();
}

bool IsAnsweredByChange(const Loop& loop) { return loop.disposition() == Ticket::CHANGED && loop.has_answer_time(); }

// How long it took, in the unit.
Share Took(absl::Time since, absl::Time until, absl::Duration unit) {
  const double units = absl::FDivDuration(std::max(until - since, absl::ZeroDuration()), unit);
  return {until, std::llround(units * kThousandths), kOne};
}

Share Is(absl::Time time, bool holds) { return {time, holds ? kOne : 0, kOne}; }

enum class Decided { kNot, kAccepted, kDeclined, kResolved };

Decided DecidedOf(const Chain& chain) {
  const Loop& loop = chain.loop;
  if (!loop.has_decide_time()) return Decided::kNot;
  if (!loop.change().empty()) return chain.change_decide_time ? Decided::kAccepted : Decided::kNot;
  if (loop.state() == Ticket::NOT_YET) return Decided::kDeclined;
  const bool resolved = loop.disposition() >= Ticket::INFORMED && loop.disposition() <= Ticket::WITHDRAWN;
  return resolved ? Decided::kResolved : Decided::kNot;
}

// Of a ticket that was accepted, the later of that and of its change's decision.
absl::Time DecisionTime(const Chain& chain) {
  const absl::Time time = FromProtoTime(chain.loop.decide_time());
  return chain.change_decide_time ? std::max(time, *chain.change_decide_time) : time;
}

std::optional<Share> OfDecision(v1::SystemKpi system, const Chain& chain) {
  const Decided decided = DecidedOf(chain);
  if (decided == Decided::kNot) return std::nullopt;
  const absl::Time time = DecisionTime(chain);
  if (system == v1::ACCEPTANCE_RATE) return Is(time, decided == Decided::kAccepted);
  if (system == v1::DEFENSIVE_SHARE) return Is(time, decided == Decided::kResolved);
  return Took(FromProtoTime(chain.loop.receive_time()), time, absl::Hours(1));
}

}  // namespace

std::optional<Share> ShareOf(v1::SystemKpi system, const Chain& chain) {
  if (!IsCounted(chain)) return std::nullopt;
  const Loop& loop = chain.loop;
  const absl::Time received = FromProtoTime(loop.receive_time());
  switch (system) {
    case v1::COMPLAINTS:
      return Share{received, kOne, 0};
    case v1::FIRST_RESPONSE_TIME:
      if (!loop.has_first_response_time()) return std::nullopt;
      return Took(received, FromProtoTime(loop.first_response_time()), absl::Hours(1));
    case v1::DECISION_TIME:
    case v1::ACCEPTANCE_RATE:
    case v1::DEFENSIVE_SHARE:
      return OfDecision(system, chain);
    case v1::PROACTIVE_RATE:
      return Is(received,
                IsAnsweredByChange(loop) && FromProtoTime(loop.answer_time()) <= received + kDay * kProactiveDays);
    case v1::LOOP_TIME:
      if (!IsAnsweredByChange(loop) || loop.late() || !chain.told_time) return std::nullopt;
      return Took(received, *chain.told_time, kDay);
    case v1::CLOSED_LOOP_RATE: {
      if (!IsAnsweredByChange(loop)) return std::nullopt;
      const absl::Time answered = FromProtoTime(loop.answer_time());
      return Is(answered, chain.told_time && *chain.told_time <= answered + kDay * kToldDays);
    }
    default:
      return std::nullopt;
  }
}

bool CountsChanges(v1::SystemKpi system) { return system == v1::RECURRENCE_RATE; }

std::optional<Share> ShareOf(v1::SystemKpi system, const KnownChange& change, std::optional<absl::Time> first_return) {
  if (!CountsChanges(system) || !change.summary.has_ship_time()) return std::nullopt;
  const absl::Time shipped = FromProtoTime(change.summary.ship_time());
  return Is(shipped, first_return && *first_return <= shipped + kDay * kReturnDays);
}

Kpi::Kind KindOf(v1::SystemKpi system) {
  switch (system) {
    case v1::COMPLAINTS:
      return Kpi::COUNT;
    case v1::FIRST_RESPONSE_TIME:
    case v1::DECISION_TIME:
    case v1::LOOP_TIME:
      return Kpi::AVERAGE;
    default:
      return Kpi::RATIO;
  }
}

int64_t HorizonDays(v1::SystemKpi system) {
  switch (system) {
    case v1::PROACTIVE_RATE:
      return kProactiveDays;
    case v1::CLOSED_LOOP_RATE:
      return kToldDays;
    case v1::RECURRENCE_RATE:
      return kReturnDays;
    default:
      return 0;
  }
}

}  // namespace dangol::metrics
