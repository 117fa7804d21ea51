#include "services/metrics/engine/blueprint_text.h"

namespace dangol::metrics {
namespace {

constexpr std::string_view kEngine = R"pb(
  display_names { key: "ko" value: "단골 엔진" }
  display_names { key: "en" value: "From stranger to regular" }
  week_start: MONDAY
  exposure_kpi: "$engine/kpis/orders"
  stages {
    stage_id: "apply"
    display_names { key: "ko" value: "신청" }
    display_names { key: "en" value: "Sign-up" }
    scenario {
      key: "ko"
      value: "처음 온 사람이 우리가 누구이고 무엇을 약속하는지 1분 안에 안다. 자기에게 맞는지 스스로 판단할 수 있고, 맞으면 막힘 없이 신청한다. 맞지 않으면 맞지 않는다는 말을 우리에게서 먼저 듣는다."
    }
    scenario {
      key: "en"
      value: "Somebody who comes for the first time knows within a minute who we are and what we promise. They can tell by themselves whether it suits them, and if it does, nothing stands in the way of signing up. If it does not, they hear so from us first."
    }
    steps {
      step_id: "promise"
      description { key: "ko" value: "첫 화면과 첫 전화에서 지킬 수 있는 약속만 말한다." }
      description { key: "en" value: "On the first page and in the first call, promise only what we keep." }
    }
    steps {
      step_id: "questions"
      description { key: "ko" value: "신청 전에 나온 질문은 그날 안에 답하고, 같은 질문이 세 번 나오면 설명을 고친다." }
      description {
        key: "en"
        value: "Answer questions before sign-up on the same day; when one comes three times, mend the text that raised it."
      }
    }
    steps {
      step_id: "barriers"
      description { key: "ko" value: "신청하다 그만둔 곳을 매주 하나씩 없앤다." }
      description { key: "en" value: "Every week remove one place where people give up signing up." }
    }
    playbook {
      play_id: "wrong-fit"
      situation { key: "ko" value: "원하는 것이 우리가 잘하는 일이 아닐 때" }
      situation { key: "en" value: "What they want is not what we are good at" }
      response { key: "ko" value: "솔직하게 말하고 더 맞는 곳을 알려 준다. 오늘 한 건을 잃는 대신 믿음을 얻는다." }
      response {
        key: "en"
        value: "Say so, and name a place that suits them better. We lose one sign-up today and gain trust."
      }
    }
  }
  stages {
    stage_id: "experience"
    display_names { key: "ko" value: "경험" }
    display_names { key: "en" value: "Experience" }
    scenario {
      key: "ko"
      value: "고객이 약속한 날에 약속한 것을 받는다. 처음 쓸 때 막히지 않는다. 문제가 생기면 고객이 묻기 전에 우리가 먼저 알리고, 고객의 말을 의심하지 않는다."
    }
    scenario {
      key: "en"
      value: "The customer gets what was promised on the day that was promised, and does not get stuck on first use. When something goes wrong, they hear it from us before they ask, and what they tell us is believed."
    }
    steps {
      step_id: "deliver"
      description { key: "ko" value: "약속한 날에 보낸다. 늦을 것을 알게 되면 바로 알린다." }
      description { key: "en" value: "Deliver on the promised day. Once it is known to be late, say so at once." }
    }
    steps {
      step_id: "hear"
      description { key: "ko" value: "불만은 끝까지 다 듣고 변명 없이 적는다. 적은 사람의 이름을 남긴다." }
      description {
        key: "en"
        value: "Hear complaints to the end and write them down without excuse, with the name of who heard them."
      }
    }
    steps {
      step_id: "mend"
      description {
        key: "ko"
        value: "같은 불만이 다시 나오지 않도록 제품이나 방법을 고치고, 말해 준 고객 모두에게 알린다."
      }
      description {
        key: "en"
        value: "Change product or process so that the complaint does not come again, and tell everybody who made it."
      }
    }
    playbook {
      play_id: "broken"
      situation { key: "ko" value: "받은 물건이 깨졌거나 다르다고 할 때" }
      situation { key: "en" value: "They say that it arrived broken, or is another one" }
      response { key: "ko" value: "먼저 믿는다. 사진이나 반품을 기다리지 않고 새것을 보낸 다음, 왜 그랬는지 찾는다." }
      response {
        key: "en"
        value: "Believe first. Send a new one without waiting for a photo or the return; then find out why."
      }
    }
    playbook {
      play_id: "not-yet"
      situation { key: "ko" value: "지금은 해 줄 수 없는 것을 바랄 때" }
      situation { key: "en" value: "They ask for what we cannot do today" }
      response {
        key: "ko"
        value: "못 한다고 하지 않고 '아직 못 한다'고 말한다. 무엇이 있어야 가능한지 적어 두고, 되는 날 알린다."
      }
      response {
        key: "en"
        value: "Say not yet instead of no. Write down what it would take, and tell them on the day that it works."
      }
    }
  }
  stages {
    stage_id: "decision"
    display_names { key: "ko" value: "결정" }
    display_names { key: "en" value: "Decision" }
    scenario {
      key: "ko"
      value: "써 본 고객이 값을 치를 만하다고 스스로 결정한다. 값과 조건은 처음 들은 그대로이고, 그만두는 것도 시작하는 것만큼 쉽다."
    }
    scenario {
      key: "en"
      value: "Having tried it, the customer decides by themselves that it is worth its price. Price and terms are what they heard at first, and leaving is as easy as beginning."
    }
    steps {
      step_id: "terms"
      description { key: "ko" value: "값, 배송비, 환불 조건을 결정하기 전에 한곳에서 보여 준다." }
      description { key: "en" value: "Show price, delivery cost and refund terms in one place before the decision." }
    }
    steps {
      step_id: "reasons"
      description { key: "ko" value: "사지 않은 이유를 매일 세 사람에게 묻고 그대로 적는다." }
      description { key: "en" value: "Ask three people a day why they did not buy, and write it down as they say it." }
    }
    playbook {
      play_id: "discount"
      situation { key: "ko" value: "깎아 달라고 할 때" }
      situation { key: "en" value: "They ask for a discount" }
      response {
        key: "ko"
        value: "모두에게 계속 줄 수 있는 값인지 생각한다. 그럴 수 없으면 이 고객에게도 주지 않고, 이유를 말한다."
      }
      response {
        key: "en"
        value: "Ask whether we could keep that price for everyone. If not, do not give it to this one either, and say why."
      }
    }
  }
  stages {
    stage_id: "regular"
    display_names { key: "ko" value: "단골" }
    display_names { key: "en" value: "Regular" }
    scenario {
      key: "ko"
      value: "고객이 우리를 알고 우리도 고객을 안다. 자기가 한 말이 제품이 된 것을 보고, 다른 사람을 데려온다. 오지 않게 되면 우리가 먼저 안다."
    }
    scenario {
      key: "en"
      value: "The customer knows us and we know them. They see what they said in the product, and bring others. When they stop coming, we notice first."
    }
    steps {
      step_id: "remember"
      description { key: "ko" value: "지난번에 한 말을 읽고 나서 응대한다." }
      description { key: "en" value: "Read what they said last time before talking to them." }
    }
    steps {
      step_id: "tell"
      description { key: "ko" value: "그 고객의 말로 바뀐 것을 알리고, 정말 나아졌는지 묻는다." }
      description { key: "en" value: "Tell them what changed by their word, and ask whether it is better now." }
    }
    steps {
      step_id: "missed"
      description { key: "ko" value: "오지 않는 단골의 명단을 매주 보고, 떠난 이유를 한 사람씩 묻는다." }
      description { key: "en" value: "Every week look at the regulars who stay away, and ask them one by one why." }
    }
    playbook {
      play_id: "leaving"
      situation { key: "ko" value: "단골이 그만두겠다고 할 때" }
      situation { key: "en" value: "A regular wants to leave" }
      response { key: "ko" value: "붙잡지 않고 이유를 다 듣는다. 고칠 수 있는 것이면 고친 날 다시 알린다." }
      response {
        key: "en"
        value: "Do not hold them back; hear the whole reason. If it can be mended, tell them on the day that it is."
      }
    }
  }
)pb";

constexpr std::string_view kVisits = R"pb(
  kpi_id: "visits"
  kpi {
    stage: "$engine/stages/apply"
    display_names { key: "ko" value: "처음 온 사람" }
    display_names { key: "en" value: "First visits" }
    definition { key: "ko" value: "그날 처음 온 사람 수. 다시 온 사람은 세지 않는다." }
    definition { key: "en" value: "People who came for the first time on that day; who comes again is not counted." }
    kind: COUNT
    unit: "people"
    better: HIGHER
  }
)pb";

