#include "services/backlog/change/change_rules.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/limits.h"
#include "common/resource/state.h"
#include "common/resource/update_mask.h"

namespace dangol::backlog {
namespace {

using resource::CheckState;
using v1::Change;
using v1::DemandsUpdated;
using Notes = google::protobuf::Map<std::string, std::string>;

// The event of a shipment carries all notes, and an event holds 64 KiB.
constexpr int kNotesMax = 32;
constexpr size_t kNotesBytesMax = 48 << 10;
static_assert(kNotesBytesMax < feed::kPayloadBytesMax);
// Said in change.proto.
constexpr absl::Duration kCheckDelay = absl::Hours(28 * 24);
// Three checks last as long as metrics looks at an effect: 90 days at most.
constexpr int kChecksMost = 3;
constexpr absl::Duration kKeepReviewDelay = absl::Hours(90 * 24);
constexpr int kDecideWorkingDays = 5;
// Of a change that is not estimated.
constexpr ScoreTerms kUnestimated{.weight = 100 * 50, .effort = 100};

absl::Status CheckDecision(const Change& change, bool given) {
  if (given || change.has_decision()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "DECISION_MISSING",
               fmt::format("{} has no decision, which has to be there before it leaves PROPOSED. Send `decision`.",
                           change.name()),
               {{"resource", change.name()}});
}

absl::Status CheckKind(const Change& change, Change::Kind given) {
  if (given != Change::KIND_UNSPECIFIED || change.kind() != Change::KIND_UNSPECIFIED) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, "KIND_MISSING",
      fmt::format("{} has no kind, which has to be there before it leaves PROPOSED. Send `kind`.", change.name()),
      {{"resource", change.name()}});
}

// What was decided, by a request that gives what the change lacks.
template <typename Request>
absl::Status Decide(Change& change, const Request& request, absl::Time now) {
  RETURN_IF_ERROR(CheckDecision(change, request.has_decision()));
  RETURN_IF_ERROR(CheckKind(change, request.kind()));
  if (request.has_decision()) *change.mutable_decision() = request.decision();
  if (request.kind() != Change::KIND_UNSPECIFIED) change.set_kind(request.kind());
  if (!change.has_decide_time()) *change.mutable_decide_time() = ToProtoTime(now);
  return absl::OkStatus();
}

// Half as many complaints, four weeks after it shipped, where nothing else is said.
void ExpectSomething(Change& change) {
  if (!change.expected_effects().empty()) return;
  v1::ExpectedEffect& effect = *change.add_expected_effects();
  effect.set_direction(v1::ExpectedEffect::LOWER);
  effect.set_size_percent(50);
  *effect.mutable_check_time() = ToProtoTime(FromProtoTime(change.ship_time()) + kCheckDelay);
}

// All that is expected is checked at once, when the last of it is due.
void SetCheckDue(Change& change) {
  const absl::Time ship_time = FromProtoTime(change.ship_time());
  absl::Time due = ship_time;
  for (v1::ExpectedEffect& effect : *change.mutable_expected_effects()) {
    const bool is_to_come = effect.has_check_time() && FromProtoTime(effect.check_time()) > ship_time;
    if (!is_to_come) *effect.mutable_check_time() = ToProtoTime(ship_time + kCheckDelay);
    due = std::max(due, FromProtoTime(effect.check_time()));
  }
  *change.mutable_check_due_time() = ToProtoTime(due);
}

// Something or somebody has concluded.
void EndChecks(Change& change) {
  change.clear_check_due_time();
  change.clear_conclude_due_time();
}

void Verify(Change& change, absl::Time now) {
  change.set_state(Change::VERIFIED);
  *change.mutable_verify_time() = ToProtoTime(now);
  EndChecks(change);
}

enum class Came { kYes, kNo, kUnknown };

// Whether what was expected came, as far as metrics can tell: it measures complaints alone.
Came CameTrue(const v1::ExpectedEffect& expected, v1::EffectVerdict verdict) {
  if (!expected.kpi().empty()) return Came::kUnknown;
  const bool lower = expected.direction() == v1::ExpectedEffect::LOWER;
  switch (verdict) {
    case v1::IMPROVED:
      return lower ? Came::kYes : Came::kNo;
    case v1::WORSENED:
      return lower ? Came::kNo : Came::kYes;
    case v1::NO_DETECTABLE_EFFECT:
      return Came::kNo;
    default:
      return Came::kUnknown;
  }
}

// The question is asked once for each shipment that holds.
void SetKeepDue(Change& change) {
  change.clear_keep_due_time();
  if (!IsThere(change.state()) || change.has_keep_review()) return;
  *change.mutable_keep_due_time() = ToProtoTime(FromProtoTime(change.ship_time()) + kKeepReviewDelay);
}

absl::Status CheckNotes(const Notes& notes, std::string_view path) {
  size_t bytes = 0;
  for (const auto& [language, note] : notes) bytes += language.size() + note.size();
  if (notes.size() <= kNotesMax && bytes <= kNotesBytesMax) return absl::OkStatus();
  return InvalidField(
      path,
      fmt::format("{} languages with {} bytes are more than the {} languages with {} bytes that a change may have "
                  "altogether. Send fewer or shorter notes.",
                  notes.size(), bytes, kNotesMax, kNotesBytesMax));
}

}  // namespace

