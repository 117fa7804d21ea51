#include "services/tickets/customer/customer_handlers.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "common/rpc/paging.h"
#include "services/tickets/customer/contact_point.h"
#include "services/tickets/customer/customer_identity.h"
#include "services/tickets/customer/customer_rules.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using v1::Customer;

// Rows that a page with a filter looks at, at most: then it ends, with as many as it has found.
constexpr int64_t kScannedMost = 5000;
constexpr int64_t kScannedAtOnce = 500;

// What is wrong with a customer as a caller sends it, where other rows say so. `path` is that of the customer.
absl::Status CheckReferrer(storage::Snapshot& snapshot, const Customer& customer, const std::string& path) {
  if (customer.referred_by().empty()) return absl::OkStatus();
  absl::Status found = ReadCustomer(snapshot, customer.referred_by()).status();
  return absl::IsNotFound(found) ? AtField(std::move(found), path + ".referred_by") : found;
}

absl::Status AtCustomer(absl::Status status, const std::string& path) {
  return ErrorReason(status) == "EXTERNAL_ID_TAKEN" ? AtField(std::move(status), path + ".external_ids") : status;
}

absl::StatusOr<Customer> Add(storage::Transaction& transaction, const rpc::Call& call, Customer customer,
                             const std::string& path) {
  CustomerRow row;
  row.customer = std::move(customer);
  RETURN_IF_ERROR(AtCustomer(AddCustomer(transaction, call, row), path));
  return ReadCustomer(transaction, row.customer.name());
}

absl::StatusOr<Customer> Upsert(storage::Transaction& transaction, const rpc::Call& call, Customer said,
                                const std::string& path) {
  if (said.external_ids().empty()) {
    return InvalidField(path + ".external_ids", "is empty: an upsert finds a customer by an external id. Send one.");
  }
  RETURN_IF_ERROR(Prepare(said, path));
  RETURN_IF_ERROR(CheckReferrer(transaction, said, path));
  ASSIGN_OR_RETURN(std::optional<LoadedCustomer> found, FindCustomer(transaction, said));
  if (!found) return Add(transaction, call, std::move(said), path);
  const Customer before = found->row.customer;
  // What is restricted stays as it is, and is not shown.
  if (before.state() != Customer::ACTIVE) return WithoutPerson(before);
  ASSIGN_OR_RETURN(const bool changed, Replace(found->row.customer, said, path));
  if (changed) {
    RETURN_IF_ERROR(AtCustomer(StoreCustomer(transaction, call, before, *found), path));
  }
  return ReadCustomer(transaction, before.name());
}

std::set<int> StatesOf(const v1::ListCustomersRequest& request) {
  std::set<int> states(request.states().begin(), request.states().end());
  if (states.empty()) states.insert(Customer::ACTIVE);
  return states;
}

bool IsChosen(const v1::ListCustomersRequest& request, const Customer& customer) {
  return StatesOf(request).contains(customer.state()) &&
         (request.kind() == Customer::KIND_UNSPECIFIED || request.kind() == customer.kind()) &&
         (request.segment().empty() || request.segment() == customer.segment()) &&
         (!request.possibly_same() || !customer.possibly_same().empty());
}

// As it is stored, however it is written.
absl::StatusOr<v1::ContactPoint> ContactOf(const v1::ListCustomersRequest& request) {
  v1::ContactPoint contact_point;
  contact_point.set_value(request.contact());
  const bool is_email = request.contact().find('@') != std::string::npos;
  contact_point.set_kind(is_email ? v1::ContactPoint::EMAIL : v1::ContactPoint::PHONE);
  Normalize(contact_point, RegionOf(""));
  if (!contact_point.identifying()) {
    return InvalidField("contact", fmt::format("{} is neither a whole e-mail address nor a telephone number of one "
                                               "subscriber, such as +82 10-1234-5678.",
                                               ShownValue(request.contact())));
  }
  return contact_point;
}

// The first of whom is asked for behind `after`, the newest first.
using KeysBehind =
    std::function<absl::StatusOr<std::vector<resource::TimeKey>>(const std::optional<resource::TimeKey>& after)>;

absl::StatusOr<KeysBehind> KeysOf(storage::Snapshot& snapshot, const v1::ListCustomersRequest& request) {
  if (request.contact().empty()) {
    return [&](const std::optional<resource::TimeKey>& after) {
      return resource::NewestOf(StatesOf(request), kScannedAtOnce, [&](int state, int64_t most) {
        return ListCustomerKeys(snapshot, static_cast<Customer::State>(state), after, most);
      });
    };
  }
  ASSIGN_OR_RETURN(v1::ContactPoint contact_point, ContactOf(request));
  return [&snapshot, contact_point = std::move(contact_point)](const std::optional<resource::TimeKey>& after) {
    return ListContactKeys(snapshot, contact_point, after, kScannedAtOnce);
  };
}

