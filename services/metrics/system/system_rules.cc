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
constexpr int64_t kReopenDays = 14;
constexpr int64_t kAppealDays = 30;
constexpr int64_t kFewestRatings = 10;
constexpr int32_t kSatisfied = 4;
constexpr absl::Duration kDay = absl::Hours(24);

bool IsCounted(const Chain& chain) {
  const Loop& loop = chain.loop;
  const bool asks =
      loop.kind() == Ticket::KIND_UNSPECIFIED || loop.kind() == Ticket::COMPLAINT || loop.kind() == Ticket::REQUEST;
  const bool is_real = loop.state() != Ticket::SPAM && loop.state() != Ticket::DUPLICATE;
  return asks && is_real && !chain.internal && !chain.imported && loop.has_receive_time();
}

// How long it took, in the unit of the KPI.
Share Took(v1::SystemKpi system, absl::Time since, absl::Time until) {
  const absl::Duration took = std::max(until - since, absl::ZeroDuration());
  const double units = absl::FDivDuration(took, *UnitOf(system));
  return {until, std::llround(units * kThousandths), kOne, absl::ToInt64Seconds(took)};
}

Share Is(absl::Time time, bool holds) { return {time, holds ? kOne : 0, kOne}; }

Share Once(absl::Time time) { return {time, kOne, 0}; }

// Whether it happened so many days after the first time, which has the day.
std::optional<Share> HappenedWithin(const std::optional<absl::Time>& since, const std::optional<absl::Time>& time,
                                    int64_t days) {
  if (!since) return std::nullopt;
  return Is(*since, time && *time <= *since + kDay * days);
}

enum class Decided { kNot, kAccepted, kDeclined, kResolved };

Decided DecidedOf(const Chain& chain) {
  if (!chain.loop.has_decide_time()) return Decided::kNot;
  switch (chain.first_decision) {
    case tickets::v1::Decision::ACCEPTED:
      return chain.change_decide_time ? Decided::kAccepted : Decided::kNot;
    case tickets::v1::Decision::CHANGE_DECIDED:
      return Decided::kAccepted;
    case tickets::v1::Decision::DECLINED:
      return Decided::kDeclined;
    case tickets::v1::Decision::RESOLVED:
      return Decided::kResolved;
    default:
      return Decided::kNot;
  }
}

// Of a ticket that its change has not settled yet, the later of its acceptance and of the change's decision.
absl::Time DecisionTime(const Chain& chain) {
  const absl::Time time = FromProtoTime(chain.loop.decide_time());
  const bool waits = chain.first_decision == tickets::v1::Decision::ACCEPTED;
  return waits && chain.change_decide_time ? std::max(time, *chain.change_decide_time) : time;
}

std::optional<Share> OfDecision(v1::SystemKpi system, const Chain& chain) {
  const Decided decided = DecidedOf(chain);
  if (decided == Decided::kNot) return std::nullopt;
  const absl::Time time = DecisionTime(chain);
  if (system == v1::ACCEPTANCE_RATE) return Is(time, decided == Decided::kAccepted);
  if (system == v1::DEFENSIVE_SHARE) return Is(time, decided == Decided::kResolved);
  if (system == v1::MAKE_THEM_TRUST_US) return decided == Decided::kResolved ? std::optional(Once(time)) : std::nullopt;
  return Took(system, FromProtoTime(chain.loop.receive_time()), time);
}

// Whether a rating is of such an answer, whatever became of that; of other KPIs every one is.
bool IsOfAnswer(v1::SystemKpi system, Answer rated) {
  switch (system) {
    case v1::OUTCOME_OF_RESOLVED:
      return rated == Answer::kResolved;
    case v1::OUTCOME_OF_CHANGED:
      return rated == Answer::kChanged;
    case v1::OUTCOME_OF_NOT_YET:
      return rated == Answer::kNotYet;
    default:
      return true;
  }
}

