#include "common/mail/smtp_mailer.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/identity/file.h"
#include "common/mail/message.h"

namespace dangol::mail {
namespace {

constexpr long kConnectSecondsMax = 5;  // NOLINT(google-runtime-int): libcurl's type
constexpr long kSecondsMax = 20;        // NOLINT(google-runtime-int)

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Thread-safe, and once a process.
void BeginCurl() {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)begun;
}

size_t ReadSome(char* buffer, size_t size, size_t count, void* rest) {
  auto& left = *static_cast<std::string_view*>(rest);
  const size_t bytes = std::min(size * count, left.size());
  std::memcpy(buffer, left.data(), bytes);
  left.remove_prefix(bytes);
  return bytes;
}

std::string Url(const SmtpSettings& settings) {
  // What follows the port is how this side names itself.
  return fmt::format("{}://{}:{}/{}", settings.tls == Tls::kImplicit ? "smtps" : "smtp", settings.host, settings.port,
                     settings.from.substr(settings.from.rfind('@') + 1));
}

absl::Status Denied(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

// Whether a server that goes on answering will not take this message now. 421 is how it closes the connection; what it
// says to a greeting, a login or STARTTLS has other codes of libcurl.
bool IsPutOff(CURLcode code, long answer, bool whole) {  // NOLINT(google-runtime-int)
  return answer >= 400 && answer < 500 && answer != 421 && (code == CURLE_SEND_ERROR || whole);
}

// Texts of the server are left out: many of them repeat the address.
// `whole`: the server may have all of the message.
absl::Status Explain(CURLcode code, long answer, bool whole,
                     const SmtpSettings& settings) {  // NOLINT(google-runtime-int)
  const std::string server = fmt::format("{}:{}", settings.host, settings.port);
  switch (code) {
    case CURLE_OK:
      return absl::OkStatus();
    case CURLE_LOGIN_DENIED:
      return Denied("MAIL_LOGIN_DENIED",
                    fmt::format("The mail server {} refused user and password. Mend them in the settings.", server));
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
      return Denied(
          "MAIL_TLS_FAILED",
          fmt::format("The mail server {} could not be trusted ({}). Check host, port, tls and authorities in "
                      "the settings.",
                      server, curl_easy_strerror(code)));
    default:
      break;
  }
  if (answer >= 500 && answer < 600)
    return Denied(kRefused, fmt::format("The mail server {} refused the message or its recipient ({}). Check the "
                                        "address, and `from` in the settings.",
                                        server, answer));
  if (IsPutOff(code, answer, whole)) {
    return Error(absl::StatusCode::kUnavailable, kPutOff,
                 fmt::format("The mail server {} does not take the message or its recipient now ({}). Send it again "
                             "later.",
                             server, answer));
  }
  if (whole && answer < 400) {
    return Error(
        absl::StatusCode::kUnavailable, kOutcomeUnknown,
        fmt::format("The connection to the mail server {} broke at the end of the message ({}). Whether it was "
                    "sent is unknown.",
                    server, curl_easy_strerror(code)));
  }
  return Error(absl::StatusCode::kUnavailable, "MAIL_SERVER_UNAVAILABLE",
               fmt::format("The mail server {} did not take the message ({}). Send it again later.", server,
                           answer >= 400 ? fmt::format("{}", answer) : curl_easy_strerror(code)));
}

}  // namespace

SmtpMailer::SmtpMailer(Runtime& runtime, SmtpSettings settings) : runtime_(runtime), settings_(std::move(settings)) {
  BeginCurl();
}

absl::Status SmtpMailer::Send(const Message& message) {
  ASSIGN_OR_RETURN(const std::string text, FormatMessage(message, settings_.from, runtime_.Now()));
  const List to(curl_slist_append(nullptr, message.to.c_str()), curl_slist_free_all);
  if (to == nullptr) return InternalError("libcurl has no memory");
  std::string_view rest = text;
  const auto upload = [&](void* curl) {
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, settings_.from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &ReadSome);
    curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
  };
  return Talk(upload, rest);
}

absl::Status SmtpMailer::Check() {
  std::string_view rest = "nothing of it is sent";
  const auto ask = [](void* curl) {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "NOOP");
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  };
  return Talk(ask, rest);
}

absl::Status SmtpMailer::Talk(absl::FunctionRef<void(void* curl)> transfer, std::string_view& rest) {
  std::string password;
  if (!settings_.user.empty()) {
    ASSIGN_OR_RETURN(password, identity::ReadSmallFile(settings_.password_file, /*secret=*/true));
    absl::StripTrailingAsciiWhitespace(&password);
  }
  const Easy curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) return InternalError("libcurl has no memory");
  // A text that libcurl could not copy is nothing that it would send without.
  curl_easy_setopt(curl.get(), CURLOPT_URL, Url(settings_).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSecondsMax);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kSecondsMax);
  if (settings_.tls == Tls::kStartTls) curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  if (!settings_.authorities.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, settings_.authorities.c_str());
  if (!settings_.user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, settings_.user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, password.c_str());
  }
  transfer(curl.get());
  const CURLcode code = curl_easy_perform(curl.get());
  long answer = 0;  // NOLINT(google-runtime-int)
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
  return Explain(code, answer, rest.empty(), settings_);
}

}  // namespace dangol::mail
