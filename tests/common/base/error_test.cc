// Errors as clients see them, and how a value is shown in one.
#include "common/base/error.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

#include "common/base/text.h"
#include "tests/common/rpc/refusal.h"

namespace dangol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// An error on its way over the wire: code, text and the trailer.
absl::Status OverTheWire(const absl::Status& status) {
  return ParseErrorDetails(absl::Status(status.code(), status.message()), SerializeErrorDetails(status));
}

TEST(Error, HasAReasonAndMetadata) {
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, "NOT_FOUND", "It is not there.", {{"resource", "tickets/a"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "It is not there.");
  EXPECT_EQ(ErrorReason(status), "NOT_FOUND");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(SerializeErrorDetails(status)));
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(details.message(), "It is not there.");
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.domain(), "dangol");
  EXPECT_EQ(info.metadata().at("resource"), "tickets/a");
}

TEST(Error, KeepsAllItsDetailsOverTheWire) {
  const absl::Status status = OverTheWire(WithRetry(
      InvalidFields({{"a.b[0]", "is wrong."}, {"c", "is wrong too."}}, "SOME_REASON"), absl::Milliseconds(1500)));
  EXPECT_EQ(testing::Summary(status), "INVALID_ARGUMENT SOME_REASON a.b[0] c");
  EXPECT_THAT(testing::Violations(status), ElementsAre(Pair("a.b[0]", "is wrong."), Pair("c", "is wrong too.")));
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(1500));
  EXPECT_EQ(status.message(), "a.b[0]: is wrong. c: is wrong too.");
}

// What quotes a request must be readable by everybody, whatever somebody sent.
TEST(Error, IsUtf8WhateverItQuotes) {
  const std::string broken = "a\xff\xC3";
  const std::string readable = "a\uFFFD\uFFFD";
  google::rpc::Status details;
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.ParseFromString(SerializeErrorDetails(InvalidField(broken, broken))));
  EXPECT_EQ(details.message(), readable + ": " + readable);
  ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), readable);
  EXPECT_EQ(bad_request.field_violations(0).description(), readable);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.ParseFromString(SerializeErrorDetails(NotFound(broken))));
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_THAT(info.metadata(), ElementsAre(Pair("resource", readable)));
}

TEST(Error, AlwaysSerialisesAlike) {
  const auto make = [] { return WithRetry(InvalidField("a", "b"), absl::Seconds(1)); };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(SerializeErrorDetails(make()), SerializeErrorDetails(make()));
}

TEST(Error, OneWithoutDetailsStaysSo) {
  EXPECT_EQ(SerializeErrorDetails(absl::CancelledError("gone")), "");
  EXPECT_EQ(ErrorReason(absl::CancelledError("gone")), "");
  EXPECT_EQ(RetryDelay(absl::CancelledError("gone")), absl::ZeroDuration());
  EXPECT_EQ(ParseErrorDetails(absl::CancelledError("gone"), ""), absl::CancelledError("gone"));
  EXPECT_EQ(ParseErrorDetails(absl::CancelledError("gone"), "\xff\xff"), absl::CancelledError("gone"));
  EXPECT_TRUE(ParseErrorDetails(absl::OkStatus(), SerializeErrorDetails(InvalidField("a", "b"))).ok());
}

TEST(Error, TheOnesThatHandlersSayMost) {
  EXPECT_EQ(testing::Summary(NotFound("tickets/a")), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(AlreadyExists("tickets/a")), "ALREADY_EXISTS ALREADY_EXISTS");
  EXPECT_EQ(testing::Summary(WrongState("tickets/a", "SPAM", "Act", "HEARD")), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_EQ(WrongState("tickets/a", "SPAM", "Act", "HEARD").message(),
            "tickets/a is SPAM: Act is possible from HEARD.");
  EXPECT_EQ(testing::Summary(EtagMismatch("tickets/a", "1", "2")), "ABORTED ETAG_MISMATCH");
  for (const absl::Status& status :
       {NotFound("tickets/a"), AlreadyExists("tickets/a"), EtagMismatch("tickets/a", "1", "2")}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr("tickets/a"));
  }
}

