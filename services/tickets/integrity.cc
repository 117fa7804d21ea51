#include "services/tickets/integrity.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/customer/customer_integrity.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/reason/reason_path.h"
#include "services/tickets/reason/reason_store.h"
#include "services/tickets/ticket/due_integrity.h"
#include "services/tickets/ticket/list_integrity.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {
namespace {

using service::Findings;
using storage::Row;
using v1::Ticket;

constexpr int64_t kSliceRows = 250;
// One event may tell of 200 tickets.
constexpr int64_t kSliceResources = 2000;

using Require = absl::FunctionRef<void(bool holds, std::string_view what)>;

void RequireTimes(const Ticket& ticket, Require require) {
  const bool imported = ticket.disposition() == Ticket::IMPORTED;
  const bool acted = ticket.state() != Ticket::RECEIVED && !imported && !IsWithdrawn(ticket);
  require(acted || !ticket.has_hear_time(), "has been heard");
  require(!acted || ticket.has_hear_time(), "has never been heard");
  const bool answered = ticket.state() == Ticket::ANSWERED || (ticket.state() == Ticket::CLOSED && !imported);
  const bool decided = answered || ticket.state() == Ticket::ACCEPTED || ticket.state() == Ticket::NOT_YET;
  require(!decided || ticket.has_decide_time(), "has never been decided");
  require(acted || !ticket.has_decide_time(), "has been decided");
  require(answered == ticket.has_answer_time(), answered ? "has no time of its answer" : "has a time of an answer");
  require(answered || !ticket.has_told_time(), "has told the customer of no answer");
  require(!ticket.has_close_due_time() || (ticket.state() == Ticket::ANSWERED && ticket.has_told_time()),
          "is due to be closed");
  const bool closed = ticket.state() == Ticket::CLOSED;
  require(!closed || imported || ticket.has_told_time(), "never told the customer");
  require((closed || imported) == ticket.has_close_time(), closed ? "has no time of its end" : "has a time of an end");
}

void RequireDecision(const Ticket& ticket, Require require) {
  const bool withdrawn_history = IsWithdrawn(ticket) && ticket.imported();
  const bool ended = ticket.state() == Ticket::ANSWERED || ticket.state() == Ticket::CLOSED || withdrawn_history;
  require(ended == (ticket.disposition() != Ticket::DISPOSITION_UNSPECIFIED), "has a disposition that does not fit");
  require(Ticket::Disposition_IsValid(ticket.disposition()), "has a disposition that is none");
  require(ticket.disposition() != Ticket::IMPORTED ||
              (ticket.imported() && (ticket.state() == Ticket::CLOSED || withdrawn_history)),
          "was imported");
  const bool resolved = ticket.disposition() >= Ticket::INFORMED && ticket.disposition() <= Ticket::WITHDRAWN;
  const bool declined = ticket.decision().decline_reason() != v1::Decision::DECLINE_REASON_UNSPECIFIED;
  if (ticket.state() == Ticket::NOT_YET) {
    // Its own, or that by which its change was dropped.
    require(declined, "has a decision that does not fit");
  } else {
    require(ticket.has_decision() == resolved && !declined, "has a decision that does not fit");
  }
}

void RequireLink(const TicketRow& row, Require require) {
  const Ticket& ticket = row.ticket;
  const bool by_change = ticket.disposition() == Ticket::CHANGED;
  const bool linked = ticket.state() == Ticket::ACCEPTED || by_change;
  require(linked == !ticket.change().empty(), linked ? "has no change" : "has a change");
  require(ticket.change().empty() || ticket.acceptance() > 0, "has a change that it was never accepted into");
  require(!by_change || (!ticket.shipment().empty() && ticket.has_confirm_time()),
          "was answered by no shipment, or unconfirmed");
  require(!ticket.has_confirm_time() || linked, "is confirmed by no change");
  require(linked || !ticket.recurrence(), "came back from no change");
  require(ticket.state() != Ticket::ACCEPTED || !ticket.has_acceptance_refusal(), "is refused");
  require(ticket.has_decide_time() == (ticket.first_decision() != v1::Decision::KIND_UNSPECIFIED),
          "has a first decision that does not fit");
  require(ticket.first_decision() != v1::Decision::ACCEPTED || ticket.state() == Ticket::ACCEPTED,
          "was first decided by an acceptance that does not hold");
  require(ticket.decide_acceptance() <= ticket.acceptance(), "was first decided by a link to come");
  require(row.before_acceptance.empty() || (ticket.state() == Ticket::ACCEPTED && !ticket.has_confirm_time()),
          "keeps what it was before an acceptance that is settled");
}

// A state and what belongs to it: times, disposition, decision and change.
absl::StatusOr<std::string> StatesAreWhole(storage::Snapshot& snapshot, const std::string& position,
                                           Findings& findings) {
  // Of the details, which a head does not have.
  RETURN_IF_ERROR(
      snapshot.Query("SELECT ticket_id, details FROM ticket WHERE ticket_id > $1 ORDER BY ticket_id LIMIT $2",
                     {position, kSliceRows}, [&](const Row& row) {
                       if (Ticket().ParseFromArray(row.Bytes(1).data(), static_cast<int>(row.Bytes(1).size()))) return;
                       findings.Violation(kTicketPattern.Name(row.Bytes(0)), "has details that do not parse");
                     }));
  ASSIGN_OR_RETURN(const std::vector<TicketRow> rows, ListTicketHeads(snapshot, position, kSliceRows));
  for (const TicketRow& row : rows) {
    const Ticket& ticket = row.ticket;
    const auto require = [&](bool holds, std::string_view what) {
      if (!holds)
        findings.Violation(ticket.name(), fmt::format("is {} and {}", Ticket::State_Name(ticket.state()), what));
    };
    require(Version(ticket) >= 1, "has no version");
    if (!Ticket::State_IsValid(ticket.state()) || ticket.state() == Ticket::STATE_UNSPECIFIED) {
      require(false, "that is no state");
      continue;
    }
    RequireTimes(ticket, require);
    RequireDecision(ticket, require);
    RequireLink(row, require);
    require((ticket.state() == Ticket::DUPLICATE) == !ticket.canonical().empty(), "has a canonical that does not fit");
    require(row.recalled == (ticket.state() > Ticket::HEARD && TurnOf(ticket) == Turn::kOurs),
            row.recalled ? "is in the inbox" : "is not in the inbox");
  }
  findings.Examined(static_cast<int64_t>(rows.size()));
  return static_cast<int64_t>(rows.size()) == kSliceRows ? std::string(kTicketPattern.Id(rows.back().ticket.name()))
                                                         : "";
}

// `waiting_since` is the oldest message of the customer, or the ticket itself, without a public reply behind it.
// History waits for nobody.
absl::StatusOr<std::string> WaitingIsTrue(storage::Snapshot& snapshot, const std::string& position,
                                          Findings& findings) {
  std::string last;
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query(
      R"(
      SELECT t.ticket_id, t.waiting_since_time, t.first_response_time, t.receive_time, t.imported, t.dismiss_time,
        MIN(CASE WHEN )" IS_REPLY_SQL R"( THEN m.send_time END) AS first_reply,
        MAX(CASE WHEN )" IS_REPLY_SQL R"( THEN m.send_time END) AS last_reply,
        MIN(CASE WHEN m.kind = $3 THEN m.send_time END) AS first_question,
        MAX(CASE WHEN m.kind = $3 THEN m.send_time END) AS last_question
      FROM ticket AS t LEFT JOIN message AS m ON m.ticket_id = t.ticket_id
      WHERE t.ticket_id > $1
      GROUP BY t.ticket_id
      ORDER BY t.ticket_id
      LIMIT $4)",
      {position, v1::Message::PUBLIC, v1::Message::CUSTOMER, kSliceRows}, [&](const Row& row) {
        ++rows;
        last = row.Text(0);
        const auto require = [&](bool holds, std::string_view what) {
          if (!holds) findings.Violation(kTicketPattern.Name(last), what);
        };
        const auto time = [&](const char* name) { return row.OptionalTime(row.Find(name)); };
        const auto waiting = time("waiting_since_time");
        const auto question = time("last_question");
        require(time("first_response_time") == time("first_reply"),
                "its first response is not its first public message by a person since it was received");
        const auto settled = std::max(time("last_reply"), time("dismiss_time"));
        if (!settled && row.Integer(row.Find("imported")) != 0) {
          require(waiting == time("first_question"), "it is history, and does not wait since the customer wrote again");
        } else if (!settled) {
          require(waiting == time("receive_time"), "nobody has answered, and it does not wait since it was received");
        } else if (question && *question > *settled) {
          require(waiting.has_value(), "the customer wrote after the last reply, and it does not wait");
        } else if (!question || *question < *settled) {
          require(!waiting, "the last word is a reply, and it still waits");
        }
      }));
  findings.Examined(rows);
  return rows == kSliceRows ? last : "";
}

