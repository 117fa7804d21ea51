#include "cli/resource/report_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/output/language.h"
#include "cli/output/table.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::Granularity;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::MissingByMember;
using dangol::metrics::v1::Point;
using dangol::metrics::v1::Report;
using dangol::metrics::v1::ReportRow;
using dangol::metrics::v1::ShippedChange;
using dangol::metrics::v1::Signal;
using dangol::metrics::v1::Stage;

// What the report says, in one language.
struct Words {
  std::string_view kpi, value, target, before, year, history, meaning;
  std::string_view day, week, month;
  std::string_view so_far, on_target, off_target, no_value, not_applicable;
  std::string_view above, below, run_above, run_below, step, restated, quantiles;
  std::string_view per_thousand;
  std::string_view whole_engine, missing, missing_line, nobody, shipped, nothing_missing;
};

constexpr Words kEnglish = {.kpi = "KPI",
                            .value = "VALUE",
                            .target = "TARGET",
                            .before = "BEFORE",
                            .year = "YEAR AGO",
                            .history = "SO FAR",
                            .meaning = "WHAT IT SAYS",
                            .day = "day",
                            .week = "week",
                            .month = "month",
                            .so_far = "not over yet",
                            .on_target = "on target",
                            .off_target = "off target",
                            .no_value = "nothing is known",
                            .not_applicable = "not applicable",
                            .above = "higher than chance makes it",
                            .below = "lower than chance makes it",
                            .run_above = "{} in a row above the mean",
                            .run_below = "{} in a row below the mean",
                            .step = "a larger step than usual",
                            .restated = "corrected by {}",
                            .quantiles = "half within {}, nine in ten within {}",
                            .per_thousand = "{:.1f} for each 1,000 of the exposure",
                            .whole_engine = "whole engine",
                            .missing = "Who has not said",
                            .missing_line = "{}: {} numbers, the oldest of {}",
                            .nobody = "nobody was named",
                            .shipped = "What was shipped",
                            .nothing_missing = "All numbers that were due are there."};

constexpr Words kKorean = {.kpi = "지표",
                           .value = "값",
                           .target = "목표",
                           .before = "직전",
                           .year = "작년",
                           .history = "흐름",
                           .meaning = "무엇을 말하나",
                           .day = "일간",
                           .week = "주간",
                           .month = "월간",
                           .so_far = "아직 진행 중",
                           .on_target = "목표 달성",
                           .off_target = "목표 미달",
                           .no_value = "입력 없음",
                           .not_applicable = "해당 없음",
                           .above = "우연으로 보기에는 높다",
                           .below = "우연으로 보기에는 낮다",
                           .run_above = "{}번 잇따라 평균보다 높다",
                           .run_below = "{}번 잇따라 평균보다 낮다",
                           .step = "평소보다 크게 바뀌었다",
                           .restated = "{} 님이 고침",
                           .quantiles = "절반은 {} 안에, 열에 아홉은 {} 안에",
                           .per_thousand = "노출 1,000건에 {:.1f}건",
                           .whole_engine = "엔진 전체",
                           .missing = "아직 입력하지 않은 사람",
                           .missing_line = "{}: {}건, 가장 오래된 날 {}",
                           .nobody = "담당자 없음",
                           .shipped = "이 기간에 바뀐 것",
                           .nothing_missing = "기한이 된 숫자는 모두 들어왔다."};

const Words& WordsIn(const std::string& language) { return language == "ko" ? kKorean : kEnglish; }

