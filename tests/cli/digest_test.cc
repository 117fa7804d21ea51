// `dangol report --send`, and the digests of `dangol up`.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/smtp_server.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::ExpectDone;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReceivedMail;
using testing::RunningSuite;
using testing::SmtpServer;
using testing::TemporaryFolder;
using testing::WaitFor;
using testing::WriteFile;

std::string Decoded(const std::string& base64) {
  std::string text;
  EXPECT_TRUE(absl::Base64Unescape(base64, &text)) << base64;
  return text;
}

std::string BodyOf(const ReceivedMail& mail) {
  return Decoded(absl::StrReplaceAll(mail.data.substr(mail.data.find("\r\n\r\n") + 4), {{"\r\n", ""}}));
}

std::string SubjectOf(const ReceivedMail& mail) {
  const size_t begin = mail.data.find("Subject: ") + 9;
  const std::string header = mail.data.substr(begin, mail.data.find("\r\nDate: ") - begin);
  std::string subject;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(header, "\r\n "))) {
    const bool encoded = word.starts_with("=?UTF-8?B?");
    subject += encoded ? Decoded(word.substr(10, word.size() - 12)) : word;
  }
  return subject;
}

std::string Yesterday() { return absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) - 1); }

class DigestMail : public ::testing::Test {
 protected:
  DigestMail() { WriteFile(mail_.File("mail.toml"), Settings()); }

  std::string Settings() const {
    return fmt::format("host = \"localhost\"\nport = {}\ntls = \"none\"\nfrom = \"dangol@example.org\"\n",
                       server_.port());
  }
  // Kim, who reads Korean, has to enter yesterday's number; for Lee a change waits, that a customer asks for.
  void Fill(const RunningSuite& suite) {
    ExpectDone(suite.Run({"member", "create", "--member-id", "kim", "--display-name", "김민지", "--email",
                          "kim@example.org", "--language", "ko"}));
    ExpectDone(suite.Run({"member", "create", "--member-id", "lee", "--display-name", "Lee", "--email",
                          "lee@example.org", "--roles", "lead"}));
    ExpectDone(suite.Run(
        {"member", "create", "--member-id", "park", "--display-name", "Park", "--email", "park@example.org"}));
    ExpectDone(suite.Run({"engine", "create", "--engine-id", "shop", "--blueprint", "engine", "--time-zone", "UTC"}));
    ExpectDone(suite.Run({"engine", "update", "shop", "--closed-days", "OWN", "--note", "We never close"}));
    ExpectDone(suite.Run({"kpi", "update", "shop/orders", "--owner", "kim", "--first-day", Yesterday()}));
    ExpectDone(suite.Run({"ticket", "create", "--ticket-id", "t1", "--subject", "Hong Gildong waits"}));
    ExpectDone(suite.Run({"change", "create", "--change-id", "parcels", "--title", "Parcels are announced"}));
    ExpectDone(suite.Run({"ticket", "accept", "t1", "--change", "parcels"}));
    WaitFor(suite, {"ticket", "get", "t1", "-o", "json"}, "confirmTime");
  }
  Ended Send(const RunningSuite& suite) { return suite.Run({"report", "--send", "--data", mail_.path()}); }

  SmtpServer server_;
  TemporaryFolder mail_;
  TemporaryFolder folder_;
};

TEST_F(DigestMail, TellsEachMemberOnceADayWhatWaits) {
  const RunningSuite suite(folder_.path());
  Fill(suite);
  ExpectDone(suite.Run(
      {"member", "update", "lee", "--report-subscriptions", R"({"engine":"engines/shop","granularity":"WEEK"})"}));
  const Ended first = Send(suite);
  EXPECT_EQ(first.code, 0) << first.errors;
  EXPECT_EQ(first.output, "2 sent, 1 with nothing that waits\n");
  const std::vector<ReceivedMail> received = server_.received();
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].to, "kim@example.org");
  EXPECT_THAT(SubjectOf(received[0]), HasSubstr(": 숫자 1"));
  EXPECT_THAT(BodyOf(received[0]), AllOf(HasSubstr("김민지 님을"), HasSubstr("입력할 숫자"), HasSubstr(Yesterday()),
                                         Not(HasSubstr("Parcels"))));
  EXPECT_EQ(received[1].to, "lee@example.org");
  EXPECT_THAT(SubjectOf(received[1]), HasSubstr(": decisions 1, reports 1"));
  EXPECT_THAT(BodyOf(received[1]), AllOf(HasSubstr("To decide\r\n  parcels  Parcels are announced"), HasSubstr("VALUE"),
                                         Not(HasSubstr("Hong"))));
  EXPECT_EQ(Send(suite).output, "0 sent, 1 with nothing that waits\n");
  EXPECT_EQ(server_.received().size(), 2U);
}

