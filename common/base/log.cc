#include "common/base/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/stubs/logging.h"
#include "spdlog/formatter.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"

#include "common/base/json.h"
#include "common/base/log_silence.h"
#include "common/base/text.h"

namespace dangol {
namespace {

// JSON by hand, because spdlog's pattern language does not escape.
class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(message.time.time_since_epoch()).count();
    const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    const auto level = spdlog::level::to_string_view(message.level);
    fmt::format_to(std::back_inserter(out),
                   R"({{"time":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z","level":"{}","message":")",
                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                   micros % 1'000'000, std::string_view(level.data(), level.size()));
    const std::string text = EscapeJson({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
    fmt::format_to(std::back_inserter(out), "\"}}\n");
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

// `%*`: the message, of which nothing moves the cursor of a terminal.
class PlainMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text = EscapeInvisible({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<PlainMessage>(); }
};

thread_local bool is_silent = false;

// On the thread that logs.
class StandardError : public spdlog::sinks::stderr_sink_mt {
 public:
  void log(const spdlog::details::log_msg& message) override {
    if (!is_silent || message.level >= spdlog::level::critical) spdlog::sinks::stderr_sink_mt::log(message);
  }
};

std::shared_ptr<spdlog::logger> MakeLogger() {
  auto logger = std::make_shared<spdlog::logger>("dangol", std::make_shared<StandardError>());
  logger->set_formatter(std::make_unique<JsonFormatter>());
  logger->flush_on(spdlog::level::debug);
  // What protobuf says of a message that does not parse is said better by wire_check.h.
  google::protobuf::SetLogHandler([](google::protobuf::LogLevel, const char*, int, const std::string& message) {
    Log()->debug("protobuf: {}", message);
  });
  return logger;
}

}  // namespace

const std::shared_ptr<spdlog::logger>& Log() {
  static const auto& logger = *new std::shared_ptr<spdlog::logger>(MakeLogger());
  return logger;
}

bool SetUpLog(const std::string& level, LogFormat format) {
  constexpr std::array kLevels = {"debug", "info", "warning", "error", "off"};
  if (std::ranges::find(kLevels, level) == kLevels.end()) return false;
  Log()->set_level(spdlog::level::from_str(level));
  if (format == LogFormat::kJson) {
    Log()->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<PlainMessage>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %l %*");
    Log()->set_formatter(std::move(formatter));
  }
  return true;
}

LogSilence::LogSilence() { is_silent = true; }

LogSilence::~LogSilence() { is_silent = false; }

}  // namespace dangol
