#include "cli/output/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/output/print.h"

namespace dangol::cli {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr int64_t kBarWidth = 24;

}  // namespace

Progress::Progress(std::string title) : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { Clear(); }

void Progress::Show(int64_t done, int64_t total, const std::string& what) {
  const absl::Time now = absl::Now();
  if (!terminal_ || now - shown_ < kInterval) return;
  shown_ = now;
  std::string bar;
  if (total > 0) {
    const int64_t part = std::clamp<int64_t>(done * kBarWidth / total, 0, kBarWidth);
    for (int64_t i = 0; i < kBarWidth; ++i) bar += i < part ? "█" : "░";
    bar += fmt::format(" {:3} %  ", std::min<int64_t>(100, done * 100 / total));
  }
  fmt::print(stderr, "\r\x1b[K{}", Escaped(fmt::format("{}  {}{}", title_, bar, what)));
  std::fflush(stderr);
}

void Progress::Clear() {
  if (shown_ == absl::InfinitePast()) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = absl::InfinitePast();
}

std::string ShownCount(int64_t count) {
  std::string digits = std::to_string(count);
  for (size_t i = digits.size(); i > 3 && i - 3 > (count < 0 ? 1U : 0U); i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace dangol::cli
