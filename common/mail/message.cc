#include "common/mail/message.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::mail {
namespace {

constexpr size_t kAddressBytesMax = 254;
constexpr size_t kLocalPartBytesMax = 64;
// A line of a header is at most 78 bytes long, an encoded word 75: 12 are its frame, so its base64 has 60, its text 45.
constexpr size_t kPlainSubjectBytesMax = 60;
constexpr size_t kWordBytesMax = 45;
// 57 bytes are a line of 76 in base64.
constexpr size_t kBodyLineBytes = 57;

bool IsAtom(char c) {
  return absl::ascii_isalnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// Parts between dots, none of them empty.
bool IsDotted(std::string_view text, bool (*is_part)(char)) {
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos)
    return false;
  return std::ranges::all_of(text, [is_part](char c) { return c == '.' || is_part(c); });
}

bool IsPrintableAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return absl::ascii_isprint(c); });
}

// One line that shows something.
bool IsSubject(std::string_view text) {
  if (!IsValidUtf8(text)) return false;
  bool visible = false;
  while (!text.empty()) {
    const char32_t code_point = TakeCodePoint(text);
    // U+2028 and U+2029 end lines, too.
    if (IsControl(code_point) || code_point == 0x2028 || code_point == 0x2029) return false;
    visible = visible || IsVisible(code_point);
  }
  return visible;
}

// RFC 2047: words of whole characters, one a line.
std::string EncodeSubject(std::string_view text) {
  if (text.size() <= kPlainSubjectBytesMax && IsPrintableAscii(text) && text.find("=?") == std::string_view::npos)
    return std::string(text);
  std::string header;
  while (!text.empty()) {
    std::string_view rest = text;
    size_t taken = 0;
    while (!rest.empty()) {
      TakeCodePoint(rest);
      if (text.size() - rest.size() > kWordBytesMax) break;
      taken = text.size() - rest.size();
    }
    if (!header.empty()) header += "\r\n ";
    header += fmt::format("=?UTF-8?B?{}?=", absl::Base64Escape(std::string(text.substr(0, taken))));
    text.remove_prefix(taken);
  }
  return header;
}

std::string EncodeBody(std::string_view text) {
  std::string lines;
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), kBodyLineBytes)))
    lines += fmt::format("{}\r\n", absl::Base64Escape(std::string(text.substr(0, kBodyLineBytes))));
  return lines;
}

// Within base64 lines of text end as they do in mail.
std::string WithCrLf(std::string_view text) {
  std::string lines;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') lines += '\r';
    lines += c;
  }
  return lines;
}

absl::Status Check(const Message& message, std::string_view from) {
  if (!IsAddress(from)) return InvalidField("from", "It is no mail address. Use one such as dangol@example.org.");
  if (!IsAddress(message.to)) return InvalidField("to", "It is no mail address. Send one such as kim@example.org.");
  if (!IsSubject(message.subject))
    return InvalidField("subject", fmt::format("{} is no line of text. Send one line that shows something.",
                                               ShownValue(message.subject)));
  if (!IsValidUtf8(message.text)) return InvalidField("text", "It is not UTF-8. Send UTF-8.");
  const bool is_id =
      !message.id.empty() && std::ranges::all_of(message.id, [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
  if (!is_id)
    return InvalidField("id", fmt::format("{} is no id. Send letters, digits and hyphens.", ShownValue(message.id)));
  return absl::OkStatus();
}

}  // namespace

bool IsAddress(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > kAddressBytesMax || at > kLocalPartBytesMax) return false;
  const std::string_view domain = text.substr(at + 1);
  return IsDotted(text.substr(0, at), IsAtom) && !domain.starts_with('-') &&
         IsDotted(domain, [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

absl::StatusOr<std::string> FormatMessage(const Message& message, std::string_view from, absl::Time now) {
  RETURN_IF_ERROR(Check(message, from));
  // `Auto-Submitted` (RFC 3834): nobody's holiday notice answers it.
  return fmt::format(
      "From: {}\r\n"
      "To: {}\r\n"
      "Subject: {}\r\n"
      "Date: {}\r\n"
      "Message-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=UTF-8\r\n"
      "Content-Transfer-Encoding: base64\r\n"
      "\r\n"
      "{}",
      from, message.to, EncodeSubject(message.subject),
      absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", now, absl::UTCTimeZone()), message.id,
      from.substr(from.rfind('@') + 1), EncodeBody(WithCrLf(message.text)));
}

}  // namespace dangol::mail
