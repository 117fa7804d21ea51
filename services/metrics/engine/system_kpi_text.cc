// The KPIs that are computed, with what they mean: of complaints and changes, of what customers say of answers and of
// what the staff enter and read, and how often strategies were followed.
#include "services/metrics/engine/blueprint_text.h"

namespace dangol::metrics {
namespace {

constexpr std::string_view kComplaints = R"pb(
  kpi_id: "complaints"
  kpi {
    display_names { key: "ko" value: "받은 불만" }
    display_names { key: "en" value: "Complaints received" }
    definition { key: "ko" value: "회사 밖에서 그날 들어온 불만과 요청. 스팸, 중복, 옮겨 온 옛 기록은 세지 않는다." }
    definition {
      key: "en"
      value: "Complaints and requests that came from outside the company on that day, without spam, duplicates and imported history."
    }
    kind: COUNT
    unit: "complaints"
    better: LOWER
    source: SYSTEM
    system: COMPLAINTS
  }
)pb";

constexpr std::string_view kFirstResponse = R"pb(
  kpi_id: "first-response"
  kpi {
    display_names { key: "ko" value: "첫 답까지" }
    display_names { key: "en" value: "Time to first reply" }
    definition { key: "ko" value: "그날 처음으로 사람이 답한 불만이 들어온 뒤 그때까지 걸린 시간의 평균." }
    definition {
      key: "en"
      value: "Of complaints to which a person first replied on that day: the mean time since they were received."
    }
    kind: AVERAGE
    unit: "h"
    better: LOWER
    source: SYSTEM
    system: FIRST_RESPONSE_TIME
  }
)pb";

constexpr std::string_view kDecision = R"pb(
  kpi_id: "decision"
  kpi {
    display_names { key: "ko" value: "결정까지" }
    display_names { key: "en" value: "Time to decision" }
    definition {
      key: "ko"
      value: "그날 처음 결정된 불만이 들어온 뒤 그때까지 걸린 시간의 평균. 반영한 것은 그 변경이 결정되었을 때 결정된 것이다."
    }
    definition {
      key: "en"
      value: "Of complaints that were first decided on that day: the mean time since they were received. What was accepted is decided once its change is."
    }
    kind: AVERAGE
    unit: "h"
    better: LOWER
    source: SYSTEM
    system: DECISION_TIME
  }
)pb";

constexpr std::string_view kAcceptance = R"pb(
  kpi_id: "acceptance"
  kpi {
    display_names { key: "ko" value: "반영률" }
    display_names { key: "en" value: "Acceptance rate" }
    definition { key: "ko" value: "그날 처음 결정된 불만 가운데, 결정된 변경에 반영한 것의 비율." }
    definition {
      key: "en"
      value: "Of complaints that were first decided on that day: accepted into a change that was decided."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: ACCEPTANCE_RATE
  }
)pb";

constexpr std::string_view kDefensive = R"pb(
  kpi_id: "defensive"
  kpi {
    display_names { key: "ko" value: "방어적 응대" }
    display_names { key: "en" value: "Defensive share" }
    definition { key: "ko" value: "그날 처음 결정된 불만 가운데, 답하기만 하고 아무것도 바꾸지 않은 것의 비율." }
    definition { key: "en" value: "Of complaints that were first decided on that day: answered, and nothing changed." }
    kind: RATIO
    better: LOWER
    source: SYSTEM
    system: DEFENSIVE_SHARE
  }
)pb";

constexpr std::string_view kProactive = R"pb(
  kpi_id: "proactive"
  kpi {
    display_names { key: "ko" value: "선제적 응대" }
    display_names { key: "en" value: "Proactive rate" }
    definition { key: "ko" value: "그날 들어온 불만 가운데, 90일 안에 출시된 변경으로 답한 것의 비율." }
    definition { key: "en" value: "Of complaints received on that day: answered by a shipped change within 90 days." }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: PROACTIVE_RATE
  }
)pb";

constexpr std::string_view kLoop = R"pb(
  kpi_id: "loop"
  kpi {
    display_names { key: "ko" value: "한 바퀴 도는 데" }
    display_names { key: "en" value: "Loop time" }
    definition { key: "ko" value: "그날 변경으로 답을 들은 고객의 불만이 들어온 뒤 그때까지 걸린 날수의 평균." }
    definition {
      key: "en"
      value: "Of complaints whose customers were told on that day what has changed: the mean number of days since they were received."
    }
    kind: AVERAGE
    unit: "d"
    better: LOWER
    source: SYSTEM
    system: LOOP_TIME
  }
)pb";

