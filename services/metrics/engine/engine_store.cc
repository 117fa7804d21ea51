#include "services/metrics/engine/engine_store.h"

#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::kUpdate;
using storage::Row;
using v1::Acknowledgement;
using v1::Engine;
using v1::EngineRevision;

#define ENGINE(field) MEMBER_OF(EngineRow, engine) / FIELD_OF(v1::Engine, field)
#define IN_ENGINE(field) FIELD_OF(v1::Engine, field)
#define REVISION(field) MEMBER_OF(RevisionRow, revision) / FIELD_OF(v1::EngineRevision, field)
#define IN_REVISION(field) FIELD_OF(v1::EngineRevision, field)

// clang-format off
constexpr auto kEngineTable = resource::Table<EngineRow>(
    "engine", std::tuple(
        resource::KeyColumn(kEnginePattern, 0, ENGINE(name), "engine_id"),
        resource::VersionColumn(ENGINE(etag)),
        Column<kUpdate>(ENGINE(revision)),
        Column(ENGINE(default_engine)),
        Column<kUpdate>(ENGINE(time_zone)),
        Column<kUpdate>(ENGINE(week_start)),
        Column(ENGINE(create_time)),
        Column<kUpdate>(ENGINE(update_time)),
        resource::Rest(MEMBER_OF(EngineRow, engine),
                       IN_ENGINE(display_names), IN_ENGINE(closed_days), IN_ENGINE(closed_weekdays), IN_ENGINE(holidays), IN_ENGINE(exposure_kpi), IN_ENGINE(stages))));

constexpr auto kRevisionTable = resource::Table<RevisionRow>(
    "engine_revision", std::tuple(
        resource::KeyColumn(kEngineRevisionPattern, 0, REVISION(name), "engine_id"),
        resource::NumberKeyColumn(kEngineRevisionPattern, 1, REVISION(name), "revision"),
        resource::VersionColumn(REVISION(etag)),
        Column(REVISION(create_time)),
        resource::Rest(MEMBER_OF(RevisionRow, revision),
                       IN_REVISION(author), IN_REVISION(note), IN_REVISION(changes), IN_REVISION(differences),
                       IN_REVISION(engine))));
// clang-format on

std::string_view IdOf(const Engine& engine) { return kEnginePattern.Id(engine.name()); }

absl::Status AddRevision(storage::Transaction& transaction, const rpc::Call& call, const Engine& engine,
                         Occasion& occasion) {
  RevisionRow row;
  EngineRevision& revision = row.revision;
  revision.set_name(kEngineRevisionPattern.Name(IdOf(engine), engine.revision()));
  resource::SetFirstVersion(transaction, revision);
  revision.set_author(call.principal().name);
  revision.set_note(std::move(occasion.note));
  revision.mutable_changes()->Assign(occasion.changes.begin(), occasion.changes.end());
  revision.mutable_differences()->Assign(occasion.differences.begin(), occasion.differences.end());
  *revision.mutable_engine() = engine;
  *revision.mutable_create_time() = ToProtoTime(call.now());
  return resource::Insert<kRevisionTable>(transaction, row);
}

absl::Status WriteOwners(storage::Transaction& transaction, const Engine& engine) {
  RETURN_IF_ERROR(transaction.Execute("DELETE FROM member_stage WHERE engine_id = $1", {IdOf(engine)}));
  for (const v1::Stage& stage : engine.stages()) {
    if (stage.retired() || stage.owner().empty()) continue;
    RETURN_IF_ERROR(transaction.Execute("INSERT INTO member_stage (member_id, engine_id, stage_id) VALUES ($1, $2, $3)",
                                        {kMemberPattern.Id(stage.owner()), IdOf(engine), stage.stage_id()}));
  }
  return absl::OkStatus();
}

// What comes with every revision.
absl::Status Complete(storage::Transaction& transaction, const rpc::Call& call, const EngineRow& row,
                      Occasion occasion) {
  v1::MetricsEvent event;
  v1::EngineRevised& revised = *event.mutable_engine_revised();
  revised.set_engine(row.engine.name());
  revised.set_revision(row.engine.revision());
  revised.mutable_changes()->Assign(occasion.changes.begin(), occasion.changes.end());
  RETURN_IF_ERROR(AddRevision(transaction, call, row.engine, occasion));
  RETURN_IF_ERROR(WriteOwners(transaction, row.engine));
  return feed::Append(transaction, call, event, {{row.engine.name(), resource::VersionOf<kEngineTable>(row)}});
}

absl::Status ReadAcknowledgements(storage::Snapshot& snapshot, EngineRevision& revision) {
  return snapshot.Query(R"(
      SELECT member_id, answer, note, time FROM acknowledgement
      WHERE engine_id = $1 AND revision = $2
      ORDER BY member_id)",
                        {kEngineRevisionPattern.Id(revision.name()), revision.engine().revision()},
                        [&](const Row& row) {
                          Acknowledgement& acknowledgement = *revision.add_acknowledgements();
                          acknowledgement.set_member(kMemberPattern.Name(row.Bytes(0)));
                          acknowledgement.set_answer(static_cast<Acknowledgement::Answer>(row.Integer(1)));
                          acknowledgement.set_note(row.Text(2));
                          *acknowledgement.mutable_time() = ToProtoTime(row.Time(3));
                        });
}

}  // namespace

