// Engines and their revisions as rows, and what the feed is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/resource/table.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "services/metrics/engine/engine_rules.h"

namespace dangol::metrics {

struct EngineRow {
  v1::Engine engine;
};
using LoadedEngine = resource::Loaded<EngineRow>;
struct RevisionRow {
  v1::EngineRevision revision;
};
using LoadedRevision = resource::Loaded<RevisionRow>;

// NOT_FOUND where there is none.
absl::StatusOr<v1::Engine> ReadEngine(storage::Snapshot& snapshot, std::string_view name);
// To be changed. NOT_FOUND; ABORTED unless `etag` is empty or the engine's.
absl::StatusOr<LoadedEngine> LoadEngine(storage::Snapshot& snapshot, std::string_view name, std::string_view etag);
// What stands against a change of the engine.
absl::StatusOr<EngineUse> ReadEngineUse(storage::Snapshot& snapshot, std::string_view engine_id);

// Why a revision was made.
struct Occasion {
  std::string note;
  std::vector<std::string> changes;
  std::vector<v1::Difference> differences;
};

// Stores a new engine, the default one where there is none yet, with its first revision, gives it its etag, and tells
// of it. ALREADY_EXISTS where the name is taken.
absl::Status AddEngine(storage::Transaction& transaction, const rpc::Call& call, v1::Engine& engine);
// Stores an engine, as its next version, with its newest revision, and tells of it.
absl::Status StoreEngine(storage::Transaction& transaction, const rpc::Call& call, LoadedEngine& engine,
                         Occasion occasion);

// Keys behind `after`, oldest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListEngineKeys(storage::Snapshot& snapshot,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most);

// With what members said of it. NOT_FOUND where there is none.
absl::StatusOr<v1::EngineRevision> ReadRevision(storage::Snapshot& snapshot, std::string_view name);
// To be acknowledged. NOT_FOUND; ABORTED unless `etag` is empty or the revision's.
absl::StatusOr<LoadedRevision> LoadRevision(storage::Snapshot& snapshot, std::string_view name, std::string_view etag);
// Stores what a member says of a revision in place of what the member said before.
absl::Status StoreAcknowledgement(storage::Transaction& transaction, LoadedRevision& revision,
                                  const v1::Acknowledgement& acknowledgement);
// Numbers of revisions below `before`, the newest first.
absl::StatusOr<std::vector<resource::NumberKey>> ListRevisionKeys(storage::Snapshot& snapshot,
                                                                  std::string_view engine_id,
                                                                  const std::optional<resource::NumberKey>& before,
                                                                  int64_t most);

}  // namespace dangol::metrics
