#include "cli/resource/report_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/table.h"
#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::Granularity;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::MissingByMember;
using dangol::metrics::v1::Point;
using dangol::metrics::v1::Report;
using dangol::metrics::v1::ReportReview;
using dangol::metrics::v1::ReportRow;
using dangol::metrics::v1::ShippedChange;
using dangol::metrics::v1::Signal;
using dangol::metrics::v1::Stage;

constexpr size_t kGap = 2;
constexpr size_t kIndent = 6;
// A history that is shorter says nothing, and a sentence in less room is hard to read.
constexpr size_t kHistoryMin = 8;
constexpr size_t kMeaningMin = 40;

// What the report says, in one language.
struct Words {
  std::string_view kpi, value, target, before, year, history;
  std::string_view day, week, month, hours, days;
  std::string_view so_far, on_target, off_target, not_entered, not_applicable;
  std::string_view above, below, run_above, run_below, step, restated, quantiles;
  std::string_view per_thousand, missing_days, not_counted, never_counted;
  std::string_view whole_engine, missing, missing_line, missing_one, nobody, shipped, nothing_missing, read_by, unread;
};

constexpr Words kEnglish = {.kpi = "KPI",
                            .value = "VALUE",
                            .target = "TARGET",
                            .before = "BEFORE",
                            .year = "YEAR AGO",
                            .history = "UNTIL NOW",
                            .day = "day",
                            .week = "week",
                            .month = "month",
                            .hours = "{} h",
                            .days = "{} d",
                            .so_far = "not over yet",
                            .on_target = "on target",
                            .off_target = "off target",
                            .not_entered = "not entered",
                            .not_applicable = "not applicable",
                            .above = "higher than chance makes it",
                            .below = "lower than chance makes it",
                            .run_above = "{} in a row above the mean",
                            .run_below = "{} in a row below the mean",
                            .step = "a larger step than usual",
                            .restated = "corrected by {}",
                            .quantiles = "half within {}, nine in ten within {}",
                            .per_thousand = "{:.1f} for each 1,000 of \"{}\"",
                            .missing_days = "days without a number: {}",
                            .not_counted = "Nothing to count: {}",
                            .never_counted = "Nothing to count yet: {}",
                            .whole_engine = "Whole engine",
                            .missing = "Who has not said",
                            .missing_line = "{}: {} numbers, the oldest of {}",
                            .missing_one = "{}: {} number, of {}",
                            .nobody = "nobody was named",
                            .shipped = "What was shipped",
                            .nothing_missing = "All numbers that were due are there.",
                            .read_by = "Read by {}.",
                            .unread = "Nobody has said that they have read this."};

constexpr Words kKorean = {.kpi = "지표",
                           .value = "값",
                           .target = "목표",
                           .before = "직전",
                           .year = "작년",
                           .history = "그동안",
                           .day = "일간",
                           .week = "주간",
                           .month = "월간",
                           .hours = "{}시간",
                           .days = "{}일",
                           .so_far = "아직 진행 중",
                           .on_target = "목표 달성",
                           .off_target = "목표 미달",
                           .not_entered = "입력 없음",
                           .not_applicable = "해당 없음",
                           .above = "우연으로 보기에는 높다",
                           .below = "우연으로 보기에는 낮다",
                           .run_above = "{}번 잇따라 평균보다 높다",
                           .run_below = "{}번 잇따라 평균보다 낮다",
                           .step = "평소보다 크게 바뀌었다",
                           .restated = "{} 님이 고침",
                           .quantiles = "절반은 {} 안에, 열에 아홉은 {} 안에",
                           .per_thousand = "\"{1}\" 1,000에 {0:.1f}건",
                           .missing_days = "{}일치가 비었다",
                           .not_counted = "이번에 셀 것이 없는 지표: {}",
                           .never_counted = "아직 셀 것이 없는 지표: {}",
                           .whole_engine = "엔진 전체",
                           .missing = "아직 입력하지 않은 사람",
                           .missing_line = "{}: {}건, 가장 오래된 날 {}",
                           .missing_one = "{}: {}건, {}",
                           .nobody = "담당자 없음",
                           .shipped = "이 기간에 바뀐 것",
                           .nothing_missing = "기한이 된 숫자는 모두 들어왔다.",
                           .read_by = "읽은 사람: {}",
                           .unread = "아직 아무도 읽었다고 하지 않았다."};

const Words& WordsIn(const std::string& language) { return language == "ko" ? kKorean : kEnglish; }

