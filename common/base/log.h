// Structured logs: one JSON object a line on standard error. No personal datum goes into a log line: names of
// resources, reasons and counts do; texts, contact points and values of requests do not.
#pragma once

#include <string>

#include "spdlog/spdlog.h"

namespace dangol {

// The process's logger. Thread-safe.
const std::shared_ptr<spdlog::logger>& Log();

enum class LogFormat { kJson, kText };

// Call once, at start. `level` is debug, info, warning, error or off. Returns false where it is none of these.
bool SetUpLog(const std::string& level, LogFormat format);

}  // namespace dangol