constexpr std::string_view kClosedLoop = R"pb(
  kpi_id: "closed-loop"
  kpi {
    display_names { key: "ko" value: "답을 전한 비율" }
    display_names { key: "en" value: "Told what changed" }
    definition { key: "ko" value: "그날 변경으로 답한 불만 가운데, 사흘 안에 고객에게 알린 것의 비율." }
    definition {
      key: "en"
      value: "Of complaints that a change answered on that day: told to the customer within three days."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: CLOSED_LOOP_RATE
  }
)pb";

constexpr std::string_view kRecurrence = R"pb(
  kpi_id: "recurrence"
  kpi {
    display_names { key: "ko" value: "다시 생긴 변경" }
    display_names { key: "en" value: "Recurrence" }
    definition { key: "ko" value: "그날 출시된 변경 가운데, 28일 안에 같은 불만이 다시 들어온 것의 비율." }
    definition {
      key: "en"
      value: "Of changes that shipped on that day: those to which a complaint came back within 28 days."
    }
    kind: RATIO
    better: LOWER
    source: SYSTEM
    system: RECURRENCE_RATE
  }
)pb";

constexpr std::string_view kFirstResponseWork = R"pb(
  kpi_id: "first-response-work"
  kpi {
    display_names { key: "ko" value: "첫 답까지 (업무 시간)" }
    display_names { key: "en" value: "First reply, working hours" }
    definition {
      key: "ko"
      value: "첫 답까지 걸린 시간에서 문을 닫은 시간과 쉬는 날을 뺀 것의 평균. 불만이 들어온 때의 응대 약속을 따르고, 약속을 정하기 전의 것은 세지 않는다."
    }
    definition {
      key: "en"
      value: "Time to first reply within opening hours, without holidays: by the triage policy that held when the complaint came. Nothing is counted of the time before there was one."
    }
    kind: AVERAGE
    unit: "h"
    better: LOWER
    source: SYSTEM
    system: FIRST_RESPONSE_WORK
  }
)pb";

constexpr std::string_view kDecisionWork = R"pb(
  kpi_id: "decision-work"
  kpi {
    display_names { key: "ko" value: "결정까지 (업무 시간)" }
    display_names { key: "en" value: "Decision, working hours" }
    definition { key: "ko" value: "결정까지 걸린 시간에서 문을 닫은 시간과 쉬는 날을 뺀 것의 평균." }
    definition { key: "en" value: "Time to decision within opening hours, without holidays." }
    kind: AVERAGE
    unit: "h"
    better: LOWER
    source: SYSTEM
    system: DECISION_WORK
  }
)pb";

constexpr std::string_view kLoopWork = R"pb(
  kpi_id: "loop-work"
  kpi {
    display_names { key: "ko" value: "한 바퀴 도는 데 (업무 시간)" }
    display_names { key: "en" value: "Loop, working hours" }
    definition { key: "ko" value: "한 바퀴 도는 데 걸린 시간에서 문을 닫은 시간과 쉬는 날을 뺀 것의 평균." }
    definition { key: "en" value: "Loop time within opening hours, without holidays, in hours." }
    kind: AVERAGE
    unit: "h"
    better: LOWER
    source: SYSTEM
    system: LOOP_WORK
  }
)pb";

constexpr std::string_view kReopen = R"pb(
  kpi_id: "reopen"
  kpi {
    display_names { key: "ko" value: "다시 열린 비율" }
    display_names { key: "en" value: "Opened again" }
    definition { key: "ko" value: "그날 처음 답한 불만 가운데, 14일 안에 고객이 \"아니다\" 하여 다시 열린 것의 비율." }
    definition {
      key: "en"
      value: "Of complaints that were first answered on that day: opened again by the customer within 14 days."
    }
    kind: RATIO
    better: LOWER
    source: SYSTEM
    system: REOPEN_RATE
  }
)pb";