std::optional<Share> OfRating(v1::SystemKpi system, const Chain& chain) {
  const bool is_handling = system == v1::HANDLING_RATING || system == v1::HANDLING_SATISFIED;
  const int32_t rating = is_handling ? chain.handling_rating : chain.outcome_rating;
  if (rating == 0 || !chain.rate_time || !IsOfAnswer(system, chain.rated_answer)) return std::nullopt;
  const bool is_share = system == v1::OUTCOME_SATISFIED || system == v1::HANDLING_SATISFIED;
  return is_share ? Is(*chain.rate_time, rating >= kSatisfied) : Share{*chain.rate_time, rating * kOne, kOne};
}

// The same day as that of the elapsed time.
std::optional<Share> OfWork(v1::SystemKpi system, const std::optional<Share>& elapsed,
                            const std::optional<int64_t>& seconds) {
  if (!elapsed || !seconds) return std::nullopt;
  return Took(system, elapsed->time - absl::Seconds(*seconds), elapsed->time);
}

std::optional<Share> OfAnswerByChange(v1::SystemKpi system, const Chain& chain) {
  if (!IsAnsweredByChange(chain.loop)) return std::nullopt;
  const absl::Time answered = FromProtoTime(chain.loop.answer_time());
  if (system == v1::CLOSED_LOOP_RATE)
    return Is(answered, chain.told_time && *chain.told_time <= answered + kDay * kToldDays);
  const bool is_theirs = chain.found_mended == (system == v1::BECOME_ONE);
  return is_theirs ? std::optional(Once(answered)) : std::nullopt;
}

// Of a change that no complaint is linked to: its strategy was said by hand.
bool Follows(v1::SystemKpi system, const KnownChange& change, const Voice& voice) {
  if (voice.has_tickets) return false;
  switch (change.strategy) {
    case backlog::v1::Change::MAKE_US_KNOWN:
      return system == v1::MAKE_US_KNOWN;
    case backlog::v1::Change::KNOW_THEM:
      return system == v1::KNOW_THEM;
    case backlog::v1::Change::BIND_THEM_TO_US:
      return system == v1::BIND_THEM_TO_US;
    default:
      return false;
  }
}

}  // namespace

std::optional<Share> ShareOf(v1::SystemKpi system, const Chain& chain) {
  if (!IsCounted(chain)) return std::nullopt;
  const Loop& loop = chain.loop;
  const absl::Time received = FromProtoTime(loop.receive_time());
  switch (system) {
    case v1::COMPLAINTS:
      return Once(received);
    case v1::FIRST_RESPONSE_TIME:
      if (!loop.has_first_response_time()) return std::nullopt;
      return Took(system, received, FromProtoTime(loop.first_response_time()));
    case v1::DECISION_TIME:
    case v1::ACCEPTANCE_RATE:
    case v1::DEFENSIVE_SHARE:
    case v1::MAKE_THEM_TRUST_US:
      return OfDecision(system, chain);
    case v1::PROACTIVE_RATE:
      return Is(received,
                IsAnsweredByChange(loop) && FromProtoTime(loop.answer_time()) <= received + kDay * kProactiveDays);
    case v1::LOOP_TIME:
      if (!IsAnsweredByChange(loop) || loop.late() || !chain.told_time) return std::nullopt;
      return Took(system, received, *chain.told_time);
    case v1::FIRST_RESPONSE_WORK:
      return OfWork(system, ShareOf(v1::FIRST_RESPONSE_TIME, chain), chain.response_work);
    case v1::DECISION_WORK:
      return OfWork(system, ShareOf(v1::DECISION_TIME, chain), chain.decision_work);
    case v1::LOOP_WORK:
      return OfWork(system, ShareOf(v1::LOOP_TIME, chain), chain.loop_work);
    case v1::HEARD_BY_MAKERS:
      if (!loop.has_hear_time()) return std::nullopt;
      return Is(FromProtoTime(loop.hear_time()), chain.by_maker);
    case v1::CLOSED_LOOP_RATE:
    case v1::TRUST_THEM:
    case v1::BECOME_ONE:
      return OfAnswerByChange(system, chain);
    case v1::REOPEN_RATE:
      return HappenedWithin(chain.first_answer_time, chain.reopen_time, kReopenDays);
    case v1::APPEAL_RATE:
      return HappenedWithin(chain.first_decline_time, chain.appeal_time, kAppealDays);
    case v1::OUTCOME_RATING:
    case v1::HANDLING_RATING:
    case v1::OUTCOME_SATISFIED:
    case v1::HANDLING_SATISFIED:
    case v1::OUTCOME_OF_RESOLVED:
    case v1::OUTCOME_OF_CHANGED:
    case v1::OUTCOME_OF_NOT_YET:
      return OfRating(system, chain);
    default:
      return std::nullopt;
  }
}

