#include "cli/doctor/audit.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/verb.h"
#include "cli/doctor/audit_effects.h"
#include "cli/doctor/findings.h"
#include "cli/suite/status.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::CheckIntegrityResponse;
using dangol::api::v1::GetStatusResponse;
using dangol::api::v1::SubscriptionStatus;
using dangol::backlog::v1::Change;
using dangol::backlog::v1::Demand;
using dangol::metrics::v1::Loop;
using dangol::metrics::v1::Step;
using dangol::tickets::v1::Ticket;

constexpr int kPageSize = 1000;
// GetLoop calls that are on their way at a time.
constexpr size_t kLoopsInFlight = 32;
constexpr absl::Duration kStatusTimeout = absl::Seconds(5);
constexpr absl::Duration kCatchUpInterval = absl::Milliseconds(100);
// Of followers that move no more; longer than a connection takes that is made again.
constexpr absl::Duration kStandstillMax = absl::Seconds(2);
// Between the first look and the second: what is on its way has arrived by then.
constexpr absl::Duration kSecondLook = absl::Seconds(1);

constexpr char kSubscriptions[] = "subscriptions";
constexpr char kLinkedTickets[] = "linked-tickets";
constexpr char kDemands[] = "demands";
constexpr char kEvidence[] = "evidence";
constexpr char kShipments[] = "shipments";
constexpr char kLoops[] = "loops";

// True where a change has it now, or answered it.
bool IsLinked(const Ticket& ticket) {
  if (ticket.state() == Ticket::ACCEPTED) return true;
  return (ticket.state() == Ticket::ANSWERED || ticket.state() == Ticket::CLOSED) &&
         ticket.disposition() == Ticket::CHANGED;
}

// What is remembered of a ticket that was ever linked.
struct Known {
  int64_t acceptance = 0;
  std::string change;    // of its ACTIVE demand; empty: it has none
  std::string shipment;  // that answered it
  bool seen = false;     // the ticket exists
};

// One look at the whole suite.
class Audit {
 public:
  Audit(const SuiteFlags& flags, absl::Duration timeout)
      : timeout_(timeout),
        tickets_(TargetAddress(flags, "tickets")),
        backlog_(TargetAddress(flags, "backlog")),
        metrics_(TargetAddress(flags, "metrics")) {}

  absl::StatusOr<Findings> Look(const std::vector<GetStatusResponse>& statuses);

 private:
  void CheckSubscriptions(const std::vector<GetStatusResponse>& statuses);
  absl::Status ReadChanges();
  absl::Status CheckChange(const Change& change);
  void CheckDemand(const Change& change, const Demand& demand, std::map<std::string, int64_t>& answered);
  void CheckEvidence(const Change& change, const dangol::backlog::v1::Evidence& counted);
  void CheckShipments(const Change& change, const std::map<std::string, int64_t>& answered);
  absl::Status ReadTickets();
  absl::Status CheckTicket(const Ticket& ticket);
  void CheckLink(const Ticket& ticket, const Known& known);
  void CheckDemandsWithoutTicket();
  absl::Status FinishOldestLoop();
  void CheckLoop(const Ticket& ticket, const Loop& loop);
  absl::Status CheckCounts();

  struct Asked {
    Ticket ticket;  // what a loop is compared with
    std::future<rpc::Reply> reply;
  };

  const absl::Duration timeout_;
  Client tickets_;
  Client backlog_;
  Client metrics_;
  Findings findings_{{kSubscriptions, kLinkedTickets, kDemands, kEvidence, kShipments, kLoops, kEffects}};
  std::unordered_map<std::string, Known> known_;  // by the name of the ticket
  std::vector<Change> changes_;                   // whose effects are known; their names, ship times and verdicts
  std::deque<Asked> asked_;
  std::map<int, int64_t> states_;  // tickets by state
  absl::Time first_time_ = absl::InfiniteFuture();
  absl::Time last_time_ = absl::InfinitePast();
};