TEST(Error, AnInternalOneSaysNothingToTheClient) {
  ::testing::internal::CaptureStderr();
  const absl::Status status = InternalError("SELECT secret FROM table");
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("SELECT secret FROM table"));
  EXPECT_EQ(testing::Summary(status), "INTERNAL INTERNAL");
  EXPECT_EQ(std::string(status.message()).find("SELECT"), std::string::npos);
}

TEST(Error, KeepsDelaysToTheNanosecond) {
  for (absl::Duration delay :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Seconds(90) + absl::Nanoseconds(999'999'999)}) {
    EXPECT_EQ(RetryDelay(OverTheWire(WithRetry(NotFound("a"), delay))), delay);
  }
}

TEST(ShownValue, QuotesReadableText) {
  EXPECT_EQ(ShownValue(""), "\"\"");
  EXPECT_EQ(ShownValue("plain text"), "\"plain text\"");
  EXPECT_EQ(ShownValue("불만 🐛"), "\"불만 🐛\"");
}

TEST(ShownValue, EscapesControlBytesAndBrokenText) {
  EXPECT_EQ(ShownValue("a\nb\tc\x7f"), R"("a\x0ab\x09c\x7f")");
  EXPECT_EQ(ShownValue(std::string("a\0b", 3)), R"("a\x00b")");
  EXPECT_EQ(ShownValue("\x1b[2J"), R"("\x1b[2J")");
  EXPECT_EQ(ShownValue("a\xff\xC3"), R"("a\xff\xc3")");
}

TEST(ShownValue, EscapesWhatNobodySees) {
  EXPECT_EQ(ShownValue("a b"), "\"a b\"");
  EXPECT_EQ(ShownValue("a\u200b\u3164"), R"("a\u{200b}\u{3164}")");
  EXPECT_EQ(ShownValue("a\u202etxt.exe"), R"("a\u{202e}txt.exe")");
  EXPECT_EQ(ShownValue("\u009b2J"), R"("\u{9b}2J")");
}

TEST(ShownValue, ShowsSixtyFourBytesAndTheSizeOfTheRest) {
  EXPECT_EQ(ShownValue(std::string(64, 'a')), "\"" + std::string(64, 'a') + "\"");
  EXPECT_EQ(ShownValue(std::string(65, 'a')), "\"" + std::string(64, 'a') + "\"… (65 bytes)");
}

TEST(ShownValue, NeverCutsACharacter) {
  for (const std::string letter : {"\xC3\xA4", "\xEA\xB0\x80", "\xF0\x9F\x90\x9B"}) {
    for (size_t before = 0; before < 4; ++before) {
      std::string text(before, 'a');
      while (text.size() < 100) text += letter;
      const std::string shown = ShownValue(text);
      EXPECT_TRUE(IsValidUtf8(shown));
      EXPECT_EQ(shown.find("\\x"), std::string::npos) << shown;
      EXPECT_GE(shown.size(), 62u);
    }
  }
}

TEST(ShownValue, IsAlwaysValidUtf8) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t size : {1, 63, 64, 65, 200}) {
      const std::string shown = ShownValue(std::string(size, static_cast<char>(byte)));
      EXPECT_TRUE(IsValidUtf8(shown)) << byte;
      EXPECT_EQ(shown.find_first_of("\n\r\t"), std::string::npos);
    }
  }
}

// Bytes that continue nothing have no boundary to cut at, and must be seen all the same.
TEST(ShownValue, ShowsBrokenTextThatIsLong) {
  EXPECT_THAT(ShownValue(std::string(100, '\x80')), HasSubstr("\\x80\\x80"));
}

}  // namespace
}  // namespace dangol
