// What must hold between the services, and no one of them can check alone: read through their APIs while they go on
// working.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/suite/suite.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::cli {

// The checks, in this order:
//   subscriptions     each service follows the others, is behind none of them, and has parked nothing
//   linked-tickets    a ticket that is ACCEPTED, or that a change answered, has exactly one ACTIVE demand, on the
//   change that it names, for
//                     the same link, and both say the same about being answered (domain, invariant 3)
//   demands           every demand has its ticket, and an ACTIVE one a ticket that is linked (3)
//   evidence          a change counts its ACTIVE demands (4)
//   shipments         a shipment answers each ticket once, and counts as many as it answered (5)
//   loops             the loop ledger knows of every linked ticket what the ticket says itself, and counts every state
//   as it is (7)
//   effects           metrics keeps the effect of every change that has shipped, and the backlog has heard of it (6)
// Waits until the feeds have been followed, `patience` at most. What looks wrong is looked at again some time later,
// and only what is the same then is wrong: the services work meanwhile. Holds the names of all tickets that were ever
// linked, and nothing else that grows. An error: a service does not answer.
absl::StatusOr<dangol::api::v1::CheckIntegrityResponse> AuditSuite(const SuiteFlags& flags, absl::Duration patience,
                                                                   absl::Duration timeout);

}  // namespace dangol::cli
