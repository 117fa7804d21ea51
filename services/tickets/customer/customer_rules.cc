#include "services/tickets/customer/customer_rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/civil.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/state.h"
#include "common/rpc/authorization.h"
#include "services/tickets/customer/contact_point.h"

namespace dangol::tickets {
namespace {

using v1::ContactPoint;
using v1::Customer;
using v1::ExternalId;

// The same for all ways to write it; what has no such form is the same only where it is written so.
std::pair<int, std::string_view> IdentityOf(const ContactPoint& contact_point) {
  return {contact_point.kind(),
          contact_point.normalized_value().empty() ? contact_point.value() : contact_point.normalized_value()};
}

std::pair<std::string_view, std::string_view> IdentityOf(const ExternalId& external_id) {
  return {external_id.system(), external_id.id()};
}

template <typename Items, typename Item>
bool Has(const Items& items, const Item& wanted) {
  return std::ranges::any_of(items, [&](const auto& item) { return IdentityOf(item) == IdentityOf(wanted); });
}

template <typename Item>
bool AddMissing(google::protobuf::RepeatedPtrField<Item>& items, const google::protobuf::RepeatedPtrField<Item>& said,
                int most = std::numeric_limits<int>::max()) {
  bool added = false;
  for (const Item& item : said) {
    if (items.size() >= most || Has(items, item)) continue;
    *items.Add() = item;
    added = true;
  }
  return added;
}

// A consent whose time nobody said is one of now.
absl::Time TimeOf(const v1::Consent& consent) {
  return consent.has_time() ? FromProtoTime(consent.time()) : absl::InfiniteFuture();
}

bool IsNewer(const v1::Consent& said, const v1::Consent& known) {
  if (TimeOf(said) != TimeOf(known)) return TimeOf(said) > TimeOf(known);
  return said.state() == v1::Consent::WITHDRAWN || known.state() != v1::Consent::WITHDRAWN;
}

// Of two consents that were said the newer one holds, so that one that was withdrawn stays so. What is said once more
// says nothing new but its time, where it has one.
void TakeConsent(const v1::Consent& said, v1::Consent& known) {
  const bool is_known = known.state() != v1::Consent::STATE_UNSPECIFIED;
  const bool is_same = said.state() == known.state() && said.source() == known.source();
  const bool takes = is_same ? said.has_time() && (!known.has_time() || TimeOf(said) > TimeOf(known))
                             : !is_known || IsNewer(said, known);
  if (takes) known = said;
}

// The same contact point, with what was said of it elsewhere.
void TakeConsents(const ContactPoint& said, ContactPoint& known) {
  if (said.has_service_consent()) TakeConsent(said.service_consent(), *known.mutable_service_consent());
  if (said.has_marketing_consent()) TakeConsent(said.marketing_consent(), *known.mutable_marketing_consent());
}
void TakeConsents(const ExternalId&, ExternalId&) {}

// What stands twice stands once, with the consents of both.
template <typename Item>
void KeepFirstOfEach(google::protobuf::RepeatedPtrField<Item>& items) {
  google::protobuf::RepeatedPtrField<Item> kept;
  for (Item& item : items) {
    const auto same =
        std::ranges::find_if(kept, [&](const Item& each) { return IdentityOf(each) == IdentityOf(item); });
    if (same == kept.end()) {
      *kept.Add() = std::move(item);
    } else {
      TakeConsents(item, *same);
    }
  }
  items.Swap(&kept);
}

bool LearnConsents(Customer& known, const Customer& said) {
  bool learned = false;
  for (ContactPoint& contact_point : *known.mutable_contact_points()) {
    for (const ContactPoint& other : said.contact_points()) {
      if (IdentityOf(contact_point) != IdentityOf(other)) continue;
      const ContactPoint before = contact_point;
      TakeConsents(other, contact_point);
      learned = learned || !google::protobuf::util::MessageDifferencer::Equals(before, contact_point);
    }
  }
  return learned;
}

bool LearnText(const std::string& said, const std::string& known, std::string* place) {
  if (said.empty() || !known.empty()) return false;
  *place = said;
  return true;
}

void SetConsentTime(v1::Consent* consent, absl::Time now) {
  if (!consent->has_time()) *consent->mutable_time() = ToProtoTime(now);
}

absl::Status CheckExternalIds(const Customer& customer, std::string_view path) {
  for (int i = 0; i < customer.external_ids_size(); ++i) {
    if (!IsMasked(customer.external_ids(i).id())) continue;
    return InvalidField(fmt::format("{}.external_ids[{}].id", path, i),
                        fmt::format("{} is masked and could be anybody's. Send the whole id, or none.",
                                    ShownValue(customer.external_ids(i).id())));
  }
  return absl::OkStatus();
}

// What would not be kept is not left out in silence: by an external id that is not there the customer is not found.
absl::Status CheckSize(const Customer& known, int size, int most, std::string_view field) {
  if (size <= most) return absl::OkStatus();
  return InvalidField(field, fmt::format("would make {} of {}, and {} are kept. Take out by UpdateCustomer what is not "
                                         "needed any more.",
                                         size, known.name(), most));
}

}  // namespace

absl::Status Prepare(Customer& customer, std::string_view path) {
  if (!customer.time_zone().empty()) {
    RETURN_IF_ERROR(ZoneIn(fmt::format("{}.time_zone", path), customer.time_zone()).status());
  }
  if (absl::Status checked = CheckExternalIds(customer, path); !checked.ok()) return checked;
  const std::string region = RegionOf(customer.locale());
  for (ContactPoint& contact_point : *customer.mutable_contact_points()) {
    Normalize(contact_point, region);
  }
  KeepFirstOfEach(*customer.mutable_contact_points());
  KeepFirstOfEach(*customer.mutable_external_ids());
  return absl::OkStatus();
}

void DateConsents(Customer& customer, absl::Time now) {
  for (ContactPoint& contact_point : *customer.mutable_contact_points()) {
    if (contact_point.has_service_consent()) SetConsentTime(contact_point.mutable_service_consent(), now);
    if (contact_point.has_marketing_consent()) SetConsentTime(contact_point.mutable_marketing_consent(), now);
  }
}

Customer CustomerOf(const v1::Sender& sender, std::string_view system) {
  Customer customer;
  customer.set_kind(sender.kind());
  customer.set_display_name(sender.display_name());
  customer.set_locale(sender.locale());
  if (!sender.external_id().empty() && !IsMasked(sender.external_id())) {
    ExternalId& id = *customer.add_external_ids();
    id.set_system(std::string(system));
    id.set_id(sender.external_id());
  } else if (customer.display_name().empty()) {
    // Of a masked id it is all that there is to show.
    customer.set_display_name(sender.external_id());
  }
  const auto add = [&](ContactPoint::Kind kind, const std::string& value) {
    if (value.empty()) return;
    ContactPoint& contact_point = *customer.add_contact_points();
    contact_point.set_kind(kind);
    contact_point.set_value(value);
  };
  add(ContactPoint::EMAIL, sender.email());
  add(ContactPoint::PHONE, sender.phone());
  return customer;
}

absl::Status RequireActive(const Customer& customer, std::string_view action) {
  return resource::CheckState(customer, {Customer::ACTIVE}, action);
}

bool IsUnknown(const Customer& customer) {
  return customer.external_ids().empty() &&
         std::ranges::none_of(customer.contact_points(), [](const ContactPoint& each) { return each.identifying(); });
}

bool AreDistinct(const Customer& a, const Customer& b) {
  return std::ranges::any_of(a.external_ids(), [&](const ExternalId& id) {
    const auto same_system = [&](const ExternalId& other) { return other.system() == id.system(); };
    return std::ranges::any_of(b.external_ids(), same_system) && !Has(b.external_ids(), id);
  });
}

bool Learn(Customer& known, const Customer& said) {
  bool learned = LearnConsents(known, said);
  learned |= AddMissing(*known.mutable_contact_points(), said.contact_points(), kIdentitiesMost);
  learned |= AddMissing(*known.mutable_external_ids(), said.external_ids(), kIdentitiesMost);
  learned |= LearnText(said.display_name(), known.display_name(), known.mutable_display_name());
  learned |= LearnText(said.locale(), known.locale(), known.mutable_locale());
  learned |= LearnText(said.time_zone(), known.time_zone(), known.mutable_time_zone());
  learned |= LearnText(said.segment(), known.segment(), known.mutable_segment());
  learned |= LearnText(said.referred_by(), known.referred_by(), known.mutable_referred_by());
  for (const auto& [key, value] : said.attributes()) {
    if (known.attributes_size() >= kAttributesMost) break;
    learned |= known.mutable_attributes()->insert({key, value}).second;
  }
  return learned;
}

absl::StatusOr<bool> Replace(Customer& known, const Customer& said, std::string_view path) {
  const Customer before = known;
  if (!said.display_name().empty()) known.set_display_name(said.display_name());
  if (!said.locale().empty()) known.set_locale(said.locale());
  if (!said.time_zone().empty()) known.set_time_zone(said.time_zone());
  if (!said.segment().empty()) known.set_segment(said.segment());
  if (!said.referred_by().empty()) known.set_referred_by(said.referred_by());
  if (said.kind() != Customer::KIND_UNSPECIFIED) known.set_kind(said.kind());
  for (const auto& [key, value] : said.attributes()) (*known.mutable_attributes())[key] = value;
  AddMissing(*known.mutable_external_ids(), said.external_ids());
  for (const ContactPoint& contact_point : said.contact_points()) {
    const auto same = [&](const ContactPoint& each) { return IdentityOf(each) == IdentityOf(contact_point); };
    auto& all = *known.mutable_contact_points();
    const auto found = std::ranges::find_if(all, same);
    // Of a consent that is not mentioned nothing is said.
    if (found != all.end()) {
      ContactPoint other = contact_point;
      other.clear_service_consent();
      other.clear_marketing_consent();
      found->MergeFrom(other);
      TakeConsents(contact_point, *found);
    } else {
      *all.Add() = contact_point;
    }
  }
  RETURN_IF_ERROR(CheckSize(before, known.external_ids_size(), kIdentitiesMost, fmt::format("{}.external_ids", path)));
  RETURN_IF_ERROR(
      CheckSize(before, known.contact_points_size(), kIdentitiesMost, fmt::format("{}.contact_points", path)));
  RETURN_IF_ERROR(CheckSize(before, known.attributes_size(), kAttributesMost, fmt::format("{}.attributes", path)));
  return !google::protobuf::util::MessageDifferencer::Equals(before, known);
}

absl::Status CheckVisible(const rpc::Call& call, Customer::State state) {
  return state == Customer::ACTIVE ? absl::OkStatus() : rpc::CheckPermission(call.principal(), "customers.restricted");
}

Customer WithoutPerson(const Customer& customer) {
  Customer name;
  name.set_name(customer.name());
  name.set_etag(customer.etag());
  name.set_kind(customer.kind());
  name.set_state(customer.state());
  return name;
}

v1::CustomerKey KeyOf(const Customer& customer) {
  v1::CustomerKey key;
  key.set_customer(customer.name());
  key.set_anonymous(customer.anonymous());
  key.set_audience(customer.kind() == Customer::INTERNAL ? v1::CustomerKey::INTERNAL : v1::CustomerKey::EXTERNAL);
  key.set_segment(customer.segment());
  return key;
}

}  // namespace dangol::tickets
