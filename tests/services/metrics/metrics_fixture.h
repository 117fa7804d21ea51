// A metrics service on one thread, fed event by event as its subscriptions would do it, and asked by RPC.
#pragma once

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/metrics/service.h"
#include "tests/common/feed/apply_event.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::metrics {

using backlog::v1::Change;
using backlog::v1::ChangeEvent;
using backlog::v1::ChangeFacts;
using tickets::v1::Message;
using tickets::v1::Ticket;
using tickets::v1::TicketEvent;
using tickets::v1::TicketFacts;
using tickets::v1::TicketsFollowed;
using v1::Step;

// Such as `2026-11-24T09:00:00Z`.
inline absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) std::abort();
  return time;
}

// A triage policy: Monday to Friday, as clocks show it.
inline TicketEvent Hours(const std::string& zone, int open, int close, int64_t version, absl::Time from,
                         const std::vector<std::string>& closed_days = {}) {
  TicketEvent event;
  *event.mutable_envelope()->mutable_time() = ToProtoTime(from);
  event.mutable_envelope()->set_sequence(100'000 + version);
  auto& resource = *event.mutable_envelope()->add_resources();
  resource.set_name("triagePolicy");
  resource.set_version(version);
  tickets::v1::WorkingHours& hours = *event.mutable_policy_updated()->mutable_working_hours();
  hours.set_time_zone(zone);
  for (int weekday = tickets::v1::MONDAY; weekday <= tickets::v1::FRIDAY; ++weekday) {
    tickets::v1::WorkingHours::Span& span = *hours.add_spans();
    span.set_weekday(static_cast<tickets::v1::Weekday>(weekday));
    span.set_open_minutes(open * 60);
    span.set_close_minutes(close * 60);
  }
  for (const std::string& day : closed_days) hours.add_closed_days(day);
  return event;
}

// Makes the events of one feed: numbers them, and gives each resource the next version.
template <typename Event>
class FeedScript {
 public:
  // The event of the last call is filled in by the caller.
  Event& Add(absl::Time time, std::initializer_list<std::string> touched) {
    return Add(time, std::vector<std::string>(touched));
  }
  Event& Add(absl::Time time, const std::vector<std::string>& touched) {
    Event& event = events_.emplace_back();
    event.mutable_envelope()->set_sequence(static_cast<int64_t>(events_.size()));
    *event.mutable_envelope()->mutable_time() = ToProtoTime(time);
    for (const std::string& name : touched) {
      auto& resource = *event.mutable_envelope()->add_resources();
      resource.set_name(name);
      resource.set_version(++versions_[name]);
    }
    return event;
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<Event> events_;
  std::map<std::string, int64_t> versions_;
};

// What the tickets service says. The facts are kept as it would keep them, as far as these tests look at them.
class TicketsScript : public FeedScript<TicketEvent> {
 public:
  void Created(const std::string& ticket, absl::Time time, std::optional<absl::Time> closed = std::nullopt) {
    TicketFacts& facts = facts_[ticket];
    facts.set_ticket(ticket);
    facts.set_kind(Ticket::COMPLAINT);
    facts.set_state(closed ? Ticket::CLOSED : Ticket::RECEIVED);
    facts.set_severity(Ticket::NORMAL);
    facts.set_channel("web");
    facts.set_contact_reason("delivery/late");
    *facts.mutable_occur_time() = ToProtoTime(time - absl::Hours(1));
    *facts.mutable_receive_time() = ToProtoTime(time);
    if (closed) {
      facts.set_disposition(Ticket::IMPORTED);
      *facts.mutable_close_time() = ToProtoTime(*closed);
    }
    Tell(ticket, time).mutable_ticket_created();
  }
  void Acknowledged(const std::string& ticket, absl::Time time) {
    Hear(ticket, time).set_state(Ticket::HEARD);
    Tell(ticket, time).mutable_ticket_acknowledged();
  }
  void Declined(const std::string& ticket, absl::Time time, std::string_view gap = "cold-chain") {
    TicketFacts& facts = Decide(ticket, time);
    facts.set_state(Ticket::NOT_YET);
    facts.set_decline_reason(gap.empty() ? tickets::v1::Decision::UNSUSTAINABLE
                                         : tickets::v1::Decision::BEYOND_CAPABILITY);
    facts.set_capability_gap(std::string(gap));
    facts.set_decided_by("members/kim");
    Tell(ticket, time).mutable_ticket_declined();
  }
  void Said(const std::string& ticket, const std::string& message, Message::Kind kind, absl::Time time,
            bool touches = true) {
    const std::string name = ticket + "/messages/" + message;
    TicketFacts& facts = facts_[ticket];
    facts.set_ticket(ticket);
    if (kind == Message::PUBLIC && !facts.has_first_response_time()) {
      *facts.mutable_first_response_time() = ToProtoTime(time);
      touches = true;
    }
    TicketEvent& event = touches ? Tell(ticket, time, name) : Add(time, {name});
    event.mutable_message_created()->set_message(name);
    event.mutable_message_created()->set_kind(kind);
    event.mutable_message_created()->set_by_person(true);
    *event.mutable_message_created()->mutable_create_time() = ToProtoTime(time);
    *event.mutable_message_created()->mutable_send_time() = ToProtoTime(time);
  }
  void Accepted(const std::string& ticket, const std::string& change, absl::Time time) {
    TicketFacts& facts = Decide(ticket, time);
    facts.set_ticket(ticket);
    facts.set_kind(Ticket::COMPLAINT);
    facts.set_severity(Ticket::NORMAL);
    facts.set_contact_reason("delivery/late");
    facts.set_state(Ticket::ACCEPTED);
    ClearAnswer(facts);
    Link(facts, change);
    recurrence_counted_[ticket] = false;
    Tell(ticket, time).mutable_ticket_accepted();
  }
  void Resolved(const std::string& ticket, Ticket::Disposition disposition, absl::Time time) {
    TicketFacts& facts = Decide(ticket, time);
    facts.set_state(Ticket::ANSWERED);
    facts.set_disposition(disposition);
    facts.set_decided_by("members/lee");
    *facts.mutable_answer_time() = ToProtoTime(time);
    Tell(ticket, time).mutable_ticket_resolved();
  }
  void NotFixed(const std::string& ticket, const std::string& change, absl::Time time) {
    TicketFacts& facts = facts_[ticket];
    ClearAnswer(facts);
    Link(facts, change);
    facts.set_state(Ticket::ACCEPTED);
    recurrence_counted_[ticket] = false;
    Recur(facts);
    Tell(ticket, time).mutable_ticket_reopened()->set_cause(tickets::v1::ReopenTicketRequest::NOT_FIXED);
  }
  void Reopened(const std::string& ticket, absl::Time time) {
    TicketFacts& facts = facts_[ticket];
    const bool appeal = facts.state() == Ticket::NOT_YET;
    ClearAnswer(facts);
    facts.set_state(Ticket::HEARD);
    facts.set_reopen_count(facts.reopen_count() + 1);
    Tell(ticket, time)
        .mutable_ticket_reopened()
        ->set_cause(appeal ? tickets::v1::ReopenTicketRequest::APPEAL
                           : tickets::v1::ReopenTicketRequest::NOT_SATISFIED);
  }
  void Unlinked(const std::string& ticket, const std::string& change, absl::Time time) {
    TicketFacts& facts = facts_[ticket];
    Link(facts, "");
    facts.set_state(Ticket::HEARD);
    recurrence_counted_[ticket] = false;
    Tell(ticket, time).mutable_ticket_unlinked()->set_change(change);
  }
  void Followed(const std::vector<std::string>& tickets, TicketsFollowed::Effect effect, const std::string& change,
                absl::Time time, int shipment = 1) {
    TicketsFollowed followed;
    followed.set_effect(effect);
    followed.set_change(change);
    const bool answers = effect == TicketsFollowed::ANSWERED || effect == TicketsFollowed::ANSWERED_LATE;
    if (answers) followed.set_shipment(fmt::format("{}/shipments/{}", change, shipment));
    if (effect == TicketsFollowed::REFUSED) followed.set_refusal(tickets::v1::AcceptanceRefusal::CHANGE_NOT_FOUND);
    for (const std::string& ticket : tickets) Follow(facts_[ticket], followed, time);
    TicketEvent& event = Add(time, tickets);
    for (int i = 0; i < static_cast<int>(tickets.size()); ++i) {
      TicketFacts& facts = facts_[tickets[static_cast<size_t>(i)]];
      facts.set_ticket(tickets[static_cast<size_t>(i)]);
      facts.set_version(event.envelope().resources(i).version());
      tickets::v1::FollowedTicket& told = *followed.add_tickets();
      told.set_ticket(facts.ticket());
      told.set_version(facts.version());
      told.set_recurrence(facts.recurrence());
      told.set_recurrence_count(facts.recurrence_count());
      if (effect == TicketsFollowed::REFUSED) *told.mutable_facts() = facts;
    }
    const TicketFacts& facts = facts_[tickets.front()];
    tickets::v1::FollowedFacts& common = *followed.mutable_facts();
    common.set_state(facts.state());
    common.set_disposition(facts.disposition());
    common.set_change(facts.change());
    common.set_late(facts.late());
    common.set_shipment(followed.shipment());
    if (facts.has_answer_time()) *common.mutable_answer_time() = facts.answer_time();
    *event.mutable_tickets_followed() = std::move(followed);
  }

 private:
  // The event with the ticket's facts, of its next version; of a message, too, where one is named.
  TicketEvent& Tell(const std::string& ticket, absl::Time time, const std::string& message = "") {
    TicketEvent& event = message.empty() ? Add(time, {ticket}) : Add(time, {message, ticket});
    facts_[ticket].set_version(event.envelope().resources().rbegin()->version());
    *event.mutable_facts() = facts_[ticket];
    return event;
  }
  TicketFacts& Hear(const std::string& ticket, absl::Time time) {
    TicketFacts& facts = facts_[ticket];
    if (!facts.has_hear_time()) *facts.mutable_hear_time() = ToProtoTime(time);
    return facts;
  }
  TicketFacts& Decide(const std::string& ticket, absl::Time time) {
    TicketFacts& facts = Hear(ticket, time);
    if (!facts.has_decide_time()) *facts.mutable_decide_time() = ToProtoTime(time);
    return facts;
  }
  static void ClearAnswer(TicketFacts& facts) {
    facts.clear_disposition();
    facts.clear_answer_time();
    facts.clear_close_time();
  }
  static void Link(TicketFacts& facts, const std::string& change) {
    facts.set_change(change);
    facts.clear_late();
    facts.clear_recurrence();
  }
  void Recur(TicketFacts& facts) {
    facts.set_recurrence(true);
    if (std::exchange(recurrence_counted_[facts.ticket()], true)) return;
    facts.set_recurrence_count(facts.recurrence_count() + 1);
  }
  void Follow(TicketFacts& facts, const TicketsFollowed& followed, absl::Time time) {
    switch (followed.effect()) {
      case TicketsFollowed::ANSWERED:
      case TicketsFollowed::ANSWERED_LATE:
        facts.set_state(Ticket::ANSWERED);
        facts.set_disposition(Ticket::CHANGED);
        facts.set_shipment(followed.shipment());
        facts.set_late(followed.effect() == TicketsFollowed::ANSWERED_LATE);
        *facts.mutable_answer_time() = ToProtoTime(time);
        return;
      case TicketsFollowed::RECURRED:
        return Recur(facts);
      case TicketsFollowed::RETURNED:
        Link(facts, "");
        return facts.set_state(Ticket::NOT_YET);
      case TicketsFollowed::MOVED:
        return Link(facts, followed.change());
      case TicketsFollowed::REFUSED:
        Link(facts, "");
        return facts.set_state(Ticket::HEARD);
      default:
        return;
    }
  }

  std::map<std::string, TicketFacts> facts_;
  std::map<std::string, bool> recurrence_counted_;
};

// What the backlog says.
class BacklogScript : public FeedScript<ChangeEvent> {
 public:
  void Created(const std::string& change, absl::Time time) {
    ChangeFacts& facts = facts_[change];
    facts.set_change(change);
    facts.set_title("Parcels are announced");
    facts.set_state(Change::PROPOSED);
    *facts.mutable_create_time() = ToProtoTime(time);
    Tell(change, time).mutable_change_created();
  }
  void Planned(const std::string& change, absl::Time time) {
    ChangeFacts& facts = facts_[change];
    facts.set_state(Change::PLANNED);
    facts.set_kind(Change::PROCESS);
    facts.set_decided_by("members/kim");
    *facts.mutable_plan_time() = ToProtoTime(time);
    Tell(change, time).mutable_change_planned();
  }
  void Started(const std::string& change, absl::Time time) {
    ChangeFacts& facts = facts_[change];
    facts.set_state(Change::IN_PROGRESS);
    facts.set_decided_by("members/kim");
    *facts.mutable_start_time() = ToProtoTime(time);
    Tell(change, time).mutable_change_started();
  }
  void Shipped(const std::string& change, absl::Time time, int shipment = 1, bool partial = false) {
    ChangeFacts& facts = facts_[change];
    facts.set_change(change);
    facts.set_state(partial ? Change::IN_PROGRESS : Change::SHIPPED);
    facts.set_decided_by("members/kim");
    facts.set_shipment_count(facts.shipment_count() + 1);
    if (!partial) *facts.mutable_ship_time() = ToProtoTime(time);
    auto& shipped = *Tell(change, time).mutable_change_shipped();
    shipped.set_shipment(fmt::format("{}/shipments/{}", change, shipment));
    shipped.set_partial(partial);
  }
  void Dropped(const std::string& change, absl::Time time) {
    ChangeFacts& facts = facts_[change];
    facts.set_state(Change::DROPPED);
    *facts.mutable_drop_time() = ToProtoTime(time);
    auto& dropped = *Tell(change, time).mutable_change_dropped();
    dropped.set_reason("the depot closes");
    dropped.set_decided_by("members/kim");
  }

 private:
  ChangeEvent& Tell(const std::string& change, absl::Time time) {
    ChangeEvent& event = Add(time, {change});
    facts_[change].set_version(event.envelope().resources().rbegin()->version());
    *event.mutable_facts() = facts_[change];
    return event;
  }

  std::map<std::string, ChangeFacts> facts_;
};

inline const feed::Source& SourceOf(const TicketEvent&) { return MetricsService().sources[0]; }
inline const feed::Source& SourceOf(const ChangeEvent&) { return MetricsService().sources[1]; }

// An event of either feed, which must live on.
struct AnyEvent {
  template <typename Event>
  AnyEvent(const Event& event) : source(&SourceOf(event)), message(&event) {}  // NOLINT: implicit by design

  const feed::Source* source;
  const google::protobuf::Message* message;
};

class MetricsTest : public ::testing::Test {
 protected:
  // Each in a write of its own.
  template <typename Event>
  void Apply(const Event& event) {
    const absl::Status status = testing::ApplyEvent(metrics_, SourceOf(event), event);
    EXPECT_TRUE(status.ok()) << status << "\n" << event.ShortDebugString();
  }
  // In pages as the feed brings them, each in one write.
  template <typename Event>
  void Apply(const std::vector<Event>& events) {
    const size_t page = feed::StreamLimits().page_events_max;
    for (auto first = events.begin(); first != events.end();) {
      const auto end = first + std::min<ptrdiff_t>(page, events.end() - first);
      ApplyPage(metrics_, std::vector<AnyEvent>(first, end));
      first = end;
    }
  }
  // One write, in which events of both feeds may stand.
  static void ApplyPage(testing::SimulatedService& service, const std::vector<AnyEvent>& events) {
    feed::Source page;
    page.react = [&](storage::Transaction& transaction, const rpc::Call& call, const google::protobuf::Message&) {
      for (const AnyEvent& event : events) {
        const absl::Status status = event.source->react(transaction, call, *event.message);
        EXPECT_TRUE(status.ok()) << status << "\n" << event.message->ShortDebugString();
        if (!status.ok()) return status;
      }
      return absl::OkStatus();
    };
    EXPECT_TRUE(testing::ApplyEvent(service, page, TicketEvent()).ok());
  }

  absl::StatusOr<v1::Loop> GetLoop(const std::string& name) {
    v1::GetLoopRequest request;
    request.set_name(name);
    return metrics_.Call<v1::Loop>("/dangol.metrics.v1.LoopService/GetLoop", request);
  }
  absl::StatusOr<v1::LoopSummary> Summarize(const std::string& change) {
    v1::SummarizeLoopRequest request;
    request.set_change(change);
    return metrics_.Call<v1::LoopSummary>("/dangol.metrics.v1.LoopService/SummarizeLoop", request);
  }
  absl::StatusOr<v1::ListStateCountsResponse> ListCounts(const std::string& first, const std::string& last) {
    v1::ListStateCountsRequest request;
    request.set_first_day(first);
    request.set_last_day(last);
    request.set_page_size(1000);
    return metrics_.Call<v1::ListStateCountsResponse>("/dangol.metrics.v1.LoopService/ListStateCounts", request);
  }
  // Each as `2026-11-24 HEARD +1 -0`.
  std::vector<std::string> Counts(const std::string& first = "2026-01-01", const std::string& last = "2026-12-31") {
    const auto response = ListCounts(first, last);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> lines;
    if (!response.ok()) return lines;
    for (const auto& count : response->counts()) {
      lines.push_back(
          fmt::format("{} {} +{} -{}", count.day(), Ticket::State_Name(count.state()), count.entered(), count.left()));
    }
    return lines;
  }
  // Each as `HEARD`, or `ACCEPTED c`, `CHANGE_SHIPPED c PARTIAL`.
  static std::vector<std::string> StepsOf(const v1::Loop& loop) {
    std::vector<std::string> lines;
    for (const Step& step : loop.steps()) {
      std::string line = Step::Kind_Name(step.kind());
      if (!step.change().empty()) line += " " + step.change().substr(std::string_view("changes/").size());
      if (!step.detail().empty()) line += " " + step.detail();
      lines.push_back(std::move(line));
    }
    return lines;
  }
  std::vector<std::string> Steps(const std::string& name) {
    const auto loop = GetLoop(name);
    EXPECT_TRUE(loop.ok()) << loop.status();
    return loop.ok() ? StepsOf(*loop) : std::vector<std::string>();
  }
  // What a whole run of the checks finds.
  std::vector<std::string> Violations() {
    auto response = metrics_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                   api::v1::CheckIntegrityRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> lines;
    if (!response.ok()) return lines;
    for (const auto& violation : response->violations()) {
      lines.push_back(fmt::format("{} {}: {}", violation.check(), violation.resource(), violation.description()));
    }
    return lines;
  }
  // The tables of the ledger.
  static std::string Ledger(testing::SimulatedService& service) {
    std::string dump;
    for (const char* table : {"ticket_loop", "ticket_step", "state_count", "change_tally", "change", "change_step"}) {
      dump += service.file().DumpTable(table);
    }
    return dump;
  }

  testing::SimulatedService metrics_{MetricsService()};
};

}  // namespace dangol::metrics