bool CountsDays(v1::SystemKpi system) { return system == v1::ON_TIME_ENTRIES || system == v1::REVIEW_RATE; }

bool CountsChanges(v1::SystemKpi system) {
  switch (system) {
    case v1::RECURRENCE_RATE:
    case v1::COLLABORATION_RATE:
    case v1::VOICE_SHARE:
    case v1::MAKE_US_KNOWN:
    case v1::KNOW_THEM:
    case v1::BIND_THEM_TO_US:
      return true;
    default:
      return false;
  }
}

std::optional<Share> ShareOf(v1::SystemKpi system, const KnownChange& change, const Voice& voice) {
  if (!CountsChanges(system) || !change.summary.has_ship_time()) return std::nullopt;
  const absl::Time shipped = FromProtoTime(change.summary.ship_time());
  switch (system) {
    case v1::RECURRENCE_RATE:
      return HappenedWithin(shipped, voice.first_return, kReturnDays);
    case v1::COLLABORATION_RATE:
      if (!voice.may_ask) return std::nullopt;
      return Is(shipped, voice.mended_time && *voice.mended_time <= shipped);
    case v1::VOICE_SHARE: {
      const int64_t effort = change.effort_percent == 0 ? kOne : change.effort_percent * kOne / 100;
      return Share{shipped, voice.has_tickets ? effort : 0, effort};
    }
    default:
      return Follows(system, change, voice) ? std::optional(Once(shipped)) : std::nullopt;
  }
}

Kpi::Kind KindOf(v1::SystemKpi system) {
  if (system == v1::COMPLAINTS || GenerationOf(system) != 0) return Kpi::COUNT;
  const bool is_rating = system == v1::OUTCOME_RATING || system == v1::HANDLING_RATING;
  const bool is_rating_of_answer = system >= v1::OUTCOME_OF_RESOLVED && system <= v1::OUTCOME_OF_NOT_YET;
  return is_rating || is_rating_of_answer || UnitOf(system) ? Kpi::AVERAGE : Kpi::RATIO;
}

int64_t HorizonDays(v1::SystemKpi system) {
  switch (system) {
    case v1::PROACTIVE_RATE:
      return kProactiveDays;
    case v1::CLOSED_LOOP_RATE:
      return kToldDays;
    case v1::RECURRENCE_RATE:
      return kReturnDays;
    case v1::REOPEN_RATE:
      return kReopenDays;
    case v1::APPEAL_RATE:
      return kAppealDays;
    default:
      return 0;
  }
}

int64_t FewestShown(v1::SystemKpi system) {
  const bool is_rating = system >= v1::OUTCOME_RATING && system <= v1::HANDLING_SATISFIED;
  const bool is_rating_of_answer = system >= v1::OUTCOME_OF_RESOLVED && system <= v1::OUTCOME_OF_NOT_YET;
  return is_rating || is_rating_of_answer ? kFewestRatings : 0;
}

std::optional<absl::Duration> UnitOf(v1::SystemKpi system) {
  switch (system) {
    case v1::FIRST_RESPONSE_TIME:
    case v1::DECISION_TIME:
    case v1::FIRST_RESPONSE_WORK:
    case v1::DECISION_WORK:
    case v1::LOOP_WORK:
      return absl::Hours(1);
    case v1::LOOP_TIME:
      return kDay;
    default:
      return std::nullopt;
  }
}

int GenerationOf(v1::SystemKpi system) {
  switch (system) {
    case v1::MAKE_US_KNOWN:
    case v1::KNOW_THEM:
      return 1;
    case v1::MAKE_THEM_TRUST_US:
    case v1::TRUST_THEM:
      return 2;
    case v1::BIND_THEM_TO_US:
    case v1::BECOME_ONE:
      return 3;
    default:
      return 0;
  }
}

}  // namespace dangol::metrics
