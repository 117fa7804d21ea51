#include "services/backlog/evidence/evidence_store.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/resource/table.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using resource::Column;
using resource::kIndexed;
using resource::kLater;
using resource::kUpdate;
using resource::NullableColumn;
using storage::Row;
using storage::Sql;
using v1::Change;
using v1::ListChangesRequest;

using OptionalTime = std::optional<absl::Time>;

struct EvidenceRow {
  std::string change_id;
  int64_t last_ordinal = 0;
  v1::Evidence evidence;
  ScoreTerms terms;
  int64_t score = 0;
  OptionalTime decide_due_time;
  Change::State state = Change::STATE_UNSPECIFIED;
  bool against = false;
  std::string stage;
  std::string owner;
  std::string release;
  absl::Time create_time;
  OptionalTime target_time;
  OptionalTime keep_due_time;
  OptionalTime conclude_due_time;
  OptionalTime publish_time;
  OptionalTime effect_ship_time;
  v1::EffectVerdict effect_verdict = v1::EFFECT_VERDICT_UNSPECIFIED;
  int64_t effect_look = 0;
};

// clang-format off
#define EVIDENCE(field) MEMBER_OF(EvidenceRow, evidence) / FIELD_OF(v1::Evidence, field)
#define LISTED(member) MEMBER_OF(EvidenceRow, member)
constexpr auto kEvidenceTable = resource::Table<EvidenceRow>(
    "evidence", std::tuple(
        Column<resource::kKey>(LISTED(change_id)),
        Column<kLater>(LISTED(last_ordinal)),
        Column<kLater>(EVIDENCE(demands)),
        Column<kLater>(EVIDENCE(customers)),
        Column<kLater>(EVIDENCE(anonymous)),
        Column<kLater>(EVIDENCE(answered)),
        Column<kLater>(EVIDENCE(late)),
        Column<kLater>(EVIDENCE(recurrences)),
        Column<kLater>(EVIDENCE(may_ask)),
        Column<kLater>(EVIDENCE(invited)),
        Column<kLater>(EVIDENCE(fixed)),
        Column<kLater>(EVIDENCE(not_fixed)),
        NullableColumn<kLater>(EVIDENCE(first_receive_time)),
        NullableColumn<kLater>(EVIDENCE(last_receive_time)),
        Column<kUpdate>(LISTED(terms) / MEMBER_OF(ScoreTerms, weight)),
        Column<kUpdate>(LISTED(terms) / MEMBER_OF(ScoreTerms, effort)),
        Column<kUpdate | kIndexed>(LISTED(score)),
        NullableColumn<kUpdate | kIndexed>(LISTED(decide_due_time)),
        Column<kUpdate | kIndexed>(LISTED(state)),
        Column<kUpdate | kIndexed>(LISTED(against)),
        Column<kUpdate | kIndexed>(LISTED(stage)),
        Column<kUpdate | kIndexed>(LISTED(owner)),
        Column<kUpdate | kIndexed>(LISTED(release), "release_label"),
        Column(LISTED(create_time)),
        NullableColumn<kUpdate | kIndexed>(LISTED(target_time)),
        NullableColumn<kUpdate | kIndexed>(LISTED(keep_due_time)),
        NullableColumn<kUpdate | kIndexed>(LISTED(conclude_due_time)),
        NullableColumn<kUpdate | kIndexed>(LISTED(publish_time)),
        NullableColumn<kLater>(LISTED(effect_ship_time)),
        Column<kLater>(LISTED(effect_verdict)),
        Column<kLater>(LISTED(effect_look))));
// clang-format on

static_assert(Change::PROPOSED == 1, "SetDecideDue has this number");

absl::StatusOr<EvidenceRow> ReadRow(storage::Snapshot& snapshot, const std::string& change) {
  ASSIGN_OR_RETURN(std::optional<EvidenceRow> row,
                   resource::Find<kEvidenceTable>(snapshot, {kChangePattern.Id(change)}));
  if (!row) return InternalError(std::string(change).append(" has no evidence"));
  return *std::move(row);
}

void CopyListed(const Change& change, EvidenceRow& row) {
  const bool shipped = IsThere(change.state());
  const auto time = [](bool set, const google::protobuf::Timestamp& value) {
    return set ? OptionalTime(FromProtoTime(value)) : std::nullopt;
  };
  row.terms = TermsOf(change);
  row.score = ScoreOf(row.evidence.customers() + row.evidence.anonymous(), row.terms);
  if (change.state() != Change::PROPOSED) row.decide_due_time.reset();
  row.state = change.state();
  row.against = shipped && IsAgainstSustainability(change);
  row.stage = change.stage();
  row.owner = change.owner();
  row.release = change.release();
  row.create_time = FromProtoTime(change.create_time());
  row.target_time = time(change.has_target_time(), change.target_time());
  row.keep_due_time = time(change.has_keep_due_time(), change.keep_due_time());
  row.conclude_due_time = time(change.has_conclude_due_time(), change.conclude_due_time());
  row.publish_time = time(shipped && change.published(), change.ship_time());
}

