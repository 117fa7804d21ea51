#include "cli/resource/board_text.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "cli/output/text_width.h"
#include "cli/output/times.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Regression;

constexpr size_t kGap = 2;
constexpr size_t kColumnWidthMin = 16;
constexpr size_t kColumnWidthMax = 36;
constexpr size_t kTitleLinesMax = 2;
constexpr size_t kDayBytes = 10;  // of a time to the minute

using Lines = std::vector<std::string>;

// How many ask for it: customers once, however often they do, and tickets of nobody known.
int64_t ReachOf(const Change& change) { return change.evidence().customers() + change.evidence().anonymous(); }

// As long as its share of what most ask for; at least one mark for anybody.
std::string Bar(int64_t reach, int64_t most, size_t width) {
  if (reach == 0 || most == 0) return "";
  const auto marks = std::max<int64_t>(reach * static_cast<int64_t>(width) / most, 1);
  std::string bar;
  for (int64_t i = 0; i < marks; ++i) bar += "▇";
  return bar;
}

std::string Score(const Change& change) {
  const int64_t tenths = (change.score_hundredths() + 5) / 10;
  return fmt::format("{}.{}{}", tenths / 10, tenths % 10, change.has_estimate() ? "" : "?");
}

std::string Day(const google::protobuf::Timestamp& time) { return ShownTime(time).substr(0, kDayBytes); }

// How it is known that a change did not hold.
std::string_view WhyItRegressed(Regression::Cause cause) {
  switch (cause) {
    case Regression::RECURRENCES:
      return "it came back";
    case Regression::CRITICAL:
      return "a critical one";
    case Regression::REVERTED:
      return "taken back";
    case Regression::EFFECT:
      return "without effect";
    default:
      return "";
  }
}

// What is most to be known of a change in its state; empty: nothing.
std::string Note(const Change& change) {
  switch (change.state()) {
    case Change::PROPOSED:
      return change.has_decide_due_time() ? "due " + Day(change.decide_due_time()) : "";
    case Change::PLANNED:
    case Change::IN_PROGRESS:
      return change.has_target_time() ? "by " + Day(change.target_time()) : "";
    case Change::SHIPPED:
      return change.has_conclude_due_time() ? "to be concluded"
                                            : fmt::format("{} answered", change.evidence().answered());
    case Change::VERIFIED:
      return change.has_verify_time() ? "since " + Day(change.verify_time()) : "";
    case Change::REGRESSED:
      return std::string(WhyItRegressed(change.regression().cause()));
    default:
      return "";
  }
}

// What stands behind a bar.
std::string Counts(const Change& change) { return fmt::format("{} · {}", ReachOf(change), Score(change)); }

// What all bars of the board have in common, so that they compare.
struct Scale {
  int64_t most = 0;         // of the reaches
  size_t counts_width = 0;  // of what stands behind a bar
};

Scale ScaleOf(const std::vector<BoardColumn>& columns) {
  Scale scale;
  for (const BoardColumn& column : columns) {
    for (const Change& change : column.changes) {
      scale.most = std::max(scale.most, ReachOf(change));
      scale.counts_width = std::max(scale.counts_width, DisplayWidth(Counts(change)));
    }
  }
  return scale;
}

void AddCard(const Change& change, const Scale& scale, size_t width, Lines& lines) {
  lines.push_back(OneLine(change.name().substr(change.name().find('/') + 1), width));
  const std::string title = Wrapped(change.title(), width);
  std::vector<std::string> title_lines = absl::StrSplit(title, '\n');
  if (title_lines.size() > kTitleLinesMax) {
    title_lines.resize(kTitleLinesMax);
    title_lines.back() = OneLine(title_lines.back() + " …", width);
  }
  for (std::string& line : title_lines) lines.push_back(OneLine(line, width));
  const size_t bar_width = width > scale.counts_width + 1 ? width - scale.counts_width - 1 : 1;
  const std::string bar = Bar(ReachOf(change), scale.most, bar_width);
  lines.push_back(OneLine(bar.empty() ? Counts(change) : bar + " " + Counts(change), width));
  if (const std::string note = Note(change); !note.empty()) lines.push_back(OneLine(note, width));
  if (!change.owner().empty()) lines.push_back(OneLine(change.owner().substr(change.owner().find('/') + 1), width));
  lines.emplace_back();
}

Lines ColumnLines(const BoardColumn& column, const Scale& scale, size_t width) {
  Lines lines = {
      OneLine(fmt::format("{} ({}{})", Change::State_Name(column.state), column.changes.size(), column.more ? "+" : ""),
              width)};
  lines.push_back(std::string(std::min(width, DisplayWidth(lines[0])), '-'));
  for (const Change& change : column.changes) AddCard(change, scale, width, lines);
  if (column.more) lines.push_back(OneLine("… and more", width));
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::string SideBySide(std::span<const Lines> columns, size_t width) {
  size_t height = 0;
  for (const Lines& lines : columns) height = std::max(height, lines.size());
  std::string text;
  for (size_t row = 0; row < height; ++row) {
    std::string line;
    size_t used = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string cell = row < columns[i].size() ? columns[i][row] : "";
      if (cell.empty()) continue;
      const size_t begin = i * (width + kGap);
      line += std::string(begin - used, ' ') + cell;
      used = begin + DisplayWidth(cell);
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string BoardText(const std::vector<BoardColumn>& columns, size_t width) {
  // As many in a row as there is room for, and about as many in each.
  const size_t fit =
      std::clamp<size_t>((width + kGap) / (kColumnWidthMin + kGap), 1, std::max<size_t>(columns.size(), 1));
  const size_t rows = (columns.size() + fit - 1) / fit;
  const size_t in_row = rows == 0 ? 1 : (columns.size() + rows - 1) / rows;
  const size_t share = (width + kGap) / in_row;
  const size_t column_width = std::clamp<size_t>(share > kGap ? share - kGap : 1, 1, kColumnWidthMax);
  const Scale scale = ScaleOf(columns);
  std::vector<Lines> shown;
  for (const BoardColumn& column : columns) shown.push_back(ColumnLines(column, scale, column_width));
  std::string text;
  for (std::span<const Lines> left = shown; !left.empty(); left = left.subspan(std::min(in_row, left.size())))
    text += (text.empty() ? "" : "\n") + SideBySide(left.first(std::min(in_row, left.size())), column_width);
  return text;
}

}  // namespace dangol::cli