absl::StatusOr<Findings> Audit::Look(const std::vector<GetStatusResponse>& statuses) {
  CheckSubscriptions(statuses);
  // Demands first: who is linked is then known, and only that has to be remembered.
  RETURN_IF_ERROR(ReadChanges());
  RETURN_IF_ERROR(ReadTickets());
  CheckDemandsWithoutTicket();
  RETURN_IF_ERROR(CheckCounts());
  RETURN_IF_ERROR(AuditEffects(metrics_, timeout_, changes_, findings_));
  return std::move(findings_);
}

void Audit::CheckSubscriptions(const std::vector<GetStatusResponse>& statuses) {
  std::map<std::string, const GetStatusResponse*> by_name;
  for (const GetStatusResponse& status : statuses) by_name[status.service()] = &status;
  for (const GetStatusResponse& status : statuses) {
    for (const SubscriptionStatus& one : status.subscriptions()) {
      findings_.Examined(kSubscriptions);
      const std::string name = fmt::format("{} follows {}", status.service(), one.feed());
      if (one.state() != SubscriptionStatus::FOLLOWING && one.state() != SubscriptionStatus::STANDBY) {
        findings_.Violation(kSubscriptions, name,
                            fmt::format("{}: {}", SubscriptionStatus::State_Name(one.state()), one.reason()));
      }
      if (one.parked_events() > 0) {
        findings_.Violation(kSubscriptions, name,
                            fmt::format("{} events are parked and wait for an operator", one.parked_events()));
      }
      const auto source = by_name.find(one.feed());
      if (source == by_name.end()) continue;
      const int64_t head = source->second->feed_sequence();
      const std::string incarnation = one.cursor().substr(0, one.cursor().find('.'));
      if (one.sequence() > head) {
        findings_.Violation(kSubscriptions, name,
                            fmt::format("it is at {}, and the feed ends at {}", one.sequence(), head));
      } else if (!incarnation.empty() && incarnation != source->second->incarnation()) {
        findings_.Violation(kSubscriptions, name, "its cursor is of another feed than the one that is there now");
      } else if (one.sequence() < head) {
        // On a busy suite that is so, and at the second look somewhere else.
        findings_.Violation(kSubscriptions, name, fmt::format("it stays at {}, and the feed goes on", one.sequence()));
      }
    }
  }
}

absl::Status Audit::ReadChanges() {
  dangol::backlog::v1::ListChangesRequest request;
  dangol::backlog::v1::ListChangesResponse response;
  request.set_page_size(kPageSize);
  return EachPage(backlog_, "/dangol.backlog.v1.ChangeService/ListChanges", request, timeout_, response,
                  [&](bool) -> absl::Status {
                    for (const Change& change : response.changes()) RETURN_IF_ERROR(CheckChange(change));
                    return absl::OkStatus();
                  });
}

absl::Status Audit::CheckChange(const Change& change) {
  if (!change.has_ship_time() || !change.contact_reasons().empty()) {
    Change& known = changes_.emplace_back();
    known.set_name(change.name());
    if (change.has_ship_time()) *known.mutable_ship_time() = change.ship_time();
    known.set_effect_verdict(change.effect_verdict());
  }
  dangol::backlog::v1::ListDemandsRequest request;
  dangol::backlog::v1::ListDemandsResponse response;
  request.set_parent(change.name());
  request.set_page_size(kPageSize);
  dangol::backlog::v1::Evidence counted;
  std::map<std::string, int64_t> answered;  // by shipment
  RETURN_IF_ERROR(
      EachPage(backlog_, "/dangol.backlog.v1.ChangeService/ListDemands", request, timeout_, response, [&](bool) {
        for (const Demand& demand : response.demands()) {
          CheckDemand(change, demand, answered);
          if (demand.state() != Demand::ACTIVE) continue;
          counted.set_demands(counted.demands() + 1);
          counted.set_answered(counted.answered() + (demand.shipment().empty() ? 0 : 1));
          counted.set_late(counted.late() + (demand.late() ? 1 : 0));
          counted.set_recurrences(counted.recurrences() + (demand.recurrence() ? 1 : 0));
        }
        return absl::OkStatus();
      }));
  CheckEvidence(change, counted);
  CheckShipments(change, answered);
  return absl::OkStatus();
}

