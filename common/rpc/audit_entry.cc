#include "common/rpc/audit_entry.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "fmt/format.h"

#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::rpc {
namespace {

using api::v1::AuditEntry;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Below the step of a clock that ListAuditEntries allows for (common/service/audit.cc).
constexpr absl::Duration kBroughtAgeMost = absl::Hours(12);
constexpr size_t kTraceIdBegin = 3;  // behind `00-`
constexpr size_t kTraceIdBytes = 32;

// The fields that are set, each once, however many elements a list has.
struct Node {
  const FieldDescriptor* field = nullptr;
  std::vector<Node> nodes = {};
};

// A time is one field, and the keys of a map are none.
bool IsLeaf(const FieldDescriptor* field) {
  return field->message_type() == nullptr || field->is_map() ||
         field->message_type()->file()->package() == "google.protobuf";
}

void AddFields(const Message& message, std::vector<Node>& nodes) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto found = std::ranges::find(nodes, field, &Node::field);
    Node& node = found == nodes.end() ? nodes.emplace_back(Node{field}) : *found;
    if (IsLeaf(field)) continue;
    if (!field->is_repeated()) {
      AddFields(reflection.GetMessage(message, field), node.nodes);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      AddFields(reflection.GetRepeatedMessage(message, field, i), node.nodes);
    }
  }
}

void AddPaths(const std::vector<Node>& nodes, const std::string& before, AuditEntry& entry) {
  for (const Node& node : nodes) {
    const std::string path = before + node.field->name();
    if (!node.nodes.empty()) {
      AddPaths(node.nodes, path + ".", entry);
    } else if (path != "request_id" && entry.fields_size() < kAuditedFieldsMost) {
      entry.add_fields(path);
    }
  }
}

void AddResource(const std::string& name, AuditEntry& entry) {
  // Lists of names hold each once, and may be long.
  if (name.empty() || (entry.resources_size() < kAnsweredResourcesMost &&
                       std::ranges::find(entry.resources(), name) != entry.resources().end())) {
    return;
  }
  entry.add_resources(name);
}

// What the request names itself; not what stands in a resource that it brings.
void AddResources(const Message& request, AuditEntry& entry) {
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = request.GetDescriptor()->field(i);
    if (field->options().GetExtension(api::v1::field).resource().empty()) continue;
    if (!field->is_repeated()) AddResource(reflection.GetString(request, field), entry);
    for (int j = 0; field->is_repeated() && j < reflection.FieldSize(request, field); ++j) {
      AddResource(reflection.GetRepeatedString(request, field, j), entry);
    }
  }
}

// RFC 9562, in any version.
bool IsUuid(std::string_view text) {
  constexpr std::string_view kForm = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  return std::ranges::equal(text, kForm,
                            [](unsigned char c, char form) { return form == 'h' ? std::isxdigit(c) != 0 : c == '-'; });
}

}  // namespace

std::string AuditedName(const google::protobuf::MethodDescriptor& method) {
  return fmt::format("{}/{}", method.service()->full_name(), method.name());
}

AuditEntry AuditEntryOf(const google::protobuf::MethodDescriptor& method, const Principal& principal,
                        const Message& request, std::string_view traceparent) {
  AuditEntry entry;
  entry.set_principal(principal.name);
  entry.set_method(AuditedName(method));
  AddResources(request, entry);
  std::vector<Node> fields;
  AddFields(request, fields);
  AddPaths(fields, "", entry);
  entry.set_trace_id(std::string(TraceIdOf(traceparent)));
  const FieldDescriptor* request_id = request.GetDescriptor()->FindFieldByName("request_id");
  if (request_id == nullptr) return entry;
  std::string text = request.GetReflection()->GetString(request, request_id);
  if (IsUuid(text)) entry.set_request_id(std::move(text));
  return entry;
}

std::optional<AuditEntry> BroughtEntry(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("audit_entry");
  if (field == nullptr || field->type() != FieldDescriptor::TYPE_BYTES || field->is_repeated()) return std::nullopt;
  AuditEntry entry;
  if (!entry.ParseFromString(request.GetReflection()->GetString(request, field))) entry.Clear();
  return entry;
}

absl::Time TimeOfBrought(const AuditEntry& entry, absl::Time now) {
  return std::clamp(FromProtoTime(entry.time()), now - kBroughtAgeMost, now);
}

void AddAnswered(const std::vector<std::string>& names, AuditEntry& entry) {
  if (names.size() == 1) return AddResource(names.front(), entry);
  if (entry.resources_size() > 0) return;
  for (const std::string& name : names) {
    if (entry.resources_size() == kAnsweredResourcesMost) {
      entry.set_resource_count(static_cast<int64_t>(names.size()));
      return;
    }
    entry.add_resources(name);
  }
}

std::string_view TraceIdOf(std::string_view traceparent) {
  return traceparent.empty() ? traceparent : traceparent.substr(kTraceIdBegin, kTraceIdBytes);
}

storage::AuditRecord ToRecord(const AuditEntry& entry) {
  std::set<std::string> found_under;
  for (const std::string& name : entry.resources()) {
    // `tickets/a/messages/b`, then `tickets/a`.
    for (size_t end = name.size(); end != std::string::npos && end > 0;) {
      found_under.insert(name.substr(0, end));
      const size_t id = name.rfind('/', end - 1);
      end = id == std::string::npos || id == 0 ? id : name.rfind('/', id - 1);
    }
  }
  return {SerializeDeterministically(entry), {found_under.begin(), found_under.end()}};
}

AuditEntry FromRow(const storage::AuditRow& row) {
  AuditEntry entry;
  if (!entry.ParseFromString(row.content)) entry.Clear();
  entry.set_number(row.number);
  entry.set_hash(row.hash);
  return entry;
}

storage::AuditRow ToRow(const AuditEntry& entry) {
  AuditEntry content = entry;
  content.clear_number();
  content.clear_hash();
  return {entry.number(), SerializeDeterministically(content), entry.hash()};
}

}  // namespace dangol::rpc
