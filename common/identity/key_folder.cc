#include "common/identity/key_folder.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/proto_time.h"
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

absl::Status PepperMissing(const std::string& pepper, const std::string& tokens) {
  return Error(absl::StatusCode::kFailedPrecondition, "KEYS_INVALID",
               fmt::format("{} is missing or empty, and the tokens in {} are good with it alone. Put it back from the "
                           "backup of the folder; or, to begin without these tokens, move {} away.",
                           pepper, tokens, tokens));
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

// Nothing is written where a token has no form in the file: nobody could read it again.
absl::Status WriteTokens(const std::string& path, const Tokens& tokens) {
  std::string text;
  for (const auto& [id, token] : tokens) {
    ASSIGN_OR_RETURN(const std::string line, FormatJson(token, JsonStyle::kCompact));
    text += line + "\n";
  }
  return WriteSmallFile(path, text, kTokensMode);
}

// One that another user keeps from this one is not taken for one that is not there.
bool IsMissing(const std::string& path) {
  std::error_code error;
  return !std::filesystem::exists(path, error) && !error;
}

// Sorted; none where there is no such folder. One that cannot be listed is not taken for an empty one.
absl::StatusOr<std::vector<std::filesystem::path>> FilesOf(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error); !error && entry != std::filesystem::end(entry);
       entry.increment(error))
    files.push_back(entry->path());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    return AtFile(folder, absl::UnavailableError(error.message() + "."));
  std::ranges::sort(files);
  return files;
}

absl::Status ReadKeys(const std::string& folder, KeySet& keys) {
  ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, FilesOf(folder));
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
    // By id: `a-b.key` comes before `a.key`.
    if (!keys.signing_key || keys.signing_key->first < file.stem().string())
      keys.signing_key.emplace(file.stem(), *key);
  }
  return absl::OkStatus();
}

constexpr size_t kSessionKeyBytes = 32;

absl::Status ReadSessionKeys(const std::string& folder, KeySet& keys) {
  ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, FilesOf(folder));
  for (const std::filesystem::path& file : files) {
    if (file.extension() != ".key") continue;
    const absl::StatusOr<std::string> text = ReadSmallFile(file, /*secret=*/true);
    if (absl::IsNotFound(text.status())) continue;  // it went meanwhile
    RETURN_IF_ERROR(text.status());
    std::optional<std::string> key = DecodeBase64Url(std::string(absl::StripAsciiWhitespace(*text)));
    if (!key || key->size() != kSessionKeyBytes)
      return AtFile(file, absl::InvalidArgumentError("it is no key of 32 bytes in base64url."));
    keys.session_keys.insert_or_assign(file.stem(), *std::move(key));
  }
  return absl::OkStatus();
}

void ParseEnded(const std::string& text, KeySet& keys) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    int64_t end = 0;
    if (absl::SimpleAtoi(parts.second, &end)) keys.ended_sessions[parts.first] = absl::FromUnixSeconds(end);
  }
}

constexpr char kIdTime[] = "%E4Y%m%dT%H%M%E3SZ";

// Sorts by time.
std::string IdAt(absl::Time time, Runtime& runtime) {
  return fmt::format("{}-{}", absl::FormatTime(kIdTime, time, absl::UTCTimeZone()),
                     EncodeHex(RandomBytes32(runtime)).substr(0, 8));
}

// Sorts by time, and behind those that are in the folder, which a clock that was ahead may have named: the greatest one
// is used. Public keys count, whose private one may be elsewhere for now.
absl::StatusOr<std::string> NewKeyId(const std::string& folder, Runtime& runtime) {
  ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, FilesOf(folder));
  std::string greatest;
  for (const std::filesystem::path& file : files) {
    if (file.extension() == ".key" || file.extension() == ".pub") greatest = std::max(greatest, file.stem().string());
  }
  std::string id = IdAt(runtime.Now(), runtime);
  absl::Time time;
  if (id <= greatest && absl::ParseTime(kIdTime, greatest.substr(0, greatest.find('-')), &time, nullptr))
    id = IdAt(time + absl::Milliseconds(1), runtime);
  // One that somebody named otherwise.
  return id > greatest ? id : fmt::format("{}-{}", greatest, id);
}

}  // namespace

const PublicKey* KeySet::FindPublicKey(std::string_view id) const {
  const auto found = public_keys.find(id);
  return found == public_keys.end() ? nullptr : &found->second;
}

absl::Status KeysMissing(std::string_view folder) {
  return Error(
      absl::StatusCode::kFailedPrecondition, "KEYS_MISSING",
      fmt::format("There are no keys in {}. `dangol up` and `dangol token create` make them; where the suite has "
                  "another folder, name it with --data.",
                  folder));
}

