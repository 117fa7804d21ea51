#include "services/tickets/ticket/list_rules.h"

#include <algorithm>
#include <string_view>

#include "common/base/proto_time.h"
#include "common/base/reason_path.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {
namespace {

using resource::TimeKey;
using v1::ListTicketsRequest;
using v1::Ticket;

// Before and behind all times that are stored.
absl::Time Earliest() { return TimeKey::BeforeOldest().time; }
absl::Time Latest() { return TimeKey::BeforeNewest().time; }

template <typename Values, typename Value>
bool IsAnyOf(const Values& values, Value value) {
  return values.empty() || std::ranges::find(values, value) != values.end();
}

bool Is(std::string_view wanted, std::string_view value) { return wanted.empty() || wanted == value; }

bool IsWithin(bool has_from, const google::protobuf::Timestamp& from, bool has_before,
              const google::protobuf::Timestamp& before, const google::protobuf::Timestamp& time) {
  return (!has_from || FromProtoTime(time) >= FromProtoTime(from)) &&
         (!has_before || FromProtoTime(time) < FromProtoTime(before));
}

bool IsWithinTimes(const ListTicketsRequest& request, const Ticket& ticket) {
  return IsWithin(request.has_receive_from_time(), request.receive_from_time(), request.has_receive_before_time(),
                  request.receive_before_time(), ticket.receive_time()) &&
         IsWithin(request.has_update_from_time(), request.update_from_time(), request.has_update_before_time(),
                  request.update_before_time(), ticket.update_time());
}

bool IsInViewOfClock(v1::View view, const ListTerms& terms, const TicketRow& row) {
  const AgendaSpan span = SpanOf(view, terms.now, terms.end_of_day);
  return row.agenda == static_cast<int>(span.agenda) && row.agenda_time >= span.from && row.agenda_time < span.before;
}

// The states that a view takes whole.
bool HasState(v1::View view, int state) {
  switch (view) {
    case v1::INBOX:
    case v1::UNASSIGNED:
    case v1::OVERDUE:
    case v1::DUE_TODAY:
      return state == Ticket::RECEIVED || state == Ticket::HEARD;
    case v1::REVISIT:
      return state == Ticket::NOT_YET;
    case v1::MINE:
      return state == Ticket::RECEIVED || state == Ticket::HEARD || state == Ticket::ACCEPTED;
    case v1::WAITING_FOR_CUSTOMER:
      return state == Ticket::HEARD;
    default:
      return true;
  }
}

// Of the tickets of a topic, so many at most are decided for each open one where open ones are looked for there.
constexpr int64_t kClosedForOneMost = 20;

bool IsOfOpenAlone(const ListTicketsRequest& request) {
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    if (!IsOpen(state) && IsAnyOf(request.states(), state) && HasState(request.view(), state)) return false;
  }
  return true;
}

// Whether it has those, too, that are past HEARD and are owed a word.
bool HasRecalled(v1::View view) {
  return view != v1::VIEW_UNSPECIFIED && view != v1::WAITING_FOR_CUSTOMER && view != v1::REVISIT;
}

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

bool IsOfClock(v1::View view) { return view == v1::OVERDUE || view == v1::DUE_TODAY || view == v1::REVISIT; }

AgendaSpan SpanOf(v1::View view, absl::Time now, absl::Time end_of_day) {
  switch (view) {
    case v1::OVERDUE:
      return {Agenda::kDue, Earliest(), now};
    case v1::DUE_TODAY:
      return {Agenda::kDue, now, end_of_day};
    case v1::REVISIT:
      return {Agenda::kRevisit, Earliest(), now};
    default:
      return {Agenda::kDue, Earliest(), Latest()};
  }
}

TimeKey KeyOf(v1::Order order, const TicketRow& row) {
  const Ticket& ticket = row.ticket;
  TimeKey key{FromProtoTime(ticket.receive_time()), std::string(kTicketPattern.Id(ticket.name()))};
  if (order == v1::DUE) key.time = row.agenda_time.value_or(absl::UnixEpoch());
  if (order == v1::WAITING && ticket.state() != Ticket::RECEIVED && ticket.has_waiting_since_time())
    key.time = FromProtoTime(ticket.waiting_since_time());
  return key;
}

