// A ticket as it is stored: what callers see, and what the service keeps for itself.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// Of a state: nothing was decided about the ticket, or what was accepted has not come yet.
static_assert(v1::Ticket::RECEIVED < v1::Ticket::ACCEPTED && v1::Ticket::HEARD < v1::Ticket::ACCEPTED &&
                  v1::Ticket::NOT_YET > v1::Ticket::ACCEPTED,
              "what is open comes first");
inline constexpr int kLastOpen = v1::Ticket::ACCEPTED;
constexpr bool IsOpen(int state) { return state <= kLastOpen; }

// What tickets are counted by.
struct CountKey {
  std::string assignee;
  std::string stage;
  int state = 0;  // 0: it is counted nowhere
  int turn = 0;

  auto operator<=>(const CountKey&) const = default;
};

// Where a ticket is counted.
struct Counted {
  CountKey key;
  std::string contact_reason;
};

struct TicketRow {
  v1::Ticket ticket;
  int64_t demand_revision = 0;        // the last statement of the backlog about it that was applied
  int64_t recurrence_acceptance = 0;  // the last link whose recurrence was counted: each counts once
  // What the last acceptance changed, as it was: a serialised Ticket. Kept until the backlog has confirmed; empty:
  // nothing.
  std::string before_acceptance;
  std::optional<absl::Time> dismiss_time;  // of the last message that needs no reply; 1970: there was none
  bool recalled = false;                   // it is past HEARD, and a word is owed
  int agenda = 0;                          // what it waits for next: an Agenda (due_rules.h)
  std::optional<absl::Time> agenda_time;
  int64_t least_acceptance = 1;           // that the next link may have (storage::Transaction::NextVersion)
  Counted counted;                        // as it was read: it is counted there
  std::optional<absl::Time> listed_wait;  // as it was read: it stands there in the list of who waits
};

}  // namespace dangol::tickets
