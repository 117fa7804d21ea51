#include "services/tickets/ticket/list_rules.h"

#include <algorithm>
#include <string_view>

namespace dangol::tickets {
namespace {

using v1::ListTicketsRequest;
using v1::Ticket;

template <typename Values, typename Value>
bool IsAnyOf(const Values& values, Value value) {
  return values.empty() || std::ranges::find(values, value) != values.end();
}

bool Is(std::string_view wanted, std::string_view value) { return wanted.empty() || wanted == value; }

// `reason` is `wanted`, or below it.
bool IsAbout(std::string_view wanted, std::string_view reason) {
  if (wanted.empty()) return true;
  return reason.starts_with(wanted) && (reason.size() == wanted.size() || reason[wanted.size()] == '/');
}

// The states that a view takes whole.
bool HasState(v1::View view, int state) {
  switch (view) {
    case v1::INBOX:
    case v1::UNASSIGNED:
      return state == Ticket::RECEIVED || state == Ticket::HEARD;
    case v1::MINE:
      return state == Ticket::RECEIVED || state == Ticket::HEARD || state == Ticket::ACCEPTED;
    case v1::WAITING_FOR_CUSTOMER:
      return state == Ticket::HEARD;
    default:
      return true;
  }
}

bool HasRecalled(v1::View view) { return view == v1::INBOX || view == v1::UNASSIGNED || view == v1::MINE; }

}  // namespace

bool IsInView(v1::View view, int state, Turn turn, std::string_view assignee) {
  const bool inbox = state == Ticket::RECEIVED || state == Ticket::HEARD || turn == Turn::kOurs;
  switch (view) {
    case v1::INBOX:
      return inbox;
    case v1::MINE:
      return inbox || state == Ticket::ACCEPTED;
    case v1::UNASSIGNED:
      return inbox && assignee.empty();
    case v1::WAITING_FOR_CUSTOMER:
      return turn == Turn::kCustomer;
    default:
      return true;
  }
}

std::vector<TicketRange> RangesOf(const ListTicketsRequest& request) {
  if (!request.change().empty()) return {{.change = request.change()}};
  std::vector<TicketRange> ranges;
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    if (!IsAnyOf(request.states(), state) || !HasState(request.view(), state)) continue;
    ranges.push_back({.state = state, .assignee = request.assignee()});
  }
  if (HasRecalled(request.view())) ranges.push_back({.recalled = true});
  return ranges;
}

bool Matches(const ListTicketsRequest& request, const TicketRow& row) {
  const Ticket& ticket = row.ticket;
  return IsAnyOf(request.states(), ticket.state()) &&
         IsInView(request.view(), ticket.state(), TurnOf(ticket), ticket.assignee()) &&
         Is(request.assignee(), ticket.assignee()) && IsAbout(request.contact_reason(), ticket.contact_reason()) &&
         Is(request.stage(), ticket.stage()) && Is(request.change(), ticket.change()) &&
         IsAnyOf(request.kinds(), ticket.kind()) && IsAnyOf(request.severities(), ticket.severity()) &&
         Is(request.channel(), ticket.source().channel()) &&
         Is(request.capability_gap(), ticket.decision().capability_gap());
}

}  // namespace dangol::tickets
