// Sends by SMTP, over libcurl.
#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"
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
  absl::Status Check() override;

 private:
  // A connection to the server; `transfer` says what for, before it is made. `rest`: what is not sent yet.
  absl::Status Talk(absl::FunctionRef<void(void* curl)> transfer, std::string_view& rest);

  Runtime& runtime_;
  const SmtpSettings settings_;
};

}  // namespace dangol::mail
