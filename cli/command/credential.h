// What every call of this program says of who calls.
#pragma once

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"

#include "common/rpc/tls.h"

namespace dangol::cli {

// `--token-file`, or DANGOL_TOKEN_FILE: the file with the token to call with.
void AddTokenFileFlag(CLI::App& root);

// `--tls`, or DANGOL_TLS: the folder of certificates to call with.
void AddTlsFlag(CLI::App& root);
// None: without TLS. Errors as of identity::TlsFolder::Files.
absl::StatusOr<rpc::TlsFiles> Tls();

// `Bearer …`; empty: nothing is said, which on this machine is enough. Reads the file at its first call. An error: the
// file cannot be read, or everybody may read it.
const absl::StatusOr<std::string>& Authorization();

}  // namespace dangol::cli
