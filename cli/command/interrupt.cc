#include "cli/command/interrupt.h"

#include <algorithm>
#include <atomic>
#include <csignal>

#include "absl/time/clock.h"

namespace dangol::cli {
namespace {

// Of waiting before the next look.
constexpr absl::Duration kStep = absl::Milliseconds(50);

// Set in a signal's handler, read by any thread.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void NoteInterrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted; }

bool SleepUnlessInterrupted(absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  while (!Interrupted()) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return true;
    absl::SleepFor(std::min(left, kStep));
  }
  return false;
}

}  // namespace dangol::cli
