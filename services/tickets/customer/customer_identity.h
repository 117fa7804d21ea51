// By what customers are found: their external ids and the contact points that identify. An index of what stands in the
// customers' rows, kept up by who stores those.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/storage/database.h"
#include "dangol/tickets/v1/customer.pb.h"

namespace dangol::tickets {

// The id of the customer who has this external id; empty: nobody.
absl::StatusOr<std::string> CustomerWithExternalId(storage::Snapshot& snapshot, const v1::ExternalId& external_id);

// Ids of the customers who have this contact point, which identifies, the first made first; a hundred at most.
absl::StatusOr<std::vector<std::string>> CustomersWithContact(storage::Snapshot& snapshot,
                                                              const v1::ContactPoint& contact_point);

// A customer was `before` and is `after`. Who has a new contact point, too, is possibly the same. ALREADY_EXISTS where
// another has a new external id.
absl::Status UpdateIdentities(storage::Transaction& transaction, const v1::Customer& before, const v1::Customer& after);

// Ids of the customers who are possibly the same; a hundred at most.
absl::StatusOr<std::vector<std::string>> PossiblySame(storage::Snapshot& snapshot, std::string_view customer_id);

// Who was possibly the same as `merged` is possibly the same as `kept`. Both are names.
absl::Status MovePossiblySame(storage::Transaction& transaction, std::string_view merged, std::string_view kept);
// Nobody is possibly the same as this one.
absl::Status ForgetPossiblySame(storage::Transaction& transaction, std::string_view name);

}  // namespace dangol::tickets