// One page of those that are chosen, and where it ended: none where nothing is behind it.
absl::StatusOr<std::optional<resource::TimeKey>> Scan(storage::Snapshot& snapshot,
                                                      const v1::ListCustomersRequest& request,
                                                      const KeysBehind& keys_behind,
                                                      std::optional<resource::TimeKey> after,
                                                      v1::ListCustomersResponse& response) {
  const int page_size = rpc::PageSize(request.page_size());
  size_t bytes = 0;
  for (int64_t scanned = 0; scanned < kScannedMost;) {
    ASSIGN_OR_RETURN(const std::vector<resource::TimeKey> keys, keys_behind(after));
    for (const resource::TimeKey& key : keys) {
      if (response.customers_size() == page_size || bytes >= rpc::kPageBytesMax || scanned == kScannedMost)
        return after;
      ASSIGN_OR_RETURN(Customer customer, ReadCustomer(snapshot, kCustomerPattern.Name(key.id)));
      ++scanned;
      after = key;
      if (!IsChosen(request, customer)) continue;
      bytes += customer.ByteSizeLong();
      *response.add_customers() = std::move(customer);
    }
    if (keys.size() < kScannedAtOnce) return std::nullopt;
  }
  return after;
}

}  // namespace

absl::StatusOr<Customer> CreateCustomer(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::CreateCustomerRequest& request) {
  Customer customer = request.customer();
  RETURN_IF_ERROR(Prepare(customer, "customer"));
  RETURN_IF_ERROR(CheckReferrer(transaction, customer, "customer"));
  return Add(transaction, call, std::move(customer), "customer");
}

absl::StatusOr<v1::UpsertCustomersResponse> UpsertCustomers(storage::Transaction& transaction, const rpc::Call& call,
                                                            const v1::UpsertCustomersRequest& request) {
  v1::UpsertCustomersResponse response;
  for (int i = 0; i < request.customers_size(); ++i) {
    ASSIGN_OR_RETURN(*response.add_customers(),
                     Upsert(transaction, call, request.customers(i), fmt::format("customers[{}]", i)));
  }
  return response;
}

absl::StatusOr<Customer> UpdateCustomer(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::UpdateCustomerRequest& request) {
  ASSIGN_OR_RETURN(LoadedCustomer loaded, LoadCustomer(transaction, request.name(), request.etag()));
  Customer& customer = loaded.row.customer;
  RETURN_IF_ERROR(RequireActive(customer, "UpdateCustomer"));
  const Customer before = customer;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.customer(), request.update_mask(), customer));
  if (customer.kind() == Customer::KIND_UNSPECIFIED) customer.set_kind(Customer::EXTERNAL);
  RETURN_IF_ERROR(Prepare(customer, "customer"));
  RETURN_IF_ERROR(CheckReferrer(transaction, customer, "customer"));
  if (!IsUnknown(customer)) RETURN_IF_ERROR(MakeKnown(transaction, loaded.row));
  RETURN_IF_ERROR(AtCustomer(StoreCustomer(transaction, call, before, loaded), "customer"));
  return ReadCustomer(transaction, before.name());
}

absl::StatusOr<Customer> GetCustomer(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetCustomerRequest& request) {
  ASSIGN_OR_RETURN(Customer customer, ReadCustomer(snapshot, request.name()));
  RETURN_IF_ERROR(CheckVisible(call, customer.state()));
  return customer;
}

absl::StatusOr<Customer> ReadCustomerAgain(storage::Snapshot& snapshot, const rpc::Call& call, std::string_view name) {
  ASSIGN_OR_RETURN(Customer customer, ReadCustomer(snapshot, name));
  return CheckVisible(call, customer.state()).ok() ? std::move(customer) : WithoutPerson(customer);
}

absl::StatusOr<v1::ListCustomersResponse> ListCustomers(storage::Snapshot& snapshot, const rpc::Call& call,
                                                        const v1::ListCustomersRequest& request) {
  for (const int state : StatesOf(request)) {
    RETURN_IF_ERROR(CheckVisible(call, static_cast<Customer::State>(state)));
  }
  ASSIGN_OR_RETURN(const KeysBehind keys_behind, KeysOf(snapshot, request));
  ASSIGN_OR_RETURN(const std::optional<std::string> position, rpc::ParsePageToken(request, request.page_token()));
  const std::optional<resource::TimeKey> after = position ? resource::TimeKey::Decode(*position) : std::nullopt;
  if (position && !after) return rpc::MalformedPageToken(request.page_token());
  v1::ListCustomersResponse response;
  ASSIGN_OR_RETURN(const std::optional<resource::TimeKey> end, Scan(snapshot, request, keys_behind, after, response));
  if (end) response.set_next_page_token(rpc::MakePageToken(request, end->Encode()));
  return response;
}

}  // namespace dangol::tickets