std::string WithCommas(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const size_t begin = text.front() == '-' ? 1 : 0;
  const size_t end = std::min(text.find('.'), text.size());
  for (size_t i = end; i > begin + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string Shown(const ReportRow& row, bool there, double value, const Words& words) {
  if (!there) return "-";
  if (row.kind() == Kpi::RATIO) return fmt::format("{:.1f} %", value * 100);
  // A name tells what is counted, but not in what time is measured.
  if (row.unit() == "h") return fmt::format(fmt::runtime(words.hours), WithCommas(value, 1));
  if (row.unit() == "d") return fmt::format(fmt::runtime(words.days), WithCommas(value, 1));
  const int decimals = value == std::floor(value) && row.kind() != Kpi::AVERAGE ? 0 : std::abs(value) < 10 ? 2 : 1;
  // Neither does it tell in what money.
  if (row.kind() == Kpi::SUM && !row.unit().empty())
    return fmt::format("{} {}", WithCommas(value, decimals), row.unit());
  return WithCommas(value, decimals);
}

// From the least to the most of the values; a period without one is a gap.
std::string Sparkline(std::span<const Point* const> points) {
  static constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double least = HUGE_VAL;
  double most = -HUGE_VAL;
  for (const Point* point : points) {
    if (!point->has_value()) continue;
    least = std::min(least, point->value());
    most = std::max(most, point->value());
  }
  std::string line;
  for (const Point* point : points) {
    if (!point->has_value()) {
      line += " ";
      continue;
    }
    const double share = most > least ? (point->value() - least) / (most - least) : 0.5;
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

// What all of a report is written with.
struct Page {
  const Engine& engine;
  const Report& report;
  const PeopleNames& people;
  const std::string& language;
  const Words& words;
  size_t width;
};

// The name of what complaints are counted by.
std::string ExposureName(const Page& page) {
  for (const ReportRow& row : page.report.rows()) {
    if (row.kpi() == page.engine.exposure_kpi()) return InLanguage(row.display_names(), page.language);
  }
  return IdOf(page.engine.exposure_kpi());
}

std::string Meaning(const Page& page, const ReportRow& row) {
  const Words& words = page.words;
  std::vector<std::string> parts;
  const Point& point = row.point();
  // That of the whole report its heading says.
  if (row.status() == ReportRow::SO_FAR && !page.report.so_far()) parts.emplace_back(words.so_far);
  if (row.status() == ReportRow::ON_TARGET) parts.emplace_back(words.on_target);
  if (row.status() == ReportRow::OFF_TARGET) parts.emplace_back(words.off_target);
  if (!point.has_value()) {
    parts.emplace_back(point.not_applicable() > 0 ? words.not_applicable : words.not_entered);
  } else if (point.missing() > 0) {
    parts.push_back(fmt::format(fmt::runtime(words.missing_days), point.missing()));
  }
  if (point.has_p50() && point.has_p90()) {
    parts.push_back(fmt::format(fmt::runtime(words.quantiles), Shown(row, true, point.p50(), words),
                                Shown(row, true, point.p90(), words)));
  }
  if (point.has_per_thousand())
    parts.push_back(fmt::format(fmt::runtime(words.per_thousand), point.per_thousand(), ExposureName(page)));
  for (const Signal& signal : row.signals()) parts.push_back(InWords(signal, words));
  if (point.has_restate_time() && !point.restated_by().empty())
    parts.push_back(fmt::format(fmt::runtime(words.restated), PersonIn(page.people, point.restated_by())));
  return fmt::format("{}", fmt::join(parts, "; "));
}

// Nothing is known, and nothing is owed: a name is enough.
bool SaysNothing(const Point& point) {
  return !point.has_value() && point.not_applicable() == 0 && point.missing() == 0;
}

std::string NamesOf(const Page& page, std::string_view what, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const std::string text = fmt::format(fmt::runtime(what), fmt::join(names, "; "));
  return (page.width == 0 ? text : Wrapped(text, page.width)) + "\n";
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

std::string StageName(const Page& page, const std::string& stage) {
  for (const Stage& one : page.engine.stages()) {
    if (one.stage_id() == IdOf(stage)) return InLanguage(one.display_names(), page.language);
  }
  return std::string(page.words.whole_engine);
}

// The numbers of all rows in columns, a line each, below that with the heads.
std::vector<std::string> NumberLines(const Page& page, const std::vector<const ReportRow*>& rows) {
  const Words& words = page.words;
  const bool has_year = std::ranges::any_of(rows, [](const ReportRow* row) { return row->has_year_before(); });
  std::vector<std::vector<Cell>> cells = {
      {{std::string(words.kpi)}, {std::string(words.value)}, {std::string(words.target)}, {std::string(words.before)}}};
  if (has_year) cells.back().push_back({std::string(words.year)});
  for (const ReportRow* row : rows) {
    cells.push_back({{"  " + InLanguage(row->display_names(), page.language)},
                     {Shown(*row, row->point().has_value(), row->point().value(), words)},
                     {Shown(*row, row->point().has_target(), row->point().target(), words)},
                     {Shown(*row, row->has_previous(), row->previous(), words)}});
    if (has_year) cells.back().push_back({Shown(*row, row->has_year_before(), row->year_before(), words)});
  }
  std::vector<Head> heads(cells.front().size());
  heads.front().fit = Fit::kText;
  for (size_t column = 1; column < heads.size(); ++column) AlignRight(cells, column);
  std::vector<std::string> lines = absl::StrSplit(Table(std::move(heads), page.width).Rows(cells), '\n');
  lines.pop_back();
  return lines;
}

// What a row says stands behind its numbers where there is room, else below them; nothing of it is cut.
std::string Said(const Page& page, const ReportRow& row, std::string line, size_t column) {
  const std::string meaning = Meaning(page, row);
  const bool behind = page.width == 0 || column + std::min(kMeaningMin, DisplayWidth(meaning)) <= page.width;
  if (meaning.empty() || !behind) absl::StripTrailingAsciiWhitespace(&line);
  if (meaning.empty()) return line + "\n";
  if (page.width == 0) return fmt::format("{}{}\n", Padded(std::move(line), column), Painted(ColourOf(row), meaning));
  std::string text = behind ? Padded(std::move(line), column) : line + "\n" + std::string(kIndent, ' ');
  const size_t indent = behind ? column : kIndent;
  const std::vector<std::string> parts = absl::StrSplit(Wrapped(meaning, page.width - indent), '\n', absl::SkipEmpty());
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : std::string(indent, ' ')) + Painted(ColourOf(row), parts[i]) + "\n";
  return text;
}

std::string Rows(const Page& page) {
  std::vector<const ReportRow*> rows;
  std::vector<std::string> silent_now;
  std::vector<std::string> silent_ever;
  for (const ReportRow& row : page.report.rows()) {
    if (!SaysNothing(row.point())) {
      rows.push_back(&row);
    } else {
      (std::ranges::all_of(row.history(), SaysNothing) ? silent_ever : silent_now)
          .push_back(InLanguage(row.display_names(), page.language));
    }
  }
  std::vector<std::string> lines = NumberLines(page, rows);
  size_t numbers = 0;
  for (const std::string& line : lines) numbers = std::max(numbers, DisplayWidth(line));
  numbers += kGap;
  // As much of the history as there is room for, its end first.
  size_t periods = rows.empty() ? 0 : static_cast<size_t>(rows.front()->history_size());
  if (page.width != 0) periods = std::min(periods, page.width - std::min(page.width, numbers));
  if (periods < kHistoryMin) periods = 0;
  const size_t column = periods == 0 ? numbers : numbers + std::max(periods, DisplayWidth(page.words.history)) + kGap;
  std::string text =
      (periods == 0 ? lines.front() : Padded(lines.front(), numbers) + std::string(page.words.history)) + "\n";
  std::string stage = "none";
  for (size_t i = 0; i < rows.size(); ++i) {
    const ReportRow& row = *rows[i];
    if (row.stage() != stage) text += StageName(page, row.stage()) + "\n";
    stage = row.stage();
    std::vector<const Point*> points;
    for (const Point& point : row.history()) points.push_back(&point);
    if (points.size() > periods) points.erase(points.begin(), points.end() - static_cast<std::ptrdiff_t>(periods));
    std::string line = periods == 0 ? lines[i + 1] : Padded(lines[i + 1], numbers) + Sparkline(points);
    text += Said(page, row, std::move(line), column);
  }
  const std::string silent =
      NamesOf(page, page.words.not_counted, silent_now) + NamesOf(page, page.words.never_counted, silent_ever);
  return silent.empty() ? text : text + "\n" + silent;
}

std::string Missing(const Page& page) {
  if (page.report.missing().empty()) return fmt::format("{}\n", page.words.nothing_missing);
  std::string text = fmt::format("{}\n", page.words.missing);
  for (const MissingByMember& missing : page.report.missing()) {
    const std::string member =
        missing.member().empty() ? std::string(page.words.nobody) : PersonIn(page.people, missing.member());
    const std::string_view line = missing.entries() == 1 ? page.words.missing_one : page.words.missing_line;
    text += fmt::format("  {}\n", fmt::format(fmt::runtime(line), member, missing.entries(), missing.oldest_day()));
  }
  return text;
}

std::string Readers(const Page& page) {
  if (page.report.so_far()) return "";
  std::vector<std::string> readers;
  for (const ReportReview& review : page.report.reviews()) readers.push_back(PersonIn(page.people, review.member()));
  if (readers.empty()) return fmt::format("\n{}\n", page.words.unread);
  return fmt::format("\n{}\n", fmt::format(fmt::runtime(page.words.read_by), fmt::join(readers, ", ")));
}

}  // namespace

std::string ReportText(const Engine& engine, const Report& report, const PeopleNames& people,
                       const std::string& language, size_t width) {
  const Page page{engine, report, people, language, WordsIn(language), width};
  std::string text = Heading(engine, report, page.words, language) + "\n" + Rows(page) + "\n" + Missing(page);
  if (!report.shipped().empty()) text += fmt::format("\n{}\n", page.words.shipped);
  for (const ShippedChange& shipped : report.shipped())
    text += fmt::format("  {}  {}\n", IdOf(shipped.change()), shipped.title());
  return text + Readers(page);
}

}  // namespace dangol::cli
