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
using tickets::v1::Message;
using tickets::v1::Ticket;
using tickets::v1::TicketEvent;
using tickets::v1::TicketsFollowed;
using v1::Step;

// Such as `2026-11-24T09:00:00Z`.
inline absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) std::abort();
  return time;
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

// What the tickets service says.
class TicketsScript : public FeedScript<TicketEvent> {
 public:
  void Created(const std::string& ticket, absl::Time time, std::optional<absl::Time> closed = std::nullopt) {
    auto& created = *Add(time, {ticket}).mutable_ticket_created();
    created.set_ticket(ticket);
    created.set_kind(Ticket::COMPLAINT);
    created.set_state(closed ? Ticket::CLOSED : Ticket::RECEIVED);
    created.set_severity(Ticket::NORMAL);
    created.set_channel("web");
    created.set_contact_reason("delivery/late");
    *created.mutable_occur_time() = ToProtoTime(time - absl::Hours(1));
    *created.mutable_receive_time() = ToProtoTime(time);
    if (!closed) return;
    created.set_disposition(Ticket::IMPORTED);
    *created.mutable_close_time() = ToProtoTime(*closed);
  }
  void Acknowledged(const std::string& ticket, absl::Time time) {
    auto& acknowledged = *Add(time, {ticket}).mutable_ticket_acknowledged();
    acknowledged.set_ticket(ticket);
    *acknowledged.mutable_hear_time() = ToProtoTime(time);
  }
  void Declined(const std::string& ticket, absl::Time time, std::string_view gap = "cold-chain") {
    auto& declined = *Add(time, {ticket}).mutable_ticket_declined();
    declined.set_ticket(ticket);
    declined.set_reason(gap.empty() ? tickets::v1::Decision::UNSUSTAINABLE : tickets::v1::Decision::BEYOND_CAPABILITY);
    declined.set_capability_gap(std::string(gap));
    declined.set_decided_by("members/kim");
    *declined.mutable_decide_time() = ToProtoTime(time);
  }
  void Said(const std::string& ticket, const std::string& message, Message::Kind kind, absl::Time time,
            bool touches = true) {
    const std::string name = ticket + "/messages/" + message;
    TicketEvent& event = touches ? Add(time, {name, ticket}) : Add(time, {name});
    event.mutable_message_created()->set_message(name);
    event.mutable_message_created()->set_kind(kind);
    *event.mutable_message_created()->mutable_create_time() = ToProtoTime(time);
  }
  void Accepted(const std::string& ticket, const std::string& change, absl::Time time) {
    auto& accepted = *Add(time, {ticket}).mutable_ticket_accepted();
    accepted.set_ticket(ticket);
    accepted.set_change(change);
    accepted.set_kind(Ticket::COMPLAINT);
    accepted.set_severity(Ticket::NORMAL);
    accepted.set_contact_reason("delivery/late");
    *accepted.mutable_accept_time() = ToProtoTime(time);
  }
  void Resolved(const std::string& ticket, Ticket::Disposition disposition, absl::Time time) {
    auto& resolved = *Add(time, {ticket}).mutable_ticket_resolved();
    resolved.set_ticket(ticket);
    resolved.set_disposition(disposition);
    resolved.set_decided_by("members/lee");
    *resolved.mutable_answer_time() = ToProtoTime(time);
  }
  void NotFixed(const std::string& ticket, const std::string& change, absl::Time time) {
    auto& reopened = *Add(time, {ticket}).mutable_ticket_reopened();
    reopened.set_ticket(ticket);
    reopened.set_state(Ticket::ACCEPTED);
    reopened.set_recurrence(true);
    reopened.set_change(change);
    *reopened.mutable_reopen_time() = ToProtoTime(time);
  }
  void Reopened(const std::string& ticket, absl::Time time) {
    auto& reopened = *Add(time, {ticket}).mutable_ticket_reopened();
    reopened.set_ticket(ticket);
    reopened.set_state(Ticket::HEARD);
    *reopened.mutable_reopen_time() = ToProtoTime(time);
  }
  void Unlinked(const std::string& ticket, const std::string& change, absl::Time time) {
    auto& unlinked = *Add(time, {ticket}).mutable_ticket_unlinked();
    unlinked.set_ticket(ticket);
    unlinked.set_change(change);
    *unlinked.mutable_unlink_time() = ToProtoTime(time);
  }
  void Followed(const std::vector<std::string>& tickets, TicketsFollowed::Effect effect, const std::string& change,
                absl::Time time, int shipment = 1) {
    auto& followed = *Add(time, tickets).mutable_tickets_followed();
    followed.set_effect(effect);
    for (const std::string& ticket : tickets) followed.add_tickets(ticket);
    followed.set_change(change);
    if (effect == TicketsFollowed::ANSWERED || effect == TicketsFollowed::ANSWERED_LATE) {
      followed.set_shipment(fmt::format("{}/shipments/{}", change, shipment));
    }
    if (effect == TicketsFollowed::REFUSED) followed.set_refusal(tickets::v1::AcceptanceRefusal::CHANGE_NOT_FOUND);
    *followed.mutable_time() = ToProtoTime(time);
  }
};

// What the backlog says.
class BacklogScript : public FeedScript<ChangeEvent> {
 public:
  void Created(const std::string& change, absl::Time time) {
    auto& created = *Add(time, {change}).mutable_change_created();
    created.set_change(change);
    created.set_title("Parcels are announced");
    *created.mutable_create_time() = ToProtoTime(time);
  }
  void Planned(const std::string& change, absl::Time time) {
    auto& planned = *Add(time, {change}).mutable_change_planned();
    planned.set_change(change);
    planned.set_kind(Change::PROCESS);
    planned.set_decided_by("members/kim");
    *planned.mutable_plan_time() = ToProtoTime(time);
  }
  void Started(const std::string& change, absl::Time time) {
    auto& started = *Add(time, {change}).mutable_change_started();
    started.set_change(change);
    started.set_decided_by("members/kim");
    *started.mutable_start_time() = ToProtoTime(time);
  }
  void Shipped(const std::string& change, absl::Time time, int shipment = 1, bool partial = false) {
    auto& shipped = *Add(time, {change}).mutable_change_shipped();
    shipped.set_change(change);
    shipped.set_shipment(fmt::format("{}/shipments/{}", change, shipment));
    shipped.set_partial(partial);
    shipped.set_decided_by("members/kim");
    *shipped.mutable_ship_time() = ToProtoTime(time);
  }
  void Dropped(const std::string& change, absl::Time time) {
    auto& dropped = *Add(time, {change}).mutable_change_dropped();
    dropped.set_change(change);
    dropped.set_reason("the depot closes");
    dropped.set_decided_by("members/kim");
    *dropped.mutable_drop_time() = ToProtoTime(time);
  }
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
  // A page in one write.
  template <typename Event>
  void Apply(const std::vector<Event>& events) {
    ApplyPage(metrics_, std::vector<AnyEvent>(events.begin(), events.end()));
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
