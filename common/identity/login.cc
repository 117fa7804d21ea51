#include "common/identity/login.h"

#include <unistd.h>

#include <filesystem>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/identity/file.h"
#include "common/identity/jwt.h"
#include "common/identity/suite_token.h"

namespace dangol::identity {
namespace {

constexpr char kAudience[] = "login";
constexpr size_t kCodeBytes = 43;  // 256 bits in base64url

absl::Status Used() {
  return Error(absl::StatusCode::kUnauthenticated, "LOGIN_USED",
               "The link to sign in was used, or is too old. `dangol login` prints another one.");
}

std::string FileOf(const KeyFolder& folder, std::string_view code) {
  return fmt::format("{}/logins/{}", folder.path(), EncodeHex(Sha256(code)));
}

// Those that nobody has taken.
void RemoveOld(const std::string& folder) {
  std::error_code error;
  const auto oldest = std::filesystem::file_time_type::clock::now() - absl::ToChronoSeconds(2 * kLoginLifetime);
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.last_write_time(error) < oldest) std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace

absl::StatusOr<std::string> AddLogin(const KeyFolder& folder, const rpc::Principal& principal, Runtime& runtime) {
  ASSIGN_OR_RETURN(const KeySet keys, folder.Read());
  if (!keys.signing_key) return KeysMissing(folder.path());
  const std::string logins = fmt::format("{}/logins", folder.path());
  RETURN_IF_ERROR(MakeFolder(logins));
  RemoveOld(logins);
  std::string code = EncodeBase64Url(RandomBytes32(runtime));
  google::protobuf::Struct claims = ToClaims(principal, runtime.Now(), kLoginLifetime);
  (*claims.mutable_fields())["aud"].set_string_value(kAudience);
  const auto& [key_id, key] = *keys.signing_key;
  RETURN_IF_ERROR(WriteSmallFile(FileOf(folder, code), SignJwt(key, key_id, claims), 0400));
  return code;
}

absl::StatusOr<rpc::Principal> TakeLogin(const KeyFolder& folder, std::string_view code, Runtime& runtime) {
  if (folder.path().empty() || code.size() != kCodeBytes) return Used();
  const std::string file = FileOf(folder, code);
  const absl::StatusOr<std::string> token = ReadSmallFile(file, /*secret=*/true);
  // Who removes the file is the one whom the code signs in.
  if (!token.ok() || unlink(file.c_str()) != 0) return Used();
  ASSIGN_OR_RETURN(const KeySet keys, folder.Read());
  const auto find_key = [&](std::string_view id) { return keys.FindPublicKey(id); };
  const auto claims = VerifyJwt(*token, {kSuiteIssuer, kAudience, kLoginLifetime}, find_key, runtime.Now());
  if (!claims.ok()) return Used();
  return ToPrincipal(*claims);
}

}  // namespace dangol::identity
