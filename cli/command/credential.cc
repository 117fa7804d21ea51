#include "cli/command/credential.h"

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/runtime.h"
#include "common/identity/file.h"
#include "common/identity/tls_folder.h"

namespace dangol::cli {
namespace {

std::string& TokenFile() {
  static std::string& path = *new std::string;
  return path;
}

std::string& TlsFolder() {
  static std::string& folder = *new std::string;
  return folder;
}

absl::StatusOr<std::string> ReadToken() {
  if (TokenFile().empty()) return "";
  const absl::StatusOr<std::string> text = identity::ReadSmallFile(TokenFile(), /*secret=*/true);
  if (!text.ok()) {
    return Error(text.status().code(), ErrorReason(text.status()),
                 fmt::format("--token-file or DANGOL_TOKEN_FILE: {}", std::string(text.status().message())));
  }
  return fmt::format("Bearer {}", std::string(absl::StripAsciiWhitespace(*text)));
}

}  // namespace

void AddTokenFileFlag(CLI::App& root) {
  // Read at the first call: a command that makes the file, or calls nobody, must run without it.
  root.add_option("--token-file", TokenFile(),
                  "File with a token to call with (`dangol token create`); none is needed on the machine of the "
                  "services")
      ->type_name("FILE")
      ->envname("DANGOL_TOKEN_FILE");
}

void AddTlsFlag(CLI::App& root) {
  // Read at the first call: a command that mends the folder must run, whatever is wrong with it.
  root.add_option("--tls", TlsFolder(),
                  "Folder of certificates to call with (`dangol tls init`), where the services have TLS")
      ->type_name("DIR")
      ->envname("DANGOL_TLS");
}

absl::StatusOr<rpc::TlsFiles> Tls() {
  if (TlsFolder().empty()) return rpc::TlsFiles();
  return identity::TlsFolder(TlsFolder()).Files(RealRuntime().Now());
}

const absl::StatusOr<std::string>& Authorization() {
  static const absl::StatusOr<std::string>& authorization = *new absl::StatusOr<std::string>(ReadToken());
  return authorization;
}

}  // namespace dangol::cli
