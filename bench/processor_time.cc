#include "bench/processor_time.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "fmt/format.h"

namespace dangol::bench {

std::map<std::string, double> ProcessorTime(pid_t pid) {
  std::map<std::string, double> seconds;
  const double tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
    std::ifstream file(task.path() / "stat");
    std::string line((std::istreambuf_iterator<char>(file)), {});
    const size_t open = line.find('(');
    const size_t close = line.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    std::istringstream rest(line.substr(close + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    int64_t user = 0;
    int64_t system = 0;
    rest >> user >> system;
    seconds[line.substr(open + 1, close - open - 1)] += static_cast<double>(user + system) * tick;
  }
  return seconds;
}

std::string PerCall(const std::map<std::string, double>& before, const std::map<std::string, double>& after,
                    int64_t calls) {
  std::string line;
  double total = 0;
  for (const auto& [name, seconds] : after) {
    const auto found = before.find(name);
    const double spent = seconds - (found == before.end() ? 0 : found->second);
    total += spent;
    if (spent * 1e6 / static_cast<double>(calls) < 0.1) continue;
    line += fmt::format("{} {:.1f}, ", name, spent * 1e6 / static_cast<double>(calls));
  }
  return fmt::format("{}together {:.1f} µs a call", line, total * 1e6 / static_cast<double>(calls));
}

}  // namespace dangol::bench
