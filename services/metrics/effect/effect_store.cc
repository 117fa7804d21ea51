#include "services/metrics/effect/effect_store.h"

#include <tuple>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/table.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::NullableColumn;
using storage::Row;
using tickets::v1::Ticket;
using v1::Effect;

#define EFFECT(field) MEMBER_OF(EffectRow, effect) / FIELD_OF(v1::Effect, field)
#define IN_DETAILS(field) FIELD_OF(v1::Effect, field)

// clang-format off
constexpr auto kEffectTable = resource::Table<EffectRow>(
    "effect", std::tuple(
        resource::KeyColumn(kEffectPattern, 0, EFFECT(name), "effect_id"),
        Column(EFFECT(verdict)),
        Column(EFFECT(ship_time)),
        NullableColumn(EFFECT(next_look_time)),
        Column(MEMBER_OF(EffectRow, look_day)),
        resource::Rest(MEMBER_OF(EffectRow, effect),
                       IN_DETAILS(change), IN_DETAILS(contact_reasons), IN_DETAILS(engine), IN_DETAILS(exposure_kpi),
                       IN_DETAILS(propose_time), IN_DETAILS(grade), IN_DETAILS(before), IN_DETAILS(after),
                       IN_DETAILS(look), IN_DETAILS(verdict_day), IN_DETAILS(finished), IN_DETAILS(stage))));
// clang-format on

}  // namespace

absl::StatusOr<std::optional<EffectRow>> FindEffect(storage::Snapshot& snapshot, std::string_view effect_id) {
  return resource::Find<kEffectTable>(snapshot, {effect_id});
}

absl::StatusOr<Effect> ReadEffect(storage::Snapshot& snapshot, std::string_view name) {
  const std::string_view effect_id = kEffectPattern.Id(name);
  ASSIGN_OR_RETURN(std::optional<EffectRow> row, FindEffect(snapshot, effect_id));
  if (!row) return NotFound(name);
  bool parsed = true;
  RETURN_IF_ERROR(snapshot.Query("SELECT details FROM effect_look WHERE effect_id = $1 AND ship_time = $2 ORDER BY day",
                                 {effect_id, FromProtoTime(row->effect.ship_time())}, [&](const Row& look) {
                                   const std::string_view details = look.Bytes(0);
                                   parsed &= row->effect.add_looks()->ParseFromArray(details.data(),
                                                                                     static_cast<int>(details.size()));
                                 }));
  if (!parsed) return InternalError(fmt::format("a look of {} cannot be parsed", name));
  return std::move(row->effect);
}

absl::Status WriteEffect(storage::Transaction& transaction, const EffectRow& row) {
  return resource::Replace<kEffectTable>(transaction, row);
}

absl::Status InsertLook(storage::Transaction& transaction, const Effect& effect, int64_t day,
                        const v1::EffectLook& look) {
  const std::string details = look.SerializeAsString();
  return transaction.Execute(
      "INSERT INTO effect_look (effect_id, ship_time, day, details) VALUES ($1, $2, $3, $4)",
      {kEffectPattern.Id(effect.name()), FromProtoTime(effect.ship_time()), day, storage::Param::Blob(details)});
}

absl::Status DeleteLooks(storage::Transaction& transaction, std::string_view effect_id, absl::Time since) {
  return transaction.Execute("DELETE FROM effect_look WHERE effect_id = $1 AND ship_time >= $2", {effect_id, since});
}

absl::Status DeleteEffect(storage::Transaction& transaction, std::string_view effect_id) {
  ASSIGN_OR_RETURN(const int64_t deleted, transaction.Change("DELETE FROM effect WHERE effect_id = $1", {effect_id}));
  if (deleted == 0) return absl::OkStatus();
  return transaction.Execute("DELETE FROM effect_look WHERE effect_id = $1", {effect_id});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListEffectKeys(storage::Snapshot& snapshot, int64_t verdicts,
                                                              const std::optional<resource::TimeKey>& before,
                                                              int64_t most) {
  const resource::TimeKey from = before.value_or(resource::TimeKey::BeforeNewest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT ship_time, effect_id FROM effect
      WHERE (ship_time, effect_id) < ($1, $2) AND (($3 >> CAST(verdict AS INTEGER)) & 1) = 1
      ORDER BY ship_time DESC, effect_id DESC
      LIMIT $4)",
                                {from.time, from.id, verdicts, most});
}

absl::Status AddReasons(storage::Snapshot& snapshot, const std::string& reason, std::set<std::string>& reasons) {
  reasons.insert(reason);
  // '0' comes just behind '/'. One row a step, however many tickets there are.
  const std::string end = reason + '0';
  std::string last = reason + '/';
  while (true) {
    std::optional<std::string> next;
    RETURN_IF_ERROR(
        snapshot.Query("SELECT MIN(contact_reason) FROM ticket_loop WHERE contact_reason > $1 AND contact_reason < $2",
                       {last, end}, [&](const Row& row) {
                         if (!row.IsNull(0)) next = row.Text(0);
                       }));
    if (!next) return absl::OkStatus();
    reasons.insert(*next);
    last = *std::move(next);
  }
}

absl::StatusOr<std::vector<absl::Time>> ComplaintTimes(storage::Snapshot& snapshot, std::string_view reason,
                                                       absl::Time from, absl::Time until) {
  std::vector<absl::Time> times;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT receive_time FROM ticket_loop
      WHERE contact_reason = $1 AND receive_time >= $2 AND receive_time < $3 AND kind IN ($4, $5, $6)
        AND state NOT IN ($7, $8) AND imported = 0 AND internal = 0
      ORDER BY receive_time)",
                                 {reason, from, until, Ticket::KIND_UNSPECIFIED, Ticket::COMPLAINT, Ticket::REQUEST,
                                  Ticket::DUPLICATE, Ticket::SPAM},
                                 [&](const Row& row) { times.push_back(row.Time(0)); }));
  return times;
}

absl::StatusOr<std::optional<absl::Time>> FirstComplaintTime(storage::Snapshot& snapshot) {
  std::optional<absl::Time> first;
  // Each kind by itself is one look into the index.
  for (const Ticket::Kind kind : {Ticket::KIND_UNSPECIFIED, Ticket::COMPLAINT, Ticket::REQUEST}) {
    RETURN_IF_ERROR(snapshot.Query(R"(
        SELECT receive_time FROM ticket_loop
        WHERE kind = $1 AND state NOT IN ($2, $3) AND imported = 0 AND internal = 0 AND receive_time IS NOT NULL
        ORDER BY receive_time
        LIMIT 1)",
                                   {kind, Ticket::DUPLICATE, Ticket::SPAM}, [&](const Row& row) {
                                     if (!first || row.Time(0) < *first) first = row.Time(0);
                                   }));
  }
  return first;
}

}  // namespace dangol::metrics