constexpr std::string_view kSignUps = R"pb(
  kpi_id: "sign-ups"
  kpi {
    stage: "$engine/stages/apply"
    display_names { key: "ko" value: "신청" }
    display_names { key: "en" value: "Sign-ups" }
    definition { key: "ko" value: "그날 끝까지 마친 신청 수." }
    definition { key: "en" value: "Sign-ups that were completed on that day." }
    kind: COUNT
    unit: "sign-ups"
    better: HIGHER
  }
)pb";

constexpr std::string_view kOnTime = R"pb(
  kpi_id: "on-time"
  kpi {
    stage: "$engine/stages/experience"
    display_names { key: "ko" value: "약속한 날에 도착" }
    display_names { key: "en" value: "Arrived on the promised day" }
    definition { key: "ko" value: "분모: 그날 도착하기로 한 배송. 분자: 그중 그날까지 도착한 배송." }
    definition {
      key: "en"
      value: "Denominator: deliveries promised for that day. Numerator: those that had arrived by then."
    }
    kind: RATIO
    better: HIGHER
  }
)pb";

constexpr std::string_view kFirstUses = R"pb(
  kpi_id: "first-uses"
  kpi {
    stage: "$engine/stages/experience"
    display_names { key: "ko" value: "처음 써 본 고객" }
    display_names { key: "en" value: "First uses" }
    definition { key: "ko" value: "그날 처음으로 받아서 써 본 고객 수." }
    definition { key: "en" value: "Customers who got and used it for the first time on that day." }
    kind: COUNT
    unit: "customers"
    better: HIGHER
  }
)pb";

