// What becomes of a new ticket: where it lands, whose it is, who gets it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/policy/assignment_turns.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {

// What new tickets of one transaction share.
struct Intake {
  std::shared_ptr<const Triage> triage;
  std::string import_name;  // of all of them; empty: none
  AssignmentTurns turns;
};
absl::StatusOr<Intake> BeginIntake(storage::Transaction& transaction);
// Writes what was summed up.
absl::Status FinishIntake(storage::Transaction& transaction, const Intake& intake);

// Of the fields that an error may be about, in the request as it came.
struct IntakePaths {
  explicit IntakePaths(const std::string& prefix = "")
      : ticket(prefix + "ticket"),
        id(prefix + "ticket_id"),
        request_id(prefix + "request_id"),
        history(prefix + "history"),
        sender(prefix + "sender") {}
  std::string ticket;
  std::string id;
  std::string request_id;
  std::string history;
  std::string sender;
};

// Makes it a ticket, and tells of it. ALREADY_EXISTS where its id is taken: then nothing was changed.
absl::StatusOr<v1::Ticket> TakeIn(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::CreateTicketRequest& request, const IntakePaths& path, Intake& intake);

}  // namespace dangol::tickets