absl::Status Propose(Change& change, absl::Time now, std::string_view path) {
  RETURN_IF_ERROR(CheckNotes(change.customer_notes(), fmt::format("{}.customer_notes", path)));
  change.set_state(Change::PROPOSED);
  *change.mutable_create_time() = ToProtoTime(now);
  *change.mutable_update_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Update(Change& change, const v1::UpdateChangeRequest& request) {
  if (change.state() == Change::MERGED) {
    return WrongState(change.name(), Change::State_Name(change.state()), "UpdateChange", "any other");
  }
  const auto& paths = request.update_mask().paths();
  const bool of_decision = paths.empty() ? request.change().has_decision()
                                         : std::ranges::find(paths, std::string_view("decision")) != paths.end();
  if (of_decision) {
    return InvalidField("update_mask",
                        "\"decision\" is made with PlanChange, StartChange and ShipChange. Leave it out.");
  }
  Change updated = change;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.change(), request.update_mask(), updated));
  RETURN_IF_ERROR(CheckNotes(updated.customer_notes(), "change.customer_notes"));
  const bool needs_no_kind = updated.state() == Change::PROPOSED || updated.state() == Change::DROPPED;
  if (!needs_no_kind) RETURN_IF_ERROR(CheckKind(updated, Change::KIND_UNSPECIFIED));
  SetKeepDue(updated);
  if (updated.state() == Change::SHIPPED) {
    ExpectSomething(updated);
    if (updated.check_count() == 0) SetCheckDue(updated);
  }
  change = std::move(updated);
  return absl::OkStatus();
}

absl::Status Plan(Change& change, const v1::PlanChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckState(change, {Change::PROPOSED, Change::IN_PROGRESS, Change::REGRESSED}, "PlanChange"));
  RETURN_IF_ERROR(Decide(change, request, now));
  change.set_state(Change::PLANNED);
  *change.mutable_plan_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Start(Change& change, const v1::StartChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::REGRESSED}, "StartChange"));
  RETURN_IF_ERROR(Decide(change, request, now));
  change.set_state(Change::IN_PROGRESS);
  *change.mutable_start_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Ship(Change& change, const v1::ShipChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(
      CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::IN_PROGRESS, Change::REGRESSED}, "ShipChange"));
  Notes notes = change.customer_notes();
  for (const auto& [language, note] : request.customer_notes()) notes[language] = note;
  RETURN_IF_ERROR(CheckNotes(notes, "customer_notes"));
  RETURN_IF_ERROR(Decide(change, request, now));
  *change.mutable_customer_notes() = std::move(notes);
  if (!request.release().empty()) change.set_release(request.release());
  if (request.tickets().empty()) {
    change.set_state(Change::SHIPPED);
    *change.mutable_ship_time() = ToProtoTime(now);
    change.clear_keep_review();
    change.clear_conclusion();
    change.clear_verify_time();
    change.set_check_count(0);
    SetKeepDue(change);
    ExpectSomething(change);
    SetCheckDue(change);
  } else if (change.state() != Change::IN_PROGRESS) {
    change.set_state(Change::IN_PROGRESS);
    *change.mutable_start_time() = ToProtoTime(now);
  }
  return absl::OkStatus();
}

