// An engine whose KPIs are computed of tickets and changes that a test tells of.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "tests/services/metrics/metrics_fixture.h"

namespace dangol::metrics {

inline constexpr char kEngines[] = "/dangol.metrics.v1.EngineService/";
inline constexpr char kKpis[] = "/dangol.metrics.v1.KpiService/";

class SystemKpiTest : public MetricsTest {
 protected:
  void MakeEngine(const std::string& id = "shop") { MakeEngine(metrics_, id); }
  static void MakeEngine(testing::SimulatedService& service, const std::string& id) {
    v1::CreateEngineRequest request;
    request.set_engine_id(id);
    v1::Engine& engine = *request.mutable_engine();
    (*engine.mutable_display_names())["en"] = "Shop";
    engine.set_time_zone("Asia/Seoul");
    for (const char* stage : {"a", "b"}) {
      engine.add_stages()->set_stage_id(stage);
      (*engine.mutable_stages(engine.stages_size() - 1)->mutable_display_names())["en"] = stage;
    }
    const auto made = service.Call<v1::Engine>(std::string(kEngines) + "CreateEngine", request);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  absl::StatusOr<v1::Kpi> MakeKpi(v1::SystemKpi system, v1::Kpi::Kind kind, const std::string& stage) {
    v1::CreateKpiRequest request;
    request.set_parent("engines/shop");
    request.set_kpi_id("mine");
    v1::Kpi& kpi = *request.mutable_kpi();
    (*kpi.mutable_display_names())["en"] = "Mine";
    kpi.set_kind(kind);
    kpi.set_source(v1::Kpi::SYSTEM);
    kpi.set_system(system);
    kpi.set_stage(stage);
    return metrics_.Call<v1::Kpi>(std::string(kKpis) + "CreateKpi", request);
  }

  // What is true of a ticket, to be changed before it is told.
  TicketFacts& Ticket(const std::string& id) { return tickets_["tickets/" + id]; }
  TicketFacts& Received(const std::string& id, absl::Time time) {
    TicketFacts& facts = Ticket(id);
    facts.set_ticket("tickets/" + id);
    facts.set_kind(Ticket::COMPLAINT);
    facts.set_state(Ticket::RECEIVED);
    *facts.mutable_receive_time() = ToProtoTime(time);
    *facts.mutable_occur_time() = ToProtoTime(time);
    return facts;
  }
  void Answered(const std::string& id, absl::Time time) {
    Ticket(id).set_state(Ticket::ANSWERED);
    Ticket(id).set_disposition(Ticket::CHANGED);
    *Ticket(id).mutable_answer_time() = ToProtoTime(time);
  }
  TicketEvent Event(const std::string& id, absl::Time time) {
    TicketEvent event;
    event.mutable_ticket_updated();
    *event.mutable_envelope()->mutable_time() = ToProtoTime(time);
    event.mutable_envelope()->set_sequence(++sequence_);
    Ticket(id).set_version(Ticket(id).version() + 1);
    *event.mutable_facts() = Ticket(id);
    return event;
  }
  void Tell(const std::string& id, absl::Time time = At("2026-11-02T00:00:00Z")) { Apply(Event(id, time)); }
  ChangeEvent EventOfChange(const std::string& id, const std::string& decided, const std::string& shipped = "") {
    ChangeFacts& facts = changes_["changes/" + id];
    facts.set_change("changes/" + id);
    facts.set_version(facts.version() + 1);
    facts.set_state(shipped.empty() ? Change::PLANNED : Change::SHIPPED);
    if (!decided.empty() && !facts.has_decide_time()) *facts.mutable_decide_time() = ToProtoTime(At(decided));
    if (!shipped.empty()) *facts.mutable_ship_time() = ToProtoTime(At(shipped));
    ChangeEvent event;
    event.mutable_change_updated();
    *event.mutable_facts() = facts;
    return event;
  }
  // A customer who came for the ticket has tried its change.
  void Tried(const std::string& id, const std::string& change, tickets::v1::PreviewAnswered::Answer answer,
             const std::string& time) {
    TicketEvent event = Event(id, At(time));
    event.mutable_preview_answered()->set_change("changes/" + change);
    event.mutable_preview_answered()->set_answer(answer);
    Apply(event);
  }
  ChangeFacts& FactsOfChange(const std::string& id) { return changes_["changes/" + id]; }
  // Of KPIs and gaps: no steps are told here.
  std::vector<std::string> WrongCounts() {
    std::vector<std::string> found = Violations();
    std::erase_if(found, [](const std::string& one) { return !one.starts_with("kpi-") && !one.starts_with("gaps"); });
    return found;
  }
  // What timers have to do is done.
  void Settle() { metrics_.runtime().RunReady(); }

  // Each as `2026-11-01 3` or `2026-11-01 1/2`, with `so far`; days of which nothing is known are left out.
  std::vector<std::string> Days(const std::string& kpi, const std::string& first = "2026-11-01",
                                const std::string& last = "2026-11-30", v1::Granularity granularity = v1::DAY) {
    v1::QuerySeriesRequest request;
    request.set_engine("engines/shop");
    request.add_kpis("engines/shop/kpis/" + kpi);
    request.set_first_day(first);
    request.set_last_day(last);
    request.set_granularity(granularity);
    const auto response = metrics_.Call<v1::QuerySeriesResponse>(std::string(kKpis) + "QuerySeries", request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> lines;
    for (const v1::Point& point : response->series(0).points()) {
      if (!point.has_value() || (!point.has_denominator() && point.value() == 0)) continue;
      lines.push_back(point.has_denominator()
                          ? fmt::format("{} {:g}/{:g}", point.first_day(), point.numerator(), point.denominator())
                          : fmt::format("{} {:g}", point.first_day(), point.value()));
      if (point.so_far()) lines.back() += " so far";
    }
    return lines;
  }
  void SetClock(const char* time) { metrics_.runtime().Move(At(time) - metrics_.runtime().Now()); }

 private:
  int64_t sequence_ = 0;
  std::map<std::string, TicketFacts> tickets_;
  std::map<std::string, ChangeFacts> changes_;
};

}  // namespace dangol::metrics
