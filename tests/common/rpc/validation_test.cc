// Each rule that a proto can state on a field, and the limits that hold where it states none.
#include "common/rpc/validation.h"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/rpc/refusal.h"
#include "tests/common/rpc/rules_test.pb.h"

namespace dangol::rpc {
namespace {

using dangol_test::EveryRule;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

EveryRule Valid() {
  EveryRule request;
  request.set_required("x");
  request.set_required_color(dangol_test::RED);
  request.add_required_texts("x");
  request.mutable_required_part()->set_required("x");
  return request;
}

const absl::Time kNow = absl::FromUnixSeconds(1'764'000'000);

absl::Status Enforce(EveryRule request) {
  static const auto& rules = *new RequestRules(EveryRule::descriptor());
  return rules.Enforce(request, kNow);
}

struct Case {
  std::string name;
  std::function<void(EveryRule&)> change;
  std::string path;  // empty: accepted
  std::string shown = "";
};

class ValidationTest : public ::testing::TestWithParam<Case> {};

TEST_P(ValidationTest, HoldsForTheRule) {
  EveryRule request = Valid();
  GetParam().change(request);
  const absl::Status status = Enforce(request);
  if (GetParam().path.empty()) {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  EXPECT_EQ(testing::Summary(status), "INVALID_ARGUMENT INVALID_FIELD " + GetParam().path);
  for (const auto& [field, description] : testing::Violations(status))
    EXPECT_THAT(description, HasSubstr(GetParam().shown));
}

const std::string kZero("a\0b", 3);  // NOLINT: a test's constant

google::protobuf::Timestamp Time(int64_t seconds, int32_t nanos = 0) {
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

std::vector<Case> Texts() {
  return {
      {"Valid", [](EveryRule&) {}, ""},
      {"RequiredText", [](EveryRule& r) { r.clear_required(); }, "required", "is empty and must be set"},
      {"RequiredEnum", [](EveryRule& r) { r.clear_required_color(); }, "required_color", "is empty and must be set"},
      {"RequiredList", [](EveryRule& r) { r.clear_required_texts(); }, "required_texts", "is empty and must be set"},
      {"RequiredMessage", [](EveryRule& r) { r.clear_required_part(); }, "required_part", "is empty and must be set"},
      {"RequiredInPresentMessage", [](EveryRule& r) { r.mutable_part(); }, "part.required", "is empty and must be set"},
      {"RequiredInList", [](EveryRule& r) { r.add_parts()->set_required("x"), r.add_parts(); }, "parts[1].required"},
      {"LongestText", [](EveryRule& r) { r.set_short_("1234"); }, ""},
      {"TooLongText", [](EveryRule& r) { r.set_short_("12345"); }, "short", "\"12345\" is longer than 4 bytes"},
      {"TooLongInBytes", [](EveryRule& r) { r.set_short_("\xEA\xB0\x80\xEA\xB0\x80"); }, "short",
       "longer than 4 bytes"},
      {"LongestPlainText", [](EveryRule& r) { r.set_plain(std::string(1024, 'a')); }, ""},
      {"TooLongPlainText", [](EveryRule& r) { r.set_plain(std::string(1025, 'a')); }, "plain",
       "(1025 bytes) is longer than 1024"},
      {"Infinity", [](EveryRule& r) { r.set_amount(HUGE_VAL); }, "amount", "inf is not a number"},
      {"TooLongBytes", [](EveryRule& r) { r.set_data("12345"); }, "data", "longer than 4 bytes"},
      {"UZero", [](EveryRule& r) { r.set_plain(kZero); }, "plain", R"("a\x00b" holds U+0000)"},
      {"UZeroInBytesIsData", [](EveryRule& r) { r.set_data(kZero); }, ""},
      {"EmptyInList", [](EveryRule& r) { r.add_texts("a"), r.add_texts(""); }, "texts[1]", "is empty"},
      {"UZeroInList", [](EveryRule& r) { r.add_texts("a"), r.add_texts(kZero); }, "texts[1]", "holds U+0000"},
      {"Resource", [](EveryRule& r) { r.set_book("shelves/a-1/books/b"); }, ""},
      {"NoResource", [](EveryRule& r) { r.set_book("shelves/a/books"); }, "book",
       "\"shelves/a/books\" is not a name of the form"},
      {"Id", [](EveryRule& r) { r.set_id("0f3kq9x2m1abc"); }, ""},
      {"NoId", [](EveryRule& r) { r.set_id("A b"); }, "id", "\"A b\" is not an id"},
      {"Label", [](EveryRule& r) { r.set_label("delivery/late_2.x-y"); }, ""},
      {"NoLabel", [](EveryRule& r) { r.set_label("Zu spät"); }, "label", "\"Zu spät\" is not a label"},
      {"LabelWithEmptyLevel", [](EveryRule& r) { r.set_label("a//b"); }, "label"},
      {"LabelWithEmptyFirstLevel", [](EveryRule& r) { r.set_label("/a"); }, "label"},
      {"LabelWithEmptyLastLevel", [](EveryRule& r) { r.set_label("a/"); }, "label"},
      {"Recursion",
       [](EveryRule& r) {
         *r.mutable_inner() = Valid();
         r.mutable_inner()->set_id("X");
       },
       "inner.id"},
  };
}

// What each problem with the characters of a text is, in a text of one line and in one of several.
struct CharactersCase {
  std::string text;
  std::string one_line;  // part of the problem; empty: none
  std::string multi_line;
};

TEST(Validation, HoldsTextsToWhatAReaderSees) {
  const std::string same = "same";
  const std::vector<CharactersCase> cases = {
      // shows nothing
      {" ", "\" \" shows nothing: it holds U+0020. Write what can be seen.", same},
      {"\u200b", R"("\u{200b}" shows nothing: it holds U+200B)", same},
      {"\u00a0\u3000 ", "it holds U+00A0, U+3000, U+0020.", same},
      {"\u200b\u200c\u200d\u2060\ufeff", "it holds U+200B, U+200C, U+200D, U+2060 …", same},
      {"\u3164", "it holds U+3164", same},  // the fillers with which Korean messengers are fooled
      {"\u115f", "it holds U+115F", same},
      {"\u1160", "it holds U+1160", same},
      {"\uffa0", "it holds U+FFA0", same},
      {"\u2800", "it holds U+2800", same},
      {"\u00ad", "it holds U+00AD", same},
      {"\u034f", "it holds U+034F", same},
      {"\ufe0f", "it holds U+FE0F", same},
      {"\U000e0041", "it holds U+E0041", same},
      {"\uffff", "it holds U+FFFF", same},
      {"\U0010fffe", "it holds U+10FFFE", same},
      {"\n", "holds U+000A, and is one line", "shows nothing: it holds U+000A"},
      // shows something
      {".", "", ""},
      {"배송이 늦었어요 ☹", "", ""},
      {"👩\u200d👧 \u2764\ufe0f", "", ""},  // a family and a heart, of several code points each
      {"ㅋㅋ", "", ""},
      {"\ufffd", "", ""},
      // lines
      {"a\nb", R"("a\x0ab" holds U+000A, and is one line. Write a space instead.)", ""},
      {"a\r\nb", "holds U+000D", ""},
      {"a\tb", "holds U+0009", ""},
      {"a\u2028b", "holds U+2028, and is one line", ""},
      {"a\u2029b", "holds U+2029, and is one line", ""},
      // controls
      {"\x1b[31mred", R"("\x1b[31mred" holds U+001B, a control character. Remove it.)", same},
      {"a\x07", "holds U+0007, a control character", same},
      {"a\vb", "holds U+000B, a control character", same},
      {"a\x7f", "holds U+007F, a control character", same},
      {"a\u0085b", R"("a\u{85}b" holds U+0085, a control character)", same},
      {"a\u009b31m", "holds U+009B, a control character", same},
      // direction
      {"a\u202etxt.exe", R"("a\u{202e}txt.exe" holds U+202E, which turns the direction)", same},
      {"a\u202db\u202c", "holds U+202D, which turns the direction", same},
      {"\u2067\u05d0\u2069 a", "", ""},
      {"\u202b\u05d0\u202c a", "", ""},
      {"\u2068\u202a a\u202c\u2069", "", ""},
      {"\u05e9\u05dc\u05d5\u05dd", "", ""},
      {"a\u2067b", "turns the direction of what follows it. Add U+2069 at its end", ""},
      {"a\u202ab", "Add U+202C at its end", ""},
      {"a\u2069", "holds U+2069, which ends nothing", ""},
      {"\u2066\u202a a\u2069\u202c", "holds U+2069, which ends nothing", ""},
  };
  const auto problem = [](const absl::Status& status, const std::string& path) {
    for (const auto& [field, description] : testing::Violations(status)) {
      EXPECT_EQ(field, path);
      return description;
    }
    return std::string();
  };
  for (const CharactersCase& one : cases) {
    EveryRule request = Valid();
    request.set_plain(one.text);
    const std::string found = problem(Enforce(request), "plain");
    EXPECT_THAT(found, HasSubstr(one.one_line));
    EXPECT_EQ(found.empty(), one.one_line.empty()) << found;
    request = Valid();
    request.set_lines(one.text);
    const std::string& expected = one.multi_line == same ? one.one_line : one.multi_line;
    const std::string of_lines = problem(Enforce(request), "lines");
    EXPECT_THAT(of_lines, HasSubstr(expected));
    EXPECT_EQ(of_lines.empty(), expected.empty()) << of_lines;
  }
}

std::vector<Case> Numbers() {
  return {
      {"Smallest", [](EveryRule& r) { r.set_small(-2); }, ""},
      {"TooSmall", [](EveryRule& r) { r.set_small(-3); }, "small", "-3 is too small: the smallest value is -2"},
      {"Largest", [](EveryRule& r) { r.set_small(3); }, ""},
      {"TooLarge", [](EveryRule& r) { r.set_small(4); }, "small", "4 is too large: the largest value is 3"},
      {"LargeAtMinimum", [](EveryRule& r) { r.set_large(10); }, ""},
      {"LargeBelowMinimum", [](EveryRule& r) { r.set_large(INT64_MIN); }, "large", "-9223372036854775808 is too small"},
      {"ZeroThatIsNotSetHasNoMinimum", [](EveryRule& r) { r.set_large(0); }, ""},
      {"ZeroThatIsSetHasAMinimum", [](EveryRule& r) { r.set_optional_small(0); }, "optional_small", "0 is too small"},
      {"KnownEnum", [](EveryRule& r) { r.set_color(dangol_test::GREEN); }, ""},
      {"UnknownEnum", [](EveryRule& r) { r.set_color(static_cast<dangol_test::Color>(3)); }, "color",
       "3 is not a Color: use one of RED, GREEN"},
      {"NegativeEnum", [](EveryRule& r) { r.set_color(static_cast<dangol_test::Color>(-1)); }, "color",
       "-1 is not a Color"},
      {"EnumsInList", [](EveryRule& r) { r.add_colors(dangol_test::RED); }, ""},
      {"ZeroInList", [](EveryRule& r) { r.add_colors(dangol_test::RED), r.add_colors(dangol_test::COLOR_UNSPECIFIED); },
       "colors[1]", "0 is not a Color"},
      {"FirstTime", [](EveryRule& r) { *r.mutable_time() = Time(0); }, ""},
      {"LastTime", [](EveryRule& r) { *r.mutable_time() = Time(253'402'300'799, 999'999'999); }, ""},
      {"Before1970", [](EveryRule& r) { *r.mutable_time() = Time(-1, 999'999'999); }, "time",
       "-1 seconds is not in the years 1970 to 9999"},
      {"TomorrowAtThisTime", [](EveryRule& r) { *r.mutable_past_time() = Time(1'764'086'400); }, ""},
      {"LaterTomorrow", [](EveryRule& r) { *r.mutable_past_time() = Time(1'764'086'401); }, "past_time",
       "2025-11-25T16:00:01+00:00 is more than a day from now"},
      {"YearTenThousand", [](EveryRule& r) { *r.mutable_time() = Time(253'402'300'800); }, "time",
       "253402300800 seconds"},
      {"NegativeNanos", [](EveryRule& r) { *r.mutable_time() = Time(0, -1); }, "time", "-1 nanos"},
      {"TooManyNanos", [](EveryRule& r) { *r.mutable_time() = Time(0, 1'000'000'000); }, "time", "1000000000 nanos"},
      {"TimesInList", [](EveryRule& r) { *r.add_times() = Time(0), *r.add_times() = Time(INT64_MAX); }, "times[1]"},
  };
}

std::vector<Case> Lists() {
  const auto plain = [](int size) {
    return [size](EveryRule& r) {
      for (int i = 0; i < size; ++i) r.add_plain_texts(fmt::format("{}", i));
    };
  };
  return {
      {"LongestList", [](EveryRule& r) { r.add_texts("a"), r.add_texts("b"); }, ""},
      {"TooLongList", [](EveryRule& r) { r.add_texts("a"), r.add_texts("b"), r.add_texts("c"); }, "texts",
       "3 elements are more than 2"},
      {"LongestPlainList", plain(100), ""},
      {"TooLongPlainList", plain(101), "plain_texts", "101 elements are more than 100"},
      {"TwiceInList", [](EveryRule& r) { r.add_texts("a"), r.add_texts("a"); }, "texts[1]",
       R"("a" stands there twice. Send it once.)"},
      {"TwiceInPlainList",
       [](EveryRule& r) {
         for (const char* text : {"b", "a", "b"}) r.add_plain_texts(text);
       },
       "plain_texts[2]", "stands there twice"},
      {"EnumTwiceInList", [](EveryRule& r) { r.add_colors(dangol_test::RED), r.add_colors(dangol_test::RED); }, ""},
      {"TooLongElement", [](EveryRule& r) { r.add_texts("abc"), r.add_texts("abcd"); }, "texts[1]",
       "longer than 3 bytes"},
      {"LargestMap", [](EveryRule& r) { (*r.mutable_map())["a"] = "1", (*r.mutable_map())["b"] = "2"; }, ""},
      {"TooLargeMap",
       [](EveryRule& r) {
         (*r.mutable_map())["a"] = "1", (*r.mutable_map())["b"] = "2", (*r.mutable_map())["c"] = "3";
       },
       "map", "3 elements are more than 2"},
      {"TooLongKey", [](EveryRule& r) { (*r.mutable_map())["abcd"] = "1"; }, "map[\"abcd\"]", "longer than 3 bytes"},
      {"TooLongValue", [](EveryRule& r) { (*r.mutable_map())["k"] = "abcd"; }, "map[\"k\"]",
       "\"abcd\" is longer than 3 bytes"},
      {"EmptyKey", [](EveryRule& r) { (*r.mutable_map())[""] = "1"; }, "map[\"\"]", "is empty"},
      {"EmptyValue", [](EveryRule& r) { (*r.mutable_map())["k"] = ""; }, "map[\"k\"]", "is empty"},
      {"BlankValue", [](EveryRule& r) { (*r.mutable_map())["k"] = " "; }, "map[\"k\"]", "shows nothing"},
      {"LinesInValue", [](EveryRule& r) { (*r.mutable_notes())["k"] = "a\nb"; }, ""},
      {"LinesInKey", [](EveryRule& r) { (*r.mutable_notes())["a\nb"] = "a"; }, R"(notes["a\x0ab"])", "is one line"},
      {"UZeroInKey", [](EveryRule& r) { (*r.mutable_map())[kZero] = "1"; }, R"(map["a\x00b"])", "holds U+0000"},
      {"UZeroInValue", [](EveryRule& r) { (*r.mutable_map())["k"] = kZero; }, "map[\"k\"]", "holds U+0000"},
      {"OutputOnlyText", [](EveryRule& r) { r.set_hidden(std::string(5000, '\0')); }, ""},
      {"OutputOnlyMessage", [](EveryRule& r) { r.mutable_hidden_part(); }, ""},
  };
}

const auto kCaseName = [](const ::testing::TestParamInfo<Case>& one) { return one.param.name; };
INSTANTIATE_TEST_SUITE_P(Texts, ValidationTest, ::testing::ValuesIn(Texts()), kCaseName);
INSTANTIATE_TEST_SUITE_P(Numbers, ValidationTest, ::testing::ValuesIn(Numbers()), kCaseName);
INSTANTIATE_TEST_SUITE_P(Lists, ValidationTest, ::testing::ValuesIn(Lists()), kCaseName);

TEST(Validation, RequiresOfAResourceThatIsUpdatedWhatItsMaskNames) {
  const RequestRules rules(dangol_test::UpdateRequest::descriptor());
  dangol_test::UpdateRequest request;
  EXPECT_THAT(testing::ViolatedFields(rules.Enforce(request, kNow)), ElementsAre("resource"));
  request.mutable_resource()->set_plain("x");
  EXPECT_TRUE(rules.Enforce(request, kNow).ok());
  request.mutable_update_mask()->add_paths("plain");
  EXPECT_TRUE(rules.Enforce(request, kNow).ok());
  request.mutable_update_mask()->add_paths("required");
  EXPECT_THAT(testing::ViolatedFields(rules.Enforce(request, kNow)), ElementsAre("resource.required"));
  request.mutable_resource()->set_required("x");
  request.mutable_resource()->mutable_part();
  EXPECT_THAT(testing::ViolatedFields(rules.Enforce(request, kNow)), ElementsAre("resource.part.required"))
      << "a part of it is replaced whole";
}

TEST(Validation, ClearsOutputOnlyFieldsEverywhere) {
  EveryRule request = Valid();
  request.set_hidden("x");
  request.mutable_hidden_part()->set_required("x");
  request.mutable_part()->set_required("x");
  request.mutable_part()->set_hidden("x");
  request.add_parts()->set_required("x");
  request.mutable_parts(0)->set_hidden("x");
  EXPECT_TRUE(RequestRules(EveryRule::descriptor()).Enforce(request, kNow).ok());
  EXPECT_EQ(request.hidden(), "");
  EXPECT_FALSE(request.has_hidden_part());
  EXPECT_EQ(request.part().hidden(), "");
  EXPECT_EQ(request.parts(0).hidden(), "");
  EXPECT_EQ(request.part().required(), "x");
}

TEST(Validation, NamesEveryViolationInTheOrderOfTheFields) {
  EveryRule request = Valid();
  request.set_id("X");
  request.clear_required();
  request.set_small(9);
  const absl::Status status = Enforce(request);
  EXPECT_THAT(testing::ViolatedFields(status), ElementsAre("required", "id", "small"));
  for (const char* path : {"required: ", "id: ", "small: "})
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(Validation, NamesTwentyViolationsAtMost) {
  EveryRule request = Valid();
  for (int i = 0; i < 90; ++i) request.add_parts();
  EXPECT_THAT(testing::ViolatedFields(Enforce(request)), SizeIs(20));
}

struct PatternCase {
  std::string name;
  std::string pattern;
  bool matches;
};

TEST(MatchesResourcePattern, TakesAnIdForEachStar) {
  const std::vector<PatternCase> cases = {
      {"tickets/a", "tickets/*", true},
      {"tickets/0-9", "tickets/*", true},
      {"tickets/" + std::string(63, 'a'), "tickets/*", true},
      {"tickets/" + std::string(64, 'a'), "tickets/*", false},
      {"tickets/", "tickets/*", false},
      {"tickets", "tickets/*", false},
      {"", "tickets/*", false},
      {"/tickets/a", "tickets/*", false},
      {"tickets/a/", "tickets/*", false},
      {"tickets//a", "tickets/*", false},
      {"Tickets/a", "tickets/*", false},
      {"ticket/a", "tickets/*", false},
      {"tickets/A", "tickets/*", false},
      {"tickets/a_b", "tickets/*", false},
      {"tickets/*", "tickets/*", false},
      {"tickets/a\n", "tickets/*", false},
      {std::string("tickets/a\0", 10), "tickets/*", false},
      {"tickets/a/messages/b", "tickets/*", false},
      {"tickets/a/messages/b", "tickets/*/messages/*", true},
      {"tickets/a/messages", "tickets/*/messages/*", false},
      {"tickets/a/notes/b", "tickets/*/messages/*", false},
      {"engines/e/stages/s", "engines/*/stages/*", true},
  };
  for (const PatternCase& one : cases) {
    EXPECT_EQ(MatchesResourcePattern(one.name, one.pattern), one.matches) << one.name << " against " << one.pattern;
  }
}

}  // namespace
}  // namespace dangol::rpc
