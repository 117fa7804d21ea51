#include "bench/report_bench.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fmt/format.h"

#include "bench/complaints.h"
#include "bench/load.h"
#include "common/base/proto_time.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::bench {
namespace {

using metrics::v1::Kpi;
using metrics::v1::RecordObservationsRequest;
using metrics::v1::Report;

constexpr absl::Duration kPatience = absl::Minutes(10);
constexpr int kDays = 395;  // 13 months
constexpr int kRows = 1000;
constexpr int kTimes = 100;
constexpr char kLead[] = "members/lead";

[[noreturn]] void Fail(const std::string& what) {
  fmt::print(stderr, "dangol_loop_bench: {}\n", what);
  std::exit(1);
}

class ReportBench {
 public:
  ReportBench(testing::SuiteProcesses& suite, const ReportBenchOptions& options)
      : suite_(suite),
        options_(options),
        tickets_(suite.tickets().NewChannel()),
        metrics_(suite.metrics().NewChannel()) {}

  void Run() {
    MakeLead();
    MakeEngine("shop", metrics::v1::CreateEngineRequest::ENGINE);
    KeepTwentyKpis();
    EnterEverything();
    AddTickets(options_.tickets);
    const double few = ReadReports(options_.tickets);
    AddTickets(options_.tickets * (kTimes - 1));
    const double many = ReadReports(options_.tickets * kTimes);
    fmt::print("P5 at {} times the complaints: {:.2f} times (goal 1.2)\n", kTimes, many / few);
    EnterBlocks();
  }

