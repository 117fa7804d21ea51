// Schemas that grow by numbered steps. A step that was released is never edited: a database that another text of it
// made is refused. A database has the component `core` and that of the service that it belongs to, and no others.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"

namespace dangol::storage {

struct Migration {
  std::string_view name;  // such as `tickets`
  std::string_view script;
};

// The steps of one component, numbered from 1 by their place.
struct Schema {
  std::string_view component;  // such as `tickets`
  std::span<const Migration> migrations;
};

// Brings every component to its newest step, each step in a transaction of its own: after a crash it goes on where it
// stopped. The last schema is the service's own. Errors: FAILED_PRECONDITION, reason DATABASE_OF_ANOTHER_SERVICE where
// the database has a component that is none of these, reason SCHEMA_NEWER where it has steps that this program does not
// know, reason SCHEMA_CHANGED where a step that ran was not the one that the program has. Nothing was changed then.
absl::Status Migrate(WriteConnection& connection, std::span<const Schema> schemas, absl::Time now);

// Makes the tables of an empty database in a transaction of the caller's, who has more to do before anybody sees them.
absl::Status MakeSchema(WriteConnection& connection, Transaction& transaction, std::span<const Schema> schemas,
                        absl::Time now);

// OK where every component is at its newest step. Errors: those of Migrate, and FAILED_PRECONDITION, reason
// SCHEMA_OLDER where steps are missing.
absl::Status CheckNewest(Snapshot& snapshot, std::span<const Schema> schemas);

// The newest step of each component.
absl::StatusOr<std::map<std::string, int64_t>> ReadSchemaVersions(Snapshot& snapshot);

}  // namespace dangol::storage
