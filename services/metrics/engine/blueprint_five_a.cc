#include "services/metrics/engine/blueprint_text.h"

namespace dangol::metrics {
namespace {

// The stages of Kotler, Kartajaya and Setiawan, "Marketing 4.0" (Wiley, 2016), chapter 5.
constexpr std::string_view kEngine = R"pb(
  display_names { key: "ko" value: "5A 고객 여정" }
  display_names { key: "en" value: "The five A's" }
  week_start: MONDAY
  exposure_kpi: "$engine/kpis/purchases"
  stages {
    stage_id: "aware"
    display_names { key: "ko" value: "인지" }
    display_names { key: "en" value: "Aware" }
    scenario { key: "ko" value: "우리 이름을 들어 본다. 광고보다 아는 사람의 말로 먼저 듣는다." }
    scenario { key: "en" value: "They hear our name, from somebody they know rather than from an advertisement." }
    steps {
      step_id: "listen"
      description { key: "ko" value: "처음 온 사람에게 어디서 들었는지 묻고 적는다." }
      description { key: "en" value: "Ask whoever comes first where they heard of us, and write it down." }
    }
  }
  stages {
    stage_id: "appeal"
    display_names { key: "ko" value: "호감" }
    display_names { key: "en" value: "Appeal" }
    scenario { key: "ko" value: "여럿 가운데 우리를 기억한다. 무엇이 다른지 한 문장으로 말할 수 있다." }
    scenario { key: "en" value: "Among several they remember us, and can say in one sentence what is different." }
    steps {
      step_id: "sentence"
      description { key: "ko" value: "그 한 문장을 고객의 말로 적고, 고객에게 읽어 보게 한다." }
      description { key: "en" value: "Write that sentence in the words of customers, and let customers read it." }
    }
  }
  stages {
    stage_id: "ask"
    display_names { key: "ko" value: "질문" }
    display_names { key: "en" value: "Ask" }
    scenario { key: "ko" value: "궁금한 것을 묻는다. 우리에게 묻든 남에게 묻든, 있는 그대로의 답을 그날 듣는다." }
    scenario {
      key: "en"
      value: "They ask what they want to know, us or others, and hear an honest answer on the same day."
    }
    steps {
      step_id: "answer"
      description { key: "ko" value: "질문에는 그날 안에 사람이 답한다." }
      description { key: "en" value: "A person answers questions on the same day." }
    }
    steps {
      step_id: "mend-text"
      description { key: "ko" value: "같은 질문이 세 번 나오면 그 질문을 만든 설명을 고친다." }
      description { key: "en" value: "When a question comes three times, mend the text that raised it." }
    }
    playbook {
      play_id: "weakness"
      situation { key: "ko" value: "우리의 약점을 물을 때" }
      situation { key: "en" value: "They ask about a weakness of ours" }
      response { key: "ko" value: "숨기지 않고 말한다. 언제 어떻게 고칠지도 아는 만큼만 말한다." }
      response {
        key: "en"
        value: "Do not hide it. Say when and how it will be mended, as far as that is known and no further."
      }
    }
  }
  stages {
    stage_id: "act"
    display_names { key: "ko" value: "행동" }
    display_names { key: "en" value: "Act" }
    scenario { key: "ko" value: "사고, 쓰고, 문제가 있으면 말한다. 말하면 바뀐다는 것을 안다." }
    scenario {
      key: "en"
      value: "They buy it, use it, and speak up when something is wrong, since they know that it changes something."
    }
    steps {
      step_id: "deliver"
      description { key: "ko" value: "약속한 날에 보내고, 늦을 것을 알면 먼저 알린다." }
      description { key: "en" value: "Deliver on the promised day; where it will be late, say so first." }
    }
    steps {
      step_id: "mend"
      description { key: "ko" value: "불만을 다 듣고, 다시 나오지 않게 고치고, 말해 준 모두에게 알린다." }
      description {
        key: "en"
        value: "Hear complaints whole, change what caused them, and tell everybody who made them."
      }
    }
    playbook {
      play_id: "broken"
      situation { key: "ko" value: "받은 것이 잘못되었다고 할 때" }
      situation { key: "en" value: "They say that what they got is wrong" }
      response { key: "ko" value: "먼저 믿고 바로 바꿔 준다. 이유는 그다음에 찾는다." }
      response { key: "en" value: "Believe them and exchange it at once. Find out why afterwards." }
    }
  }
  stages {
    stage_id: "advocate"
    display_names { key: "ko" value: "옹호" }
    display_names { key: "en" value: "Advocate" }
    scenario { key: "ko" value: "부탁하지 않아도 다시 사고 남에게 권한다. 자기 말로 바뀐 것을 자랑한다." }
    scenario {
      key: "en"
      value: "Without being asked, they buy again and recommend us, and are proud of what changed by their word."
    }
    steps {
      step_id: "thank"
      description { key: "ko" value: "소개한 사람에게 누가 왔고 무엇이 좋아졌는지 알린다." }
      description { key: "en" value: "Tell who recommended us what came of it." }
    }
  }
)pb";

constexpr std::string_view kReached = R"pb(
  kpi_id: "reached"
  kpi {
    stage: "$engine/stages/aware"
    display_names { key: "ko" value: "처음 온 사람" }
    display_names { key: "en" value: "First visits" }
    definition { key: "ko" value: "그날 처음 온 사람 수." }
    definition { key: "en" value: "People who came for the first time on that day." }
    kind: COUNT
    unit: "people"
    better: HIGHER
  }
)pb";

