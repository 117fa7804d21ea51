#include "common/mail/smtp_mailer.h"

#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/identity/certificate.h"
#include "common/identity/file.h"
#include "tests/support/smtp_server.h"
#include "tests/support/temporary_folder.h"

namespace dangol::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SmtpMailerTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text, int mode = 0600) {
    EXPECT_TRUE(identity::WriteSmallFile(folder_.File(name), text, mode).ok());
    return folder_.File(name);
  }

  // Settings for the server, with further lines.
  absl::StatusOr<SmtpSettings> Settings(const std::string& lines) {
    return ReadSmtpSettings(Write("mail.toml", "from = \"dangol@example.org\"\n" + lines));
  }
  SmtpSettings SettingsOf(const testing::SmtpServer& server, const std::string& lines) {
    auto settings = Settings(fmt::format("host = \"localhost\"\nport = {}\n{}", server.port(), lines));
    EXPECT_TRUE(settings.ok()) << settings.status();
    return settings.value_or(SmtpSettings());
  }

  static absl::Status Send(const SmtpSettings& settings) {
    return SmtpMailer(RealRuntime(), settings)
        .Send({.to = "kim@example.org", .subject = "오늘 하실 일", .text = "숫자 2개\n", .id = "digest-1"});
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SmtpMailerTest, DeliversAMessage) {
  testing::SmtpServer server;
  ASSERT_EQ(Send(SettingsOf(server, "tls = \"none\"")), absl::OkStatus());
  const auto received = server.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].from, "dangol@example.org");
  EXPECT_EQ(received[0].to, "kim@example.org");
  EXPECT_EQ(received[0].login, "");
  EXPECT_THAT(received[0].data, HasSubstr("\r\nMessage-ID: <digest-1@example.org>\r\n"));
  EXPECT_THAT(received[0].data, HasSubstr(absl::Base64Escape("숫자 2개\r\n")));
}

TEST_F(SmtpMailerTest, SaysWhatTheServerRefuses) {
  testing::SmtpServer server;
  const SmtpSettings settings = SettingsOf(server, "tls = \"none\"");
  server.Answer("RCPT", "550 no such person: kim@example.org");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_REFUSED");
  EXPECT_THAT(std::string(Send(settings).message()), Not(HasSubstr("kim")));
  server.Answer("RCPT", "450 later");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_PUT_OFF");
  server.Answer("RCPT", "421 closing");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_SERVER_UNAVAILABLE");
  server.Answer("RCPT", "250 done");
  server.Answer(".", "554 no spam");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_REFUSED");
  server.Answer(".", "452 full");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_PUT_OFF");
  server.Answer("EHLO", "450 later");
  server.Answer("HELO", "450 later");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_SERVER_UNAVAILABLE");
}

TEST_F(SmtpMailerTest, SaysWhereTheServerIsGone) {
  auto server = std::make_unique<testing::SmtpServer>();
  const SmtpSettings settings = SettingsOf(*server, "tls = \"none\"");
  server->Answer(".", "");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_OUTCOME_UNKNOWN");
  EXPECT_EQ(server->received().size(), 1u) << "whoever sends again after a broken connection may send twice";
  server->Answer("DATA", "");
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_SERVER_UNAVAILABLE");
  server.reset();
  EXPECT_EQ(ErrorReason(Send(settings)), "MAIL_SERVER_UNAVAILABLE");
}

TEST_F(SmtpMailerTest, LooksWhetherTheServerIsThereAndSendsNothing) {
  auto server = std::make_unique<testing::SmtpServer>();
  const SmtpSettings settings = SettingsOf(*server, "tls = \"none\"");
  SmtpMailer mailer(RealRuntime(), settings);
  EXPECT_EQ(mailer.Check(), absl::OkStatus());
  EXPECT_EQ(server->connections(), 1);
  EXPECT_TRUE(server->received().empty());
  server->Answer("NOOP", "421 closing");
  EXPECT_EQ(ErrorReason(mailer.Check()), "MAIL_SERVER_UNAVAILABLE");
  server.reset();
  EXPECT_EQ(ErrorReason(mailer.Check()), "MAIL_SERVER_UNAVAILABLE");
}

class SmtpMailerTlsTest : public SmtpMailerTest {
 protected:
  SmtpMailerTlsTest()
      : authority_(identity::NewAuthority(absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(1))),
        server_(Identity("localhost")) {
    Write("authority.pem", authority_.certificate);
    Write("smtp.password", "open sesame\n", 0400);
  }

  std::string Identity(std::string_view name) {
    const auto made =
        identity::NewCertificate(authority_, name, absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(1));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->key.ToPem() + made->certificate : "";
  }

  static constexpr char kTrusting[] =
      "authorities = \"authority.pem\"\nuser = \"dangol\"\npassword-file = \"smtp.password\"\n";

  const identity::CertifiedKey authority_;
  testing::SmtpServer server_;
};

TEST_F(SmtpMailerTlsTest, LogsInBehindStartTls) {
  ASSERT_EQ(Send(SettingsOf(server_, kTrusting)), absl::OkStatus());
  const auto received = server_.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_TRUE(received[0].encrypted);
  EXPECT_EQ(received[0].login, absl::Base64Escape(std::string("\0dangol\0open sesame", 19)));
}