// `ticket_count` says what there is.
absl::StatusOr<std::string> CountsAreTrue(storage::Snapshot& snapshot, const std::string&, Findings& findings) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> tickets, CountToRecount(snapshot, findings));
  if (!tickets) return "";
  std::map<CountKey, int64_t> counts;
  const auto add = [&](int64_t sign) {
    return [&counts, sign](const Row& row) {
      const CountKey key{row.Text(0), row.Text(1), static_cast<int>(row.Integer(2)), static_cast<int>(row.Integer(3))};
      counts[key] += sign * row.Integer(4);
    };
  };
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT assignee, stage, state, turn, tickets FROM ticket_count ORDER BY assignee, stage, state, turn", {},
      add(1)));
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT assignee, stage, state,
        CASE WHEN state IN ($1, $2) THEN $4
             WHEN waiting_since_time IS NOT NULL OR owes_reply = 1 THEN $5
             WHEN state = $3 AND first_response_time IS NOT NULL THEN $6
             ELSE $4 END AS turn,
        COUNT(*) AS tickets
      FROM ticket
      GROUP BY 1, 2, 3, 4
      ORDER BY 1, 2, 3, 4)",
                                 {Ticket::DUPLICATE, Ticket::SPAM, Ticket::HEARD, static_cast<int>(Turn::kNobody),
                                  static_cast<int>(Turn::kOurs), static_cast<int>(Turn::kCustomer)},
                                 add(-1)));
  for (const auto& [key, difference] : counts) {
    if (difference == 0) continue;
    findings.Violation("tickets", fmt::format("{} too many are counted as {}, turn {}, of '{}' in '{}'", difference,
                                              Ticket::State_Name(static_cast<Ticket::State>(key.state)), key.turn,
                                              key.assignee, key.stage));
  }
  findings.Examined(*tickets);
  return "";
}