constexpr std::string_view kRemembered = R"pb(
  kpi_id: "came-again"
  kpi {
    stage: "$engine/stages/appeal"
    display_names { key: "ko" value: "다시 온 사람" }
    display_names { key: "en" value: "Came again" }
    definition { key: "ko" value: "아직 사지 않았지만 그날 다시 온 사람 수." }
    definition { key: "en" value: "People who have not bought yet and came again on that day." }
    kind: COUNT
    unit: "people"
    better: HIGHER
  }
)pb";

constexpr std::string_view kAnswered = R"pb(
  kpi_id: "same-day-answers"
  kpi {
    stage: "$engine/stages/ask"
    display_names { key: "ko" value: "그날 답한 질문" }
    display_names { key: "en" value: "Answered on the same day" }
    definition { key: "ko" value: "분모: 그날 받은 질문. 분자: 그중 그날 안에 사람이 답한 질문." }
    definition { key: "en" value: "Denominator: questions of that day. Numerator: those that a person answered on it." }
    kind: RATIO
    better: HIGHER
  }
)pb";

constexpr std::string_view kPurchases = R"pb(
  kpi_id: "purchases"
  kpi {
    stage: "$engine/stages/act"
    display_names { key: "ko" value: "구매" }
    display_names { key: "en" value: "Purchases" }
    definition { key: "ko" value: "그날 값을 치른 구매 수." }
    definition { key: "en" value: "Purchases paid on that day." }
    kind: COUNT
    unit: "purchases"
    better: HIGHER
  }
)pb";

constexpr std::string_view kRecommended = R"pb(
  kpi_id: "recommended"
  kpi {
    stage: "$engine/stages/advocate"
    display_names { key: "ko" value: "소개로 온 사람" }
    display_names { key: "en" value: "Referred" }
    definition { key: "ko" value: "누가 소개했는지 말한 처음 온 사람 수." }
    definition { key: "en" value: "People who came for the first time and said who recommended us." }
    kind: COUNT
    unit: "people"
    better: HIGHER
  }
)pb";

}  // namespace

const BlueprintText& FiveABlueprint() {
  static const auto& text = *new BlueprintText{kEngine, {kReached, kRemembered, kAnswered, kPurchases, kRecommended}};
  return text;
}

}  // namespace dangol::metrics