std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string WithCommas(double value) {
  std::string text = fmt::format("{:.{}f}", value, value == std::floor(value) ? 0 : std::abs(value) < 10 ? 2 : 1);
  const size_t begin = text.front() == '-' ? 1 : 0;
  const size_t end = std::min(text.find('.'), text.size());
  for (size_t i = end; i > begin + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string Shown(const ReportRow& row, bool there, double value) {
  if (!there) return "-";
  if (row.kind() == Kpi::RATIO) return fmt::format("{:.1f} %", value * 100);
  // A name tells what is counted, but not in what time is measured.
  const bool is_time = row.unit() == "h" || row.unit() == "d";
  return is_time ? fmt::format("{} {}", WithCommas(value), row.unit()) : WithCommas(value);
}

// From the least to the most of the values; a period without one is a gap.
std::string Sparkline(const google::protobuf::RepeatedPtrField<Point>& points) {
  static constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double least = HUGE_VAL;
  double most = -HUGE_VAL;
  for (const Point& point : points) {
    if (!point.has_value()) continue;
    least = std::min(least, point.value());
    most = std::max(most, point.value());
  }
  std::string line;
  for (const Point& point : points) {
    if (!point.has_value()) {
      line += " ";
      continue;
    }
    const double share = most > least ? (point.value() - least) / (most - least) : 0.5;
    line += kBars[static_cast<size_t>(std::lround(share * (kBars.size() - 1)))];
  }
  return line;
}

std::string InWords(const Signal& signal, const Words& words) {
  switch (signal.kind()) {
    case Signal::ABOVE_LIMITS:
      return std::string(words.above);
    case Signal::BELOW_LIMITS:
      return std::string(words.below);
    case Signal::RUN_ABOVE:
      return fmt::format(fmt::runtime(words.run_above), signal.values());
    case Signal::RUN_BELOW:
      return fmt::format(fmt::runtime(words.run_below), signal.values());
    case Signal::STEP:
      return std::string(words.step);
    default:
      return Signal::Kind_Name(signal.kind());
  }
}

// A signal on the better side is good news, on the other side bad news.
Colour ColourOf(const ReportRow& row) {
  if (row.status() == ReportRow::OFF_TARGET) return Colour::kBad;
  for (const Signal& signal : row.signals()) {
    const bool high = signal.kind() == Signal::ABOVE_LIMITS || signal.kind() == Signal::RUN_ABOVE;
    const bool low = signal.kind() == Signal::BELOW_LIMITS || signal.kind() == Signal::RUN_BELOW;
    if (row.better() == Kpi::BETTER_UNSPECIFIED || (!high && !low)) continue;
    return high == (row.better() == Kpi::HIGHER) ? Colour::kGood : Colour::kBad;
  }
  return row.status() == ReportRow::ON_TARGET ? Colour::kGood : Colour::kPlain;
}

std::string Meaning(const ReportRow& row, const Words& words) {
  std::vector<std::string> parts;
  const Point& point = row.point();
  if (row.status() == ReportRow::SO_FAR) parts.emplace_back(words.so_far);
  if (row.status() == ReportRow::ON_TARGET) parts.emplace_back(words.on_target);
  if (row.status() == ReportRow::OFF_TARGET) parts.emplace_back(words.off_target);
  if (row.status() == ReportRow::NO_VALUE)
    parts.emplace_back(point.not_applicable() > 0 ? words.not_applicable : words.no_value);
  if (point.has_p50() && point.has_p90()) {
    parts.push_back(
        fmt::format(fmt::runtime(words.quantiles), Shown(row, true, point.p50()), Shown(row, true, point.p90())));
  }
  if (point.has_per_thousand()) parts.push_back(fmt::format(fmt::runtime(words.per_thousand), point.per_thousand()));
  for (const Signal& signal : row.signals()) parts.push_back(InWords(signal, words));
  if (point.has_restate_time()) parts.push_back(fmt::format(fmt::runtime(words.restated), IdOf(point.restated_by())));
  return parts.empty() ? "" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string Heading(const Engine& engine, const Report& report, const Words& words, const std::string& language) {
  const std::string_view granularity = report.granularity() == dangol::metrics::v1::DAY    ? words.day
                                       : report.granularity() == dangol::metrics::v1::WEEK ? words.week
                                                                                           : words.month;
  const std::string days = report.first_day() == report.last_day()
                               ? report.first_day()
                               : fmt::format("{} – {}", report.first_day(), report.last_day());
  return fmt::format("{} · {} {}{}\n", InLanguage(engine.display_names(), language), granularity, days,
                     report.so_far() ? fmt::format(" ({})", words.so_far) : "");
}

std::string StageName(const Engine& engine, const std::string& stage, const Words& words, const std::string& language) {
  for (const Stage& one : engine.stages()) {
    if (one.stage_id() == IdOf(stage)) return InLanguage(one.display_names(), language);
  }
  return std::string(words.whole_engine);
}

std::string Rows(const Engine& engine, const Report& report, const Words& words, const std::string& language,
                 size_t width) {
  Table table({{std::string(words.kpi)},
               {std::string(words.value)},
               {std::string(words.target)},
               {std::string(words.before)},
               {std::string(words.year), Fit::kWholeIfRoom},
               {std::string(words.history), Fit::kWholeIfRoom},
               {std::string(words.meaning), Fit::kText}},
              width);
  std::vector<std::vector<Cell>> rows;
  std::string stage = "none";
  for (const ReportRow& row : report.rows()) {
    if (row.stage() != stage)
      rows.push_back({{StageName(engine, row.stage(), words, language)}, {}, {}, {}, {}, {}, {}});
    stage = row.stage();
    rows.push_back({{"  " + InLanguage(row.display_names(), language)},
                    {Shown(row, row.point().has_value(), row.point().value())},
                    {Shown(row, row.point().has_target(), row.point().target())},
                    {Shown(row, row.has_previous(), row.previous())},
                    {Shown(row, row.has_year_before(), row.year_before())},
                    {Sparkline(row.history())},
                    {Meaning(row, words), ColourOf(row)}});
  }
  return table.Rows(rows);
}

}  // namespace

std::string ReportText(const Engine& engine, const Report& report, const std::string& language, size_t width) {
  const Words& words = WordsIn(language);
  std::string text =
      Heading(engine, report, words, language) + "\n" + Rows(engine, report, words, language, width) + "\n";
  if (report.missing().empty()) text += fmt::format("{}\n", words.nothing_missing);
  if (!report.missing().empty()) text += fmt::format("{}\n", words.missing);
  for (const MissingByMember& missing : report.missing()) {
    const std::string member = missing.member().empty() ? std::string(words.nobody) : IdOf(missing.member());
    text += fmt::format("  {}\n",
                        fmt::format(fmt::runtime(words.missing_line), member, missing.entries(), missing.oldest_day()));
  }
  if (!report.shipped().empty()) text += fmt::format("\n{}\n", words.shipped);
  for (const ShippedChange& shipped : report.shipped())
    text += fmt::format("  {}  {}\n", IdOf(shipped.change()), shipped.title());
  return text;
}

}  // namespace dangol::cli
