#include "services/tickets/customer/customer_identity.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using storage::Row;
using v1::ContactPoint;
using v1::Customer;
using v1::ExternalId;

// A family's telephone has a few people; the rest of more is found by other means.
constexpr int64_t kSharersMost = 100;

// Kind and normalised value.
using Contact = std::pair<int, std::string>;

std::set<Contact> ContactsOf(const Customer& customer) {
  std::set<Contact> contacts;
  for (const ContactPoint& each : customer.contact_points()) {
    if (each.identifying()) contacts.emplace(each.kind(), each.normalized_value());
  }
  return contacts;
}

// System and id.
std::set<std::pair<std::string, std::string>> ExternalIdsOf(const Customer& customer) {
  std::set<std::pair<std::string, std::string>> ids;
  for (const ExternalId& each : customer.external_ids()) ids.emplace(each.system(), each.id());
  return ids;
}

template <typename Set>
Set Without(const Set& all, const Set& some) {
  Set rest;
  std::ranges::set_difference(all, some, std::inserter(rest, rest.end()));
  return rest;
}

absl::StatusOr<std::vector<std::string>> Sharers(storage::Snapshot& snapshot, const Contact& contact) {
  return snapshot.QueryTexts(
      "SELECT customer_id FROM contact_point WHERE kind = $1 AND value = $2 ORDER BY customer_id LIMIT $3",
      {contact.first, contact.second, kSharersMost});
}

absl::Status NotePossiblySame(storage::Transaction& transaction, std::string_view a, std::string_view b) {
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    RETURN_IF_ERROR(transaction.Execute(
        "INSERT INTO possibly_same (customer_id, other_id) VALUES ($1, $2) ON CONFLICT (customer_id, other_id) DO NOTHING",
        {one, other}));
  }
  return absl::OkStatus();
}

// Whom others may be told of: nobody who restricted the use of the own data.
absl::StatusOr<std::vector<std::string>> ActiveSharers(storage::Snapshot& snapshot, const Contact& contact) {
  return snapshot.QueryTexts(R"(
      SELECT p.customer_id FROM contact_point AS p JOIN customer AS c ON c.customer_id = p.customer_id
      WHERE p.kind = $1 AND p.value = $2 AND c.state = $3
      ORDER BY p.customer_id
      LIMIT $4)",
                             {contact.first, contact.second, Customer::ACTIVE, kSharersMost});
}

absl::Status AddContact(storage::Transaction& transaction, std::string_view customer_id, const Contact& contact) {
  ASSIGN_OR_RETURN(const std::vector<std::string> sharers, ActiveSharers(transaction, contact));
  for (const std::string& other : sharers) {
    if (other != customer_id) RETURN_IF_ERROR(NotePossiblySame(transaction, customer_id, other));
  }
  return transaction.Execute(
      "INSERT INTO contact_point (kind, value, customer_id) VALUES ($1, $2, $3) "
      "ON CONFLICT (kind, value, customer_id) DO NOTHING",
      {contact.first, contact.second, customer_id});
}

absl::Status UpdateContacts(storage::Transaction& transaction, std::string_view customer_id, const Customer& before,
                            const Customer& after) {
  const std::set<Contact> old = ContactsOf(before);
  const std::set<Contact> now = ContactsOf(after);
  for (const Contact& gone : Without(old, now)) {
    RETURN_IF_ERROR(transaction.Execute("DELETE FROM contact_point WHERE kind = $1 AND value = $2 AND customer_id = $3",
                                        {gone.first, gone.second, customer_id}));
  }
  for (const Contact& added : Without(now, old)) RETURN_IF_ERROR(AddContact(transaction, customer_id, added));
  return absl::OkStatus();
}

absl::Status AddExternalId(storage::Transaction& transaction, std::string_view customer_id, const std::string& system,
                           const std::string& id) {
  ASSIGN_OR_RETURN(const int64_t added, transaction.Change(R"(
      INSERT INTO external_id (system, id, customer_id) VALUES ($1, $2, $3)
      ON CONFLICT (system, id) DO NOTHING)",
                                                           {system, id, customer_id}));
  if (added > 0) return absl::OkStatus();
  ExternalId taken;
  taken.set_system(system);
  taken.set_id(id);
  ASSIGN_OR_RETURN(const std::string owner, CustomerWithExternalId(transaction, taken));
  return Error(absl::StatusCode::kAlreadyExists, "EXTERNAL_ID_TAKEN",
               fmt::format("{} has the external id {} of {}. Change that customer, or merge the two.",
                           kCustomerPattern.Name(owner), ShownValue(id), system),
               {{"customer", kCustomerPattern.Name(owner)}});
}

absl::Status UpdateExternalIds(storage::Transaction& transaction, std::string_view customer_id, const Customer& before,
                               const Customer& after) {
  const auto old = ExternalIdsOf(before);
  const auto now = ExternalIdsOf(after);
  for (const auto& [system, id] : Without(old, now)) {
    RETURN_IF_ERROR(transaction.Execute("DELETE FROM external_id WHERE system = $1 AND id = $2", {system, id}));
  }
  for (const auto& [system, id] : Without(now, old)) {
    RETURN_IF_ERROR(AddExternalId(transaction, customer_id, system, id));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> CustomerWithExternalId(storage::Snapshot& snapshot, const ExternalId& external_id) {
  std::string customer_id;
  RETURN_IF_ERROR(snapshot.Query("SELECT customer_id FROM external_id WHERE system = $1 AND id = $2",
                                 {external_id.system(), external_id.id()},
                                 [&](const Row& row) { customer_id = row.Text(0); }));
  return customer_id;
}

absl::StatusOr<std::vector<std::string>> CustomersWithContact(storage::Snapshot& snapshot,
                                                              const ContactPoint& contact_point) {
  return Sharers(snapshot, {contact_point.kind(), contact_point.normalized_value()});
}

absl::Status UpdateIdentities(storage::Transaction& transaction, const Customer& before, const Customer& after) {
  const std::string customer_id(kCustomerPattern.Id(after.name()));
  RETURN_IF_ERROR(UpdateContacts(transaction, customer_id, before, after));
  return UpdateExternalIds(transaction, customer_id, before, after);
}

absl::StatusOr<std::vector<std::string>> PossiblySame(storage::Snapshot& snapshot, std::string_view customer_id) {
  return snapshot.QueryTexts("SELECT other_id FROM possibly_same WHERE customer_id = $1 ORDER BY other_id LIMIT $2",
                             {customer_id, kSharersMost});
}

absl::Status ForgetPossiblySame(storage::Transaction& transaction, std::string_view name) {
  const std::string_view id = kCustomerPattern.Id(name);
  RETURN_IF_ERROR(transaction.Execute(R"(
      DELETE FROM possibly_same
      WHERE other_id = $1 AND customer_id IN (SELECT other_id FROM possibly_same WHERE customer_id = $1))",
                                      {id}));
  return transaction.Execute("DELETE FROM possibly_same WHERE customer_id = $1", {id});
}

absl::Status MovePossiblySame(storage::Transaction& transaction, std::string_view merged, std::string_view kept) {
  ASSIGN_OR_RETURN(const std::vector<std::string> others, PossiblySame(transaction, kCustomerPattern.Id(merged)));
  RETURN_IF_ERROR(ForgetPossiblySame(transaction, merged));
  for (const std::string& other : others) {
    if (other == kCustomerPattern.Id(kept)) continue;
    RETURN_IF_ERROR(NotePossiblySame(transaction, kCustomerPattern.Id(kept), other));
  }
  return absl::OkStatus();
}

}  // namespace dangol::tickets
