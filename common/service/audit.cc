#include "common/service/audit.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/rpc/audit_entry.h"
#include "common/rpc/authorization.h"
#include "common/rpc/paging.h"
#include "common/storage/audit_log.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::service {
namespace {

using api::v1::AuditEntry;
using api::v1::ListAuditEntriesRequest;
using api::v1::ListAuditEntriesResponse;
using google::protobuf::MethodDescriptor;
using resource::NumberKey;

constexpr std::string_view kReadAll = "audit.read";
constexpr int64_t kSliceRows = 500;
// Entries are in the order of their commits. By the clock one may stand so far from its place, where the clock stepped.
constexpr absl::Duration kClockStepMost = absl::Hours(24);

// Of what is in a resource and is not read alone, such as a message, the resource's.
std::string ReadPermission(const ReadPermissions& permissions, const std::string& name) {
  std::vector<std::string> parts = absl::StrSplit(name, '/');
  for (size_t i = 1; i < parts.size(); i += 2) parts[i].assign(1, '*');
  while (!parts.empty()) {
    const auto found = permissions.find(absl::StrJoin(parts, "/"));
    if (found != permissions.end()) return found->second;
    // An id may have slashes, as a path has.
    const size_t cut = parts.size() > 2 && parts.size() % 2 == 1 ? 1 : 2;
    parts.resize(parts.size() - std::min(parts.size(), cut));
  }
  return std::string(kReadAll);
}

absl::Status CheckMayRead(const ReadPermissions& permissions, const rpc::Principal& principal,
                          const std::string& resource) {
  const absl::Status all = rpc::CheckPermission(principal, kReadAll);
  if (all.ok() || resource.empty()) return all;
  return rpc::CheckPermission(principal, ReadPermission(permissions, resource));
}

// `triagePolicy` of `TriagePolicy`.
std::string CollectionOf(std::string_view type) {
  std::string name(type);
  if (!name.empty()) name[0] = absl::ascii_tolower(static_cast<unsigned char>(name[0]));
  return name;
}

// What a method reads by its name, or, as the only one of its kind, without: `tickets/*`, `triagePolicy`. Empty:
// nothing.
std::string PatternOfGet(const MethodDescriptor& method) {
  constexpr std::string_view kGet = "Get";
  if (!method.name().starts_with(kGet)) return "";
  const auto* name = method.input_type()->FindFieldByName("name");
  if (name != nullptr) return name->options().GetExtension(api::v1::field).resource();
  const bool is_only_one =
      method.input_type()->field_count() == 0 && method.output_type()->FindFieldByName("name") != nullptr;
  return is_only_one ? CollectionOf(method.output_type()->name()) : "";
}

// What is read in a list alone, as `contactReasons/*`.
std::string PatternOfList(const MethodDescriptor& method) {
  constexpr std::string_view kList = "List";
  if (!method.name().starts_with(kList) || method.input_type()->FindFieldByName("parent") != nullptr) return "";
  const auto* listed = method.output_type()->field(0)->message_type();
  if (listed == nullptr || listed->FindFieldByName("name") == nullptr) return "";
  return fmt::format("{}/*", CollectionOf(std::string_view(method.name()).substr(kList.size())));
}

// As calls name who makes them: a member by his id alone.
std::string_view CallerOf(std::string_view principal) {
  constexpr std::string_view kMembers = "members/";
  return principal.starts_with(kMembers) ? principal.substr(kMembers.size()) : principal;
}

bool IsWanted(const ListAuditEntriesRequest& request, const AuditEntry& entry) {
  const absl::Time time = FromProtoTime(entry.time());
  return (request.principal().empty() || CallerOf(request.principal()) == entry.principal()) &&
         (!request.has_start_time() || time >= FromProtoTime(request.start_time())) &&
         (!request.has_end_time() || time < FromProtoTime(request.end_time()));
}

// Whether no entry behind this one can be of the time that is asked for.
bool IsPast(const ListAuditEntriesRequest& request, const AuditEntry& entry) {
  const absl::Time time = FromProtoTime(entry.time());
  return request.oldest_first()
             ? request.has_end_time() && time >= FromProtoTime(request.end_time()) + kClockStepMost
             : request.has_start_time() && time < FromProtoTime(request.start_time()) - kClockStepMost;
}

// Where the page before ended.
absl::StatusOr<int64_t> Begin(const ListAuditEntriesRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string> position, rpc::ParsePageToken(request, request.page_token()));
  if (!position) return request.oldest_first() ? 0 : INT64_MAX;
  const std::optional<NumberKey> key = NumberKey::Decode(*position);
  if (!key) return rpc::MalformedPageToken(request.page_token());
  return key->number;
}

}  // namespace

ReadPermissions ReadPermissionsOf(const rpc::MethodTable& table) {
  ReadPermissions permissions;
  for (const auto& how : {PatternOfGet, PatternOfList}) {
    for (const auto& [path, method] : table.methods()) {
      const std::string pattern = method.read ? how(*method.descriptor) : "";
      if (!pattern.empty()) permissions.emplace(pattern, method.permission);
    }
  }
  return permissions;
}

absl::StatusOr<ListAuditEntriesResponse> ListAuditEntries(const ReadPermissions& permissions,
                                                          storage::Snapshot& snapshot, const rpc::Call& call,
                                                          const ListAuditEntriesRequest& request) {
  RETURN_IF_ERROR(CheckMayRead(permissions, call.principal(), request.resource()));
  storage::AuditRange range{request.resource(), 0, request.oldest_first()};
  ASSIGN_OR_RETURN(range.behind, Begin(request));
  ListAuditEntriesResponse response;
  size_t bytes = 0;
  for (int64_t looked = 0;;) {
    ASSIGN_OR_RETURN(const std::vector<storage::AuditRow> rows, storage::ListAudit(snapshot, range, kSliceRows));
    for (const storage::AuditRow& row : rows) {
      range.behind = row.number;
      AuditEntry entry = rpc::FromRow(row);
      if (IsPast(request, entry)) return response;
      if (IsWanted(request, entry)) {
        bytes += entry.ByteSizeLong();
        *response.add_audit_entries() = std::move(entry);
      }
      if (response.audit_entries_size() == rpc::PageSize(request.page_size()) || bytes >= rpc::kPageBytesMax ||
          ++looked == kAuditScannedMost) {
        response.set_next_page_token(rpc::MakePageToken(request, NumberKey{row.number}.Encode()));
        return response;
      }
    }
    if (rows.size() < kSliceRows) return response;
  }
}

}  // namespace dangol::service