absl::Status Drop(Change& change, const v1::DropChangeRequest& request, absl::Time now) {
  if (request.decline_reason() == v1::Drop::BEYOND_CAPABILITY && request.capability_gap().empty()) {
    return InvalidField("capability_gap", "is empty and must be set for BEYOND_CAPABILITY: name what is missing.");
  }
  if (request.decline_reason() == v1::Drop::UNSUSTAINABLE && !request.capability_gap().empty()) {
    return InvalidField("capability_gap",
                        fmt::format("{} is set, and the reason is UNSUSTAINABLE: leave it empty, or use the reason "
                                    "BEYOND_CAPABILITY.",
                                    ShownValue(request.capability_gap())));
  }
  RETURN_IF_ERROR(
      CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::IN_PROGRESS, Change::REGRESSED}, "DropChange"));
  change.set_state(Change::DROPPED);
  v1::Drop& drop = *change.mutable_drop();
  drop.set_reason(request.reason());
  drop.set_decided_by(request.decided_by());
  drop.set_decline_reason(request.decline_reason());
  drop.set_capability_gap(request.capability_gap());
  drop.set_revisit_condition(request.revisit_condition());
  if (request.has_revisit_time()) *drop.mutable_revisit_time() = request.revisit_time();
  *drop.mutable_time() = ToProtoTime(now);
  if (!change.has_decide_time()) *change.mutable_decide_time() = ToProtoTime(now);
  SetKeepDue(change);
  return absl::OkStatus();
}

absl::Status Reconsider(Change& change, const v1::ReconsiderChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckState(change, {Change::DROPPED}, "ReconsiderChange"));
  change.set_state(Change::PROPOSED);
  v1::Reconsideration& reconsideration = *change.mutable_reconsideration();
  reconsideration.set_reason(request.reason());
  reconsideration.set_decided_by(request.decided_by());
  *reconsideration.mutable_time() = ToProtoTime(now);
  *reconsideration.mutable_drop() = change.drop();
  change.clear_drop();
  // Where to drop it was the first decision, that holds no more.
  if (FromProtoTime(change.decide_time()) == FromProtoTime(reconsideration.drop().time())) change.clear_decide_time();
  return absl::OkStatus();
}

absl::Status Revert(Change& change, const v1::RevertShipmentRequest& request, bool partial, absl::Time now) {
  if (partial) return CheckState(change, {Change::IN_PROGRESS}, "RevertShipment of a part");
  RETURN_IF_ERROR(CheckState(change, {Change::SHIPPED, Change::VERIFIED}, "RevertShipment"));
  Regress(change, v1::Regression::REVERTED, request.shipment(), now);
  change.mutable_regression()->set_reason(request.reason());
  change.mutable_regression()->set_decided_by(request.decided_by());
  return absl::OkStatus();
}

void Regress(Change& change, v1::Regression::Cause cause, std::string_view shipment, absl::Time now) {
  change.set_state(Change::REGRESSED);
  v1::Regression& regression = *change.mutable_regression();
  regression.Clear();
  regression.set_cause(cause);
  regression.set_shipment(std::string(shipment));
  *regression.mutable_time() = ToProtoTime(now);
  change.clear_verify_time();
  EndChecks(change);
  SetKeepDue(change);
}

absl::Status Conclude(Change& change, const v1::ConcludeChangeRequest& request, std::string_view shipment,
                      absl::Time now) {
  RETURN_IF_ERROR(CheckState(change, {Change::SHIPPED}, "ConcludeChange"));
  if (request.verdict() == v1::Conclusion::FAILED) {
    Regress(change, v1::Regression::EFFECT, shipment, now);
    change.mutable_regression()->set_reason(request.reason());
    change.mutable_regression()->set_decided_by(request.decided_by());
  } else {
    Verify(change, now);
  }
  v1::Conclusion& conclusion = *change.mutable_conclusion();
  conclusion.set_verdict(request.verdict());
  conclusion.set_reason(request.reason());
  conclusion.set_decided_by(request.decided_by());
  *conclusion.mutable_time() = ToProtoTime(now);
  if (!request.root_cause().empty()) change.set_root_cause(request.root_cause());
  return absl::OkStatus();
}

