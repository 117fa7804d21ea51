#include "services/tickets/customer/customer_store.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/customer/customer_identity.h"
#include "services/tickets/customer/customer_rules.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using resource::Column;
using resource::kIndexed;
using resource::kLater;
using resource::kUpdate;
using resource::NullableColumn;
using storage::Row;
using v1::Customer;

#define CUSTOMER(field) MEMBER_OF(CustomerRow, customer) / FIELD_OF(v1::Customer, field)
#define IN_DETAILS(field) FIELD_OF(v1::Customer, field)

// clang-format off
constexpr auto kCustomerTable = resource::Table<CustomerRow>(
    "customer", std::tuple(
        resource::KeyColumn(kCustomerPattern, 0, CUSTOMER(name), "customer_id"),
        resource::VersionColumn(CUSTOMER(etag)),
        Column<kUpdate>(CUSTOMER(kind)),
        Column<kUpdate | kIndexed>(CUSTOMER(state)),
        Column<kUpdate>(CUSTOMER(segment)),
        NullableColumn<kUpdate | kLater | kIndexed>(MEMBER_OF(CustomerRow, merged_into)),
        NullableColumn<kUpdate | kIndexed>(MEMBER_OF(CustomerRow, ticket_id)),
        NullableColumn<kUpdate | kLater | kIndexed>(CUSTOMER(retain_until_time)),
        Column(CUSTOMER(create_time)),
        Column<kUpdate>(CUSTOMER(update_time)),
        NullableColumn<kUpdate | kLater>(CUSTOMER(erase_time)),
        NullableColumn<kUpdate | kLater>(CUSTOMER(erase_finish_time)),
        resource::Rest(MEMBER_OF(CustomerRow, customer), IN_DETAILS(display_name), IN_DETAILS(contact_points),
                       IN_DETAILS(external_ids), IN_DETAILS(locale), IN_DETAILS(time_zone), IN_DETAILS(attributes),
                       IN_DETAILS(referred_by))));
// clang-format on

void ShowAnonymous(CustomerRow& row) { row.customer.set_anonymous(!row.ticket_id.empty()); }

absl::StatusOr<std::vector<resource::TimeKey>> TicketKeysOfOne(storage::Snapshot& snapshot,
                                                               std::string_view customer_id,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most) {
  const resource::TimeKey before = after.value_or(resource::TimeKey::BeforeNewest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT receive_time, ticket_id FROM customer_ticket
      WHERE customer_id = $1 AND (receive_time, ticket_id) < ($2, $3)
      ORDER BY receive_time DESC, ticket_id DESC
      LIMIT $4)",
                                {customer_id, before.time, before.id, most});
}

// Of a customer that is anonymous.
absl::StatusOr<std::vector<resource::TimeKey>> OnlyTicketKey(storage::Snapshot& snapshot, const std::string& ticket_id,
                                                             const std::optional<resource::TimeKey>& after) {
  std::vector<resource::TimeKey> keys;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT receive_time FROM ticket WHERE ticket_id = $1", {ticket_id}, [&](const Row& row) {
        keys.push_back({row.Time(0), ticket_id});
      }));
  if (after)
    std::erase_if(keys,
                  [&](const auto& key) { return std::tie(key.time, key.id) >= std::tie(after->time, after->id); });
  return keys;
}

absl::StatusOr<std::optional<LoadedCustomer>> FindLoaded(storage::Snapshot& snapshot, const std::string& id) {
  if (id.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(LoadedCustomer found, LoadCustomer(snapshot, kCustomerPattern.Name(id)));
  return found;
}

v1::TicketEvent CreatedEvent(const Customer& customer) {
  v1::TicketEvent event;
  *event.mutable_customer_created()->mutable_customer() = KeyOf(customer);
  event.mutable_customer_created()->set_referred_by(customer.referred_by());
  return event;
}

}  // namespace