constexpr std::string_view kAppeal = R"pb(
  kpi_id: "appeal"
  kpi {
    display_names { key: "ko" value: "거절에 이의를 낸 비율" }
    display_names { key: "en" value: "Appealed" }
    definition {
      key: "ko"
      value: "그날 처음 아직 못한다고 답한 불만 가운데, 30일 안에 고객이 받아들이지 않은 것의 비율."
    }
    definition {
      key: "en"
      value: "Of complaints that were first declined on that day: not accepted by the customer within 30 days."
    }
    kind: RATIO
    better: LOWER
    source: SYSTEM
    system: APPEAL_RATE
  }
)pb";

constexpr std::string_view kOutcome = R"pb(
  kpi_id: "outcome"
  kpi {
    display_names { key: "ko" value: "결과 만족도" }
    display_names { key: "en" value: "Rating of the outcome" }
    definition { key: "ko" value: "그날 고객이 결과에 준 점수(1~5)의 평균. 열 건이 안 되면 보이지 않는다." }
    definition {
      key: "en"
      value: "The mean of what customers gave the outcome on that day, 1 to 5. Of fewer than ten nothing is shown."
    }
    kind: AVERAGE
    unit: "points"
    better: HIGHER
    source: SYSTEM
    system: OUTCOME_RATING
  }
)pb";

constexpr std::string_view kHandling = R"pb(
  kpi_id: "handling"
  kpi {
    display_names { key: "ko" value: "응대 만족도" }
    display_names { key: "en" value: "Rating of the handling" }
    definition { key: "ko" value: "그날 고객이 응대에 준 점수(1~5)의 평균. 열 건이 안 되면 보이지 않는다." }
    definition {
      key: "en"
      value: "The mean of what customers gave the handling on that day, 1 to 5. Of fewer than ten nothing is shown."
    }
    kind: AVERAGE
    unit: "points"
    better: HIGHER
    source: SYSTEM
    system: HANDLING_RATING
  }
)pb";

constexpr std::string_view kOutcomeSatisfied = R"pb(
  kpi_id: "outcome-satisfied"
  kpi {
    display_names { key: "ko" value: "결과에 만족한 비율" }
    display_names { key: "en" value: "Satisfied with the outcome" }
    definition {
      key: "ko"
      value: "그날 결과에 점수를 준 고객 가운데 4점이나 5점을 준 비율. 열 건이 안 되면 보이지 않는다."
    }
    definition {
      key: "en"
      value: "Of customers who rated the outcome on that day: those who gave 4 or 5. Of fewer than ten nothing is shown."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: OUTCOME_SATISFIED
  }
)pb";

constexpr std::string_view kHandlingSatisfied = R"pb(
  kpi_id: "handling-satisfied"
  kpi {
    display_names { key: "ko" value: "응대에 만족한 비율" }
    display_names { key: "en" value: "Satisfied with the handling" }
    definition {
      key: "ko"
      value: "그날 응대에 점수를 준 고객 가운데 4점이나 5점을 준 비율. 열 건이 안 되면 보이지 않는다."
    }
    definition {
      key: "en"
      value: "Of customers who rated the handling on that day: those who gave 4 or 5. Of fewer than ten nothing is shown."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: HANDLING_SATISFIED
  }
)pb";

constexpr std::string_view kCollaboration = R"pb(
  kpi_id: "collaboration"
  kpi {
    display_names { key: "ko" value: "고객과 함께 고친 비율" }
    display_names { key: "en" value: "Mended with customers" }
    definition {
      key: "ko"
      value: "그날 출시된 변경 가운데 물어봐도 되는 고객이 있는 것 중, 출시 전에 고객이 \"고쳐졌다\"고 확인한 것의 비율."
    }
    definition {
      key: "en"
      value: "Of changes that shipped on that day and for which somebody may be asked: those that a customer found mended before."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: COLLABORATION_RATE
  }
)pb";

constexpr std::string_view kVoice = R"pb(
  kpi_id: "voice"
  kpi {
    display_names { key: "ko" value: "고객의 말에서 나온 일" }
    display_names { key: "en" value: "Work that customers asked for" }
    definition { key: "ko" value: "그날 출시된 변경에 든 공수 가운데 불만이 연결된 변경의 몫." }
    definition {
      key: "en"
      value: "Of the effort of changes that shipped on that day: that of changes to which complaints are linked."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: VOICE_SHARE
  }
)pb";

