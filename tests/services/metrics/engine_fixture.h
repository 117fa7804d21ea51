// A metrics service with an engine in Seoul, asked by RPC; its clock stands where a test puts it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "services/metrics/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::metrics {

template <typename Message>
Message Parsed(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class EngineTest : public ::testing::Test {
 protected:
  explicit EngineTest(const service::Options& options = {}) : metrics_(MetricsService(), options) {}

  // As clocks show it there, such as `2026-11-24 09:00`.
  void SetClock(std::string_view time, const char* zone_name = "Asia/Seoul") {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(zone_name, &zone));
    absl::Time now;
    ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", std::string(time), zone, &now, nullptr));
    metrics_.runtime().Move(now - metrics_.runtime().Now());
  }

  // `method` is `EngineService/GetEngine`, `request` a text proto.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(std::string_view method, const std::string& request) {
    return metrics_.Call<Response>(fmt::format("/dangol.metrics.v1.{}", method), Parsed<Request>(request));
  }
  template <typename Response, typename Request>
  Response Must(std::string_view method, const std::string& request) {
    auto response = Ask<Response, Request>(method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status() << "\n" << request;
    return response.ok() ? *std::move(response) : Response();
  }

  absl::StatusOr<v1::Engine> CreateEngine(const std::string& request) {
    return Ask<v1::Engine, v1::CreateEngineRequest>("EngineService/CreateEngine", request);
  }
  // `engines/shop` with the stages a and b.
  v1::Engine Shop(const std::string& more = "time_zone: 'Asia/Seoul'") {
    return Must<v1::Engine, v1::CreateEngineRequest>("EngineService/CreateEngine", R"(engine_id: "shop" engine {
        display_names { key: "en" value: "Shop" }
        stages { stage_id: "a" display_names { key: "en" value: "A" } owner: "members/kim" }
        stages { stage_id: "b" display_names { key: "en" value: "B" } } )" + more + "}");
  }
  absl::StatusOr<v1::Engine> UpdateEngine(const std::string& request) {
    return Ask<v1::Engine, v1::UpdateEngineRequest>("EngineService/UpdateEngine", request);
  }
  v1::Member Member(const std::string& id, const std::string& more = "") {
    return Must<v1::Member, v1::CreateMemberRequest>(
        "MemberService/CreateMember", fmt::format("member_id: '{}' member {{ display_name: '{}' {} }}", id, id, more));
  }
  // `engines/shop/kpis/ID`
  absl::StatusOr<v1::Kpi> CreateKpi(const std::string& id, const std::string& kpi) {
    return Ask<v1::Kpi, v1::CreateKpiRequest>(
        "KpiService/CreateKpi",
        fmt::format("parent: 'engines/shop' kpi_id: '{}' kpi {{ display_names {{ key: 'en' value: 'K' }} {} }}", id,
                    kpi));
  }
  void Kpi(const std::string& id, const std::string& kpi) {
    const auto created = CreateKpi(id, kpi);
    EXPECT_TRUE(created.ok()) << created.status();
  }
  // Each entry is `KPI DAY` and the rest of it, such as `orders 2026-11-24 value: 3`.
  absl::StatusOr<v1::RecordObservationsResponse> Record(const std::vector<std::string>& entries,
                                                        const std::string& member = "members/kim") {
    std::string request = fmt::format("parent: 'engines/shop' recorded_by: '{}'", member);
    for (const std::string& entry : entries) {
      const size_t first = entry.find(' ');
      const size_t second = entry.find(' ', first + 1);
      request += fmt::format(" entries {{ kpi: 'engines/shop/kpis/{}' day: '{}' {} }}", entry.substr(0, first),
                             entry.substr(first + 1, second - first - 1),
                             second == std::string::npos ? "" : entry.substr(second + 1));
    }
    return Ask<v1::RecordObservationsResponse, v1::RecordObservationsRequest>("KpiService/RecordObservations", request);
  }
  void Enter(const std::vector<std::string>& entries, const std::string& member = "members/kim") {
    const auto recorded = Record(entries, member);
    EXPECT_TRUE(recorded.ok()) << recorded.status();
  }
  std::vector<v1::Point> Points(const std::string& kpi, const std::string& first, const std::string& last,
                                const std::string& granularity = "DAY") {
    const auto response = Must<v1::QuerySeriesResponse, v1::QuerySeriesRequest>(
        "KpiService/QuerySeries",
        fmt::format(
            "engine: 'engines/shop' kpis: 'engines/shop/kpis/{}' first_day: '{}' last_day: '{}' granularity: {}", kpi,
            first, last, granularity));
    if (response.series().empty()) return {};
    return {response.series(0).points().begin(), response.series(0).points().end()};
  }
  // Each as `2026-11-23 7`, `-` where there is no value, with `missing=N`, `so far` and `restated`.
  std::vector<std::string> Series(const std::string& kpi, const std::string& first, const std::string& last,
                                  const std::string& granularity = "DAY") {
    std::vector<std::string> lines;
    for (const v1::Point& point : Points(kpi, first, last, granularity)) {
      std::string line = point.first_day() + (point.has_value() ? fmt::format(" {:g}", point.value()) : " -");
      if (point.not_applicable() > 0) line += fmt::format(" n/a={}", point.not_applicable());
      if (point.missing() > 0) line += fmt::format(" missing={}", point.missing());
      if (point.has_restate_time()) line += " restated";
      if (point.so_far()) line += " so far";
      lines.push_back(std::move(line));
    }
    return lines;
  }
  // Each as `orders 2026-11-24 members/kim`.
  std::vector<std::string> Missing(const std::string& more = "") {
    const auto response = Must<v1::ListMissingEntriesResponse, v1::ListMissingEntriesRequest>(
        "KpiService/ListMissingEntries", "parent: 'engines/shop' " + more);
    std::vector<std::string> lines;
    for (const v1::MissingEntry& entry : response.missing_entries())
      lines.push_back(
          fmt::format("{} {} {}", entry.kpi().substr(entry.kpi().rfind('/') + 1), entry.day(), entry.member()));
    return lines;
  }
  std::vector<std::string> Violations() {
    const auto response = metrics_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                         api::v1::CheckIntegrityRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> lines;
    for (const auto& violation : response->violations())
      lines.push_back(fmt::format("{} {}: {}", violation.check(), violation.resource(), violation.description()));
    return lines;
  }

  testing::SimulatedService metrics_;
};

}  // namespace dangol::metrics