absl::StatusOr<LoadedCustomer> LoadCustomer(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  ASSIGN_OR_RETURN(LoadedCustomer found, resource::Load<kCustomerTable>(snapshot, name));
  if (!found.row.merged_into.empty()) {
    ASSIGN_OR_RETURN(found, resource::Load<kCustomerTable>(snapshot, kCustomerPattern.Name(found.row.merged_into)));
  }
  const Customer& customer = found.row.customer;
  if (!etag.empty() && etag != customer.etag()) return EtagMismatch(customer.name(), etag, customer.etag());
  ShowAnonymous(found.row);
  return found;
}

absl::StatusOr<Customer> ReadCustomer(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(LoadedCustomer found, LoadCustomer(snapshot, name));
  Customer& customer = found.row.customer;
  ASSIGN_OR_RETURN(const std::vector<std::string> others, PossiblySame(snapshot, kCustomerPattern.Id(customer.name())));
  for (const std::string& other : others) customer.add_possibly_same(kCustomerPattern.Name(other));
  if (customer.state() == Customer::ERASING || customer.state() == Customer::ERASED) {
    ASSIGN_OR_RETURN(const std::vector<std::string> ids, MergedInto(snapshot, kCustomerPattern.Id(customer.name())));
    for (const std::string& id : ids) customer.add_merged(kCustomerPattern.Name(id));
  }
  return std::move(customer);
}

absl::StatusOr<std::optional<LoadedCustomer>> FindCustomer(storage::Snapshot& snapshot, const Customer& said) {
  for (const v1::ExternalId& external_id : said.external_ids()) {
    ASSIGN_OR_RETURN(const std::string id, CustomerWithExternalId(snapshot, external_id));
    if (!id.empty()) return FindLoaded(snapshot, id);
  }
  for (const v1::ContactPoint& contact_point : said.contact_points()) {
    if (!contact_point.identifying()) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> ids, CustomersWithContact(snapshot, contact_point));
    for (const std::string& id : ids) {
      ASSIGN_OR_RETURN(std::optional<LoadedCustomer> found, FindLoaded(snapshot, id));
      if (!AreDistinct(found->row.customer, said)) return found;
    }
  }
  return std::nullopt;
}

absl::Status AddCustomer(storage::Transaction& transaction, const rpc::Call& call, CustomerRow& row) {
  Customer& customer = row.customer;
  if (customer.name().empty()) customer.set_name(kCustomerPattern.Name(call.NewId()));
  if (customer.kind() == Customer::KIND_UNSPECIFIED) customer.set_kind(Customer::EXTERNAL);
  customer.set_state(Customer::ACTIVE);
  resource::SetFirstVersion(transaction, customer);
  *customer.mutable_create_time() = ToProtoTime(call.now());
  *customer.mutable_update_time() = customer.create_time();
  DateConsents(customer, call.now());
  ShowAnonymous(row);
  RETURN_IF_ERROR(resource::Insert<kCustomerTable>(transaction, row));
  if (customer.anonymous()) return absl::OkStatus();
  RETURN_IF_ERROR(UpdateIdentities(transaction, {}, customer));
  return feed::Append(transaction, call, CreatedEvent(customer),
                      {{customer.name(), resource::VersionOfEtag(customer.etag())}});
}

feed::Touched Touched(const Customer& customer) { return {customer.name(), resource::VersionOfEtag(customer.etag())}; }

absl::Status StoreCustomerUntold(storage::Transaction& transaction, const rpc::Call& call, const Customer& before,
                                 LoadedCustomer& loaded) {
  Customer& customer = loaded.row.customer;
  DateConsents(customer, call.now());
  ShowAnonymous(loaded.row);
  RETURN_IF_ERROR(UpdateIdentities(transaction, before, customer));
  return resource::Store<kCustomerTable>(transaction, loaded, customer.mutable_update_time(), call.now());
}

