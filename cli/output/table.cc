#include "cli/output/table.h"

#include <algorithm>
#include <utility>

#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

constexpr size_t kGap = 2;
// Rather than to cut a text shorter, columns are left out.
constexpr size_t kTextWidthMin = 16;

bool IsText(const Head& head) { return head.fit == Fit::kText || head.fit == Fit::kTextIfRoom; }
bool IsOptional(const Head& head) { return head.fit == Fit::kWholeIfRoom || head.fit == Fit::kTextIfRoom; }

}  // namespace

Table::Table(std::vector<Head> heads, size_t width)
    : heads_(std::move(heads)), width_(width), widths_(heads_.size()), shown_(heads_.size(), true) {
  for (size_t i = 0; i < heads_.size(); ++i) widths_[i] = DisplayWidth(heads_[i].name);
}

std::string Table::Rows(const std::vector<std::vector<Cell>>& rows) {
  Measure(rows);
  std::string text;
  const bool named = std::ranges::any_of(heads_, [](const Head& head) { return !head.name.empty(); });
  if (!std::exchange(begun_, true) && named) {
    std::vector<Cell> row;
    for (const Head& head : heads_) row.push_back({head.name});
    text += Line(row);
  }
  for (const std::vector<Cell>& row : rows) text += Line(row);
  return text;
}

void Table::Measure(const std::vector<std::vector<Cell>>& rows) {
  for (const std::vector<Cell>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
  }
  if (width_ == 0) return;
  if (!begun_) LeaveOut();
  Shrink();
}

// Until the rest fits with its texts at their shortest.
void Table::LeaveOut() {
  for (size_t i = heads_.size(); i-- > 0;) {
    size_t least = 0;
    for (size_t j = 0; j < heads_.size(); ++j) {
      if (shown_[j]) least += kGap + (IsText(heads_[j]) ? std::min(widths_[j], kTextWidthMin) : widths_[j]);
    }
    if (least <= width_ + kGap) return;
    if (IsOptional(heads_[i])) shown_[i] = false;
  }
}

// The longest text gives first.
void Table::Shrink() {
  for (size_t total = Total(); total > width_; --total) {
    size_t* longest = nullptr;
    for (size_t i = 0; i < heads_.size(); ++i) {
      if (shown_[i] && IsText(heads_[i]) && (longest == nullptr || widths_[i] > *longest)) longest = &widths_[i];
    }
    if (longest == nullptr || *longest <= 1) return;
    --*longest;
  }
}

size_t Table::Total() const {
  size_t total = 0;
  for (size_t i = 0; i < heads_.size(); ++i) total += shown_[i] ? widths_[i] + kGap : 0;
  return total - std::min(total, kGap);
}

std::string Table::Line(const std::vector<Cell>& row) const {
  std::string line;
  size_t owed = 0;  // spaces that a further cell begins with
  for (size_t i = 0; i < row.size(); ++i) {
    if (!shown_[i]) continue;
    const std::string text = OneLine(row[i].text, widths_[i]);
    line.append(owed, ' ');
    line += Painted(row[i].colour, text);
    owed = widths_[i] - std::min(widths_[i], DisplayWidth(text)) + kGap;
  }
  return line + "\n";
}

void AlignRight(std::vector<std::vector<Cell>>& rows, size_t column) {
  size_t width = 0;
  for (const std::vector<Cell>& row : rows) width = std::max(width, DisplayWidth(row[column].text));
  for (std::vector<Cell>& row : rows) {
    std::string& text = row[column].text;
    if (!text.empty()) text.insert(0, width - DisplayWidth(text), ' ');
  }
}

}  // namespace dangol::cli
