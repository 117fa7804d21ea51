#include "services/tickets/customer/merge_handlers.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/customer/customer_identity.h"
#include "services/tickets/customer/customer_rules.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using v1::Customer;

constexpr std::string_view kTakeOut = " If so, take out by UpdateCustomer what is not needed any more.";

absl::Status TooMany(const Customer& kept, std::string_view what, int64_t most, std::string_view remedy = kTakeOut) {
  return Error(
      absl::StatusCode::kFailedPrecondition, "TOO_MANY_MERGED",
      fmt::format("{} would have more than {} {}. Is it really one person?{}", kept.name(), most, what, remedy));
}

absl::Status CheckSizes(storage::Snapshot& snapshot, const Customer& kept, const Customer& merged) {
  if (kept.contact_points_size() + merged.contact_points_size() > kIdentitiesMost)
    return TooMany(kept, "contact points", kIdentitiesMost);
  if (kept.external_ids_size() + merged.external_ids_size() > kIdentitiesMost)
    return TooMany(kept, "external ids", kIdentitiesMost);
  const auto is_new = [&](const auto& attribute) { return !kept.attributes().contains(attribute.first); };
  if (kept.attributes_size() + std::ranges::count_if(merged.attributes(), is_new) > kAttributesMost)
    return TooMany(kept, "attributes", kAttributesMost);
  ASSIGN_OR_RETURN(const std::vector<std::string> of_kept, MergedInto(snapshot, kCustomerPattern.Id(kept.name())));
  ASSIGN_OR_RETURN(const std::vector<std::string> of_merged, MergedInto(snapshot, kCustomerPattern.Id(merged.name())));
  if (static_cast<int64_t>(of_kept.size() + of_merged.size()) >= kMergedMost)
    return TooMany(kept, "other names", kMergedMost, "");
  return absl::OkStatus();
}

// A name that leads to another, and nothing else.
Customer OtherName(const Customer& customer) {
  Customer name = WithoutPerson(customer);
  *name.mutable_create_time() = customer.create_time();
  return name;
}

}  // namespace

absl::StatusOr<Customer> MergeCustomers(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::MergeCustomersRequest& request) {
  ASSIGN_OR_RETURN(LoadedCustomer kept, LoadCustomer(transaction, request.name(), request.etag()));
  absl::StatusOr<LoadedCustomer> merged = LoadCustomer(transaction, request.merged(), request.merged_etag());
  if (absl::IsNotFound(merged.status())) return AtField(std::move(merged).status(), "merged");
  RETURN_IF_ERROR(merged.status());
  if (merged->row.customer.name() == kept.row.customer.name()) {
    return InvalidField("merged", fmt::format("{} is {} already.", ShownValue(request.merged()), request.name()),
                        "SAME_CUSTOMER");
  }
  RETURN_IF_ERROR(RequireActive(kept.row.customer, "MergeCustomers"));
  RETURN_IF_ERROR(RequireActive(merged->row.customer, "MergeCustomers"));
  RETURN_IF_ERROR(CheckSizes(transaction, kept.row.customer, merged->row.customer));

  const Customer before_kept = kept.row.customer;
  const Customer before_merged = merged->row.customer;
  RETURN_IF_ERROR(MakeKnown(transaction, kept.row));
  RETURN_IF_ERROR(MakeKnown(transaction, merged->row));
  Learn(kept.row.customer, before_merged);
  merged->row.customer = OtherName(before_merged);
  merged->row.merged_into = kCustomerPattern.Id(before_kept.name());
  RETURN_IF_ERROR(RedirectNames(transaction, before_merged.name(), before_kept.name()));
  RETURN_IF_ERROR(MovePossiblySame(transaction, before_merged.name(), before_kept.name()));
  RETURN_IF_ERROR(StoreCustomerUntold(transaction, call, before_merged, *merged));
  RETURN_IF_ERROR(StoreCustomerUntold(transaction, call, before_kept, kept));
  v1::TicketEvent event;
  event.mutable_customers_merged()->set_customer(before_kept.name());
  event.mutable_customers_merged()->set_merged(before_merged.name());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {Touched(kept.row.customer), Touched(merged->row.customer)}));
  return ReadCustomer(transaction, before_kept.name());
}

}  // namespace dangol::tickets
