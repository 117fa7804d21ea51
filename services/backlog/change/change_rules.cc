#include "services/backlog/change/change_rules.h"

#include <initializer_list>
#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/limits.h"

namespace dangol::backlog {
namespace {

using v1::Change;
using v1::DemandsUpdated;
using Notes = google::protobuf::Map<std::string, std::string>;

// The event of a shipment carries all notes, and an event holds 64 KiB.
constexpr int kNotesMax = 32;
constexpr size_t kNotesBytesMax = 48 << 10;
static_assert(kNotesBytesMax < feed::kPayloadBytesMax);

absl::Status CheckState(const Change& change, std::initializer_list<Change::State> allowed, std::string_view action) {
  std::string names;
  for (Change::State state : allowed) {
    if (change.state() == state) return absl::OkStatus();
    names += (names.empty() ? "" : ", ") + Change::State_Name(state);
  }
  return WrongState(change.name(), Change::State_Name(change.state()), action, names);
}

absl::Status CheckDecision(const Change& change, bool given) {
  if (given || change.has_decision()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "DECISION_MISSING",
               fmt::format("{} has no decision, which has to be there before it leaves PROPOSED. Send `decision`.",
                           change.name()),
               {{"resource", change.name()}});
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

absl::Status Plan(Change& change, const v1::PlanChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckState(change, {Change::PROPOSED, Change::IN_PROGRESS, Change::REGRESSED}, "PlanChange"));
  RETURN_IF_ERROR(CheckDecision(change, request.has_decision()));
  if (request.kind() == Change::KIND_UNSPECIFIED && change.kind() == Change::KIND_UNSPECIFIED) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "KIND_MISSING",
        fmt::format("{} has no kind, which has to be there by the time it is planned. Send `kind`.", change.name()),
        {{"resource", change.name()}});
  }
  if (request.has_decision()) *change.mutable_decision() = request.decision();
  if (request.kind() != Change::KIND_UNSPECIFIED) change.set_kind(request.kind());
  change.set_state(Change::PLANNED);
  *change.mutable_plan_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Start(Change& change, const v1::StartChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::REGRESSED}, "StartChange"));
  RETURN_IF_ERROR(CheckDecision(change, request.has_decision()));
  if (request.has_decision()) *change.mutable_decision() = request.decision();
  change.set_state(Change::IN_PROGRESS);
  *change.mutable_start_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Ship(Change& change, const v1::ShipChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(
      CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::IN_PROGRESS, Change::REGRESSED}, "ShipChange"));
  RETURN_IF_ERROR(CheckDecision(change, request.has_decision()));
  Notes notes = change.customer_notes();
  for (const auto& [language, note] : request.customer_notes()) notes[language] = note;
  RETURN_IF_ERROR(CheckNotes(notes, "customer_notes"));
  *change.mutable_customer_notes() = std::move(notes);
  if (request.has_decision()) *change.mutable_decision() = request.decision();
  if (request.tickets().empty()) {
    change.set_state(Change::SHIPPED);
    *change.mutable_ship_time() = ToProtoTime(now);
  } else if (change.state() != Change::IN_PROGRESS) {
    change.set_state(Change::IN_PROGRESS);
    *change.mutable_start_time() = ToProtoTime(now);
  }
  return absl::OkStatus();
}

absl::Status Drop(Change& change, const v1::DropChangeRequest& request, absl::Time now) {
  RETURN_IF_ERROR(
      CheckState(change, {Change::PROPOSED, Change::PLANNED, Change::IN_PROGRESS, Change::REGRESSED}, "DropChange"));
  change.set_state(Change::DROPPED);
  change.mutable_drop()->set_reason(request.reason());
  change.mutable_drop()->set_decided_by(request.decided_by());
  *change.mutable_drop()->mutable_time() = ToProtoTime(now);
  return absl::OkStatus();
}

DemandsUpdated::Outcome Reception(Change::State state, absl::Time ship_time, absl::Time occur_time) {
  switch (state) {
    case Change::PROPOSED:
    case Change::PLANNED:
    case Change::IN_PROGRESS:
    case Change::REGRESSED:
      return DemandsUpdated::CONFIRMED;
    case Change::SHIPPED:
    case Change::VERIFIED:
      return occur_time < ship_time ? DemandsUpdated::LATE : DemandsUpdated::RECURRENCE;
    default:
      return DemandsUpdated::REFUSED;
  }
}

}  // namespace dangol::backlog
