// The KPIs that are computed of what customers say of answers and changes, and of what the staff enter and read, with
// what they mean.
#include "services/metrics/engine/blueprint_text.h"

namespace dangol::metrics {
namespace {

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

}  // namespace

const std::vector<std::string_view>& PeopleKpiTexts() {
  static const auto& texts = *new std::vector<std::string_view>{
      kReopen, kAppeal, kOutcome,     kHandling,          kOutcomeSatisfied, kHandlingSatisfied, kCollaboration,
      kVoice,  kOnTime, kReportsRead, kOutcomeOfResolved, kOutcomeOfChanged, kOutcomeOfNotYet,   kHeardByMakers};
  return texts;
}

}  // namespace dangol::metrics
