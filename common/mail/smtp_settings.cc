#include "common/mail/smtp_settings.h"

#include <filesystem>
#include <sstream>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/identity/file.h"
#include "common/mail/message.h"

namespace dangol::mail {
namespace {

constexpr int kPortMax = 65535;

absl::Status Wrong(std::string_view path, std::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, "MAIL_SETTINGS_INVALID", fmt::format("{}: {}", path, what));
}

std::string FileBeside(const std::string& path, const std::string& name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

// Empty: done. Else what is wrong.
std::string Set(SmtpSettings& settings, const std::string& path, std::string_view name, const std::string& value) {
  if (name == "host") {
    settings.host = value;
  } else if (name == "port") {
    if (!absl::SimpleAtoi(value, &settings.port) || settings.port < 1 || settings.port > kPortMax)
      return fmt::format("port: {} is no number from 1 to {}.", ShownValue(value), kPortMax);
  } else if (name == "tls") {
    if (value != "starttls" && value != "implicit" && value != "none")
      return fmt::format("tls: {} is none of starttls, implicit and none.", ShownValue(value));
    settings.tls = value == "starttls" ? Tls::kStartTls : value == "implicit" ? Tls::kImplicit : Tls::kNone;
  } else if (name == "authorities") {
    settings.authorities = FileBeside(path, value);
  } else if (name == "user") {
    settings.user = value;
  } else if (name == "password-file") {
    settings.password_file = FileBeside(path, value);
  } else if (name == "from") {
    settings.from = value;
  } else {
    return fmt::format("{} is no setting. There are host, port, tls, authorities, user, password-file and from.",
                       ShownValue(name));
  }
  return "";
}

int DefaultPort(Tls tls) { return tls == Tls::kImplicit ? 465 : tls == Tls::kNone ? 25 : 587; }

std::string WhatIsWrong(const SmtpSettings& settings) {
  // It becomes part of a URL.
  const bool is_host = !settings.host.empty() && settings.host.find_first_not_of(
                                                     "abcdefghijklmnopqrstuvwxyz"
                                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                     "0123456789.-_[]:") == std::string::npos;
  if (!is_host)
    return fmt::format("host: {} is no name of a machine. Give the mail server's.", ShownValue(settings.host));
  if (!IsAddress(settings.from))
    return fmt::format("from: {} is no mail address. Give one such as dangol@example.org.", ShownValue(settings.from));
  if (settings.user.empty() != settings.password_file.empty())
    return "user and password-file belong together. Give both, or none where the server asks for no login.";
  const bool is_local = settings.host == "localhost" || settings.host == "127.0.0.1" || settings.host == "[::1]";
  if (settings.tls == Tls::kNone && !is_local)
    return fmt::format("tls: none is for a server on this machine, and {} is not. Use starttls or implicit.",
                       ShownValue(settings.host));
  return "";
}

}  // namespace

std::string SmtpSettingsFile(std::string_view data) { return fmt::format("{}/mail.toml", data); }

absl::StatusOr<SmtpSettings> ReadSmtpSettings(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, identity::ReadSmallFile(path, /*secret=*/false));
  SmtpSettings settings;
  std::istringstream lines(text);
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(lines)) {
      if (item.inputs.size() != 1) return Wrong(path, fmt::format("{} has not one value.", ShownValue(item.name)));
      const std::string wrong = Set(settings, path, item.fullname(), item.inputs.front());
      if (!wrong.empty()) return Wrong(path, wrong);
    }
  } catch (const CLI::Error& error) {
    return Wrong(path,
                 fmt::format("it cannot be read ({}). Write a line a setting, such as: port = 587", error.what()));
  }
  if (settings.port == 0) settings.port = DefaultPort(settings.tls);
  const std::string wrong = WhatIsWrong(settings);
  if (!wrong.empty()) return Wrong(path, wrong);
  return settings;
}

}  // namespace dangol::mail
