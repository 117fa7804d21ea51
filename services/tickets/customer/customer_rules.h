// What may be said of a customer, and what becomes of it: pure, without SQL and clock.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/call.h"
#include "dangol/tickets/v1/customer.pb.h"
#include "dangol/tickets/v1/ticket_facts.pb.h"

namespace dangol::tickets {

// Most contact points, most external ids and most attributes of a customer: said in customer.proto.
inline constexpr int kIdentitiesMost = 200;
inline constexpr int kAttributesMost = 32;

// Checks what a caller says of a customer, and fills in what follows from it: contact points are normalised and each
// stands once. `path` is that of the customer in the request.
absl::Status Prepare(v1::Customer& customer, std::string_view path);

// Consents whose time nobody said are of now. Before a customer is stored, and not before Learn or Replace: there a
// time that nobody said moves none.
void DateConsents(v1::Customer& customer, absl::Time now);

// A customer of a sender, not yet prepared. `system` is that of its external id.
v1::Customer CustomerOf(const v1::Sender& sender, std::string_view system);

// FAILED_PRECONDITION unless it is ACTIVE.
absl::Status RequireActive(const v1::Customer& customer, std::string_view action);

// Nothing says who it is.
bool IsUnknown(const v1::Customer& customer);

// Somebody else: both have ids in one system, and not the same.
bool AreDistinct(const v1::Customer& a, const v1::Customer& b);

// Gives `known` what it lacks and `said` has, as far as a customer may have so much. False: nothing.
bool Learn(v1::Customer& known, const v1::Customer& said);

// PERMISSION_DENIED where it is not ACTIVE and the caller may not see such.
absl::Status CheckVisible(const rpc::Call& call, v1::Customer::State state);

// Its name, kind, state and etag alone.
v1::Customer WithoutPerson(const v1::Customer& customer);

// Gives `known` what `said` has, in place of what it had; contact points, external ids and attributes are added. False:
// nothing changed. INVALID_ARGUMENT where it would have more of these than a customer may; `path` is that of `said` in
// the request.
absl::StatusOr<bool> Replace(v1::Customer& known, const v1::Customer& said, std::string_view path);

// What feeds are told of a customer.
v1::CustomerKey KeyOf(const v1::Customer& customer);

}  // namespace dangol::tickets
