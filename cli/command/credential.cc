#include "cli/command/credential.h"

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/runtime.h"
#include "common/identity/file.h"
#include "common/identity/tls_folder.h"

namespace dangol::cli {
namespace {

std::string& Current() {
  static std::string& authorization = *new std::string;
  return authorization;
}

std::string& TlsFolder() {
  static std::string& folder = *new std::string;
  return folder;
}

}  // namespace

void AddTokenFileFlag(CLI::App& root) {
  const auto read = [](const std::string& path) {
    const absl::StatusOr<std::string> text = identity::ReadSmallFile(path, /*secret=*/true);
    if (!text.ok()) throw CLI::ValidationError("--token-file", std::string(text.status().message()));
    Current() = fmt::format("Bearer {}", std::string(absl::StripAsciiWhitespace(*text)));
  };
  root.add_option_function<std::string>("--token-file", read,
                                        "File with a token to call with (`dangol token create`); none is needed on the "
                                        "machine of the services")
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

const std::string& Authorization() { return Current(); }

}  // namespace dangol::cli
