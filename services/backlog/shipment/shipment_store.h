// Shipments as rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {

// Adds the change's newest shipments, oldest first.
absl::Status ReadShipments(storage::Snapshot& snapshot, v1::Change& change);
// NOT_FOUND where there is none.
absl::StatusOr<v1::Shipment> ReadShipment(storage::Snapshot& snapshot, std::string_view name);
// The number of the change's newest shipment; 0: none.
absl::StatusOr<int64_t> LastShipment(storage::Snapshot& snapshot, std::string_view change_id);
absl::Status InsertShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number, bool partial,
                            absl::Time now);
// Adds to what a shipment answered, and to what of that came back.
absl::Status CountAnswers(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                          int64_t answered, int64_t reopened);
absl::Status FinishShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                            absl::Time now);
// It is taken back from now on.
absl::Status MarkReverted(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                          absl::Time now);
// When the change last shipped for everyone by a shipment that was not taken back; none: it is not there.
absl::StatusOr<std::optional<absl::Time>> LastShipTime(storage::Snapshot& snapshot, std::string_view change_id);
// All whom it answered wait again: it has answered nobody.
absl::Status ForgetAnswers(storage::Transaction& transaction, std::string_view change_id, int64_t number);

}  // namespace dangol::backlog
