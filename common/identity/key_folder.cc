#include "common/identity/key_folder.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/identity/file.h"

namespace dangol::identity {
namespace {

constexpr int kSecretMode = 0400;
constexpr int kPublicMode = 0444;
constexpr int kTokensMode = 0600;

// The file's content, or nothing where there is none.
absl::StatusOr<std::string> ReadIfThere(const std::string& path, bool secret) {
  absl::StatusOr<std::string> content = ReadSmallFile(path, secret);
  return absl::IsNotFound(content.status()) ? "" : content;
}

absl::Status AtFile(const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return Error(absl::StatusCode::kFailedPrecondition, "KEYS_INVALID",
               fmt::format("Cannot use {}: {}", path, std::string(status.message())));
}

absl::StatusOr<Tokens> ParseTokens(const std::string& path, const std::string& text) {
  Tokens tokens;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    api::v1::StoredToken token;
    RETURN_IF_ERROR(AtFile(path, FromJson({line.data(), line.size()}, token, "A line")));
    std::string id = token.id();
    tokens.insert_or_assign(std::move(id), std::move(token));
  }
  return tokens;
}

std::string FormatTokens(const Tokens& tokens) {
  std::string text;
  for (const auto& [id, token] : tokens) text += ToJson(token, JsonStyle::kCompact) + "\n";
  return text;
}

absl::Status ReadKeys(const std::string& folder, KeySet& keys) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const std::filesystem::path& file : files) {
    const bool is_private = file.extension() == ".key";
    if (!is_private && file.extension() != ".pub") continue;
    const absl::StatusOr<std::string> pem = ReadSmallFile(file, is_private);
    if (absl::IsNotFound(pem.status())) continue;  // it went meanwhile
    RETURN_IF_ERROR(pem.status());
    if (!is_private) {
      const absl::StatusOr<PublicKey> key = PublicKey::FromPem(*pem);
      RETURN_IF_ERROR(AtFile(file, key.status()));
      keys.public_keys.insert_or_assign(file.stem(), *key);
      continue;
    }
    const absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(*pem);
    RETURN_IF_ERROR(AtFile(file, key.status()));
    keys.public_keys.insert_or_assign(file.stem(), key->public_key());
    keys.signing_key.emplace(file.stem(), *key);
  }
  return absl::OkStatus();
}

}  // namespace

std::string KeyFolder::File(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

absl::Status KeyFolder::Create(Runtime& runtime) const {
  RETURN_IF_ERROR(MakeFolder(path_));
  RETURN_IF_ERROR(MakeFolder(File("jwt")));
  const auto make_missing = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
    if (FileVersion(File("pepper")).empty())
      RETURN_IF_ERROR(WriteSmallFile(File("pepper"), EncodeBase64Url(RandomBytes32(runtime)) + "\n", kSecretMode));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(make_missing());
  ASSIGN_OR_RETURN(const KeySet keys, Read());
  return keys.signing_key ? absl::OkStatus() : AddSigningKey(runtime).status();
}

absl::StatusOr<KeySet> KeyFolder::Read() const {
  KeySet keys;
  if (path_.empty()) return keys;
  ASSIGN_OR_RETURN(const std::string pepper, ReadIfThere(File("pepper"), /*secret=*/true));
  keys.pepper = std::string(absl::StripAsciiWhitespace(pepper));
  RETURN_IF_ERROR(ReadKeys(File("jwt"), keys));
  ASSIGN_OR_RETURN(const std::string tokens, ReadIfThere(File("tokens"), /*secret=*/false));
  ASSIGN_OR_RETURN(keys.tokens, ParseTokens(File("tokens"), tokens));
  return keys;
}

std::string KeyFolder::Version() const {
  if (path_.empty()) return "";
  return fmt::format("{} {} {}", FileVersion(File("pepper")), FileVersion(File("jwt")), FileVersion(File("tokens")));
}

absl::Status KeyFolder::ChangeTokens(
    const std::function<absl::Status(const KeySet& keys, Tokens& tokens)>& change) const {
  if (path_.empty() || FileVersion(File("pepper")).empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "KEYS_MISSING",
                 fmt::format("There are no keys in {}. `dangol up` and `dangol token create` make them.",
                             path_.empty() ? "this program" : path_));
  }
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(KeySet keys, Read());
  Tokens tokens = keys.tokens;
  RETURN_IF_ERROR(change(keys, tokens));
  return WriteSmallFile(File("tokens"), FormatTokens(tokens), kTokensMode);
}

absl::StatusOr<std::string> KeyFolder::AddSigningKey(Runtime& runtime) const {
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  const std::string time = absl::FormatTime("%Y%m%dT%H%M%E3SZ", runtime.Now(), absl::UTCTimeZone());
  const std::string id = fmt::format("{}-{}", time, EncodeHex(RandomBytes32(runtime)).substr(0, 8));
  const PrivateKey key = PrivateKey::Generate();
  // Who verifies knows it before anybody signs with it.
  RETURN_IF_ERROR(WriteSmallFile(File(fmt::format("jwt/{}.pub", id)), key.public_key().ToPem(), kPublicMode));
  RETURN_IF_ERROR(WriteSmallFile(File(fmt::format("jwt/{}.key", id)), key.ToPem(), kSecretMode));
  return id;
}

}  // namespace dangol::identity