absl::StatusOr<Engine> ReadEngine(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(EngineRow row, resource::Read<kEngineTable>(snapshot, name));
  return std::move(row.engine);
}

absl::StatusOr<LoadedEngine> LoadEngine(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  return resource::Load<kEngineTable>(snapshot, name, etag);
}

absl::StatusOr<EngineUse> ReadEngineUse(storage::Snapshot& snapshot, std::string_view engine_id) {
  EngineUse use;
  std::set<std::string> stage_ids;
  RETURN_IF_ERROR(snapshot.Query("SELECT DISTINCT stage FROM kpi WHERE engine_id = $1 AND stage <> '' ORDER BY stage",
                                 {engine_id},
                                 [&](const Row& row) { stage_ids.emplace(kStagePattern.Id(row.Bytes(0), 1)); }));
  use.stage_ids.assign(stage_ids.begin(), stage_ids.end());
  RETURN_IF_ERROR(snapshot.Query("SELECT day FROM observation WHERE engine_id = $1 ORDER BY kpi_id, day LIMIT 1",
                                 {engine_id}, [&](const Row&) { use.has_numbers = true; }));
  return use;
}

absl::Status AddEngine(storage::Transaction& transaction, const rpc::Call& call, Engine& engine) {
  ASSIGN_OR_RETURN(const int64_t engines, transaction.QueryInteger("SELECT COUNT(*) FROM engine", {}));
  engine.set_default_engine(engines == 0);
  resource::SetFirstVersion(transaction, engine);
  const EngineRow row{engine};
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kEngineTable>(transaction, row));
  if (!inserted) return AlreadyExists(engine.name());
  return Complete(transaction, call, row, {});
}

absl::Status StoreEngine(storage::Transaction& transaction, const rpc::Call& call, LoadedEngine& engine,
                         Occasion occasion) {
  RETURN_IF_ERROR(
      resource::Store<kEngineTable>(transaction, engine, engine.row.engine.mutable_update_time(), call.now()));
  return Complete(transaction, call, engine.row, std::move(occasion));
}

absl::StatusOr<std::vector<resource::TimeKey>> ListEngineKeys(storage::Snapshot& snapshot,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most) {
  const resource::TimeKey from = after.value_or(resource::TimeKey::BeforeOldest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, engine_id FROM engine
      WHERE (create_time, engine_id) > ($1, $2)
      ORDER BY create_time, engine_id
      LIMIT $3)",
                                {from.time, from.id, most});
}

absl::StatusOr<EngineRevision> ReadRevision(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(LoadedRevision loaded, LoadRevision(snapshot, name, ""));
  RETURN_IF_ERROR(ReadAcknowledgements(snapshot, loaded.row.revision));
  return std::move(loaded.row.revision);
}

absl::StatusOr<LoadedRevision> LoadRevision(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  const std::string_view id = kEngineRevisionPattern.Id(name, 1);
  int64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  // An id that is no number, or one with zeros before it, is none.
  if (std::to_string(number) != id) return NotFound(name);
  ASSIGN_OR_RETURN(std::optional<LoadedRevision> loaded,
                   resource::FindToUpdate<kRevisionTable>(snapshot, {kEngineRevisionPattern.Id(name), number},
                                                          resource::Part::kWhole));
  if (!loaded) return NotFound(name);
  const std::string& current = loaded->row.revision.etag();
  if (!etag.empty() && etag != current) return EtagMismatch(name, etag, current);
  return *std::move(loaded);
}

absl::Status StoreAcknowledgement(storage::Transaction& transaction, LoadedRevision& revision,
                                  const Acknowledgement& acknowledgement) {
  resource::SetVersion<kRevisionTable>(revision.row,
                                       transaction.NextVersion(resource::VersionOf<kRevisionTable>(revision.row)));
  RETURN_IF_ERROR(resource::Update<kRevisionTable>(transaction, revision));
  const EngineRevision& acknowledged = revision.row.revision;
  return transaction.Execute(R"(
      INSERT INTO acknowledgement (engine_id, revision, member_id, answer, note, time)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (engine_id, revision, member_id)
      DO UPDATE SET answer = excluded.answer, note = excluded.note, time = excluded.time)",
                             {kEngineRevisionPattern.Id(acknowledged.name()), acknowledged.engine().revision(),
                              kMemberPattern.Id(acknowledgement.member()), acknowledgement.answer(),
                              acknowledgement.note(), FromProtoTime(acknowledgement.time())});
}

absl::StatusOr<std::vector<resource::NumberKey>> ListRevisionKeys(storage::Snapshot& snapshot,
                                                                  std::string_view engine_id,
                                                                  const std::optional<resource::NumberKey>& before,
                                                                  int64_t most) {
  std::vector<resource::NumberKey> keys;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT revision FROM engine_revision
      WHERE engine_id = $1 AND revision < $2
      ORDER BY revision DESC
      LIMIT $3)",
                                 {engine_id, before ? before->number : INT64_MAX, most},
                                 [&](const Row& row) { keys.push_back({row.Integer(0)}); }));
  return keys;
}

}  // namespace dangol::metrics
