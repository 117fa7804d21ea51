#include "tests/simulation/engine_operations.h"

#include <set>
#include <utility>

#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "dangol/metrics/v1/review_service.pb.h"

namespace dangol::simulation {
namespace {

using metrics::v1::Kpi;

constexpr uint64_t kEngines = 3;
constexpr uint64_t kKpis = 5;  // of an engine: one of each kind
constexpr uint64_t kDays = 45;
constexpr uint64_t kCellsMost = 8;
// With an hour, and with half of one, that is not there or there twice; and with a day that begins in another.
constexpr const char* kZones[kEngines] = {"Asia/Seoul", "America/New_York", "Australia/Lord_Howe"};
constexpr metrics::v1::Weekday kWeekStarts[] = {metrics::v1::MONDAY, metrics::v1::SUNDAY, metrics::v1::SATURDAY};

// One operation that is being chosen.
struct Choice {
  Operation& operation;
  absl::Time now;
  const std::function<uint64_t(uint64_t)>& uniform;

  std::string Engine() const { return fmt::format("engines/e{}", uniform(kEngines)); }
  std::string Stage(const std::string& engine) const {
    return fmt::format("{}/stages/{}", engine, uniform(2) == 0 ? "a" : "b");
  }
  std::string Day() const {
    const absl::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
    return absl::FormatCivilTime(today - static_cast<int64_t>(uniform(kDays)));
  }
  template <typename Request>
  void Send(std::string_view method, Request request) const {
    Prepare(operation, fmt::format("/dangol.metrics.v1.{}", method), request);
  }
};

void Name(google::protobuf::Map<std::string, std::string>& names) { names["en"] = "Name"; }

Kpi::Kind KindOf(uint64_t kpi) { return static_cast<Kpi::Kind>(Kpi::COUNT + static_cast<int>(kpi)); }

void CreateEngine(const Choice& choice, uint64_t number) {
  metrics::v1::CreateEngineRequest request;
  request.set_engine_id(fmt::format("e{}", number));
  Name(*request.mutable_engine()->mutable_display_names());
  request.mutable_engine()->set_time_zone(kZones[number]);
  for (const char* id : {"a", "b"}) {
    metrics::v1::Stage& stage = *request.mutable_engine()->add_stages();
    stage.set_stage_id(id);
    Name(*stage.mutable_display_names());
  }
  choice.Send("EngineService/CreateEngine", request);
}

// Weeks are counted anew where their beginning moves.
void UpdateEngine(const Choice& choice) {
  metrics::v1::UpdateEngineRequest request;
  request.set_name(choice.Engine());
  request.mutable_engine()->set_week_start(kWeekStarts[choice.uniform(std::size(kWeekStarts))]);
  if (choice.uniform(2) == 0) request.mutable_engine()->add_closed_weekdays(metrics::v1::SUNDAY);
  choice.Send("EngineService/UpdateEngine", request);
}

void RetireStage(const Choice& choice) {
  metrics::v1::RetireStageRequest request;
  request.set_name(choice.Stage(choice.Engine()));
  request.set_into(choice.Stage(choice.Engine()));
  choice.Send("EngineService/RetireStage", request);
}

void CreateKpi(const Choice& choice, const std::string& engine, uint64_t number) {
  metrics::v1::CreateKpiRequest request;
  request.set_parent(engine);
  request.set_kpi_id(fmt::format("k{}", number));
  Name(*request.mutable_kpi()->mutable_display_names());
  request.mutable_kpi()->set_kind(KindOf(number));
  if (choice.uniform(2) == 0) request.mutable_kpi()->set_stage(choice.Stage(request.parent()));
  choice.Send("KpiService/CreateKpi", request);
}

void FillCell(const Choice& choice, Kpi::Kind kind, metrics::v1::Entry& entry) {
  if (choice.uniform(8) == 0) return entry.set_state(metrics::v1::Observation::NOT_APPLICABLE);
  const auto number = static_cast<double>(choice.uniform(50));
  if (kind != Kpi::AVERAGE && kind != Kpi::RATIO) return entry.set_value(kind == Kpi::SUM ? number - 20.5 : number);
  entry.set_numerator(number);
  entry.set_denominator(number + static_cast<double>(choice.uniform(20)));
}

// Numbers of some days, many of which are there already.
void Record(const Choice& choice, const std::string& engine) {
  metrics::v1::RecordObservationsRequest request;
  request.set_parent(engine);
  request.set_recorded_by("members/kim");
  std::set<std::pair<uint64_t, std::string>> cells;
  for (uint64_t n = 1 + choice.uniform(kCellsMost); n > 0; --n) cells.emplace(choice.uniform(kKpis), choice.Day());
  for (const auto& [kpi, day] : cells) {
    metrics::v1::Entry& entry = *request.add_entries();
    entry.set_kpi(fmt::format("{}/kpis/k{}", request.parent(), kpi));
    entry.set_day(day);
    entry.set_note(BlockNote(choice.operation, request.entries_size() - 1));
    FillCell(choice, KindOf(kpi), entry);
  }
  choice.Send("KpiService/RecordObservations", request);
}

void CreateMember(const Choice& choice) {
  metrics::v1::CreateMemberRequest request;
  request.set_member_id("kim");
  request.mutable_member()->set_display_name("Kim");
  choice.Send("MemberService/CreateMember", request);
}

// Who hears complaints makes the product or not, and that changes.
void ChangeMember(const Choice& choice) {
  constexpr const char* kIds[] = {"agent", "lead"};
  constexpr metrics::v1::Member::Role kRoles[] = {metrics::v1::Member::AGENT, metrics::v1::Member::DEVELOPER,
                                                  metrics::v1::Member::OWNER};
  const std::string id = kIds[choice.uniform(std::size(kIds))];
  const metrics::v1::Member::Role role = kRoles[choice.uniform(std::size(kRoles))];
  if (choice.uniform(2) == 0) {
    metrics::v1::CreateMemberRequest request;
    request.set_member_id(id);
    request.mutable_member()->set_display_name("Lee");
    request.mutable_member()->add_roles(role);
    return choice.Send("MemberService/CreateMember", request);
  }
  metrics::v1::UpdateMemberRequest request;
  request.set_name("members/" + id);
  request.mutable_member()->add_roles(role);
  request.mutable_update_mask()->add_paths("roles");
  choice.Send("MemberService/UpdateMember", request);
}

void Review(const Choice& choice) {
  metrics::v1::RecordReportReviewRequest request;
  request.set_parent(choice.Engine());
  request.set_granularity(metrics::v1::WEEK);
  request.set_day(choice.Day());
  request.set_member("members/kim");
  choice.Send("ReviewService/RecordReportReview", request);
}

void Remark(const Choice& choice) {
  metrics::v1::CreateRemarkRequest request;
  request.set_parent(choice.Engine());
  request.mutable_remark()->set_kpi(fmt::format("{}/kpis/k{}", request.parent(), choice.uniform(kKpis)));
  request.mutable_remark()->set_granularity(metrics::v1::DAY);
  request.mutable_remark()->set_first_day(choice.Day());
  request.mutable_remark()->set_author("members/kim");
  request.mutable_remark()->set_body("Why?");
  choice.Send("ReviewService/CreateRemark", request);
}

}  // namespace

std::string BlockNote(const Operation& operation, int cell) {
  return fmt::format("{}{}-{}.", kBlockMark, operation.number, cell);
}

void ChooseNumbersStep(Operation& operation, uint64_t step, absl::Time now,
                       const std::function<uint64_t(uint64_t)>& uniform) {
  operation.markers.clear();
  const Choice choice{operation, now, uniform};
  const std::string engine = "engines/e0";
  if (step == 0) return CreateEngine(choice, 0);
  if (step == 1) return CreateMember(choice);
  if (step < 2 + kKpis) return CreateKpi(choice, engine, step - 2);
  Record(choice, engine);
}

void ChooseEngineOperation(Operation& operation, absl::Time now, const std::function<uint64_t(uint64_t)>& uniform) {
  operation.markers.clear();
  const Choice choice{operation, now, uniform};
  const uint64_t which = uniform(20);
  if (which < 3) return CreateEngine(choice, choice.uniform(kEngines));
  if (which < 7) return CreateKpi(choice, choice.Engine(), choice.uniform(kKpis));
  if (which < 8) return UpdateEngine(choice);
  if (which < 9) return choice.uniform(2) == 0 ? CreateMember(choice) : ChangeMember(choice);
  if (which < 10) return uniform(3) == 0 ? RetireStage(choice) : Review(choice);
  if (which < 11) return Remark(choice);
  Record(choice, choice.Engine());
}

}  // namespace dangol::simulation
