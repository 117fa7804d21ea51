#include "services/tickets/demand_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

#define CONCERNED "WHERE ticket_id = $1 AND acceptance = $2 AND demand_revision < $3 AND state = 3 RETURNING version"

}  // namespace

static_assert(Ticket::ACCEPTED == 3 && Ticket::HEARD == 2 && Ticket::NOT_YET == 4 && Ticket::ANSWERED == 5 &&
                  Ticket::CHANGED == 6,
              "the statements have these numbers");

absl::StatusOr<int64_t> ConfirmTicket(storage::Transaction& transaction, const DemandKey& demand, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE ticket SET version = version + 1, demand_revision = $3, confirm_time = COALESCE(confirm_time, $4), "
      "update_time = $4 " CONCERNED,
      {demand.ticket_id, demand.acceptance, demand.revision, now});
}

absl::StatusOr<int64_t> AnswerTicket(storage::Transaction& transaction, const DemandKey& demand,
                                     std::string_view shipment, bool late, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE ticket SET version = version + 1, demand_revision = $3, state = 5, disposition = 6, shipment = $5, late "
      "= $6, "
      "confirm_time = COALESCE(confirm_time, $4), answer_time = $4, update_time = $4 " CONCERNED,
      {demand.ticket_id, demand.acceptance, demand.revision, now, shipment, late});
}

absl::StatusOr<int64_t> RecurTicket(storage::Transaction& transaction, const DemandKey& demand, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE ticket SET version = version + 1, demand_revision = $3, "
      "recurrence_count = recurrence_count + CASE WHEN recurrence_acceptance = $2 THEN 0 ELSE 1 END, "
      "recurrence_acceptance = $2, confirm_time = COALESCE(confirm_time, $4), update_time = $4 " CONCERNED,
      {demand.ticket_id, demand.acceptance, demand.revision, now});
}

absl::StatusOr<int64_t> ReturnTicket(storage::Transaction& transaction, const DemandKey& demand, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE ticket SET version = version + 1, demand_revision = $3, state = 4, change_id = NULL, confirm_time = "
      "NULL, "
      "owes_reply = 1, update_time = $4 " CONCERNED,
      {demand.ticket_id, demand.acceptance, demand.revision, now});
}

absl::StatusOr<int64_t> MoveTicket(storage::Transaction& transaction, const DemandKey& demand,
                                   std::string_view change_id, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE ticket SET version = version + 1, demand_revision = $3, change_id = $5, "
      "confirm_time = COALESCE(confirm_time, $4), update_time = $4 " CONCERNED,
      {demand.ticket_id, demand.acceptance, demand.revision, now, change_id});
}

absl::StatusOr<int64_t> RefuseTicket(storage::Transaction& transaction, const DemandKey& demand,
                                     std::string_view change_id, v1::AcceptanceRefusal::Reason reason, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE ticket SET version = version + 1, demand_revision = $3, state = 2, change_id = NULL, confirm_time = "
      "NULL, "
      "refusal_change_id = $5, refusal_reason = $6, refusal_time = $4, update_time = $4 " CONCERNED,
      {demand.ticket_id, demand.acceptance, demand.revision, now, change_id, reason});
}

}  // namespace dangol::tickets
