// The board fits the terminal, whatever stands on it.
#include "cli/resource/board_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using ::testing::HasSubstr;
using ::testing::Not;

Change ChangeOf(const std::string& id, const std::string& title, int64_t demands) {
  Change change;
  change.set_name("changes/" + id);
  change.set_title(title);
  change.mutable_evidence()->set_demands(demands);
  change.set_score_hundredths(demands * 50);
  return change;
}

std::vector<BoardColumn> Board() {
  return {{.state = Change::PROPOSED,
           .changes = {ChangeOf("own-report", "Nobody finds another person's debts in their report", 20),
                       ChangeOf("late", "배송이 약속한 날에 도착하지 않는 일이 다시는 생기지 않게 합니다", 5)},
           .more = true},
          {.state = Change::PLANNED, .changes = {}, .more = false},
          {.state = Change::IN_PROGRESS,
           .changes = {ChangeOf(std::string(63, 'x'), "It\x1b[31m is a word" + std::string(200, 'y'), 0)},
           .more = false},
          {.state = Change::SHIPPED, .changes = {ChangeOf("done", "Done", 10)}, .more = false},
          {.state = Change::REGRESSED, .changes = {}, .more = false}};
}

size_t Widest(const std::string& text) {
  size_t widest = 0;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (const std::string& line : lines) widest = std::max(widest, DisplayWidth(line));
  return widest;
}

TEST(BoardText, IsNeverWiderThanTheTerminal) {
  for (size_t width = 10; width <= 250; ++width) EXPECT_LE(Widest(BoardText(Board(), width)), width) << width;
}

TEST(BoardText, StandsSideBySideWhereThereIsRoom) {
  const std::string text = BoardText(Board(), 120);
  const std::string first = text.substr(0, text.find('\n'));
  EXPECT_THAT(first, HasSubstr("PROPOSED (2+)"));
  EXPECT_THAT(first, HasSubstr("REGRESSED (0)"));
  const std::string narrow = BoardText(Board(), 60);
  EXPECT_THAT(narrow.substr(0, narrow.find('\n')), Not(HasSubstr("REGRESSED")));
  EXPECT_THAT(narrow, HasSubstr("REGRESSED (0)"));
}

TEST(BoardText, ShowsWhatIsAskedForAsBars) {
  const std::string text =
      BoardText({{.state = Change::PROPOSED,
                  .changes = {ChangeOf("a", "A", 20), ChangeOf("b", "B", 10), ChangeOf("c", "C", 0)},
                  .more = false}},
                24);
  EXPECT_THAT(text, HasSubstr("▇▇▇▇▇▇▇▇▇▇ 20 · 10.0?"));
  EXPECT_THAT(text, HasSubstr("▇▇▇▇▇ 10 · 5.0?"));
  EXPECT_THAT(text, HasSubstr("\n0 · 0.0?"));
}

}  // namespace
}  // namespace dangol::cli