// The filters that no index is chosen for; those that are not asked for are empty or 0.
#define FILTERS                                                                                                  \
  " AND ($4 = '' OR stage = $4) AND ($5 = '' OR owner = $5) AND ($6 = '' OR release_label = $6) AND ($7 = 0 OR " \
  "against = 1) AND ($8 = 0 OR decide_due_time IS NOT NULL)"
#define GREATEST(rank, narrows)                                                                                    \
  "SELECT " rank ", change_id FROM evidence WHERE state = $1 AND (" rank ", change_id) < ($2, $3)" narrows FILTERS \
  " ORDER BY " rank " DESC, change_id DESC LIMIT $9"
#define EARLIEST(rank)                                                                            \
  "SELECT " rank ", change_id FROM evidence WHERE state = $1 AND " rank " IS NOT NULL AND (" rank \
  ", change_id) > ($2, $3)" FILTERS " ORDER BY " rank ", change_id LIMIT $9"
// One for each index that narrows a list; `<> ''` says that a partial one serves it.
#define EACH_NARROWING(rank)                                             \
  GREATEST(rank, ""), GREATEST(rank, " AND stage = $4 AND stage <> ''"), \
      GREATEST(rank, " AND owner = $5 AND owner <> ''"),                 \
      GREATEST(rank, " AND release_label = $6 AND release_label <> ''"), GREATEST(rank, " AND against = 1")

size_t Narrowing(const ListChangesRequest& request) {
  if (!request.owner().empty()) return 2;
  if (!request.release().empty()) return 3;
  if (request.against_sustainability()) return 4;
  return request.stage().empty() ? 0 : 1;
}

Sql ListSql(const ListChangesRequest& request) {
  static constexpr Sql kNewest[] = {EACH_NARROWING("create_time")};
  static constexpr Sql kByScore[] = {EACH_NARROWING("score")};
  static constexpr Sql kByTarget = EARLIEST("target_time");
  static constexpr Sql kUndecided = EARLIEST("decide_due_time");
  static constexpr Sql kToKeep = EARLIEST("keep_due_time");
  static constexpr Sql kToConclude = EARLIEST("conclude_due_time");
  switch (request.order()) {
    case ListChangesRequest::SCORE:
      return kByScore[Narrowing(request)];
    case ListChangesRequest::TARGET_TIME:
      return kByTarget;
    case ListChangesRequest::DECIDE_DUE_TIME:
      return kUndecided;
    case ListChangesRequest::KEEP_DUE_TIME:
      return kToKeep;
    case ListChangesRequest::CONCLUDE_DUE_TIME:
      return kToConclude;
    default:
      return kNewest[Narrowing(request)];
  }
}

bool EarliestFirst(const ListChangesRequest& request) { return request.order() >= ListChangesRequest::TARGET_TIME; }

ListKey First(bool earliest_first) {
  if (earliest_first) return {std::numeric_limits<int64_t>::min(), ""};
  return {std::numeric_limits<int64_t>::max(), "~"};  // behind every id
}

}  // namespace

absl::Status InsertEvidence(storage::Transaction& transaction, const Change& change) {
  EvidenceRow row;
  row.change_id = kChangePattern.Id(change.name());
  CopyListed(change, row);
  return resource::Insert<kEvidenceTable>(transaction, row);
}

absl::Status ReadEvidence(storage::Snapshot& snapshot, Change& change) {
  ASSIGN_OR_RETURN(EvidenceRow row, ReadRow(snapshot, change.name()));
  *change.mutable_evidence() = std::move(row.evidence);
  change.set_score_hundredths(row.score);
  if (row.decide_due_time) *change.mutable_decide_due_time() = ToProtoTime(*row.decide_due_time);
  if (row.effect_ship_time && *row.effect_ship_time == FromProtoTime(change.ship_time()))
    change.set_effect_verdict(row.effect_verdict);
  return absl::OkStatus();
}

absl::Status CopyToEvidence(storage::Transaction& transaction, const Change& change) {
  ASSIGN_OR_RETURN(const EvidenceRow before, ReadRow(transaction, change.name()));
  EvidenceRow row = before;
  CopyListed(change, row);
  return resource::Update<kEvidenceTable>(transaction, before, row);
}

absl::Status AddEvidence(storage::Transaction& transaction, std::string_view change_id, const EvidenceTally& tally) {
  RETURN_IF_ERROR(transaction.Execute(
      R"(
      UPDATE evidence SET demands = demands + $2, answered = answered + $3, late = late + $4,
        recurrences = recurrences + $5, customers = customers + $6, anonymous = anonymous + $7,
        may_ask = may_ask + $8, invited = invited + $9, fixed = fixed + $10, not_fixed = not_fixed + $11,
        score = (customers + $6 + anonymous + $7) * weight / effort
      WHERE change_id = $1)",
      {change_id, tally.demands, tally.answered, tally.late, tally.recurrences, tally.customers, tally.anonymous,
       tally.may_ask, tally.invited, tally.fixed, tally.not_fixed}));
  if (tally.demands >= 0) return absl::OkStatus();
  return transaction.Execute(
      "UPDATE evidence SET decide_due_time = NULL WHERE change_id = $1 AND demands = 0 AND decide_due_time IS NOT NULL",
      {change_id});
}

