// A backlog on one thread, called by RPC, with a tickets service that a test plays itself: it gives the events, and
// looks at what it is told.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/backlog/service.h"
#include "tests/common/feed/apply_event.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::backlog {

using tickets::v1::TicketEvent;
using v1::Change;
using v1::ChangeEvent;
using v1::DemandsUpdated;

class BacklogTest : public ::testing::Test {
 protected:
  // Whatever a test does, the service's own checks hold and the feed tells every version of every resource once.
  void TearDown() override {
    ExpectIntegrity();
    ExpectTold();
  }

  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request) {
    return backlog_.Call<Response>("/dangol.backlog.v1.ChangeService/" + method, request);
  }
  // As Call, without what timers do after it.
  template <typename Response>
  absl::StatusOr<Response> CallOnly(const std::string& method, const google::protobuf::Message& request) {
    auto call = testing::MakeCall<testing::FakeUnaryCall>("/dangol.backlog.v1.ChangeService/" + method,
                                                          request.SerializeAsString());
    backlog_.methods().Start(call);
    while (!call->finished() && backlog_.runtime().RunOne()) {
    }
    if (!call->reply().status.ok()) return call->reply().status;
    Response response;
    response.ParseFromString(call->reply().message);
    return response;
  }

  static v1::CreateChangeRequest CreateRequest(const std::string& id = "") {
    v1::CreateChangeRequest request;
    request.set_change_id(id);
    request.mutable_change()->set_title("Parcels come on the day that was promised");
    request.mutable_change()->add_contact_reasons("delivery/late");
    return request;
  }
  static v1::Decision ADecision() {
    v1::Decision decision;
    decision.set_can_keep(v1::Decision::YES);
    decision.set_for_everyone(v1::Decision::YES);
    decision.set_within_capability(v1::Decision::WITH_EFFORT);
    decision.set_rationale("The second depot opens in May.");
    decision.set_decided_by("members/kim");
    return decision;
  }
  // One that must succeed, and has its decision.
  Change CreateOne(const std::string& id) {
    v1::CreateChangeRequest request = CreateRequest(id);
    *request.mutable_change()->mutable_decision() = ADecision();
    request.mutable_change()->set_kind(Change::PROCESS);
    auto change = Call<Change>("CreateChange", request);
    EXPECT_TRUE(change.ok()) << change.status();
    return change.value_or(Change());
  }
  absl::StatusOr<Change> Find(const std::string& id) {
    v1::GetChangeRequest request;
    request.set_name("changes/" + id);
    return Call<Change>("GetChange", request);
  }
  Change Get(const std::string& id) {
    auto change = Find(id);
    EXPECT_TRUE(change.ok()) << change.status();
    return change.value_or(Change());
  }

  template <typename Request>
  static Request Named(const std::string& id) {
    Request request;
    request.set_name("changes/" + id);
    return request;
  }
  static v1::ShipChangeRequest ShipRequest(const std::string& id, const std::vector<std::string>& tickets = {}) {
    auto request = Named<v1::ShipChangeRequest>(id);
    for (const std::string& ticket : tickets) request.add_tickets("tickets/" + ticket);
    return request;
  }
  static v1::DropChangeRequest DropRequest(const std::string& id) {
    auto request = Named<v1::DropChangeRequest>(id);
    request.set_reason("Nobody would pay for it.");
    request.set_decline_reason(v1::Drop::UNSUSTAINABLE);
    request.set_decided_by("members/kim");
    return request;
  }
  // Of its newest shipment.
  v1::RevertShipmentRequest RevertRequest(const std::string& id) {
    auto request = Named<v1::RevertShipmentRequest>(id);
    const int64_t newest = backlog_.file().Integer(
        fmt::format("SELECT COALESCE(MAX(number), 1) FROM shipment WHERE change_id = '{}'", id));
    request.set_shipment(fmt::format("changes/{}/shipments/{}", id, newest));
    request.set_reason("The depot burnt down.");
    request.set_decided_by("members/kim");
    return request;
  }
  static v1::MergeChangesRequest MergeRequest(const std::string& from, const std::string& into) {
    auto request = Named<v1::MergeChangesRequest>(from);
    request.set_survivor("changes/" + into);
    return request;
  }
  static v1::MoveDemandsRequest MoveRequest(const std::string& from, const std::string& to,
                                            const std::vector<std::string>& tickets) {
    auto request = Named<v1::MoveDemandsRequest>(from);
    request.set_destination("changes/" + to);
    for (const std::string& ticket : tickets) request.add_tickets("tickets/" + ticket);
    return request;
  }
  Change Ship(const std::string& id, const std::vector<std::string>& tickets = {}) {
    auto change = Call<Change>("ShipChange", ShipRequest(id, tickets));
    EXPECT_TRUE(change.ok()) << change.status();
    return change.value_or(Change());
  }
  Change Drop(const std::string& id) {
    auto change = Call<Change>("DropChange", DropRequest(id));
    EXPECT_TRUE(change.ok()) << change.status();
    return change.value_or(Change());
  }

  // What the tickets service would tell. It happened an hour ago unless said otherwise.
  TicketEvent Accepted(const std::string& ticket, const std::string& change, int64_t acceptance,
                       const std::string& draft = "") {
    TicketEvent event;
    event.mutable_ticket_accepted()->set_draft_title(draft);
    auto& facts = *event.mutable_facts();
    facts.set_ticket("tickets/" + ticket);
    facts.set_change("changes/" + change);
    facts.set_acceptance(acceptance);
    facts.set_contact_reason("delivery/late");
    facts.set_stage("engines/main/stages/experience");
    *facts.mutable_occur_time() = ToProtoTime(Now() - absl::Hours(1));
    *facts.mutable_receive_time() = ToProtoTime(received_);
    *event.mutable_envelope()->mutable_time() = ToProtoTime(Now());
    return event;
  }
  TicketEvent AcceptedNow(const std::string& ticket, const std::string& change, int64_t acceptance) {
    TicketEvent event = Accepted(ticket, change, acceptance);
    *event.mutable_facts()->mutable_occur_time() = ToProtoTime(Now());
    return event;
  }
  TicketEvent Reopened(const std::string& ticket, const std::string& change, int64_t acceptance) {
    TicketEvent event;
    event.mutable_ticket_reopened()->set_cause(tickets::v1::ReopenTicketRequest::NOT_FIXED);
    event.mutable_facts()->set_ticket("tickets/" + ticket);
    event.mutable_facts()->set_change("changes/" + change);
    event.mutable_facts()->set_acceptance(acceptance);
    for (const std::string& shipment : backlog_.file().Column(fmt::format(
             "SELECT shipment FROM demand WHERE ticket_id = '{}' AND state = 1 AND shipment IS NOT NULL", ticket))) {
      event.mutable_facts()->set_shipment(fmt::format("changes/{}/shipments/{}", change, shipment));
    }
    *event.mutable_envelope()->mutable_time() = ToProtoTime(Now());
    return event;
  }
  static TicketEvent Unlinked(const std::string& ticket, const std::string& change, int64_t acceptance) {
    TicketEvent event;
    event.mutable_ticket_unlinked()->set_change("changes/" + change);
    event.mutable_facts()->set_ticket("tickets/" + ticket);
    event.mutable_facts()->set_acceptance(acceptance);
    return event;
  }
  void Apply(const TicketEvent& event) {
    const absl::Status status = testing::ApplyEvent(backlog_, BacklogService().sources[0], event);
    EXPECT_TRUE(status.ok()) << status << event.DebugString();
  }
  void Hear(const metrics::v1::MetricsEvent& event) {
    const absl::Status status = testing::ApplyEvent(backlog_, BacklogService().sources[1], event);
    EXPECT_TRUE(status.ok()) << status << event.DebugString();
  }
  // Time passes, and what is due is done.
  void PassDays(int days) {
    backlog_.runtime().StepWall(absl::Hours(24) * days);
    backlog_.runtime().RunFor(absl::Minutes(1));
  }
  void Accept(int count, const std::string& change) {
    for (int i = 0; i < count; ++i) Apply(Accepted(fmt::format("t{:05}", i), change, 1));
  }

  // Every event so far, with the resources that its envelope names.
  std::vector<ChangeEvent> Events() {
    std::vector<ChangeEvent> events;
    for (const std::string& payload : backlog_.file().Column("SELECT payload FROM feed ORDER BY seq")) {
      EXPECT_TRUE(events.emplace_back().ParseFromString(payload));
    }
    return events;
  }
  ChangeEvent LastEvent() {
    const auto events = Events();
    return events.empty() ? ChangeEvent() : events.back();
  }
  std::string LastResources() {
    return backlog_.file().Column("SELECT resources FROM feed ORDER BY seq DESC LIMIT 1").at(0);
  }
  std::vector<DemandsUpdated> Decided() {
    std::vector<DemandsUpdated> decided;
    for (const ChangeEvent& event : Events()) {
      if (event.has_demands_updated()) decided.push_back(event.demands_updated());
    }
    return decided;
  }
  // Outcome, tickets with acceptance and revision, and what else is set, of the last event in one line.
  std::string LastDecided() {
    const auto all = Decided();
    return all.empty() ? "" : Shown(all.back());
  }
  static std::string Shown(const DemandsUpdated& decided) {
    std::string text = fmt::format("{} {}", decided.change(), DemandsUpdated::Outcome_Name(decided.outcome()));
    if (!decided.shipment().empty()) text += " by " + decided.shipment();
    if (!decided.destination().empty()) text += " to " + decided.destination();
    if (decided.refusal() != 0) text += " " + DemandsUpdated::Refusal_Name(decided.refusal());
    for (const auto& demand : decided.demands()) {
      text += fmt::format(" {}@{}.{}", demand.ticket().substr(8), demand.acceptance(), demand.revision());
    }
    return decided.last() ? text + " last" : text;
  }
  // State, flags and shipment of a ticket's demand, in one line.
  std::string ShownDemand(const std::string& change, const std::string& ticket) {
    const auto found =
        backlog_.file().Column(fmt::format("SELECT state || ' ' || acceptance || CASE late WHEN 1 THEN ' late' ELSE '' "
                                           "END || CASE recurrence WHEN 1 THEN ' recurrence' "
                                           "ELSE '' END || CASE WHEN shipment IS NULL THEN '' ELSE ' by ' || shipment "
                                           "END FROM demand WHERE change_id = '{}' AND ticket_id = '{}'",
                                           change, ticket));
    if (found.empty()) return "none";
    return v1::Demand::State_Name(static_cast<v1::Demand::State>(found[0][0] - '0')) + found[0].substr(1);
  }
  static std::string Shown(const v1::Evidence& evidence) {
    return fmt::format("{} demands, {} answered, {} late, {} recurrences", evidence.demands(), evidence.answered(),
                       evidence.late(), evidence.recurrences());
  }
  int64_t Rows(const std::string& table) { return backlog_.file().Integer("SELECT COUNT(*) FROM " + table); }
  absl::Time Now() { return backlog_.runtime().Now(); }
  void Wait(absl::Duration duration) { backlog_.runtime().RunFor(duration); }
  // The wall clock alone goes on, which takes no time however long it is.
  void StepWall(absl::Duration duration) {
    backlog_.runtime().StepWall(duration);
    backlog_.runtime().RunReady();
  }
  // One step of what timers and writes are under way.
  bool Step() { return backlog_.runtime().RunOne(); }
  bool FanOutRuns() { return Rows("fan_out") > 0; }
  // What runs ends.
  void Settle() { backlog_.runtime().RunReady(); }

  void ExpectIntegrity() {
    const auto report = backlog_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                       api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->violation_count(), 0) << report->DebugString();
  }
  // The newest version that the feed tells of each resource is the one in the tables, and none was left out.
  void ExpectTold() {
    std::map<std::string, int64_t> told;
    for (const std::string& resources : backlog_.file().Column("SELECT resources FROM feed ORDER BY seq")) {
      const std::vector<std::string> touched = absl::StrSplit(resources, ' ', absl::SkipEmpty());
      for (const std::string& resource : touched) {
        const std::string name = resource.substr(0, resource.find('@'));
        EXPECT_EQ(resource.substr(name.size() + 1), std::to_string(++told[name])) << name;
      }
    }
    std::map<std::string, int64_t> stored;
    for (const std::string& row : backlog_.file().Column(
             "SELECT 'changes/' || change_id || '@' || version FROM change UNION ALL SELECT 'changes/' || "
             "change_id || '/demands/' || ticket_id || '@' || version FROM demand UNION ALL SELECT 'changes/' || "
             "change_id || '/comments/' || comment_id || '@1' FROM comment")) {
      stored[row.substr(0, row.find('@'))] = std::stoll(row.substr(row.find('@') + 1));
    }
    EXPECT_EQ(told, stored) << "a resource that is new stands in the query above, too";
  }

  testing::SimulatedService backlog_{BacklogService()};
  const absl::Time received_ = backlog_.runtime().Now() - absl::Hours(1);
};

}  // namespace dangol::backlog