void Audit::CheckDemand(const Change& change, const Demand& demand, std::map<std::string, int64_t>& answered) {
  findings_.Examined(kDemands);
  Known& known = known_[demand.ticket()];
  if (demand.state() != Demand::ACTIVE) return;
  if (!demand.shipment().empty()) ++answered[demand.shipment()];
  if (!known.change.empty()) {
    findings_.Violation(kDemands, demand.name(),
                        fmt::format("{} has another ACTIVE demand on {}", demand.ticket(), known.change));
  }
  known.acceptance = demand.acceptance();
  known.change = change.name();
  known.shipment = demand.shipment();
  if (change.state() == Change::MERGED || (change.state() == Change::DROPPED && demand.shipment().empty())) {
    findings_.Violation(kDemands, demand.name(),
                        fmt::format("is ACTIVE, and its change is {}", Change::State_Name(change.state())));
  }
}

void Audit::CheckEvidence(const Change& change, const dangol::backlog::v1::Evidence& counted) {
  findings_.Examined(kEvidence);
  const dangol::backlog::v1::Evidence& said = change.evidence();
  const auto check = [&](std::string_view what, int64_t is, int64_t should_be) {
    if (is == should_be) return;
    findings_.Violation(kEvidence, change.name(), fmt::format("says {} {}, and has {}", is, what, should_be));
  };
  check("demands", said.demands(), counted.demands());
  check("answered", said.answered(), counted.answered());
  check("late", said.late(), counted.late());
  check("recurrences", said.recurrences(), counted.recurrences());
}

void Audit::CheckShipments(const Change& change, const std::map<std::string, int64_t>& answered) {
  std::set<std::string> shipments;
  for (const auto& shipment : change.shipments()) {
    findings_.Examined(kShipments);
    shipments.insert(shipment.name());
    const auto found = answered.find(shipment.name());
    const int64_t demands = found == answered.end() ? 0 : found->second;
    // Who came back since is counted, and has no answer any more.
    if (shipment.answered() < demands) {
      findings_.Violation(kShipments, shipment.name(),
                          fmt::format("says {} answered, and {} demands name it", shipment.answered(), demands));
    }
  }
  constexpr int kShipmentsListedMax = 100;  // older ones are not in the change
  if (change.shipments_size() >= kShipmentsListedMax) return;
  for (const auto& [shipment, demands] : answered) {
    if (!shipments.contains(shipment))
      findings_.Violation(kShipments, shipment, fmt::format("does not exist, and {} demands name it", demands));
  }
}

absl::Status Audit::ReadTickets() {
  dangol::tickets::v1::ListTicketsRequest request;
  dangol::tickets::v1::ListTicketsResponse response;
  request.set_page_size(kPageSize);
  RETURN_IF_ERROR(EachPage(tickets_, "/dangol.tickets.v1.TicketService/ListTickets", request, timeout_, response,
                           [&](bool) -> absl::Status {
                             for (const Ticket& ticket : response.tickets()) RETURN_IF_ERROR(CheckTicket(ticket));
                             return absl::OkStatus();
                           }));
  while (!asked_.empty()) RETURN_IF_ERROR(FinishOldestLoop());
  return absl::OkStatus();
}

absl::Status Audit::CheckTicket(const Ticket& ticket) {
  ++states_[ticket.state()];
  for (const auto& time : {ticket.receive_time(), ticket.update_time(),
                           ticket.has_close_time() ? ticket.close_time() : ticket.receive_time()}) {
    first_time_ = std::min(first_time_, FromProtoTime(time));
    last_time_ = std::max(last_time_, FromProtoTime(time));
  }
  const auto found = known_.find(ticket.name());
  if (found != known_.end()) found->second.seen = true;
  const Known known = found == known_.end() ? Known() : found->second;
  CheckLink(ticket, known);
  if (!IsLinked(ticket)) return absl::OkStatus();
  dangol::metrics::v1::GetLoopRequest request;
  request.set_name("loops/" + ticket.name().substr(ticket.name().find('/') + 1));
  if (asked_.size() >= kLoopsInFlight) RETURN_IF_ERROR(FinishOldestLoop());
  Ticket kept;  // without its words
  kept.set_name(ticket.name());
  kept.set_state(ticket.state());
  kept.set_disposition(ticket.disposition());
  kept.set_change(ticket.change());
  kept.set_shipment(ticket.shipment());
  kept.set_late(ticket.late());
  kept.set_recurrence_count(ticket.recurrence_count());
  asked_.push_back({std::move(kept), metrics_.Start("/dangol.metrics.v1.LoopService/GetLoop", request, timeout_)});
  findings_.Examined(kLoops);
  return absl::OkStatus();
}

