// The RPCs on engines and their revisions.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/engine_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Engine> CreateEngine(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::CreateEngineRequest& request);
absl::StatusOr<v1::Engine> GetEngine(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetEngineRequest& request);
absl::StatusOr<v1::ListEnginesResponse> ListEngines(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListEnginesRequest& request);
absl::StatusOr<v1::Engine> UpdateEngine(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::UpdateEngineRequest& request);
absl::StatusOr<v1::ListEngineRevisionsResponse> ListEngineRevisions(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                    const v1::ListEngineRevisionsRequest& request);
absl::StatusOr<v1::EngineRevision> AcknowledgeRevision(storage::Transaction& transaction, const rpc::Call& call,
                                                       const v1::AcknowledgeRevisionRequest& request);

}  // namespace dangol::metrics
