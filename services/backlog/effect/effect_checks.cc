#include "services/backlog/effect/effect_checks.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/storage/sweep.h"
#include "dangol/metrics/v1/effect.pb.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using metrics::v1::Effect;
using v1::Change;
using v1::ChangeEvent;

static_assert(static_cast<int>(v1::TOO_EARLY) == Effect::TOO_EARLY &&
                  static_cast<int>(v1::IMPROVED) == Effect::IMPROVED &&
                  static_cast<int>(v1::WORSENED) == Effect::WORSENED &&
                  static_cast<int>(v1::NO_DETECTABLE_EFFECT) == Effect::NO_DETECTABLE_EFFECT &&
                  static_cast<int>(v1::INCONCLUSIVE) == Effect::INCONCLUSIVE,
              "verdicts are copied by their numbers");

// One that this version does not know says nothing.
v1::EffectVerdict VerdictOf(const metrics::v1::EffectUpdated& updated) {
  const auto number = static_cast<int>(updated.verdict());
  return v1::EffectVerdict_IsValid(number) ? static_cast<v1::EffectVerdict>(number) : v1::EFFECT_VERDICT_UNSPECIFIED;
}

ChangeEvent EventOf(const Change& change) {
  ChangeEvent event;
  if (change.state() == Change::VERIFIED) {
    event.mutable_change_verified();
  } else if (change.state() == Change::REGRESSED) {
    event.mutable_change_regressed()->set_cause(change.regression().cause());
    event.mutable_change_regressed()->set_shipment(change.regression().shipment());
  } else {
    event.mutable_change_checked();
  }
  return event;
}

absl::Status CheckOne(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id) {
  const std::string name = kChangePattern.Name(change_id);
  ASSIGN_OR_RETURN(LoadedChange loaded, LoadChange(transaction, name));
  Change& change = loaded.row.change;
  if (!change.has_check_due_time() || FromProtoTime(change.check_due_time()) > call.now()) return absl::OkStatus();
  RETURN_IF_ERROR(ReadEvidence(transaction, change));
  Check(change, change.effect_verdict(), kShipmentPattern.Name(change_id, loaded.row.shipment_count), call.now());
  return StoreChange(transaction, call, loaded, EventOf(change));
}

}  // namespace

absl::Status OnMetricsEvent(storage::Transaction& transaction, const rpc::Call&,
                            const metrics::v1::MetricsEvent& event) {
  if (!event.has_effect_updated() || event.envelope().resources().empty()) return absl::OkStatus();
  const metrics::v1::EffectUpdated& updated = event.effect_updated();
  return NoteEffect(transaction, kChangePattern.Id(updated.change()), FromProtoTime(updated.ship_time()),
                    VerdictOf(updated), event.envelope().resources(0).version());
}

absl::Status SetCheckTimer(storage::Transaction& transaction, const Change& change) {
  if (!change.has_check_due_time()) return absl::OkStatus();
  return storage::SetTimerNoLater(transaction, FromProtoTime(change.check_due_time()), kCheckTimer, "");
}

absl::Status CheckEffects(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const auto check = [&](std::string_view change_id) { return CheckOne(transaction, call, change_id); };
  return storage::Sweep(transaction, timer, call.now(), R"(
      SELECT change_id, check_due_time FROM change WHERE check_due_time IS NOT NULL
      ORDER BY check_due_time, change_id
      LIMIT $1)",
                        check)
      .status();
}

}  // namespace dangol::backlog