constexpr std::string_view kOrders = R"pb(
  kpi_id: "orders"
  kpi {
    stage: "$engine/stages/decision"
    display_names { key: "ko" value: "주문" }
    display_names { key: "en" value: "Orders" }
    definition { key: "ko" value: "그날 값을 치른 주문 수. 취소한 주문도 그날의 주문이다." }
    definition { key: "en" value: "Orders paid on that day; one that is cancelled later still counts." }
    kind: COUNT
    unit: "orders"
    better: HIGHER
  }
)pb";

constexpr std::string_view kRevenue = R"pb(
  kpi_id: "revenue"
  kpi {
    stage: "$engine/stages/decision"
    display_names { key: "ko" value: "매출" }
    display_names { key: "en" value: "Revenue" }
    definition { key: "ko" value: "그날 받은 돈에서 그날 돌려준 돈을 뺀 금액." }
    definition { key: "en" value: "Money received on that day less money paid back on it." }
    kind: SUM
    unit: "KRW"
    better: HIGHER
  }
)pb";

constexpr std::string_view kRegulars = R"pb(
  kpi_id: "regulars"
  kpi {
    stage: "$engine/stages/regular"
    display_names { key: "ko" value: "단골" }
    display_names { key: "en" value: "Regulars" }
    definition { key: "ko" value: "하루가 끝났을 때 최근 180일 안에 세 번 이상 산 고객 수." }
    definition {
      key: "en"
      value: "Customers who bought three times or more in the last 180 days, at the end of the day."
    }
    kind: LAST
    unit: "customers"
    better: HIGHER
  }
)pb";

constexpr std::string_view kReferrals = R"pb(
  kpi_id: "referrals"
  kpi {
    stage: "$engine/stages/regular"
    display_names { key: "ko" value: "소개로 온 사람" }
    display_names { key: "en" value: "Referred" }
    definition { key: "ko" value: "누가 소개했는지 말한 처음 온 사람 수." }
    definition { key: "en" value: "People who came for the first time and said who recommended us." }
    kind: COUNT
    unit: "people"
    better: HIGHER
  }
)pb";

constexpr std::string_view kSatisfaction = R"pb(
  kpi_id: "satisfaction"
  kpi {
    stage: "$engine/stages/regular"
    display_names { key: "ko" value: "만족 (1~5점)" }
    display_names { key: "en" value: "Satisfaction (1 to 5)" }
    definition { key: "ko" value: "분자: 그날 받은 점수의 합. 분모: 점수를 준 고객 수." }
    definition {
      key: "en"
      value: "Numerator: the sum of the points given on that day. Denominator: customers who gave some."
    }
    kind: AVERAGE
    unit: "points"
    better: HIGHER
  }
)pb";

}  // namespace

const BlueprintText& EngineBlueprint() {
  static const auto& text = *new BlueprintText{
      kEngine, {kVisits, kSignUps, kOnTime, kFirstUses, kOrders, kRevenue, kRegulars, kReferrals, kSatisfaction}};
  return text;
}

}  // namespace dangol::metrics