constexpr std::string_view kOnTime = R"pb(
  kpi_id: "entries-on-time"
  kpi {
    display_names { key: "ko" value: "제때 입력한 비율" }
    display_names { key: "en" value: "Entered on time" }
    definition { key: "ko" value: "그날까지 입력해야 했던 숫자 가운데 제때 들어온 것의 비율." }
    definition { key: "en" value: "Of numbers that were due on that day: those that were entered by then." }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: ON_TIME_ENTRIES
  }
)pb";

constexpr std::string_view kReportsRead = R"pb(
  kpi_id: "reports-read"
  kpi {
    display_names { key: "ko" value: "읽은 보고서" }
    display_names { key: "en" value: "Reports that were read" }
    definition { key: "ko" value: "주나 달이 끝난 날, 그 앞 주나 달의 보고서 가운데 그때까지 누군가 읽은 것의 비율." }
    definition {
      key: "en"
      value: "On the day on which a week or month ends: reports of the one before that somebody has read by then."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: REVIEW_RATE
  }
)pb";

constexpr std::string_view kOutcomeOfResolved = R"pb(
  kpi_id: "outcome-of-resolved"
  kpi {
    display_names { key: "ko" value: "결과 만족도 (안 바꿈)" }
    display_names { key: "en" value: "Outcome, nothing changed" }
    definition {
      key: "ko"
      value: "그날 결과에 점수를 준 고객 가운데, 아무것도 바꾸지 않고 답한 불만의 점수(1~5) 평균."
    }
    definition {
      key: "en"
      value: "Of complaints that were answered without that anything changes: the mean of what customers gave the outcome on that day."
    }
    kind: AVERAGE
    unit: "points"
    better: HIGHER
    source: SYSTEM
    system: OUTCOME_OF_RESOLVED
  }
)pb";

constexpr std::string_view kOutcomeOfChanged = R"pb(
  kpi_id: "outcome-of-changed"
  kpi {
    display_names { key: "ko" value: "결과 만족도 (바꿈)" }
    display_names { key: "en" value: "Outcome, by a change" }
    definition { key: "ko" value: "그날 결과에 점수를 준 고객 가운데, 배포된 변경이 답한 불만의 점수(1~5) 평균." }
    definition {
      key: "en"
      value: "Of complaints that a shipped change answered: the mean of what customers gave the outcome on that day."
    }
    kind: AVERAGE
    unit: "points"
    better: HIGHER
    source: SYSTEM
    system: OUTCOME_OF_CHANGED
  }
)pb";

constexpr std::string_view kOutcomeOfNotYet = R"pb(
  kpi_id: "outcome-of-not-yet"
  kpi {
    display_names { key: "ko" value: "결과 만족도 (아직)" }
    display_names { key: "en" value: "Outcome, not yet" }
    definition { key: "ko" value: "그날 결과에 점수를 준 고객 가운데, 아직 못한다고 답한 불만의 점수(1~5) 평균." }
    definition {
      key: "en"
      value: "Of complaints that are not yet possible: the mean of what customers gave the outcome on that day."
    }
    kind: AVERAGE
    unit: "points"
    better: HIGHER
    source: SYSTEM
    system: OUTCOME_OF_NOT_YET
  }
)pb";

constexpr std::string_view kHeardByMakers = R"pb(
  kpi_id: "heard-by-makers"
  kpi {
    display_names { key: "ko" value: "만드는 사람이 들은 몫" }
    display_names { key: "en" value: "Heard by makers" }
    definition {
      key: "ko"
      value: "그날 처음 다 읽은 불만 가운데, 단계를 책임지거나 변경을 만드는 사람이 읽은 것의 비율. 지금의 역할로 센다."
    }
    definition {
      key: "en"
      value: "Of complaints that somebody first read on that day: those that were read by one who owns a stage or works on changes, by the roles of today."
    }
    kind: RATIO
    better: HIGHER
    source: SYSTEM
    system: HEARD_BY_MAKERS
  }
)pb";

constexpr std::string_view kMakeUsKnown = R"pb(
  kpi_id: "make-us-known"
  kpi {
    display_names { key: "ko" value: "우리를 알리기" }
    display_names { key: "en" value: "Make us known" }
    definition { key: "ko" value: "그날 출시된, 더 많은 사람이 우리를 알게 하는 변경의 수. 불만에서 나오지 않은 것만." }
    definition {
      key: "en"
      value: "Changes that shipped on that day by which more people hear of us, and that no complaint asked for."
    }
    kind: COUNT
    unit: "changes"
    source: SYSTEM
    system: MAKE_US_KNOWN
  }
)pb";

