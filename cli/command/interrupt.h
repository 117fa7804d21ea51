// Ctrl-C, for commands that have to leave something in order.
#pragma once

#include "absl/time/time.h"

namespace dangol::cli {

// From here on the first SIGINT or SIGTERM is only noted; the second ends the process.
void NoteInterrupts();
bool Interrupted();
// False as soon as it is interrupted.
bool SleepUnlessInterrupted(absl::Duration time);

// What a command exits with that was interrupted, as shells expect.
inline constexpr int kInterruptedCode = 130;

}  // namespace dangol::cli
