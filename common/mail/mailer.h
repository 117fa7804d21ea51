// Sends messages to people. Whoever sends gets a Mailer; the simulation and folders of demos have none.
#pragma once

#include <string>

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

// Thread-safe.
class Mailer {
 public:
  virtual ~Mailer() = default;

  // OK: the mail server has taken it. Blocks for as long as that lasts, a minute at most: never to be called within a
  // transaction, nor on a thread that others wait for. Errors name no address:
  // INVALID_ARGUMENT: the message is none; UNAVAILABLE, reason MAIL_SERVER_UNAVAILABLE: later it may work, and it may
  // have been sent where the connection broke at its end; FAILED_PRECONDITION, which a person has to mend:
  // MAIL_REFUSED (this message or its recipient), MAIL_LOGIN_DENIED, MAIL_TLS_FAILED.
  virtual absl::Status Send(const Message& message) = 0;
};

}  // namespace dangol::mail