TEST_F(DigestMail, SendsAgainOnlyWhatWasSurelyNotSent) {
  const RunningSuite suite(folder_.path());
  Fill(suite);
  server_.Answer("RCPT", "421 closing");
  Ended ended = Send(suite);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("MAIL_SERVER_UNAVAILABLE"));
  server_.Answer("RCPT", "250 done");
  server_.Answer(".", "");  // and the connection breaks
  ended = Send(suite);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("MAIL_OUTCOME_UNKNOWN"));
  ASSERT_EQ(server_.received().size(), 1U);
  EXPECT_EQ(server_.received()[0].to, "kim@example.org");
  server_.Answer(".", "250 done");
  EXPECT_EQ(Send(suite).output, "1 sent, 1 with nothing that waits\n") << "Kim may have hers";
  ASSERT_EQ(server_.received().size(), 2U);
  EXPECT_EQ(server_.received()[1].to, "lee@example.org");
}

TEST_F(DigestMail, AMailboxThatIsFullHoldsUpNobodyElse) {
  const RunningSuite suite(folder_.path());
  Fill(suite);
  server_.Answer("RCPT kim@example.org", "452 full");
  const Ended ended = Send(suite);
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.output, "1 sent, 1 with nothing that waits\n");
  EXPECT_THAT(ended.errors, AllOf(HasSubstr("puts off the message to members/kim"), Not(HasSubstr("members/lee")),
                                  Not(HasSubstr("@"))));
  ASSERT_EQ(server_.received().size(), 1U);
  EXPECT_EQ(server_.received()[0].to, "lee@example.org");
  server_.Answer("RCPT kim@example.org", "250 done");
  EXPECT_EQ(Send(suite).output, "1 sent, 1 with nothing that waits\n");
  ASSERT_EQ(server_.received().size(), 2U);
  EXPECT_EQ(server_.received()[1].to, "kim@example.org");
}

TEST_F(DigestMail, SaysWhoseMessageWasRefused) {
  const RunningSuite suite(folder_.path());
  Fill(suite);
  server_.Answer("RCPT", "550 nobody");
  const Ended ended = Send(suite);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, AllOf(HasSubstr("members/kim"), HasSubstr("members/lee"), Not(HasSubstr("@"))));
  EXPECT_EQ(Send(suite).output, "0 sent, 1 with nothing that waits\n");
}

TEST_F(DigestMail, GoOutByThemselvesWhileTheSuiteRuns) {
  {
    RunningSuite suite(folder_.path());
    Fill(suite);
    suite.StopInTime();
  }
  WriteFile(folder_.File("mail.toml"), Settings());
  RunningSuite suite(folder_.path());
  EXPECT_TRUE(testing::Eventually([&] { return server_.received().size() == 2; }, testing::kPatience));
  EXPECT_EQ(Send(suite).output, "0 sent, 1 with nothing that waits\n");
  suite.StopInTime();
}

TEST_F(DigestMail, ADemonstrationSendsNothing) {
  {
    RunningSuite suite(folder_.path());
    Fill(suite);
    suite.StopInTime();
  }
  WriteFile(folder_.File("mail.toml"), Settings());
  WriteFile(folder_.File("demo.txt"), "It never happened.\n");
  RunningSuite suite(folder_.path());
  const Ended ended = suite.Run({"report", "--send", "--data", folder_.path()});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("DEMO_SENDS_NOTHING"));
  suite.StopInTime();
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(DigestMail, SaysWhatTheSettingsLack) {
  const Ended ended = testing::Dangol({"report", "--send", "--data", folder_.path()});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, HasSubstr("mail.toml"));
}

}  // namespace
}  // namespace dangol