 private:
  template <typename Response>
  Response Call(rpc::Channel& channel, const std::string& method, const google::protobuf::Message& request) {
    auto response = testing::Ask<Response>(channel, method.c_str(), request, kPatience);
    if (!response.ok()) Fail(fmt::format("{}: {}", method, response.status().ToString()));
    return *std::move(response);
  }
  template <typename Response>
  Response OfMetrics(const std::string& method, const google::protobuf::Message& request) {
    return Call<Response>(*metrics_, "/dangol.metrics.v1." + method, request);
  }
  void Rest() {
    const std::string waits_for = suite_.WaitUntilAtRest(kPatience);
    if (!waits_for.empty()) Fail("it does not come to rest: it waits for " + waits_for);
  }
  static std::string DayBefore(int days) {
    return absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) - days);
  }

  void MakeLead() {
    metrics::v1::CreateMemberRequest request;
    request.set_member_id("lead");
    request.mutable_member()->set_display_name("Lead");
    request.mutable_member()->add_roles(metrics::v1::Member::LEAD);
    OfMetrics<metrics::v1::Member>("MemberService/CreateMember", request);
  }
  void MakeEngine(const std::string& id, metrics::v1::CreateEngineRequest::Blueprint blueprint) {
    metrics::v1::CreateEngineRequest request;
    request.set_engine_id(id);
    request.set_blueprint(blueprint);
    request.mutable_engine()->set_time_zone("UTC");
    OfMetrics<metrics::v1::Engine>("EngineService/CreateEngine", request);
    Rest();
  }
  std::vector<Kpi> Kpis(const std::string& engine) {
    metrics::v1::ListKpisRequest request;
    request.set_parent(engine);
    request.set_page_size(kRows);
    const auto response = OfMetrics<metrics::v1::ListKpisResponse>("KpiService/ListKpis", request);
    return {response.kpis().begin(), response.kpis().end()};
  }
  // The report has a row of each; the rest are retired, those that are computed first.
  void KeepTwentyKpis() {
    Report report = ReadReport();
    for (int row = report.rows_size() - 1; row >= 20; --row) {
      metrics::v1::UpdateKpiRequest request;
      request.set_name(report.rows(row).kpi());
      request.mutable_kpi()->set_state(Kpi::RETIRED);
      OfMetrics<Kpi>("KpiService/UpdateKpi", request);
    }
    report = ReadReport();
    if (report.rows_size() != 20) Fail("the report has other than 20 KPIs");
  }

  static void AddEntry(const Kpi& kpi, const std::string& day, int number, RecordObservationsRequest& request) {
    metrics::v1::Entry& entry = *request.add_entries();
    entry.set_kpi(kpi.name());
    entry.set_day(day);
    if (kpi.kind() == Kpi::AVERAGE || kpi.kind() == Kpi::RATIO) {
      entry.set_numerator(number);
      entry.set_denominator(number * 2);
    } else {
      entry.set_value(number);
    }
  }
  void Enter(RecordObservationsRequest& request) {
    request.set_recorded_by(kLead);
    OfMetrics<metrics::v1::RecordObservationsResponse>("KpiService/RecordObservations", request);
  }
  void EnterEverything() {
    for (const Kpi& kpi : Kpis("engines/shop")) {
      if (kpi.source() != Kpi::MANUAL) continue;
      RecordObservationsRequest request;
      request.set_parent("engines/shop");
      for (int day = 0; day < kDays; ++day) AddEntry(kpi, DayBefore(day), 100 + day * 7 % 31, request);
      Enter(request);
    }
  }

  // Received over the 13 months, and resolved now.
  void AddTickets(int count) {
    const absl::Time now = absl::Now();
    for (int made = 0; made < count; made += kRows) {
      tickets::v1::BatchCreateTicketsRequest request;
      request.set_request_id(NewRequestId());
      for (int i = made; i < std::min(count, made + kRows); ++i) {
        tickets::v1::CreateTicketRequest& ticket = *request.add_requests();
        ticket = complaints_[static_cast<size_t>(i % kRows)];
        const absl::Time received = now - absl::Hours(24) * kDays * (static_cast<double>(i) / count);
        *ticket.mutable_ticket()->mutable_receive_time() = ToProtoTime(received);
        ticket.mutable_ticket()->clear_occur_time();
      }
      const auto created = Call<tickets::v1::BatchCreateTicketsResponse>(
          *tickets_, "/dangol.tickets.v1.TicketService/BatchCreateTickets", request);
      tickets::v1::BatchResolveTicketsRequest resolve;
      resolve.set_request_id(NewRequestId());
      resolve.set_disposition(tickets::v1::Ticket::INFORMED);
      resolve.set_decided_by(kLead);
      for (const tickets::v1::Ticket& ticket : created.tickets()) resolve.add_names(ticket.name());
      Call<tickets::v1::BatchResolveTicketsResponse>(*tickets_, "/dangol.tickets.v1.TicketService/BatchResolveTickets",
                                                     resolve);
    }
    Rest();
  }

  Report ReadReport() {
    metrics::v1::GetReportRequest request;
    request.set_engine("engines/shop");
    request.set_granularity(metrics::v1::MONTH);
    return OfMetrics<Report>("KpiService/GetReport", request);
  }
  // Returns the p50 in milliseconds.
  double ReadReports(int tickets) {
    double complaints = 0;
    const Report report = ReadReport();
    for (const metrics::v1::ReportRow& row : report.rows()) {
      if (!row.kpi().ends_with("/complaints")) continue;
      for (const metrics::v1::Point& point : row.history()) complaints += point.value();
    }
    Measured measured;
    for (int i = 0; i < options_.reports; ++i) {
      const absl::Time start = absl::Now();
      ReadReport();
      measured.Count(absl::OkStatus(), absl::Now() - start);
    }
    measured.Sort();
    fmt::print(
        "P5 report of 13 months, 4 stages, {} KPIs, {} tickets ({:.0f} complaints in it): p50 {:.2f} ms (goal 3), p99 "
        "{:.2f} ms\n",
        report.rows_size(), tickets, complaints, measured.Percentile(0.5), measured.Percentile(0.99));
    return measured.Percentile(0.5);
  }

  void EnterBlocks() {
    MakeEngine("wide", metrics::v1::CreateEngineRequest::ENGINE);
    std::vector<Kpi> kpis;
    for (int i = 0; i < kRows / 2; ++i) {
      metrics::v1::CreateKpiRequest request;
      request.set_parent("engines/wide");
      request.mutable_kpi()->set_kind(Kpi::COUNT);
      (*request.mutable_kpi()->mutable_display_names())["en"] = fmt::format("Number {}", i);
      kpis.push_back(OfMetrics<Kpi>("KpiService/CreateKpi", request));
    }
    Measured measured;
    for (int block = 0; block < options_.blocks; ++block) {
      RecordObservationsRequest request;
      request.set_parent("engines/wide");
      for (const Kpi& kpi : kpis) {
        for (const int day : {2 * block, 2 * block + 1}) AddEntry(kpi, DayBefore(day), block, request);
      }
      const absl::Time start = absl::Now();
      Enter(request);
      measured.Count(absl::OkStatus(), absl::Now() - start);
    }
    measured.Sort();
    fmt::print("P5 a block of {} numbers, of {} KPIs for two days: p50 {:.1f} ms (goal 50), longest {:.1f} ms\n", kRows,
               kpis.size(), measured.Percentile(0.5), measured.Percentile(1));
  }

  testing::SuiteProcesses& suite_;
  const ReportBenchOptions options_;
  const std::vector<tickets::v1::CreateTicketRequest> complaints_ = MakeComplaints(kRows);
  std::unique_ptr<rpc::Channel> tickets_;
  std::unique_ptr<rpc::Channel> metrics_;
};

}  // namespace

void MeasureReports(testing::SuiteProcesses& suite, const ReportBenchOptions& options) {
  ReportBench(suite, options).Run();
}

}  // namespace dangol::bench