void Audit::CheckLink(const Ticket& ticket, const Known& known) {
  const std::string state = fmt::format("is {}", Ticket::State_Name(ticket.state()));
  const auto wrong = [&](std::string_view what) {
    findings_.Violation(kLinkedTickets, ticket.name(), fmt::format("{}, {}", state, what));
  };
  if (!IsLinked(ticket)) {
    if (!known.change.empty()) wrong(fmt::format("and has an ACTIVE demand on {}", known.change));
    return;
  }
  findings_.Examined(kLinkedTickets);
  if (known.change.empty()) {
    wrong(fmt::format("linked to {}, and has no ACTIVE demand", ticket.change()));
  } else if (known.change != ticket.change()) {
    wrong(fmt::format("linked to {}, and its ACTIVE demand is on {}", ticket.change(), known.change));
  } else if (known.acceptance != ticket.acceptance()) {
    wrong(fmt::format("by link {}, and its demand is for link {}", ticket.acceptance(), known.acceptance));
  } else if (ticket.state() == Ticket::ACCEPTED && !known.shipment.empty()) {
    wrong(fmt::format("and {} has answered its demand", known.shipment));
  } else if (ticket.state() != Ticket::ACCEPTED && known.shipment != ticket.shipment()) {
    wrong(fmt::format("by shipment {}, and its demand names {}", ticket.shipment(),
                      known.shipment.empty() ? "none" : known.shipment));
  } else if (ticket.state() == Ticket::ACCEPTED && !ticket.has_confirm_time()) {
    wrong(fmt::format("and does not know that {} counts it", known.change));
  }
}

void Audit::CheckDemandsWithoutTicket() {
  for (const auto& [ticket, known] : known_) {
    if (known.seen) continue;
    findings_.Violation(kDemands, ticket,
                        fmt::format("does not exist, and there is a demand of it{}{}",
                                    known.change.empty() ? "" : " on ", known.change));
  }
}

