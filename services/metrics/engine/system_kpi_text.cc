// The KPIs that are computed, with what they mean.
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

}  // namespace

const std::vector<std::string_view>& SystemKpiTexts() {
  static const auto& texts = *new std::vector<std::string_view>{
      kComplaints, kFirstResponse, kDecision,   kAcceptance,        kDefensive,    kProactive,
      kLoop,       kClosedLoop,    kRecurrence, kFirstResponseWork, kDecisionWork, kLoopWork};
  return texts;
}

}  // namespace dangol::metrics
