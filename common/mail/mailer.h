// Sends messages to people. Whoever sends gets a Mailer; the simulation and folders of demos have none.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dangol::mail {

struct Message {
  std::string to;       // an address, such as `kim@example.org`
  std::string subject;  // one line
  std::string text;     // plain text; lines end with \n
  // Names the message; letters, digits and hyphens. A message that is sent again has the same, so that mail programs
  // can tell.
  std::string id;
};

// Reasons of errors that a sender tells apart.
inline constexpr std::string_view kRefused = "MAIL_REFUSED";
inline constexpr std::string_view kPutOff = "MAIL_PUT_OFF";
inline constexpr std::string_view kOutcomeUnknown = "MAIL_OUTCOME_UNKNOWN";

// Thread-safe.
class Mailer {
 public:
  virtual ~Mailer() = default;

  // OK: the mail server has taken it. Blocks for as long as that lasts, 20 s at most: never to be called within a
  // transaction, nor on a thread that others wait for. Errors name no address:
  // INVALID_ARGUMENT: the message is none; UNAVAILABLE: MAIL_SERVER_UNAVAILABLE, it was not sent, nor would others be,
  // and later it may be; MAIL_PUT_OFF, the same of this message alone, such as to a full mailbox;
  // MAIL_OUTCOME_UNKNOWN, the connection broke at its end, so that it may have been sent; FAILED_PRECONDITION, which a
  // person has to mend: MAIL_REFUSED (this message or its recipient), MAIL_LOGIN_DENIED, MAIL_TLS_FAILED.
  virtual absl::Status Send(const Message& message) = 0;

  // Whether the server would be talked to now: goes there and sends nothing. Blocks and fails as Send does.
  virtual absl::Status Check() = 0;
};

}  // namespace dangol::mail
