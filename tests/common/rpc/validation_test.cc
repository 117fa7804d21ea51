// Each rule that a proto can state on a field, and the limits that hold where it states none.
#include "common/rpc/validation.h"

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

absl::Status Enforce(EveryRule request) {
  static const auto& rules = *new RequestRules(EveryRule::descriptor());
  return rules.Enforce(request);
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
      {"TooLongBytes", [](EveryRule& r) { r.set_data("12345"); }, "data", "longer than 4 bytes"},
      {"UZero", [](EveryRule& r) { r.set_plain(kZero); }, "plain", R"("a\x00b" holds U+0000)"},
      {"UZeroInBytesIsData", [](EveryRule& r) { r.set_data(kZero); }, ""},
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
      {"FirstTime", [](EveryRule& r) { *r.mutable_time() = Time(-62'135'596'800); }, ""},
      {"LastTime", [](EveryRule& r) { *r.mutable_time() = Time(253'402'300'799, 999'999'999); }, ""},
      {"YearZero", [](EveryRule& r) { *r.mutable_time() = Time(-62'135'596'801); }, "time",
       "-62135596801 seconds is not in"},
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
      for (int i = 0; i < size; ++i) r.add_plain_texts("x");
    };
  };
  return {
      {"LongestList", [](EveryRule& r) { r.add_texts("a"), r.add_texts("b"); }, ""},
      {"TooLongList", [](EveryRule& r) { r.add_texts("a"), r.add_texts("b"), r.add_texts("c"); }, "texts",
       "3 elements are more than 2"},
      {"LongestPlainList", plain(100), ""},
      {"TooLongPlainList", plain(101), "plain_texts", "101 elements are more than 100"},
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

TEST(Validation, ClearsOutputOnlyFieldsEverywhere) {
  EveryRule request = Valid();
  request.set_hidden("x");
  request.mutable_hidden_part()->set_required("x");
  request.mutable_part()->set_required("x");
  request.mutable_part()->set_hidden("x");
  request.add_parts()->set_required("x");
  request.mutable_parts(0)->set_hidden("x");
  EXPECT_TRUE(RequestRules(EveryRule::descriptor()).Enforce(request).ok());
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
