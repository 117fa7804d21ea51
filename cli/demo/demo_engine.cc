#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "cli/demo/demo_plan.h"
#include "cli/demo/demo_story.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "dangol/metrics/v1/review_service.pb.h"

namespace dangol::demo {
namespace {

using namespace dangol::metrics;  // NOLINT: v1

constexpr std::string_view kStages[] = {"apply", "experience", "decision", "regular"};
constexpr double kEntryHour = 10.3;
constexpr double kForgotten = 0.015;  // for ever
constexpr double kLate = 0.06;

std::string Method(std::string_view service, std::string_view name) {
  return fmt::format("/dangol.metrics.v1.{}/{}", service, name);
}

std::string KpiName(std::string_view kpi) { return fmt::format("{}/kpis/{}", kEngineName, kpi); }

// A week's target of each KPI.
constexpr std::pair<std::string_view, double> kTargets[] = {
    {"visits", 1450}, {"sign-ups", 200}, {"on-time", 0.9},  {"first-uses", 115},
    {"orders", 900},  {"regulars", 470}, {"referrals", 24}, {"satisfaction", 4.2}};

}  // namespace

EnginePart::EnginePart(Story& story) : story_(story) {
  Dice& dice = story_.dice();
  double regulars = 412;
  for (int day = 0; day <= kDays; ++day) {
    DayNumbers& numbers = numbers_.emplace_back();
    numbers.orders = story_.OrdersOf(day);
    const double orders = numbers.orders;
    numbers.visits = dice.Poisson(90 + orders);
    numbers.sign_ups = dice.Poisson(numbers.visits * 0.14);
    numbers.first_uses = dice.Poisson(numbers.sign_ups * 0.58);
    numbers.promised = numbers.orders;
    const double on_time = day == kBadDay ? 0.52 : IsSeason(day) ? 0.79 : dice.Between(0.86, 0.95);
    numbers.arrived = std::min(numbers.promised, dice.Poisson(numbers.promised * on_time));
    numbers.revenue = static_cast<int>(orders * dice.Between(22, 26));
    // They stay once what they complained of was mended.
    regulars += dice.Between(-1.2, 1.6) + (day > kChanges[0].ship ? 0.5 : 0) + (day > kChanges[1].ship ? 0.4 : 0);
    numbers.regulars = static_cast<int>(regulars);
    numbers.referrals = dice.Poisson(day > kChanges[1].ship ? 4.1 : 3.0);
    numbers.raters = dice.Poisson(orders * 0.09);
    const double mean = day > kChanges[0].ship ? 4.25 : 4.0;
    for (int i = 0; i < numbers.raters; ++i) {
      numbers.points += std::clamp(static_cast<int>(mean + dice.Between(-1.4, 1.8)), 1, 5);
    }
  }
}

void EnginePart::Plan() {
  Dice& dice = story_.dice();
  story_.Plan(story_.At(0, 0), [this] { return Members(); });
  story_.Plan(story_.At(0, 0.1), [this] { return FoundEngine(); });
  story_.Plan(story_.At(0, 0.2), [this] { return SetTargets(); });
  story_.Plan(story_.Working(story_.At(1, 13)), [this] { return Acknowledge(2); });
  story_.Plan(story_.Working(story_.At(kChanges[1].ship, 17)), [this] { return Revise(); });
  story_.Plan(story_.Working(story_.At(kChanges[1].ship + 1, 13)), [this] { return Acknowledge(3); });
  for (int day = 0; day < kDays; ++day) {
    // Numbers of the weekend come on Monday.
    int entered = day + 1;
    while (story_.Weekday(entered) >= 5) ++entered;
    for (size_t i = 0; i < std::size(kStages); ++i) {
      if (dice.Happens(kForgotten)) continue;
      const int late = dice.Happens(kLate) ? 1 + static_cast<int>(dice.Index(3)) : 0;
      const double hour = kEntryHour + 0.2 * static_cast<double>(i) + dice.Between(0, 0.15) + 0.01 * (day % 3);
      story_.Plan(story_.At(entered + late, hour), [this, i, day] { return Enter(kStages[i], day); });
    }
    if (story_.Weekday(day) != 0 || day < 7) continue;
    if (dice.Happens(0.9)) story_.Plan(story_.At(day, 9.6), [this, day] { return Review(day - 7, 0); });
    for (size_t member = 1; member <= 4; ++member) {
      if (!dice.Happens(0.5)) continue;
      story_.Plan(story_.At(day, 9.7 + dice.Between(0, 6)), [this, day, member] { return Review(day - 7, member); });
    }
  }
  story_.Plan(story_.Working(story_.At(kBadDay + 4, 11)), [this] { return Correct(kBadDay); });
  const auto remark = [&](int day, std::string_view kpi, size_t line, int reply) {
    story_.Plan(story_.Working(story_.At(day + 7, 11)),
                [this, day, kpi, line, reply] { return Remark(day, kpi, line, reply); });
  };
  remark(kBadDay, "on-time", 0, 0);
  remark(kSeasonFirst, "orders", 1, 1);
  remark(kChanges[0].ship + 14, "satisfaction", 2, 2);
  remark(kDays - 14, "regulars", 3, -1);
}

absl::Status EnginePart::Members() {
  using v1::Member;
  for (size_t i = 0; i < story_.text().members.size(); ++i) {
    const MemberText& text = story_.text().members[i];
    v1::CreateMemberRequest request;
    request.set_member_id(std::string(text.id));
    Member& member = *request.mutable_member();
    member.set_display_name(std::string(text.name));
    member.set_email(fmt::format("{}@shop.example.com", text.id));
    member.set_language(std::string(story_.text().language));
    member.set_digest_hour(8);
    member.add_roles(Member::VIEWER);
    member.add_roles(Member::AGENT);
    if (i == 0) {
      member.add_roles(Member::LEAD);
      member.add_roles(Member::ADMIN);
    } else {
      member.add_roles(i == 5 ? Member::DEVELOPER : Member::OWNER);
    }
    RETURN_IF_ERROR(story_.Call(Method("MemberService", "CreateMember"), request));
  }
  return absl::OkStatus();
}

absl::Status EnginePart::FoundEngine() {
  v1::CreateEngineRequest request;
  request.set_engine_id("shop");
  request.set_blueprint(v1::CreateEngineRequest::ENGINE);
  v1::Engine& engine = *request.mutable_engine();
  engine.set_time_zone(std::string(story_.text().time_zone));
  (*engine.mutable_display_names())[std::string(story_.text().language)] = std::string(story_.text().shop);
  v1::Engine made;
  RETURN_IF_ERROR(story_.Call(Method("EngineService", "CreateEngine"), request, &made));
  v1::UpdateEngineRequest update;
  update.set_name(std::string(kEngineName));
  for (v1::Stage& stage : *made.mutable_stages()) stage.set_owner(story_.OwnerOf(stage.stage_id()));
  *update.mutable_engine()->mutable_stages() = made.stages();
  update.mutable_update_mask()->add_paths("stages");
  return story_.Call(Method("EngineService", "UpdateEngine"), update);
}

absl::Status EnginePart::SetTargets() {
  for (const auto& [kpi, value] : kTargets) {
    v1::UpdateKpiRequest request;
    request.set_name(KpiName(kpi));
    v1::Target& target = *request.mutable_kpi()->add_targets();
    target.set_granularity(v1::WEEK);
    target.set_from_day(story_.DayName(0));
    target.set_value(value);
    request.mutable_update_mask()->add_paths("targets");
    RETURN_IF_ERROR(story_.Call(Method("KpiService", "UpdateKpi"), request));
  }
  v1::UpdateKpiRequest revenue;
  revenue.set_name(KpiName("revenue"));
  revenue.mutable_kpi()->set_unit(story_.text().language == "ko" ? "천원" : "GBP");
  v1::Target& target = *revenue.mutable_kpi()->add_targets();
  target.set_granularity(v1::WEEK);
  target.set_from_day(story_.DayName(0));
  target.set_value(21000);
  revenue.mutable_update_mask()->add_paths("unit");
  revenue.mutable_update_mask()->add_paths("targets");
  return story_.Call(Method("KpiService", "UpdateKpi"), revenue);
}

absl::Status EnginePart::Acknowledge(int64_t revision) {
  for (size_t member = 1; member <= 4; ++member) {
    const bool concern = revision == 2 && member == 1;
    v1::AcknowledgeRevisionRequest request;
    request.set_name(fmt::format("{}/revisions/{}", kEngineName, revision));
    request.set_member(story_.Member(member));
    request.set_answer(concern ? v1::Acknowledgement::CONCERN : v1::Acknowledgement::AGREE);
    request.set_note(std::string(concern ? story_.text().concern : story_.text().agreement));
    RETURN_IF_ERROR(story_.Call(Method("EngineService", "AcknowledgeRevision"), request));
  }
  return absl::OkStatus();
}

// What was learned from complaints becomes a step that everybody follows.
absl::Status EnginePart::Revise() {
  v1::GetEngineRequest get;
  get.set_name(std::string(kEngineName));
  v1::Engine engine;
  RETURN_IF_ERROR(story_.Call(Method("EngineService", "GetEngine"), get, &engine));
  for (v1::Stage& stage : *engine.mutable_stages()) {
    if (stage.stage_id() != "experience") continue;
    v1::ProcessStep& step = *stage.add_steps();
    step.set_step_id("hour");
    (*step.mutable_description())[std::string(story_.text().language)] = std::string(story_.text().new_step);
  }
  v1::UpdateEngineRequest update;
  update.set_name(std::string(kEngineName));
  *update.mutable_engine()->mutable_stages() = engine.stages();
  update.mutable_update_mask()->add_paths("stages");
  update.set_note(std::string(story_.text().revision_note));
  update.add_changes(fmt::format("changes/{}", story_.text().changes[1].id));
  return story_.Call(Method("EngineService", "UpdateEngine"), update);
}

absl::Status EnginePart::Enter(std::string_view stage, int day) {
  const DayNumbers& numbers = numbers_[static_cast<size_t>(day)];
  v1::RecordObservationsRequest request;
  request.set_parent(std::string(kEngineName));
  request.set_recorded_by(story_.OwnerOf(stage));
  const auto entry = [&](std::string_view kpi) -> v1::Entry& {
    v1::Entry& added = *request.add_entries();
    added.set_kpi(KpiName(kpi));
    added.set_day(story_.DayName(day));
    return added;
  };
  const auto ratio = [&](std::string_view kpi, int numerator, int denominator) {
    v1::Entry& added = entry(kpi);
    if (day == kRestDay) {
      added.set_state(v1::Observation::NOT_APPLICABLE);
      added.set_note(std::string(story_.text().missing_note));
      return;
    }
    added.set_numerator(numerator);
    added.set_denominator(denominator);
  };
  if (stage == "apply") {
    entry("visits").set_value(numbers.visits);
    entry("sign-ups").set_value(numbers.sign_ups);
  } else if (stage == "experience") {
    // Of the bad day a first count was wrong.
    ratio("on-time", day == kBadDay ? numbers.arrived + 30 : numbers.arrived, numbers.promised);
    entry("first-uses").set_value(numbers.first_uses);
  } else if (stage == "decision") {
    entry("orders").set_value(numbers.orders);
    entry("revenue").set_value(numbers.revenue);
  } else {
    entry("regulars").set_value(numbers.regulars);
    entry("referrals").set_value(numbers.referrals);
    ratio("satisfaction", numbers.points, numbers.raters);
  }
  return story_.Call(Method("KpiService", "RecordObservations"), request);
}

absl::Status EnginePart::Correct(int day) {
  const DayNumbers& numbers = numbers_[static_cast<size_t>(day)];
  v1::RecordObservationsRequest request;
  request.set_parent(std::string(kEngineName));
  request.set_recorded_by(story_.OwnerOf("experience"));
  v1::Entry& entry = *request.add_entries();
  entry.set_kpi(KpiName("on-time"));
  entry.set_day(story_.DayName(day));
  entry.set_numerator(numbers.arrived);
  entry.set_denominator(numbers.promised);
  return story_.Call(Method("KpiService", "RecordObservations"), request);
}

absl::Status EnginePart::Review(int day, size_t member) {
  v1::RecordReportReviewRequest request;
  request.set_parent(std::string(kEngineName));
  request.set_granularity(v1::WEEK);
  request.set_day(story_.DayName(day));
  request.set_member(story_.Member(member));
  return story_.Call(Method("ReviewService", "RecordReportReview"), request);
}

absl::Status EnginePart::Remark(int day, std::string_view kpi, size_t line, int reply) {
  const std::vector<std::string> lines = Lines(story_.text().remarks);
  v1::CreateRemarkRequest request;
  request.set_parent(std::string(kEngineName));
  v1::Remark& remark = *request.mutable_remark();
  remark.set_kpi(KpiName(kpi));
  remark.set_granularity(v1::WEEK);
  remark.set_first_day(story_.DayName(day));
  remark.set_author(story_.Member(0));
  remark.set_body(lines[line]);
  v1::Remark made;
  RETURN_IF_ERROR(story_.Call(Method("ReviewService", "CreateRemark"), request, &made));
  if (reply < 0) return absl::OkStatus();
  const std::vector<std::string> replies = Lines(story_.text().remark_replies);
  remark.set_reply_to(made.name());
  remark.set_author(kpi == "on-time" ? story_.OwnerOf("experience") : story_.OwnerOf("regular"));
  remark.set_body(replies[static_cast<size_t>(reply)]);
  return story_.Call(Method("ReviewService", "CreateRemark"), request);
}

}  // namespace dangol::demo
