// Names of the resources of metrics, and of those of others that it hears of.
#pragma once

#include "common/resource/names.h"

namespace dangol::metrics {

inline constexpr resource::Pattern kLoopPattern("loops/*");
inline constexpr resource::Pattern kMemberPattern("members/*");
inline constexpr resource::Pattern kDigestPattern("members/*/digests/*");
inline constexpr resource::Pattern kEnginePattern("engines/*");
inline constexpr resource::Pattern kStagePattern("engines/*/stages/*");
inline constexpr resource::Pattern kEngineRevisionPattern("engines/*/revisions/*");
inline constexpr resource::Pattern kKpiPattern("engines/*/kpis/*");
inline constexpr resource::Pattern kReviewPattern("engines/*/reviews/*");
inline constexpr resource::Pattern kRemarkPattern("engines/*/remarks/*");
inline constexpr resource::Pattern kObservationPattern("engines/*/kpis/*/observations/*");
inline constexpr resource::Pattern kObservationRevisionPattern("engines/*/kpis/*/observations/*/revisions/*");
inline constexpr resource::Pattern kEffectPattern("effects/*");
inline constexpr resource::Pattern kTicketPattern("tickets/*");
inline constexpr resource::Pattern kChangePattern("changes/*");
inline constexpr resource::Pattern kCustomerPattern("customers/*");

}  // namespace dangol::metrics