void Check(Change& change, v1::EffectVerdict verdict, std::string_view shipment, absl::Time now) {
  bool all_came = true;
  for (const v1::ExpectedEffect& expected : change.expected_effects()) {
    const Came came = CameTrue(expected, verdict);
    all_came = all_came && came == Came::kYes;
    if (came != Came::kNo) continue;
    Regress(change, v1::Regression::EFFECT, shipment, now);
    return change.mutable_regression()->set_effect_verdict(verdict);
  }
  if (all_came) return Verify(change, now);
  change.set_check_count(change.check_count() + 1);
  change.clear_check_due_time();
  if (change.check_count() < kChecksMost) {
    *change.mutable_check_due_time() = ToProtoTime(now + kCheckDelay);
  } else {
    *change.mutable_conclude_due_time() = ToProtoTime(now);
  }
}

absl::Status Merge(Change& change, std::string_view survivor, int32_t shipment_count) {
  RETURN_IF_ERROR(CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::IN_PROGRESS}, "MergeChanges"));
  if (shipment_count > 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "ALREADY_SHIPPED",
                 fmt::format("{} has shipped to some, and stays their answer. Merge the other change into it, or move "
                             "its demands.",
                             change.name()),
                 {{"resource", change.name()}});
  }
  change.set_state(Change::MERGED);
  change.set_merged_into(std::string(survivor));
  return absl::OkStatus();
}

absl::Status Invite(Change& change) {
  RETURN_IF_ERROR(CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::IN_PROGRESS, Change::REGRESSED},
                             "InviteToPreview"));
  change.set_preview_rounds(change.preview_rounds() + 1);
  return absl::OkStatus();
}

ScoreTerms TermsOf(const Change& change) {
  if (!change.has_estimate()) return kUnestimated;
  const v1::Estimate& estimate = change.estimate();
  return {.weight = int64_t{estimate.impact_percent()} * estimate.confidence_percent(),
          .effort = estimate.effort_percent()};
}

int64_t ScoreOf(int64_t reach, const ScoreTerms& terms) { return reach * terms.weight / terms.effort; }

bool IsAgainstSustainability(const Change& change) {
  const v1::Decision& decision = change.decision();
  return decision.can_keep() == v1::Decision::NO || decision.for_everyone() == v1::Decision::NO ||
         decision.within_capability() == v1::Decision::NO;
}

absl::Time DecideDueTime(absl::Time first_demand_time) {
  absl::CivilDay day = absl::ToCivilDay(first_demand_time, absl::UTCTimeZone());
  const absl::Duration time_of_day = first_demand_time - absl::FromCivil(day, absl::UTCTimeZone());
  for (int left = kDecideWorkingDays; left > 0;) {
    const absl::Weekday weekday = absl::GetWeekday(++day);
    if (weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday) --left;
  }
  return absl::FromCivil(day, absl::UTCTimeZone()) + time_of_day;
}

bool IsThere(Change::State state) { return state == Change::SHIPPED || state == Change::VERIFIED; }

DemandsUpdated::Outcome Reception(Change::State state, absl::Time ship_time, absl::Time occur_time,
                                  tickets::v1::Happened happened) {
  const bool is_before =
      happened == tickets::v1::HAPPENED_UNSPECIFIED ? occur_time < ship_time : happened == tickets::v1::BEFORE_SHIP;
  switch (state) {
    case Change::PROPOSED:
    case Change::PLANNED:
    case Change::IN_PROGRESS:
    case Change::REGRESSED:
      return DemandsUpdated::CONFIRMED;
    case Change::SHIPPED:
    case Change::VERIFIED:
      return is_before ? DemandsUpdated::LATE : DemandsUpdated::RECURRENCE;
    default:
      return DemandsUpdated::REFUSED;
  }
}

}  // namespace dangol::backlog
