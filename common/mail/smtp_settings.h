// Where mail goes out: a file that the operator writes.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dangol::mail {

enum class Tls {
  kStartTls,  // by STARTTLS, and never without it
  kImplicit,  // from the first byte
  kNone,      // this machine alone
};

struct SmtpSettings {
  std::string host;
  int port = 0;  // unless the file says it: 587, with kImplicit 465, with kNone 25
  Tls tls = Tls::kStartTls;
  std::string authorities;    // a file of certificates that are trusted instead of the machine's; empty: the machine's
  std::string user;           // empty: no login
  std::string password_file;  // read for each connection, so that it may be exchanged
  std::string from;
};

// Where the suite looks for them: beside its databases.
std::string SmtpSettingsFile(std::string_view data);

// The file has a line a setting (TOML, or INI with `#` before comments), its names as here:
//
//     host = "smtp.example.org"
//     port = 587
//     tls = "starttls"               # starttls, implicit or none
//     user = "dangol"
//     password-file = "smtp.password"   # beside this file; chmod 0400
//     from = "dangol@example.org"
//
// Whose texts have a path that is not absolute: it is of the file's folder. NOT_FOUND where there is no file;
// FAILED_PRECONDITION, reason MAIL_SETTINGS_INVALID, where something is wrong in it.
absl::StatusOr<SmtpSettings> ReadSmtpSettings(const std::string& path);

}  // namespace dangol::mail
