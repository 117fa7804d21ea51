// `dangol doctor`
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::Execute;
using ::testing::HasSubstr;
using testing::kCreateTicket;
using ::testing::Not;
using testing::RunningSuite;
using testing::TemporaryFolder;

TEST(Doctor, FindsEverythingInOrder) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);
  const Ended text = suite.Run({"doctor", "--pages"});
  EXPECT_EQ(text.code, 0) << text.output << text.errors;
  EXPECT_THAT(text.output, AllOf(HasSubstr("✓ state: SERVING"), HasSubstr("✓ feed-dense: 1 examined"),
                                 HasSubstr("✓ pages: "), Not(HasSubstr("✗"))));
  const Ended json = suite.Run({"doctor", "-o", "json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.output, AllOf(HasSubstr(R"("healthy":true)"), HasSubstr(R"("violationCount":"0")")));
}

// One call counts 400 days: on the last of them a ticket came late, and one comes early on the day behind it.
TEST(Doctor, CountsEveryDaySinceTheFirstTicket) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), utc);
  for (const absl::Time time : {absl::FromCivil(today, utc), absl::FromCivil(today - 400, utc) + absl::Hours(23)}) {
    const std::string when = absl::FormatTime(absl::RFC3339_sec, time, utc);
    const std::string ticket = fmt::format(R"({{"ticket":{{"subject":"Late","receiveTime":"{}"}}}})", when);
    EXPECT_EQ(suite.Run({"call", kCreateTicket, ticket}).code, 0);
  }
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 0) << text.output << text.errors;
}

TEST(Doctor, NamesABrokenInvariant) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(suite.Run({"call", kCreateTicket, R"({"ticket":{"subject":"Late"}})"}).code, 0);
    suite.StopInTime();
  }
  Execute(folder.File("tickets.db"), "DELETE FROM feed WHERE seq = 2");
  RunningSuite suite(folder.path());
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.output, HasSubstr("✗ feed-dense: 2 examined\n      feed 2: the feed goes on at 3 instead of 2\n"));
  const Ended json = suite.Run({"doctor", "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, HasSubstr(R"("healthy":false)"));
}

}  // namespace
}  // namespace dangol