absl::Status StoreCustomer(storage::Transaction& transaction, const rpc::Call& call, const Customer& before,
                           LoadedCustomer& loaded) {
  RETURN_IF_ERROR(StoreCustomerUntold(transaction, call, before, loaded));
  v1::TicketEvent event;
  *event.mutable_customer_updated()->mutable_customer() = KeyOf(loaded.row.customer);
  return feed::Append(transaction, call, event, {Touched(loaded.row.customer)});
}

absl::StatusOr<std::vector<std::string>> MergedInto(storage::Snapshot& snapshot, std::string_view customer_id) {
  return snapshot.QueryTexts("SELECT customer_id FROM customer WHERE merged_into = $1 ORDER BY customer_id LIMIT $2",
                             {customer_id, kMergedMost});
}

absl::Status RedirectNames(storage::Transaction& transaction, std::string_view from, std::string_view to) {
  return transaction.Execute("UPDATE customer SET merged_into = $2 WHERE merged_into = $1",
                             {kCustomerPattern.Id(from), kCustomerPattern.Id(to)});
}

absl::Status AddCustomerTicket(storage::Transaction& transaction, std::string_view customer_id, absl::Time receive_time,
                               std::string_view ticket_id) {
  return transaction.Execute("INSERT INTO customer_ticket (customer_id, receive_time, ticket_id) VALUES ($1, $2, $3)",
                             {customer_id, receive_time, ticket_id});
}

absl::Status MakeKnown(storage::Transaction& transaction, CustomerRow& row) {
  if (row.ticket_id.empty()) return absl::OkStatus();
  const std::string ticket_id = std::exchange(row.ticket_id, "");
  return transaction.Execute(R"(
      INSERT INTO customer_ticket (customer_id, receive_time, ticket_id)
      SELECT $1, receive_time, ticket_id FROM ticket WHERE ticket_id = $2)",
                             {kCustomerPattern.Id(row.customer.name()), ticket_id});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListCustomerKeys(storage::Snapshot& snapshot, Customer::State state,
                                                                const std::optional<resource::TimeKey>& after,
                                                                int64_t most) {
  const resource::TimeKey before = after.value_or(resource::TimeKey::BeforeNewest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, customer_id FROM customer
      WHERE state = $1 AND merged_into IS NULL AND ticket_id IS NULL AND (create_time, customer_id) < ($2, $3)
      ORDER BY create_time DESC, customer_id DESC
      LIMIT $4)",
                                {state, before.time, before.id, most});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListContactKeys(storage::Snapshot& snapshot,
                                                               const v1::ContactPoint& contact_point,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most) {
  const resource::TimeKey before = after.value_or(resource::TimeKey::BeforeNewest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT c.create_time, c.customer_id FROM contact_point AS p JOIN customer AS c ON c.customer_id = p.customer_id
      WHERE p.kind = $1 AND p.value = $2 AND (c.create_time, c.customer_id) < ($3, $4)
      ORDER BY c.create_time DESC, c.customer_id DESC
      LIMIT $5)",
                                {contact_point.kind(), contact_point.normalized_value(), before.time, before.id, most});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListCustomerTicketKeys(storage::Snapshot& snapshot,
                                                                      const CustomerRow& row,
                                                                      const std::optional<resource::TimeKey>& after,
                                                                      int64_t most) {
  if (!row.ticket_id.empty()) return OnlyTicketKey(snapshot, row.ticket_id, after);
  const std::string id(kCustomerPattern.Id(row.customer.name()));
  ASSIGN_OR_RETURN(std::vector<std::string> ids, MergedInto(snapshot, id));
  ids.push_back(id);
  return resource::NewestOf(ids, most, [&](const std::string& each, int64_t most_of_one) {
    return TicketKeysOfOne(snapshot, each, after, most_of_one);
  });
}

absl::StatusOr<std::vector<CustomerRow>> ListCustomerRows(storage::Snapshot& snapshot, std::string_view after_id,
                                                          int64_t most) {
  return resource::List<kCustomerTable, resource::Tail(" WHERE customer_id > $1 ORDER BY customer_id LIMIT $2")>(
      snapshot, {after_id, most});
}

}  // namespace dangol::tickets
