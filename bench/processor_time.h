// Where a process's processor time goes, thread by thread: the explanation that stands beside a figure.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace dangol::bench {

// Seconds by thread name, threads of one name together (`/proc/PID/task/*/stat`, in steps of 10 ms).
std::map<std::string, double> ProcessorTime(pid_t pid);

// Microseconds a call by thread name, as one line.
std::string PerCall(const std::map<std::string, double>& before, const std::map<std::string, double>& after,
                    int64_t calls);

}  // namespace dangol::bench
