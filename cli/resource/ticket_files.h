// `dangol ticket attach` and `dangol ticket download`
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "dangol/tickets/v1/attachment.pb.h"

namespace dangol::cli {

Command AttachVerb(CLI::App& parent);
Command DownloadVerb(CLI::App& parent);

// Writes the bytes of a whole attachment into a file that was not there before.
absl::Status WriteAttachment(Client& client, const tickets::v1::Attachment& attachment, const std::string& path,
                             absl::Duration timeout);

}  // namespace dangol::cli
