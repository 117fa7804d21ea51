// What a command writes: no text steers the terminal, and a table is not wider than it.
#include "cli/output/output.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output/print.h"
#include "cli/output/table.h"
#include "cli/output/text_width.h"
#include "common/base/error.h"

namespace dangol::cli {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::ResultOf;

std::vector<std::string> Lines(const std::string& text) { return absl::StrSplit(text, '\n', absl::SkipEmpty()); }

TEST(Escaped, ShowsWhatWouldSteerATerminal) {
  EXPECT_EQ(Escaped("\x1b[31mred\a\r"), "\\u001b[31mred\\u0007\\u000d");
  EXPECT_EQ(Escaped("\xC2\x9B"
                    "31m"),
            "\\u009b31m");  // CSI of C1
  EXPECT_EQ(Escaped("a\xE2\x80\xAE"
                    "b\xE2\x81\xA6"
                    "c\xD8\x9C"),
            "a\\u202eb\\u2066c\\u061c");  // directions
  EXPECT_EQ(Escaped("a\xE2\x80\xA8"
                    "b"),
            "a\\u2028b");                        // a separator of lines
  EXPECT_EQ(Escaped("\xFF\xC2"), "\\xff\\xc2");  // no UTF-8
  EXPECT_EQ(Escaped("\xEF\xB7\x90"
                    "x\xEF\xB7\x92"),
            "\\ufdd0x\\ufdd2");  // the marks of our own colours
  EXPECT_EQ(Escaped("a\tb\n늦게 왔어요 🎂"), "a\tb\n늦게 왔어요 🎂");
}

TEST(OneLine, CutsByColumnsAndKeepsOneLine) {
  EXPECT_EQ(OneLine("a\tb\nc", 10), "a b c");
  EXPECT_EQ(OneLine("늦게 왔어요", 8), "늦게 왔…");
  EXPECT_EQ(OneLine("늦게 왔어요", 7), "늦게 …");
  EXPECT_EQ(OneLine("\x1b[31mred", 100), "\\u001b[31mred");
}

TEST(Fitted, GoesOnBelowWhereALineIsTooWide) {
  EXPECT_EQ(Fitted("t1  one two three\n  Who  Kim\n  Now  we owe a reply\n", 12),
            "t1  one\n  two three\n  Who  Kim\n  Now  we\n    owe a\n    reply\n");
  EXPECT_EQ(Fitted("one two three", 7), "one\n  two\n  three");
  EXPECT_EQ(Fitted("one two\n\nthree", 7), "one two\n\nthree");
  EXPECT_EQ(Fitted("one two three\n", 0), "one two three\n");
  EXPECT_EQ(Fitted("", 7), "");
}

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(Wrapped("one two three", 7), "one two\nthree");
  EXPECT_EQ(Wrapped("one\n\ntwo", 7), "one\n\ntwo");
  EXPECT_EQ(Wrapped("늦게 왔어요", 8), "늦게\n왔어요");
}

class Fits : public ::testing::TestWithParam<size_t> {
 protected:
  static std::string Shown(size_t width) {
    Table table({{"TICKET"},
                 {"RECEIVED (UTC)", Fit::kWholeIfRoom},
                 {"CONTACT REASON", Fit::kTextIfRoom},
                 {"SUBJECT", Fit::kText}},
                width);
    return table.Rows({{{"cfpb-7515083"},
                        {"2023-09-07 00:00"},
                        {"incorrect-information-on-your-report/all"},
                        {"신용 보고서에 다른 사람의 빚이 들어 있습니다, 고쳐 주세요"}},
                       {{"t1"}, {"2023-09-07 00:00"}, {"-"}, {"It came late"}}});
  }
};

TEST_P(Fits, TheTerminal) { EXPECT_THAT(Lines(Shown(GetParam())), Each(ResultOf(DisplayWidth, Le(GetParam())))); }

INSTANTIATE_TEST_SUITE_P(Widths, Fits, ::testing::Values(40, 60, 80, 120, 200));

TEST_F(Fits, ByCuttingTextsAndLeavingOutColumns) {
  EXPECT_THAT(Lines(Shown(60)), ElementsAre("TICKET        RECEIVED (UTC)    SUBJECT",
                                            "cfpb-7515083  2023-09-07 00:00  신용 보고서에 다른 사람의 …",
                                            "t1            2023-09-07 00:00  It came late"));
  EXPECT_THAT(Lines(Shown(40)), ElementsAre("TICKET        SUBJECT", "cfpb-7515083  신용 보고서에 다른 사람의…",
                                            "t1            It came late"));
  // Not for a terminal: all of it.
  EXPECT_THAT(Shown(0), ::testing::HasSubstr("incorrect-information-on-your-report/all  신용 보고서에 다른 사람의 빚이 "
                                             "들어 있습니다, 고쳐 주세요\n"));
}

TEST(Table, KeepsItsColumnsFromPageToPage) {
  Table table({{"A"}, {"B", Fit::kText}}, 20);
  EXPECT_EQ(table.Rows({{{"1"}, {"x"}}}), "A  B\n1  x\n");
  EXPECT_EQ(table.Rows({{{"22"}, {"y"}}}), "22  y\n");
}

TEST(Explanation, NamesFlagsAlsoOfWhatHasNoneOfItsOwn) {
  const FlagNames flags = {{"ticket.subject", "--subject"}, {"ticket_id", "--ticket-id"}};
  EXPECT_EQ(Explanation(InvalidField("ticket.subject", "is too long."), flags),
            "INVALID_ARGUMENT (INVALID_FIELD)\n  --subject: is too long.");
  EXPECT_EQ(Explanation(InvalidField("ticket", "is empty and must be set."), flags),
            "INVALID_ARGUMENT (INVALID_FIELD)\n  ticket: is empty and must be set. Flags say what it is: see --help.");
  EXPECT_EQ(Explanation(InvalidField("tick", "is empty and must be set."), flags),
            "INVALID_ARGUMENT (INVALID_FIELD)\n  tick: is empty and must be set.");
}

}  // namespace
}  // namespace dangol::cli
