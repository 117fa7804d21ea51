// Sends by SMTP, over libcurl.
#pragma once

#include "absl/status/status.h"

#include "common/base/runtime.h"
#include "common/mail/mailer.h"
#include "common/mail/smtp_settings.h"

namespace dangol::mail {

// A connection a message: some dozens a day are sent. Takes no proxy and no setting from the environment. The process
// ignores SIGPIPE, as those of the suite do.
class SmtpMailer : public Mailer {
 public:
  SmtpMailer(Runtime& runtime, SmtpSettings settings);

  absl::Status Send(const Message& message) override;

 private:
  Runtime& runtime_;
  const SmtpSettings settings_;
};

}  // namespace dangol::mail