absl::Status Audit::FinishOldestLoop() {
  Asked asked = std::move(asked_.front());
  asked_.pop_front();
  const rpc::Reply reply = asked.reply.get();
  if (absl::IsNotFound(reply.status)) {
    findings_.Violation(kLoops, asked.ticket.name(), "is not known to metrics");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(reply.status);
  Loop loop;
  if (!loop.ParseFromString(reply.message)) return absl::InternalError("The answer is not of this version of Dangol.");
  CheckLoop(asked.ticket, loop);
  return absl::OkStatus();
}

void Audit::CheckLoop(const Ticket& ticket, const Loop& loop) {
  const auto check = [&](std::string_view what, const std::string& is, const std::string& should_be) {
    if (is != should_be)
      findings_.Violation(kLoops, loop.name(),
                          fmt::format("says {} {}, and the ticket {}", what, is.empty() ? "none" : is,
                                      should_be.empty() ? "none" : should_be));
  };
  check("state", Ticket::State_Name(loop.state()), Ticket::State_Name(ticket.state()));
  check("disposition", Ticket::Disposition_Name(loop.disposition()), Ticket::Disposition_Name(ticket.disposition()));
  check("change", loop.change(), ticket.change());
  check("late", loop.late() ? "yes" : "no", ticket.late() ? "yes" : "no");
  check("recurrence count", std::to_string(loop.recurrence_count()), std::to_string(ticket.recurrence_count()));
  if (ticket.state() != Ticket::ACCEPTED) check("shipment", loop.shipment(), ticket.shipment());
  std::set<std::string> shipments;
  for (const Step& step : loop.steps()) {
    if (step.kind() != Step::ANSWERED || shipments.insert(step.shipment()).second) continue;
    findings_.Violation(kShipments, step.shipment(), fmt::format("answered {} more than once", ticket.name()));
  }
}

// Tickets that came to a state without those that left it are those that are in it.
absl::Status Audit::CheckCounts() {
  constexpr absl::Duration kWindow = absl::Hours(24 * 399);  // of the 400 days that one call may ask for
  std::map<int, int64_t> counted;
  const absl::TimeZone utc = absl::UTCTimeZone();
  // From the beginning of its day: the last window may begin on the day of the last ticket.
  const absl::Time begin = absl::FromCivil(absl::ToCivilDay(first_time_, utc), utc);
  for (absl::Time first = begin; first <= last_time_; first += kWindow + absl::Hours(24)) {
    dangol::metrics::v1::ListStateCountsRequest request;
    request.set_first_day(absl::FormatTime("%E4Y-%m-%d", first, absl::UTCTimeZone()));
    request.set_last_day(absl::FormatTime("%E4Y-%m-%d", first + kWindow, absl::UTCTimeZone()));
    request.set_page_size(kPageSize);
    dangol::metrics::v1::ListStateCountsResponse response;
    RETURN_IF_ERROR(
        EachPage(metrics_, "/dangol.metrics.v1.LoopService/ListStateCounts", request, timeout_, response, [&](bool) {
          for (const auto& count : response.counts()) counted[count.state()] += count.entered() - count.left();
          return absl::OkStatus();
        }));
  }
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    if (counted[state] == states_[state]) continue;
    findings_.Violation(
        kLoops, Ticket::State_Name(state),
        fmt::format("metrics counts {} tickets in this state, and there are {}", counted[state], states_[state]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<GetStatusResponse>> Statuses(const SuiteFlags& flags) {
  std::vector<GetStatusResponse> statuses;
  for (auto& status : AskStatus(Targets(flags), kStatusTimeout)) {
    RETURN_IF_ERROR(status.status());
    statuses.push_back(*std::move(status));
  }
  return statuses;
}

bool CaughtUp(const std::vector<GetStatusResponse>& statuses) {
  std::map<std::string, int64_t> heads;
  for (const GetStatusResponse& status : statuses) heads[status.service()] = status.feed_sequence();
  return std::ranges::all_of(statuses, [&](const GetStatusResponse& status) {
    return std::ranges::all_of(status.subscriptions(),
                               [&](const SubscriptionStatus& one) { return one.sequence() >= heads[one.feed()]; });
  });
}

int64_t Followed(const std::vector<GetStatusResponse>& statuses) {
  int64_t sum = 0;
  for (const GetStatusResponse& status : statuses) {
    for (const SubscriptionStatus& one : status.subscriptions()) sum += one.sequence();
  }
  return sum;
}

// Each answer may make the next feed grow: so until nothing has to be followed any more, nothing moves, or time is up.
absl::StatusOr<std::vector<GetStatusResponse>> CatchUp(const SuiteFlags& flags, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  absl::Time moved = absl::Now();
  int64_t followed = -1;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<GetStatusResponse> statuses, Statuses(flags));
    const absl::Time now = absl::Now();
    if (Followed(statuses) != std::exchange(followed, Followed(statuses))) moved = now;
    if (CaughtUp(statuses) || now > end || now - moved > kStandstillMax) return statuses;
    absl::SleepFor(kCatchUpInterval);
  }
}

}  // namespace

absl::StatusOr<CheckIntegrityResponse> AuditSuite(const SuiteFlags& flags, absl::Duration patience,
                                                  absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::vector<GetStatusResponse> statuses, CatchUp(flags, patience));
  ASSIGN_OR_RETURN(Findings first, Audit(flags, timeout).Look(statuses));
  if (!first.any()) return first.Response();
  absl::SleepFor(kSecondLook);
  ASSIGN_OR_RETURN(statuses, CatchUp(flags, patience));
  ASSIGN_OR_RETURN(Findings second, Audit(flags, timeout).Look(statuses));
  second.KeepThoseOf(first);
  return second.Response();
}

}  // namespace dangol::cli
