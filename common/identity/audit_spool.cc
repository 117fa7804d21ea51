#include "common/identity/audit_spool.h"

#include <algorithm>
#include <filesystem>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/identity/file.h"
#include "common/rpc/authorization.h"

namespace dangol::identity {
namespace {

constexpr int kMode = 0400;
constexpr std::string_view kEnding = ".json";
constexpr std::string_view kRefused = ".refused";
constexpr size_t kIdLetters = 16;

std::string FolderOf(const KeyFolder& folder) { return fmt::format("{}/audit", folder.path()); }

std::string FileOf(const KeyFolder& folder, std::string_view id) {
  return fmt::format("{}/{}{}", FolderOf(folder), id, kEnding);
}

// Sorts by time.
std::string NewId(absl::Time now, Runtime& runtime) {
  return fmt::format("{:016}-{}", absl::ToUnixMicros(now), EncodeHex(RandomBytes32(runtime)).substr(0, kIdLetters));
}

}  // namespace

absl::Status SpoolEntry(const KeyFolder& folder, api::v1::AuditEntry entry, Runtime& runtime) {
  if (folder.path().empty()) return KeysMissing("this program");
  const absl::Time now = runtime.Now();
  if (!entry.has_time()) *entry.mutable_time() = ToProtoTime(now);
  ASSIGN_OR_RETURN(const std::string line, FormatJson(entry, JsonStyle::kCompact));
  RETURN_IF_ERROR(MakeFolder(FolderOf(folder)));
  return WriteSmallFile(FileOf(folder, NewId(now, runtime)), line + "\n", kMode);
}

absl::Status SpoolOperatorEntry(const KeyFolder& folder, std::string_view method, std::string_view resource,
                                Runtime& runtime) {
  api::v1::AuditEntry entry;
  entry.set_principal(rpc::LocalPrincipal().name);
  entry.set_method(std::string(method));
  if (!resource.empty()) entry.add_resources(std::string(resource));
  return SpoolEntry(folder, std::move(entry), runtime);
}

std::vector<std::string> SpooledEntries(const KeyFolder& folder) {
  std::vector<std::string> ids;
  if (folder.path().empty()) return ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(FolderOf(folder), error)) {
    if (entry.path().extension() == kEnding) ids.push_back(entry.path().stem());
  }
  std::ranges::sort(ids);
  return ids;
}

absl::StatusOr<api::v1::AuditEntry> ReadSpooledEntry(const KeyFolder& folder, std::string_view id) {
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(FileOf(folder, id), /*secret=*/true));
  api::v1::AuditEntry entry;
  if (FromJson(text, entry).ok()) return entry;
  return Error(absl::StatusCode::kFailedPrecondition, "KEYS_INVALID",
               fmt::format("{} is no entry of an audit log.", FileOf(folder, id)));
}

void RemoveSpooledEntry(const KeyFolder& folder, std::string_view id) {
  std::error_code ignored;
  std::filesystem::remove(FileOf(folder, id), ignored);
}

void SetSpooledEntryAside(const KeyFolder& folder, std::string_view id) {
  std::error_code ignored;
  std::filesystem::rename(FileOf(folder, id), fmt::format("{}/{}{}", FolderOf(folder), id, kRefused), ignored);
}

}  // namespace dangol::identity
