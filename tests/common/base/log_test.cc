// Log lines are JSON, whatever is in them.
#include "common/base/log.h"

#include <algorithm>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

#include "common/base/log_silence.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

// The lines that `write` logs.
template <typename Write>
std::string Logged(Write write) {
  ::testing::internal::CaptureStderr();
  write();
  return ::testing::internal::GetCapturedStderr();
}

// The message of a line, as a JSON parser reads it.
std::string MessageIn(const std::string& line) {
  google::protobuf::Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(line, &object);
  EXPECT_TRUE(status.ok()) << status.ToString() << " in " << line;
  return status.ok() ? object.fields().at("message").string_value() : "";
}

TEST(Log, WritesOneJsonObjectALine) {
  const std::string line = Logged([] { Log()->warn("timer {} failed", "expire"); });
  EXPECT_THAT(
      line,
      MatchesRegex("\\{\"time\":\"20[0-9-]{8}T[0-9:]{8}\\.[0-9]{6}Z\",\"level\":\"warning\",\"message\":\"timer expire "
                   "failed\"\\}\n"));
  EXPECT_EQ(MessageIn(line), "timer expire failed");
}

TEST(Log, EscapesWhatJsonCannotHold) {
  const std::string text = "a \"quoted\" back\\slash, tab\t, line\nfeed, escape \x1b, delete \x7f and 불만";
  const std::string line = Logged([&] { Log()->info("{}", text); });
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_EQ(MessageIn(line), text);
}

TEST(Log, ALineWithBrokenTextIsStillJson) {
  const std::string line = Logged([] { Log()->info("{}", "broken \xff text"); });
  EXPECT_THAT(MessageIn(line), HasSubstr("broken"));
}

TEST(LogSilence, SilencesItsOwnThreadAlone) {
  const std::string lines = Logged([] {
    const LogSilence silence;
    Log()->error("mine");
    Log()->critical("the last words");
    std::thread([] { Log()->info("another's"); }).join();
  });
  EXPECT_THAT(lines, Not(HasSubstr("mine")));
  EXPECT_THAT(lines, AllOf(HasSubstr("the last words"), HasSubstr("another's")));
  EXPECT_THAT(Logged([] { Log()->info("mine"); }), HasSubstr("mine"));
}

TEST(SetUpLog, AsTextMovesNoCursor) {
  ASSERT_TRUE(SetUpLog("info", LogFormat::kText));
  const std::string line = Logged([] { Log()->info("{}", "in /x/\x1b[31mX\r, 불만 \u202eabc"); });
  EXPECT_THAT(line, MatchesRegex("20[0-9-]{8} [0-9:.]{12} info in /x/.x1b.31mX.x0d, 불만 .u.202e.abc\n"));
}

TEST(SetUpLog, KnowsItsLevels) {
  for (const char* level : {"debug", "info", "warning", "error", "off"})
    EXPECT_TRUE(SetUpLog(level, LogFormat::kJson)) << level;
  for (const char* level : {"", "loud", "INFO", "trace", "critical"})
    EXPECT_FALSE(SetUpLog(level, LogFormat::kJson)) << level;
  SetUpLog("info", LogFormat::kJson);
}

TEST(SetUpLog, LeavesOutWhatIsBelowTheLevel) {
  SetUpLog("error", LogFormat::kJson);
  EXPECT_THAT(Logged([] { Log()->warn("x"); }), IsEmpty());
  EXPECT_THAT(Logged([] { Log()->error("x"); }), HasSubstr("\"error\""));
  SetUpLog("info", LogFormat::kJson);
}

}  // namespace
}  // namespace dangol