bool IsOldestFirst(v1::Order order) { return order == v1::DUE || order == v1::WAITING; }

v1::Order OrderOf(const ListTicketsRequest& request) {
  if (request.order() != v1::ORDER_UNSPECIFIED) return request.order();
  return IsOfClock(request.view()) ? v1::DUE : v1::RECEIVED_DESC;
}

TimeKey StartOf(const ListTicketsRequest& request, const ListTerms& terms) {
  if (OrderOf(request) == v1::DUE) return {SpanOf(request.view(), terms.now, terms.end_of_day).from, ""};
  if (OrderOf(request) == v1::WAITING) return {Earliest(), ""};
  // Before all that have this time.
  return {request.has_receive_before_time() ? FromProtoTime(request.receive_before_time()) : Latest(), ""};
}

absl::Time BoundOf(const ListTicketsRequest& request, const ListTerms& terms) {
  if (OrderOf(request) == v1::DUE) return SpanOf(request.view(), terms.now, terms.end_of_day).before;
  return request.has_receive_from_time() ? FromProtoTime(request.receive_from_time()) : Earliest();
}

std::vector<TicketRange> RangesOf(const ListTicketsRequest& request) {
  if (OrderOf(request) == v1::DUE) return {{.agenda = request.view() == v1::REVISIT ? Agenda::kRevisit : Agenda::kDue}};
  std::vector<TicketRange> ranges;
  if (OrderOf(request) == v1::WAITING) {
    if (IsAnyOf(request.states(), Ticket::RECEIVED) && HasState(request.view(), Ticket::RECEIVED))
      ranges.push_back({.state = Ticket::RECEIVED, .oldest_first = true});
    ranges.push_back({.waiting = true});
    return ranges;
  }
  if (!request.change().empty()) return {{.change = request.change()}};
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    if (!IsAnyOf(request.states(), state) || !HasState(request.view(), state)) continue;
    ranges.push_back({.state = state, .assignee = request.assignee()});
  }
  if (HasRecalled(request.view())) ranges.push_back({.assignee = request.assignee(), .recalled = true});
  return ranges;
}

bool IsReadByTopic(const ListTicketsRequest& request, const Topic& topic) {
  if (topic.tickets == 0) return true;  // there is none to look for
  return !topic.keys.empty() &&
         (!IsOfOpenAlone(request) || topic.tickets <= topic.open_tickets * (kClosedForOneMost + 1));
}

bool Matches(const ListTicketsRequest& request, const ListTerms& terms, const TicketRow& row) {
  const Ticket& ticket = row.ticket;
  const bool in_view = IsOfClock(request.view())
                           ? IsInViewOfClock(request.view(), terms, row)
                           : IsInView(request.view(), ticket.state(), TurnOf(ticket), ticket.assignee());
  // Nobody waits for a word about what is set aside.
  const bool in_order =
      OrderOf(request) != v1::WAITING || (ticket.has_waiting_since_time() && TurnOf(ticket) == Turn::kOurs);
  return in_view && in_order && IsAnyOf(request.states(), ticket.state()) && IsWithinTimes(request, ticket) &&
         (terms.customers.empty() || terms.customers.contains(ticket.customer())) &&
         Is(request.assignee(), ticket.assignee()) &&
         (request.contact_reason().empty() || IsOrIsAbove(request.contact_reason(), ticket.contact_reason())) &&
         Is(request.stage(), ticket.stage()) && Is(request.change(), ticket.change()) &&
         IsAnyOf(request.kinds(), ticket.kind()) && IsAnyOf(request.severities(), ticket.severity()) &&
         Is(request.channel(), ticket.source().channel()) && Is(request.canonical(), ticket.canonical()) &&
         Is(request.capability_gap(), ticket.decision().capability_gap());
}

}  // namespace dangol::tickets
