// The daily digest: asks, claims, sends, reports.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/digest/digest_content.h"
#include "common/mail/mailer.h"

namespace dangol::cli {

struct DigestRun {
  int sent = 0;
  int nothing_due = 0;                      // members for whom nothing waits
  std::vector<std::string> refused;         // members whose message was refused
  std::vector<std::string> put_off;         // members whose message comes with the next run
  absl::Status stopped = absl::OkStatus();  // why the others were left; they come with the next run
};

// Sends what is due now. A message is claimed before it is sent, so that nobody gets two of one day, whatever is killed
// when; what it tells of is told again with the next one, unless it is known to have been sent. An error: the services
// could not be asked. `stop` is asked before each member.
absl::StatusOr<DigestRun> SendDigests(
    DigestClients& clients, mail::Mailer& mailer, absl::Time now,
    absl::FunctionRef<bool()> stop = [] { return false; });

}  // namespace dangol::cli
