// The board fits the terminal, whatever stands on it.
#include "cli/resource/board_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

Change ChangeOf(const std::string& id, const std::string& title, int64_t reach) {
  Change change;
  change.set_name("changes/" + id);
  change.set_title(title);
  change.mutable_evidence()->set_demands(reach * 3);
  change.mutable_evidence()->set_customers(reach / 2);
  change.mutable_evidence()->set_anonymous(reach - reach / 2);
  change.set_score_hundredths(reach * 50);
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
          {.state = Change::VERIFIED, .changes = {}, .more = false},
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
  EXPECT_THAT(narrow.substr(0, narrow.find('\n')), MatchesRegex("PROPOSED.*PLANNED.*IN_PROGRESS[^A-Z]*"));
  EXPECT_THAT(narrow, ContainsRegex("\nSHIPPED.*VERIFIED.*REGRESSED .0."));
}

TEST(BoardText, RoundsScores) {
  Change change = ChangeOf("a", "A", 3);
  change.set_state(Change::PROPOSED);
  change.mutable_estimate();
  for (const auto& [hundredths, shown] : {std::pair(10'966, " 109.7"), {10'964, " 109.6"}, {95, " 1.0"}, {4, " 0.0"}}) {
    change.set_score_hundredths(hundredths);
    EXPECT_THAT(BoardText({{.state = change.state(), .changes = {change}, .more = false}}, 40), HasSubstr(shown));
  }
}

TEST(BoardText, SaysWhatIsMostToBeKnownOfEach) {
  const auto note = [](Change change) {
    change.set_title("");
    const std::vector<std::string> lines =
        absl::StrSplit(BoardText({{.state = change.state(), .changes = {change}, .more = false}}, 24), '\n');
    return lines.back().empty() && lines.size() > 1 ? lines[lines.size() - 2] : lines.back();
  };
  Change change = ChangeOf("a", "", 3);
  change.set_state(Change::PROPOSED);
  change.mutable_decide_due_time()->set_seconds(1'800'000'000);
  EXPECT_THAT(note(change), "due 2027-01-15");
  change.set_state(Change::PLANNED);
  change.mutable_target_time()->set_seconds(1'800'000'000);
  EXPECT_THAT(note(change), "by 2027-01-15");
  change.set_state(Change::SHIPPED);
  change.mutable_evidence()->set_answered(7);
  EXPECT_THAT(note(change), "7 answered");
  change.set_state(Change::REGRESSED);
  change.mutable_regression()->set_cause(dangol::backlog::v1::Regression::RECURRENCES);
  EXPECT_THAT(note(change), "it came back");
}

TEST(BoardText, ShowsWhoAsksForItAsBars) {
  const std::string text =
      BoardText({{.state = Change::PROPOSED,
                  .changes = {ChangeOf("a", "A", 20), ChangeOf("b", "B", 10), ChangeOf("c", "C", 0)},
                  .more = false}},
                24);
  EXPECT_THAT(text, HasSubstr("▇▇▇▇▇▇▇▇▇▇▇▇▇ 20 · 10.0?"));
  EXPECT_THAT(text, HasSubstr("\n▇▇▇▇▇▇ 10 · 5.0?"));
  EXPECT_THAT(text, HasSubstr("\n0 · 0.0?"));
}

}  // namespace
}  // namespace dangol::cli
