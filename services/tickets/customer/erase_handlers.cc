#include "services/tickets/customer/erase_handlers.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/state.h"
#include "common/storage/sweep.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/customer/customer_identity.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/customer/erase_rows.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using v1::Customer;

// Rows that are overwritten by the call itself, so that only of a customer who has more something is left when it is
// answered.
constexpr int64_t kRowsOfCallMost = 1000;
// How often the log is looked at that could not be begun again, since somebody was reading.
constexpr absl::Duration kLogPause = absl::Seconds(1);
// What Korea's law wants of records of complaints (Act on the Consumer Protection in Electronic Commerce, article 6).
constexpr int kRetainedYears = 3;

absl::Time DefaultRetention(absl::Time now) {
  absl::CivilSecond until = absl::ToCivilSecond(now, absl::UTCTimeZone());
  until = absl::CivilSecond(until.year() + kRetainedYears, until.month(), until.day(), until.hour(), until.minute(),
                            until.second());
  return absl::FromCivil(until, absl::UTCTimeZone());
}

absl::Status RequireNotErased(const Customer& customer, std::string_view action) {
  return resource::CheckState(customer, {Customer::ACTIVE, Customer::RESTRICTED}, action);
}

// What is left of a person: a name that says nobody, and what counts are made of.
Customer Tombstone(const Customer& customer, absl::Time now) {
  Customer tombstone;
  tombstone.set_name(customer.name());
  tombstone.set_etag(customer.etag());
  tombstone.set_kind(customer.kind());
  tombstone.set_segment(customer.segment());
  tombstone.set_state(Customer::ERASING);
  *tombstone.mutable_create_time() = customer.create_time();
  *tombstone.mutable_erase_time() = ToProtoTime(now);
  return tombstone;
}

absl::Status BeginErasing(storage::Transaction& transaction, const rpc::Call& call, LoadedCustomer& loaded) {
  const Customer before = loaded.row.customer;
  RETURN_IF_ERROR(MakeKnown(transaction, loaded.row));
  loaded.row.customer = Tombstone(before, call.now());
  RETURN_IF_ERROR(ForgetPossiblySame(transaction, before.name()));
  RETURN_IF_ERROR(StoreCustomerUntold(transaction, call, before, loaded));
  v1::TicketEvent event;
  event.mutable_customer_erased()->set_customer(before.name());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {Touched(loaded.row.customer)}));
  RETURN_IF_ERROR(EraseRows(transaction, call, kCustomerPattern.Id(before.name()), kRowsOfCallMost).status());
  transaction.CutLog();
  return storage::SetTimerAtOnce(transaction, call.now(), kEraseTimer, kCustomerPattern.Id(before.name()));
}

absl::Status FinishErasing(storage::Transaction& transaction, const rpc::Call& call, LoadedCustomer& loaded) {
  const Customer before = loaded.row.customer;
  loaded.row.customer.set_state(Customer::ERASED);
  *loaded.row.customer.mutable_erase_finish_time() = ToProtoTime(call.now());
  return StoreCustomer(transaction, call, before, loaded);
}

}  // namespace

absl::StatusOr<Customer> RestrictCustomer(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::RestrictCustomerRequest& request) {
  ASSIGN_OR_RETURN(LoadedCustomer loaded, LoadCustomer(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(RequireNotErased(loaded.row.customer, "RestrictCustomer"));
  const absl::Time until =
      request.has_retain_until_time() ? FromProtoTime(request.retain_until_time()) : DefaultRetention(call.now());
  if (until <= call.now()) {
    return InvalidField(
        "retain_until_time",
        fmt::format(
            "{} has passed. Send a time to come, leave it empty for three years from now, or use EraseCustomer.",
            absl::FormatTime(absl::RFC3339_sec, until, absl::UTCTimeZone())));
  }
  const Customer before = loaded.row.customer;
  RETURN_IF_ERROR(MakeKnown(transaction, loaded.row));
  loaded.row.customer.set_state(Customer::RESTRICTED);
  *loaded.row.customer.mutable_retain_until_time() = ToProtoTime(until);
  RETURN_IF_ERROR(ForgetPossiblySame(transaction, before.name()));
  RETURN_IF_ERROR(StoreCustomerUntold(transaction, call, before, loaded));
  v1::TicketEvent event;
  event.mutable_customer_restricted()->set_customer(before.name());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {Touched(loaded.row.customer)}));
  RETURN_IF_ERROR(storage::SetTimerNoLater(transaction, until, kRetainTimer, ""));
  return ReadCustomer(transaction, before.name());
}

absl::StatusOr<Customer> EraseCustomer(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::EraseCustomerRequest& request) {
  ASSIGN_OR_RETURN(LoadedCustomer loaded, LoadCustomer(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(RequireNotErased(loaded.row.customer, "EraseCustomer"));
  RETURN_IF_ERROR(BeginErasing(transaction, call, loaded));
  return ReadCustomer(transaction, loaded.row.customer.name());
}

absl::Status OnEraseTimer(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  ASSIGN_OR_RETURN(LoadedCustomer loaded, LoadCustomer(transaction, kCustomerPattern.Name(timer.resource)));
  if (loaded.row.customer.state() != Customer::ERASING) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t erased, EraseRows(transaction, call, timer.resource, storage::kSweepRowsMost));
  if (erased > 0) {
    transaction.CutLog();
    return storage::SetTimerAtOnce(transaction, call.now(), kEraseTimer, timer.resource);
  }
  // What was overwritten by commits before this one is in the log no more, or will be once nobody reads it.
  if (transaction.LogCutIsDue()) {
    return storage::SetTimer(transaction, call.now() + kLogPause, kEraseTimer, timer.resource);
  }
  return FinishErasing(transaction, call, loaded);
}

absl::Status OnRetainTimer(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const auto erase = [&](std::string_view id) -> absl::Status {
    ASSIGN_OR_RETURN(LoadedCustomer loaded, LoadCustomer(transaction, kCustomerPattern.Name(id)));
    const Customer& customer = loaded.row.customer;
    if (customer.state() != Customer::RESTRICTED || FromProtoTime(customer.retain_until_time()) > call.now()) {
      return absl::OkStatus();
    }
    return BeginErasing(transaction, call, loaded);
  };
  return storage::Sweep(transaction, timer, call.now(), R"(
      SELECT customer_id, retain_until_time FROM customer
      WHERE retain_until_time IS NOT NULL
      ORDER BY retain_until_time, customer_id
      LIMIT $1)",
                        erase)
      .status();
}

}  // namespace dangol::tickets
