#include "cli/interrupt.h"

#include <algorithm>
#include <csignal>

#include "absl/time/clock.h"

namespace dangol::cli {
namespace {

// Of waiting before the next look.
constexpr absl::Duration kStep = absl::Milliseconds(50);

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

void NoteInterrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

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
