// What has become of tickets that were accepted: the backlog decides whether their change takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "cli/command/client.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {

struct Acceptances {
  std::string change;
  std::vector<dangol::tickets::v1::TicketResult> results;  // a skipped or refused one has a reason
  std::optional<dangol::tickets::v1::Ticket> one;          // where one was accepted by itself
  int64_t accepted = 0;                                    // confirmed by the backlog
  int64_t refused = 0;
  int64_t unknown = 0;  // neither, in time
  int64_t skipped = 0;
};

// Of one ticket, as AcceptTicket answered it.
Acceptances AcceptanceOf(dangol::tickets::v1::Ticket ticket);

// Waits until each one's end is known, for `timeout` and for 5 s at most: the backlog may be away, and then an
// acceptance stands as it is until it is back.
void WaitForBacklog(Client& client, absl::Duration timeout, Acceptances& acceptances);

// One line.
std::string Summary(const Acceptances& acceptances);

// Those that did not come in, to standard error: twenty by name, the rest in numbers.
void TellRest(std::string_view command, const Acceptances& acceptances);

}  // namespace dangol::cli