absl::StatusOr<int64_t> EnterEvidence(storage::Transaction& transaction, std::string_view change_id,
                                      const EvidenceTally& tally, absl::Time receive_time) {
  return transaction.QueryInteger(
      R"(
      UPDATE evidence SET last_ordinal = last_ordinal + 1, demands = demands + $2, answered = answered + $3,
        late = late + $4, recurrences = recurrences + $5, customers = customers + $7, anonymous = anonymous + $8,
        may_ask = may_ask + $9, invited = invited + $10, fixed = fixed + $11, not_fixed = not_fixed + $12,
        score = (customers + $7 + anonymous + $8) * weight / effort,
        first_receive_time = CASE WHEN first_receive_time < $6 THEN first_receive_time ELSE $6 END,
        last_receive_time = CASE WHEN last_receive_time > $6 THEN last_receive_time ELSE $6 END
      WHERE change_id = $1
      RETURNING last_ordinal)",
      {change_id, tally.demands, tally.answered, tally.late, tally.recurrences, receive_time, tally.customers,
       tally.anonymous, tally.may_ask, tally.invited, tally.fixed, tally.not_fixed});
}

absl::Status SetDecideDue(storage::Transaction& transaction, std::string_view change_id, absl::Time due_time) {
  return transaction.Execute(
      "UPDATE evidence SET decide_due_time = $2 WHERE change_id = $1 AND state = 1 AND decide_due_time IS NULL",
      {change_id, due_time});
}

absl::Status NoteEffect(storage::Transaction& transaction, std::string_view change_id, absl::Time ship_time,
                        v1::EffectVerdict verdict, int64_t look) {
  return transaction.Execute(R"(
      UPDATE evidence SET effect_ship_time = $2, effect_verdict = $3, effect_look = $4
      WHERE change_id = $1 AND (effect_look < $4 OR effect_ship_time <> $2)
        AND EXISTS (SELECT 1 FROM change AS c WHERE c.change_id = $1 AND c.ship_time = $2))",
                             {change_id, ship_time, verdict, look});
}

// As a TimeKey is written, whose times are such numbers.
std::string ListKey::Encode() const { return resource::TimeKey{absl::FromUnixMicros(rank), id}.Encode(); }

std::optional<ListKey> ListKey::Decode(std::string_view bytes) {
  std::optional<resource::TimeKey> key = resource::TimeKey::Decode(bytes);
  if (!key) return std::nullopt;
  return ListKey{absl::ToUnixMicros(key->time), std::move(key->id)};
}

absl::StatusOr<std::vector<ListKey>> ListChangeKeys(storage::Snapshot& snapshot, const ListChangesRequest& request,
                                                    const std::optional<ListKey>& after, int64_t most) {
  std::set<int> states(request.states().begin(), request.states().end());
  if (states.empty()) {
    for (int state = Change::PROPOSED; state <= Change::State_MAX; ++state) states.insert(state);
  }
  // Else all of the other states would be looked through, for none.
  if (request.undecided()) std::erase_if(states, [](int state) { return state != Change::PROPOSED; });
  const bool earliest_first = EarliestFirst(request);
  const ListKey behind = after.value_or(First(earliest_first));
  std::vector<ListKey> keys;
  for (const int state : states) {
    RETURN_IF_ERROR(snapshot.Query(ListSql(request),
                                   {state, behind.rank, behind.id, request.stage(), request.owner(), request.release(),
                                    request.against_sustainability(), request.undecided(), most},
                                   [&](const Row& row) {
                                     keys.push_back({row.Integer(0), row.Text(1)});
                                   }));
  }
  std::ranges::sort(keys, [&](const ListKey& a, const ListKey& b) {
    return earliest_first ? std::tie(a.rank, a.id) < std::tie(b.rank, b.id)
                          : std::tie(a.rank, a.id) > std::tie(b.rank, b.id);
  });
  return keys;
}

absl::StatusOr<std::vector<ListKey>> ListPublishedKeys(storage::Snapshot& snapshot, const std::optional<ListKey>& after,
                                                       int64_t most) {
  const ListKey behind = after.value_or(First(false));
  std::vector<ListKey> keys;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT publish_time, change_id FROM evidence
      WHERE publish_time IS NOT NULL AND (publish_time, change_id) < ($1, $2)
      ORDER BY publish_time DESC, change_id DESC
      LIMIT $3)",
                                 {behind.rank, behind.id, most}, [&](const Row& row) {
                                   keys.push_back({row.Integer(0), row.Text(1)});
                                 }));
  return keys;
}

}  // namespace dangol::backlog