std::string KeyFolder::File(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

absl::Status KeyFolder::Create(Runtime& runtime) const {
  RETURN_IF_ERROR(MakeFolder(path_));
  RETURN_IF_ERROR(MakeFolder(File("jwt")));
  RETURN_IF_ERROR(MakeFolder(File("session")));
  const auto make_missing = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
    RETURN_IF_ERROR(Read().status());
    if (IsMissing(File("pepper")))
      RETURN_IF_ERROR(WriteSmallFile(File("pepper"), EncodeBase64Url(RandomBytes32(runtime)) + "\n", kSecretMode));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(make_missing());
  ASSIGN_OR_RETURN(const KeySet keys, Read());
  if (keys.session_keys.empty()) RETURN_IF_ERROR(AddSessionKey(runtime).status());
  return keys.signing_key ? absl::OkStatus() : AddSigningKey(runtime).status();
}

absl::StatusOr<KeySet> KeyFolder::Read() const {
  KeySet keys;
  if (path_.empty()) return keys;
  ASSIGN_OR_RETURN(const std::string pepper, ReadIfThere(File("pepper"), /*secret=*/true));
  keys.pepper = std::string(absl::StripAsciiWhitespace(pepper));
  RETURN_IF_ERROR(ReadKeys(File("jwt"), keys));
  RETURN_IF_ERROR(ReadSessionKeys(File("session"), keys));
  ASSIGN_OR_RETURN(const std::string ended, ReadIfThere(File("ended"), /*secret=*/false));
  ParseEnded(ended, keys);
  ASSIGN_OR_RETURN(const std::string tokens, ReadIfThere(File("tokens"), /*secret=*/false));
  ASSIGN_OR_RETURN(keys.tokens, ParseTokens(File("tokens"), tokens));
  // With another pepper none of them would ever be taken.
  if (keys.pepper.empty() && !keys.tokens.empty()) return PepperMissing(File("pepper"), File("tokens"));
  return keys;
}

std::string KeyFolder::Version() const {
  if (path_.empty()) return "";
  std::string version;
  for (const char* name : {"pepper", "jwt", "session", "ended", "tokens"}) version += FileVersion(File(name)) + " ";
  return version;
}

absl::Status KeyFolder::ChangeTokens(
    const std::function<absl::Status(const KeySet& keys, Tokens& tokens)>& change) const {
  if (path_.empty()) return KeysMissing("this program");
  if (IsMissing(File("pepper")) && IsMissing(File("tokens"))) return KeysMissing(path_);
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(KeySet keys, Read());
  Tokens tokens = keys.tokens;
  RETURN_IF_ERROR(change(keys, tokens));
  return WriteTokens(File("tokens"), tokens);
}

absl::StatusOr<std::string> KeyFolder::AddSigningKey(Runtime& runtime) const {
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(const std::string id, NewKeyId(File("jwt"), runtime));
  const PrivateKey key = PrivateKey::Generate();
  // Who verifies knows it before anybody signs with it.
  RETURN_IF_ERROR(WriteSmallFile(File(fmt::format("jwt/{}.pub", id)), key.public_key().ToPem(), kPublicMode));
  RETURN_IF_ERROR(WriteSmallFile(File(fmt::format("jwt/{}.key", id)), key.ToPem(), kSecretMode));
  return id;
}

absl::StatusOr<std::string> KeyFolder::AddSessionKey(Runtime& runtime) const {
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(const std::string id, NewKeyId(File("session"), runtime));
  RETURN_IF_ERROR(WriteSmallFile(File(fmt::format("session/{}.key", id)),
                                 EncodeBase64Url(RandomBytes32(runtime)) + "\n", kSecretMode));
  return id;
}

absl::Status KeyFolder::EndSession(const Session& session, absl::Time now) const {
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(KeySet keys, Read());
  keys.ended_sessions[session.id] = session.begin + kSessionAgeMax;
  return WriteEnded(keys, now);
}

absl::Status KeyFolder::EndMembers(const LeaveTimes& members, absl::Time now) const {
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(KeySet keys, Read());
  bool sessions_end = false;
  bool tokens_end = false;
  for (const auto& [member, left] : members) {
    // A session that began when its member left is over by then.
    absl::Time& end = keys.ended_sessions.try_emplace(member, absl::UnixEpoch()).first->second;
    const absl::Time last = absl::FromUnixSeconds(absl::ToUnixSeconds(left + kSessionAgeMax));
    if (end >= last || last < now) continue;
    end = now + kSessionAgeMax;
    sessions_end = true;
  }
  for (auto& [id, token] : keys.tokens) {
    if (token.has_revoke_time() || !members.contains(token.member())) continue;
    *token.mutable_revoke_time() = ToProtoTime(now);
    token.clear_secrets();
    tokens_end = true;
  }
  if (sessions_end) RETURN_IF_ERROR(WriteEnded(keys, now));
  return tokens_end ? WriteTokens(File("tokens"), keys.tokens) : absl::OkStatus();
}

absl::Status KeyFolder::WriteEnded(KeySet& keys, absl::Time now) const {
  std::erase_if(keys.ended_sessions, [now](const auto& ended) { return ended.second < now; });
  std::string text;
  for (const auto& [id, end] : keys.ended_sessions) text += fmt::format("{} {}\n", id, absl::ToUnixSeconds(end));
  return WriteSmallFile(File("ended"), text, kTokensMode);
}

}  // namespace dangol::identity
