// The KPIs that count how often strategies were followed, with what they mean.
#include "services/metrics/engine/blueprint_text.h"

namespace dangol::metrics {
namespace {

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

const std::vector<std::string_view>& StrategyKpiTexts() {
  static const auto& texts = *new std::vector<std::string_view>{kMakeUsKnown, kKnowThem,     kMakeThemTrustUs,
                                                                kTrustThem,   kBindThemToUs, kBecomeOne};
  return texts;
}

}  // namespace dangol::metrics