constexpr std::string_view kKnowThem = R"pb(
  kpi_id: "know-them"
  kpi {
    display_names { key: "ko" value: "고객을 알기" }
    display_names { key: "en" value: "Know them" }
    definition { key: "ko" value: "그날 출시된, 고객이 누구인지 알게 하는 변경의 수. 불만에서 나오지 않은 것만." }
    definition {
      key: "en"
      value: "Changes that shipped on that day by which we learn who they are, and that no complaint asked for."
    }
    kind: COUNT
    unit: "changes"
    source: SYSTEM
    system: KNOW_THEM
  }
)pb";

constexpr std::string_view kMakeThemTrustUs = R"pb(
  kpi_id: "make-them-trust-us"
  kpi {
    display_names { key: "ko" value: "우리를 믿게 하기" }
    display_names { key: "en" value: "Make them trust us" }
    definition { key: "ko" value: "그날 답하기만 하고 아무것도 바꾸지 않은 불만의 수." }
    definition { key: "en" value: "Complaints that were answered on that day, and nothing changed." }
    kind: COUNT
    unit: "complaints"
    source: SYSTEM
    system: MAKE_THEM_TRUST_US
  }
)pb";

constexpr std::string_view kTrustThem = R"pb(
  kpi_id: "trust-them"
  kpi {
    display_names { key: "ko" value: "고객을 믿기" }
    display_names { key: "en" value: "Trust them" }
    definition { key: "ko" value: "그날 출시된 변경으로 답한 불만의 수." }
    definition { key: "en" value: "Complaints that a shipped change answered on that day." }
    kind: COUNT
    unit: "complaints"
    source: SYSTEM
    system: TRUST_THEM
  }
)pb";

constexpr std::string_view kBindThemToUs = R"pb(
  kpi_id: "bind-them-to-us"
  kpi {
    display_names { key: "ko" value: "고객을 붙잡기" }
    display_names { key: "en" value: "Bind them to us" }
    definition { key: "ko" value: "그날 출시된, 고객이 머물 까닭을 만드는 변경의 수. 불만에서 나오지 않은 것만." }
    definition {
      key: "en"
      value: "Changes that shipped on that day by which they have reasons to stay, and that no complaint asked for."
    }
    kind: COUNT
    unit: "changes"
    source: SYSTEM
    system: BIND_THEM_TO_US
  }
)pb";

constexpr std::string_view kBecomeOne = R"pb(
  kpi_id: "become-one"
  kpi {
    display_names { key: "ko" value: "고객과 하나 되기" }
    display_names { key: "en" value: "Become one" }
    definition { key: "ko" value: "그날, 출시 전에 고객이 고쳐졌다고 확인한 변경으로 답한 불만의 수." }
    definition {
      key: "en"
      value: "Complaints that were answered on that day by a change which a customer had found mended before it shipped."
    }
    kind: COUNT
    unit: "complaints"
    source: SYSTEM
    system: BECOME_ONE
  }
)pb";

}  // namespace

const std::vector<std::string_view>& SystemKpiTexts() {
  static const auto& texts = *new std::vector<std::string_view>{kComplaints,
                                                                kFirstResponse,
                                                                kDecision,
                                                                kAcceptance,
                                                                kDefensive,
                                                                kProactive,
                                                                kLoop,
                                                                kClosedLoop,
                                                                kRecurrence,
                                                                kFirstResponseWork,
                                                                kDecisionWork,
                                                                kLoopWork,
                                                                kReopen,
                                                                kAppeal,
                                                                kOutcome,
                                                                kHandling,
                                                                kOutcomeSatisfied,
                                                                kHandlingSatisfied,
                                                                kCollaboration,
                                                                kVoice,
                                                                kOnTime,
                                                                kReportsRead,
                                                                kOutcomeOfResolved,
                                                                kOutcomeOfChanged,
                                                                kOutcomeOfNotYet,
                                                                kHeardByMakers,
                                                                kMakeUsKnown,
                                                                kKnowThem,
                                                                kMakeThemTrustUs,
                                                                kTrustThem,
                                                                kBindThemToUs,
                                                                kBecomeOne};
  return texts;
}

}  // namespace dangol::metrics
