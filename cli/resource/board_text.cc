#include "cli/resource/board_text.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;

constexpr size_t kGap = 2;
constexpr size_t kColumnWidthMin = 16;
constexpr size_t kColumnWidthMax = 36;
constexpr size_t kTitleLinesMax = 2;
// What stands behind a bar; all bars have the rest, so that they compare.
constexpr size_t kCountsWidth = 14;

using Lines = std::vector<std::string>;

// As long as its share of what is asked for most; at least one mark for anybody.
std::string Bar(int64_t demands, int64_t most, size_t width) {
  if (demands == 0 || most == 0) return "";
  const auto marks = std::max<int64_t>(demands * static_cast<int64_t>(width) / most, 1);
  std::string bar;
  for (int64_t i = 0; i < marks; ++i) bar += "▇";
  return bar;
}

std::string Score(const Change& change) {
  return fmt::format("{}.{}{}", change.score_hundredths() / 100, change.score_hundredths() / 10 % 10,
                     change.has_estimate() ? "" : "?");
}

void AddCard(const Change& change, int64_t most, size_t width, Lines& lines) {
  lines.push_back(OneLine(change.name().substr(change.name().find('/') + 1), width));
  const std::string title = Wrapped(change.title(), width);
  std::vector<std::string> title_lines = absl::StrSplit(title, '\n');
  if (title_lines.size() > kTitleLinesMax) {
    title_lines.resize(kTitleLinesMax);
    title_lines.back() = OneLine(title_lines.back() + " …", width);
  }
  for (std::string& line : title_lines) lines.push_back(OneLine(line, width));
  const std::string counts = fmt::format("{} · {}", change.evidence().demands(), Score(change));
  const std::string bar = Bar(change.evidence().demands(), most, width > kCountsWidth ? width - kCountsWidth : 1);
  lines.push_back(OneLine(bar.empty() ? counts : bar + " " + counts, width));
  if (!change.owner().empty()) lines.push_back(OneLine(change.owner().substr(change.owner().find('/') + 1), width));
  lines.emplace_back();
}

Lines ColumnLines(const BoardColumn& column, int64_t most, size_t width) {
  Lines lines = {
      OneLine(fmt::format("{} ({}{})", Change::State_Name(column.state), column.changes.size(), column.more ? "+" : ""),
              width)};
  lines.push_back(std::string(std::min(width, DisplayWidth(lines[0])), '-'));
  for (const Change& change : column.changes) AddCard(change, most, width, lines);
  if (column.more) lines.push_back(OneLine("… and more", width));
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::string SideBySide(const std::vector<Lines>& columns, size_t width) {
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
  int64_t most = 0;
  for (const BoardColumn& column : columns) {
    for (const Change& change : column.changes) most = std::max(most, change.evidence().demands());
  }
  const size_t gaps = columns.empty() ? 0 : (columns.size() - 1) * kGap;
  const size_t share = columns.empty() || width < gaps ? 0 : (width - gaps) / columns.size();
  const bool beside = share >= kColumnWidthMin;
  const size_t column_width = beside ? std::min(share, kColumnWidthMax) : std::clamp<size_t>(width, 1, 60);
  std::vector<Lines> shown;
  for (const BoardColumn& column : columns) shown.push_back(ColumnLines(column, most, column_width));
  if (beside) return SideBySide(shown, column_width);
  std::string text;
  for (const Lines& lines : shown) text += (text.empty() ? "" : "\n") + SideBySide({lines}, column_width);
  return text;
}

}  // namespace dangol::cli