// `reason_count` says what there is.
absl::StatusOr<std::string> ReasonCountsAreTrue(storage::Snapshot& snapshot, const std::string&, Findings& findings) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> tickets, CountToRecount(snapshot, findings));
  if (!tickets) return "";
  std::map<std::string, std::pair<int64_t, int64_t>> counts;
  const auto add = [&](const std::string& path, int64_t all, int64_t open) {
    counts[path].first += all;
    counts[path].second += open;
  };
  RETURN_IF_ERROR(
      snapshot.Query("SELECT path_key, tickets, open_tickets FROM reason_count ORDER BY path_key", {},
                     [&](const Row& row) { add(PathOfKey(row.Bytes(0)), row.Integer(1), row.Integer(2)); }));
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT contact_reason, COUNT(*), SUM(CASE WHEN state IN ($1, $2, $3) THEN 1 ELSE 0 END)
      FROM ticket WHERE contact_reason <> ''
      GROUP BY contact_reason
      ORDER BY contact_reason)",
                                 {Ticket::RECEIVED, Ticket::HEARD, Ticket::ACCEPTED},
                                 [&](const Row& row) { add(row.Text(0), -row.Integer(1), -row.Integer(2)); }));
  for (const auto& [path, difference] : counts) {
    if (difference.first == 0 && difference.second == 0) continue;
    findings.Violation(
        std::string(kReasonCollection) + path,
        fmt::format("{} too many tickets, {} of them open, are counted", difference.first, difference.second));
  }
  findings.Examined(*tickets);
  return "";
}

struct EventResources {
  int64_t sequence = 0;
  std::string resources;
};

absl::StatusOr<std::vector<EventResources>> ReadEvents(storage::Snapshot& snapshot, int64_t after) {
  std::vector<EventResources> events;
  RETURN_IF_ERROR(snapshot.Query("SELECT seq, resources FROM feed WHERE seq > $1 ORDER BY seq LIMIT $2",
                                 {after, kSliceRows}, [&](const Row& row) {
                                   events.push_back({row.Integer(0), row.Text(1)});
                                 }));
  return events;
}

