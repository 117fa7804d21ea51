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
  return Error(
      absl::StatusCode::kUnauthenticated, "LOGIN_USED",
      "The link to sign in was used, is too old, or was made with another --data than the gateway has. `dangol "
      "login` prints another one.");
}

std::string FileOf(const KeyFolder& folder, std::string_view code) {
  return fmt::format("{}/logins/{}", folder.path(), EncodeHex(Sha256(code)));
}

// Those that nobody has taken.
void RemoveOld(const std::string& folder) {
  std::error_code error;
  const auto oldest = std::filesystem::file_time_type::clock::now() - absl::ToChronoSeconds(2 * kInvitationLifetime);
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.last_write_time(error) < oldest) std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace

rpc::Principal MemberToSignIn(std::string_view who) { return {.name = std::string(who), .roles = {}, .stages = {}}; }

bool IsMemberToSignIn(const rpc::Principal& principal) { return principal.roles.empty() && principal.act_for.empty(); }

absl::StatusOr<std::string> AddLogin(const KeyFolder& folder, const rpc::Principal& principal, absl::Duration lifetime,
                                     Runtime& runtime) {
  ASSIGN_OR_RETURN(const KeySet keys, folder.Read());
  if (!keys.signing_key) return KeysMissing(folder.path());
  const std::string logins = fmt::format("{}/logins", folder.path());
  RETURN_IF_ERROR(MakeFolder(logins));
  RemoveOld(logins);
  std::string code = EncodeBase64Url(RandomBytes32(runtime));
  google::protobuf::Struct claims = ToClaims(principal, runtime.Now(), lifetime);
  (*claims.mutable_fields())["aud"].set_string_value(kAudience);
  const auto& [key_id, key] = *keys.signing_key;
  RETURN_IF_ERROR(WriteSmallFile(FileOf(folder, code), SignJwt(key, key_id, claims), 0400));
  return code;
}

absl::StatusOr<rpc::Principal> ReadLogin(const KeyFolder& folder, std::string_view code, Runtime& runtime) {
  if (folder.path().empty() || code.size() != kCodeBytes) return Used();
  const absl::StatusOr<std::string> token = ReadSmallFile(FileOf(folder, code), /*secret=*/true);
  if (!token.ok()) return Used();
  ASSIGN_OR_RETURN(const KeySet keys, folder.Read());
  const auto find_key = [&](std::string_view id) { return keys.FindPublicKey(id); };
  const auto claims = VerifyJwt(*token, {kSuiteIssuer, kAudience, kInvitationLifetime}, find_key, runtime.Now());
  if (!claims.ok()) return Used();
  return ToPrincipal(*claims);
}

absl::StatusOr<rpc::Principal> TakeLogin(const KeyFolder& folder, std::string_view code, Runtime& runtime) {
  ASSIGN_OR_RETURN(rpc::Principal principal, ReadLogin(folder, code, runtime));
  // Who removes the file is the one whom the code signs in.
  if (unlink(FileOf(folder, code).c_str()) != 0) return Used();
  return principal;
}

}  // namespace dangol::identity
