#include "common/mail/message.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol::mail {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kFrom[] = "dangol@example.org";
const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 11, 29, 8, 0, 0), absl::UTCTimeZone());

Message Digest() { return {.to = "kim@example.org", .subject = "Today", .text = "Two numbers.\n", .id = "digest-kim"}; }

std::string Formatted(const Message& message) {
  auto text = FormatMessage(message, kFrom, kNow);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.value_or("");
}

// The subject of a message, decoded.
std::string Subject(const Message& message) {
  std::string header = Formatted(message);
  header = header.substr(header.find("Subject: ") + 9);
  header = header.substr(0, header.find("\r\nDate"));
  std::string subject;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(header, "\r\n "))) {
    EXPECT_LE(word.size(), 75u);
    EXPECT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?=")) << word;
    std::string part;
    EXPECT_TRUE(absl::Base64Unescape(word.substr(10, word.size() - 12), &part));
    EXPECT_TRUE(IsValidUtf8(part)) << "a character is split";
    subject += part;
  }
  return subject;
}

TEST(FormatMessage, WritesWhatAMailServerTakes) {
  EXPECT_EQ(Formatted(Digest()),
            "From: dangol@example.org\r\n"
            "To: kim@example.org\r\n"
            "Subject: Today\r\n"
            "Date: Sun, 29 Nov 2026 08:00:00 +0000\r\n"
            "Message-ID: <digest-kim@example.org>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=UTF-8\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "\r\n"
            "VHdvIG51bWJlcnMuDQo=\r\n");
}

TEST(FormatMessage, KeepsKoreanSubjectsWholeInWordsThatAreShortEnough) {
  Message message = Digest();
  message.subject = "오늘 하실 일 3가지: 숫자 2개, 결정 1건 — 단골이 알려 드립니다. 내일 12시까지 적어 주세요.";
  EXPECT_EQ(Subject(message), message.subject);
  message.subject = "=?UTF-8?B?bm90IG91cnM=?=";
  EXPECT_EQ(Subject(message), message.subject);
  message.subject = std::string(400, 'x');
  EXPECT_EQ(Subject(message), message.subject);
}

TEST(FormatMessage, WritesTheBodyInLinesThatAreShortEnough) {
  Message message = Digest();
  for (int i = 0; i < 200; ++i) message.text += "처음 오신 손님 12명\r\n.\n";
  const std::string text = Formatted(message);
  const std::string encoded = text.substr(text.find("\r\n\r\n") + 4);
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(encoded, "\r\n"))) EXPECT_LE(line.size(), 76u);
  std::string body;
  ASSERT_TRUE(absl::Base64Unescape(absl::StrReplaceAll(encoded, {{"\r\n", ""}}), &body));
  EXPECT_THAT(body, EndsWith("처음 오신 손님 12명\r\n.\r\n"));
  EXPECT_EQ(absl::StrReplaceAll(body, {{"\r\n", ""}}).find_first_of("\r\n"), std::string::npos);
}

void ExpectRefused(const Message& message, std::string_view field) {
  const auto text = FormatMessage(message, kFrom, kNow);
  EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument) << field;
  EXPECT_THAT(std::string(text.status().message()), HasSubstr(field));
}

TEST(FormatMessage, LetsNoFieldMakeAnotherHeader) {
  for (const std::string end : {"\r\n", "\n", "\r", "\xE2\x80\xA8"}) {
    Message message = Digest();
    message.subject = "Today" + end + "Bcc: everybody@example.org";
    ExpectRefused(message, "subject");
    message = Digest();
    message.to = "kim@example.org" + end + "Bcc: everybody@example.org";
    ExpectRefused(message, "to");
    message = Digest();
    message.id = "digest" + end + "Bcc: everybody@example.org";
    ExpectRefused(message, "id");
    EXPECT_FALSE(FormatMessage(Digest(), "dangol@example.org" + end + "Bcc: everybody@example.org", kNow).ok());
  }
}

TEST(FormatMessage, RefusesWhatNobodyCouldRead) {
  Message message = Digest();
  message.subject = " ";
  ExpectRefused(message, "subject");
  message = Digest();
  message.text = "\xFF";
  ExpectRefused(message, "text");
  message = Digest();
  message.id = "";
  ExpectRefused(message, "id");
}

TEST(IsAddress, TakesWhatSmtpTakes) {
  for (const char* address : {"kim@example.org", "kim.minji+dangol@mail.example.co.kr", "o'hara@localhost", "a@1.2"})
    EXPECT_TRUE(IsAddress(address)) << address;
  for (const std::string& address :
       {std::string(), std::string("kim"), std::string("@example.org"), std::string("kim@"),
        std::string("a b@example.org"), std::string("<kim@example.org>"),
        std::string("kim@example.org, lee@example.org"), std::string("kim@@example.org"),
        std::string(".kim@example.org"), std::string("kim..minji@example.org"), std::string("kim@.org"),
        std::string("kim@-example.org"), std::string("kim@exa_mple.org"), std::string("김@example.org"),
        std::string(65, 'k') + "@example.org", "kim@" + std::string(251, 'e')})
    EXPECT_FALSE(IsAddress(address)) << address;
}

}  // namespace
}  // namespace dangol::mail