// The version of a resource of this service: 1 of a message; 0: it is not there. Nothing where it is no resource of
// ours.
absl::StatusOr<std::optional<int64_t>> VersionOf(storage::Snapshot& snapshot, std::string_view name) {
  if (name == DefaultPolicy().name()) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(snapshot));
    return resource::VersionOfEtag(triage->policy.etag());
  }
  if (const std::string_view id = kCustomerPattern.Id(name); !id.empty()) {
    return snapshot.QueryInteger("SELECT version FROM customer WHERE customer_id = $1", {id});
  }
  const std::string_view ticket_id = kTicketPattern.Id(name);
  if (ticket_id.empty()) return std::nullopt;
  if (const std::string_view id = kAttachmentPattern.Id(name, 1); !id.empty()) {
    return snapshot.QueryInteger(
        "SELECT CASE WHEN redact_time IS NULL THEN 1 ELSE 2 END FROM attachment "
        "WHERE ticket_id = $1 AND attachment_id = $2",
        {ticket_id, id});
  }
  const std::string_view message_id = kMessagePattern.Id(name, 1);
  if (message_id.empty()) return snapshot.QueryInteger("SELECT version FROM ticket WHERE ticket_id = $1", {ticket_id});
  return snapshot.QueryInteger(
      "SELECT CASE WHEN redact_time IS NULL THEN 1 ELSE 2 END FROM message "
      "WHERE ticket_id = $1 AND message_id = $2",
      {ticket_id, message_id});
}

// `touched` is a resource and its version as the feed has it, such as `tickets/a@3`.
absl::Status RequireRow(storage::Snapshot& snapshot, int64_t sequence, std::string_view touched, Findings& findings) {
  const std::optional<feed::Touched> parsed = service::ParseTouched(touched);
  std::optional<int64_t> version;
  if (parsed) {
    ASSIGN_OR_RETURN(version, VersionOf(snapshot, parsed->name));
  }
  if (!version) {
    findings.Violation(touched, fmt::format("event {} tells of what is no resource of this service", sequence));
  } else if (*version == 0) {
    const bool is_message = !kMessagePattern.Id(parsed->name, 1).empty();
    const bool is_ticket = !kTicketPattern.Id(parsed->name).empty();
    findings.Violation(touched, fmt::format("event {} tells of a {} that is not there", sequence,
                                            is_message  ? "message"
                                            : is_ticket ? "ticket"
                                                        : "customer"));
  } else if (*version < parsed->version) {
    findings.Violation(touched,
                       fmt::format("event {} tells of a version that is to come: it is at {}", sequence, *version));
  }
  return absl::OkStatus();
}

// What an event tells of is there, and has got so far.
absl::StatusOr<std::string> EventsHaveRows(storage::Snapshot& snapshot, const std::string& position,
                                           Findings& findings) {
  const int64_t after = position.empty() ? 0 : std::strtoll(position.c_str(), nullptr, 10);
  ASSIGN_OR_RETURN(const std::vector<EventResources> events, ReadEvents(snapshot, after));
  int64_t resources = 0;
  size_t examined = 0;
  for (; examined < events.size() && resources < kSliceResources; ++examined) {
    const std::vector<std::string> all = absl::StrSplit(events[examined].resources, ' ', absl::SkipEmpty());
    for (const std::string& touched : all) {
      ++resources;
      RETURN_IF_ERROR(RequireRow(snapshot, events[examined].sequence, touched, findings));
    }
  }
  findings.Examined(static_cast<int64_t>(examined));
  const bool more = examined < events.size() || static_cast<int64_t>(events.size()) == kSliceRows;
  return more ? std::to_string(events[examined - 1].sequence) : "";
}

}  // namespace

std::vector<service::IntegrityCheck> TicketsIntegrityChecks() {
  return {{"ticket-states", StatesAreWhole},         {"ticket-waiting", WaitingIsTrue},
          {"ticket-due-times", DueTimesAreTrue},     {"ticket-counts", CountsAreTrue},
          {"reason-counts", ReasonCountsAreTrue},    {"ticket-lists", ListsAreTrue},
          {"ticket-events", EventsHaveRows},         {"ticket-customers", TicketsHaveCustomers},
          {"customer-identities", IdentitiesAreTrue}};
}

}  // namespace dangol::tickets
