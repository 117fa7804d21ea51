#include "services/tickets/policy/policy_store.h"

#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/policy/opening_hours.h"

namespace dangol::tickets {
namespace {

using v1::TriagePolicy;

using SharedTriage = std::shared_ptr<const Triage>;

// What a row says, or the default where there is none.
absl::StatusOr<std::shared_ptr<const Triage>> Parse(std::string bytes) {
  // The same text is the same policy: nearly every write reads it, and it hardly ever changes.
  thread_local std::pair<std::string, std::shared_ptr<const Triage>> last;
  if (last.second != nullptr && last.first == bytes) return last.second;
  TriagePolicy policy = DefaultPolicy();
  if (!bytes.empty() && !policy.ParseFromString(bytes)) return InternalError("the triage policy does not parse");
  last = {std::move(bytes), std::make_shared<const Triage>(policy)};
  return last.second;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Triage>> ReadTriage(storage::Snapshot& snapshot) {
  std::string bytes;
  RETURN_IF_ERROR(snapshot.Query("SELECT details FROM triage_policy ORDER BY version DESC LIMIT 1", {},
                                 [&](const storage::Row& row) { bytes = std::string(row.Bytes(0)); }));
  return Parse(std::move(bytes));
}

absl::StatusOr<std::shared_ptr<const Triage>> ReadTriage(storage::Transaction& transaction) {
  SharedTriage& shared = transaction.Shared<SharedTriage>();
  if (shared == nullptr) {
    ASSIGN_OR_RETURN(shared, ReadTriage(static_cast<storage::Snapshot&>(transaction)));
  }
  return shared;
}

absl::StatusOr<std::vector<TriagePolicy>> ReadPolicies(storage::Snapshot& snapshot, int64_t most) {
  std::vector<TriagePolicy> policies;
  bool parse = true;
  RETURN_IF_ERROR(snapshot.Query("SELECT details FROM triage_policy ORDER BY version DESC LIMIT $1", {most},
                                 [&](const storage::Row& row) {
                                   parse = policies.emplace_back().ParseFromString(std::string(row.Bytes(0))) && parse;
                                 }));
  if (!parse) return InternalError("a triage policy does not parse");
  if (static_cast<int64_t>(policies.size()) < most) policies.push_back(DefaultPolicy());
  return policies;
}

absl::Status StorePolicy(storage::Transaction& transaction, const rpc::Call& call, TriagePolicy& policy) {
  const int64_t version = transaction.NextVersion(resource::VersionOfEtag(policy.etag()));
  policy.set_etag(std::to_string(version));
  *policy.mutable_update_time() = ToProtoTime(call.now());
  transaction.ForgetShared<SharedTriage>();
  RETURN_IF_ERROR(transaction.Execute("INSERT INTO triage_policy (version, update_time, details) VALUES ($1, $2, $3)",
                                      {version, call.now(), storage::Param::Blob(policy.SerializeAsString())}));
  v1::TicketEvent event;
  *event.mutable_policy_updated()->mutable_working_hours() = FactsOf(HoursOf(policy));
  return feed::Append(transaction, call, event, {{policy.name(), version}});
}

}  // namespace dangol::tickets