TEST_F(SmtpMailerTlsTest, SendsNothingToWhomItCannotTrust) {
  EXPECT_EQ(ErrorReason(Send(SettingsOf(server_, ""))), "MAIL_TLS_FAILED") << "signed by an authority of nobody";
  testing::SmtpServer other(Identity("mail.example.org"));
  EXPECT_EQ(ErrorReason(Send(SettingsOf(other, kTrusting))), "MAIL_TLS_FAILED") << "another machine's certificate";
  testing::SmtpServer plain;
  EXPECT_EQ(ErrorReason(Send(SettingsOf(plain, kTrusting))), "MAIL_TLS_FAILED") << "no STARTTLS";
  EXPECT_EQ(server_.received().size() + other.received().size() + plain.received().size(), 0u);
}

TEST_F(SmtpMailerTlsTest, LogsInWithTlsFromTheFirstByte) {
  testing::SmtpServer server(Identity("localhost"), testing::SmtpServer::Tls::kFromTheFirstByte);
  ASSERT_EQ(Send(SettingsOf(server, std::string("tls = \"implicit\"\n") + kTrusting)), absl::OkStatus());
  const auto received = server.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_TRUE(received[0].encrypted);
  EXPECT_EQ(received[0].to, "kim@example.org");
  EXPECT_EQ(received[0].login, absl::Base64Escape(std::string("\0dangol\0open sesame", 19)));
}

TEST_F(SmtpMailerTlsTest, SendsNothingWithTlsFromTheFirstByteToWhomItCannotTrust) {
  const std::string trusting = std::string("tls = \"implicit\"\n") + kTrusting;
  testing::SmtpServer server(Identity("localhost"), testing::SmtpServer::Tls::kFromTheFirstByte);
  EXPECT_EQ(ErrorReason(Send(SettingsOf(server, "tls = \"implicit\"\n"))), "MAIL_TLS_FAILED")
      << "an authority of nobody";
  testing::SmtpServer other(Identity("mail.example.org"), testing::SmtpServer::Tls::kFromTheFirstByte);
  EXPECT_EQ(ErrorReason(Send(SettingsOf(other, trusting))), "MAIL_TLS_FAILED") << "another machine's certificate";
  testing::SmtpServer plain;
  EXPECT_EQ(ErrorReason(Send(SettingsOf(plain, trusting))), "MAIL_TLS_FAILED") << "it speaks no TLS";
  EXPECT_EQ(server.received().size() + other.received().size() + plain.received().size(), 0u);
}

TEST_F(SmtpMailerTlsTest, SaysThatTheLoginIsWrong) {
  server_.Answer("AUTH", "535 wrong");
  const absl::Status status = Send(SettingsOf(server_, kTrusting));
  EXPECT_EQ(ErrorReason(status), "MAIL_LOGIN_DENIED");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("sesame")));
}

TEST_F(SmtpMailerTlsTest, RefusesAPasswordThatEverybodyMayRead) {
  Write("smtp.password", "open sesame", 0644);
  EXPECT_EQ(ErrorReason(Send(SettingsOf(server_, kTrusting))), "KEYS_INVALID");
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(SmtpMailerTest, SettingsHaveAPortOfTheirKind) {
  EXPECT_EQ(Settings("host = \"smtp.example.org\"  # ours")->port, 587);
  EXPECT_EQ(Settings("host = \"smtp.example.org\"\ntls = \"implicit\"")->port, 465);
  EXPECT_EQ(Settings("host = localhost\ntls = none")->port, 25) << "INI";
}

TEST_F(SmtpMailerTest, SettingsSayWhatIsWrong) {
  EXPECT_EQ(ReadSmtpSettings(folder_.File("none.toml")).status().code(), absl::StatusCode::kNotFound);
  const std::pair<const char*, const char*> wrong[] = {
      {"", "host"},
      {"host = \"smtp.example.org/x\"", "host"},
      {"host = \"localhost\"\nport = 0", "port"},
      {"host = \"localhost\"\nport = 65536", "port"},
      {"host = \"localhost\"\ntls = \"no\"", "tls"},
      {"host = \"smtp.example.org\"\ntls = \"none\"", "this machine"},
      {"host = \"localhost\"\nuser = \"dangol\"", "password-file"},
      {"host = \"localhost\"\npassword = \"open sesame\"", "password"},
      {"host = \"localhost\"\nfrom = \"Dangol\"", "from"},
      {"host = [\"a\", \"b\"]", "host"},
      {"smtp.example.org", "smtp.example.org"},
  };
  for (const auto& [lines, word] : wrong) {
    const auto settings = Settings(lines);
    EXPECT_EQ(ErrorReason(settings.status()), "MAIL_SETTINGS_INVALID") << lines;
    EXPECT_THAT(std::string(settings.status().message()), HasSubstr(word));
    EXPECT_THAT(std::string(settings.status().message()), Not(HasSubstr("sesame")));
  }
}

}  // namespace
}  // namespace dangol::mail
