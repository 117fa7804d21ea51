#include "cli/command/request_flags.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

#include "cli/command/proto_comments.h"
#include "cli/output/times.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/json.h"
#include "common/base/proto_time.h"
#include "common/base/runtime.h"
#include "dangol/api/v1/options.pb.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/metrics/v1/member.pb.h"
#include "dangol/tickets/v1/ticket_requests.pb.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::FieldRules;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

FieldRules RulesOf(const FieldDescriptor* field) { return field->options().GetExtension(dangol::api::v1::field); }

// Several parts of a resource, each given as JSON.
bool IsListOfParts(const FieldDescriptor* field) {
  return field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map();
}

// Of values and parts; a text may be empty itself.
bool EmptiesList(const FieldDescriptor* field, const std::string& text) {
  return text.empty() &&
         (IsListOfParts(field) || (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM));
}

bool IsInteger(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 || field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
}

// Whether somebody has to set the field: always, with the other fields of a message that may be left out, or never.
enum class Need { kAlways, kWithOthers, kNever };

// Whether the text names values itself: then it says which of them are allowed.
bool NamesValues(const std::string& text, const std::vector<std::string>& values) {
  return std::ranges::count_if(values, [&](const std::string& value) { return absl::StrContains(text, value); }) > 1;
}

// What the proto says of the field, and what is allowed.
std::string Help(const FieldDescriptor* field, Need need) {
  std::string text = CommentOf(field);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const std::vector<std::string> values = EnumNames(field->enum_type());
    if (!NamesValues(text, values)) text += fmt::format("{}{}", text.empty() ? "" : " ", fmt::join(values, ", "));
  }
  if (!RulesOf(field).required() || need == Need::kNever) return text;
  return text + (need == Need::kWithOthers ? " (with the others, or none)" : " (required)");
}

// `kpis` for `engines/*/kpis/*`.
std::string CollectionOf(const std::string& pattern) {
  const size_t end = pattern.rfind('/');
  const size_t begin = pattern.rfind('/', end - 1);
  return pattern.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1));
}

// `MEMBER` for `members/*`.
std::string TypeName(const FieldDescriptor* field) {
  const std::string resource = RulesOf(field).resource();
  if (field->is_map()) return "KEY=VALUE";
  if (!resource.empty())
    return absl::AsciiStrToUpper(CollectionOf(resource).substr(0, CollectionOf(resource).size() - 1));
  if (field->message_type() == Timestamp::descriptor()) return "TIME";
  if (IsListOfParts(field)) return "JSON";
  if (IsInteger(field)) return "NUMBER";
  return field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM ? "NAME" : "TEXT";
}

bool ParseTimestamp(const std::string& text, Timestamp* timestamp) {
  absl::Time time;
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    if (!absl::ParseTime(format, text, ShownZone(), &time, nullptr)) continue;
    if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) continue;
    *timestamp = ToProtoTime(time);
    return true;
  }
  return false;
}

void SetMapEntry(Message& message, const FieldDescriptor* field, const std::string& text) {
  Message* entry = message.GetReflection()->AddMessage(&message, field);
  const size_t equals = text.find('=');
  const auto* type = entry->GetDescriptor();
  entry->GetReflection()->SetString(entry, type->map_key(), text.substr(0, equals));
  entry->GetReflection()->SetString(entry, type->map_value(), text.substr(equals + 1));
}

Message* NewPart(const FieldDescriptor* field) {
  return google::protobuf::MessageFactory::generated_factory()->GetPrototype(field->message_type())->New();
}

// The message that a field is in, made when it gets its first value: a message that is there but empty says something
// else.
using Place = std::function<Message&()>;

void AddFieldFlag(CLI::App& app, const Place& place, const FieldDescriptor* field, const std::string& flag,
                  const std::string& help) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    app.add_flag_function(
        flag, [=](int64_t count) { place().GetReflection()->SetBool(&place(), field, count > 0); }, help);
    return;
  }
  CLI::Option* option = app.add_option_function<std::vector<std::string>>(
      flag,
      [=](const std::vector<std::string>& values) {
        for (const std::string& value : values) SetValue(place(), field, value);
      },
      help);
  option->type_name(TypeName(field))->check([field](const std::string& text) { return ValueProblem(field, text); });
  if (!field->is_repeated()) option->expected(1);
  // Only what is always several may be given in a row: else it would take the argument that follows.
  if (field->is_repeated() && RulesOf(field).resource().empty()) option->allow_extra_args(false);
  if (!flag.starts_with('-')) option->required()->type_name("")->description("Its name");
}

bool IsLeft(const FieldDescriptor* field) {
  const std::string& name = field->name();
  return RulesOf(field).output_only() || name == "page_size" || name == "page_token" ||
         field->message_type() == google::protobuf::FieldMask::descriptor() ||
         (IsListOfParts(field) && field->containing_type() != dangol::backlog::v1::Change::descriptor() &&
          field->containing_type() != dangol::metrics::v1::Member::descriptor());
}

// Names a field of a resource in the update mask of its request.
using Mark = std::function<void(const FieldDescriptor* field)>;

// Where a message stands in the request: how to fill it, what of it is filled already (null: nothing), the path of its
// fields, and what their flags begin with.
struct Part {
  Place place;
  Mark mark;  // null: there is no mask
  const Message* preset = nullptr;
  std::string path;
  std::string prefix;
  bool required = true;
};

Need NeedOf(const Part& part) {
  if (part.mark) return Need::kNever;  // what is not given stays as it is
  return part.required ? Need::kAlways : Need::kWithOthers;
}

std::string FlagOf(const FieldDescriptor* field, const Part& part) {
  const std::string& name = field->name();
  if (name == "name" || name == "parent") return TypeName(field);
  // Lists of values of which each has a flag of its own.
  for (const auto& [several, one] : {std::pair("states", "state"), {"kinds", "kind"}, {"severities", "severity"}}) {
    if (name == several) return fmt::format("--{}{}", part.prefix, one);
  }
  // One is written as `ticket reply --body`.
  if (field->containing_type() == dangol::tickets::v1::BatchReplyTicketsRequest::descriptor() && name == "reply")
    return "--body";
  return fmt::format("--{}{}", part.prefix, Kebab(name));
}

// How the fields of a message are named in a mask: those of a resource beside one by themselves, those of its parts by
// the part.
Mark MarkWithin(const Part& part, const FieldDescriptor* field) {
  if (part.mark) return [mark = part.mark, field](const FieldDescriptor*) { mark(field); };
  const FieldDescriptor* mask = field->containing_type()->FindFieldByName("update_mask");
  if (mask == nullptr) return nullptr;
  return [place = part.place, mask](const FieldDescriptor* updated) {
    auto& named = static_cast<google::protobuf::FieldMask&>(*place().GetReflection()->MutableMessage(&place(), mask));
    if (std::ranges::find(named.paths(), updated->name()) == named.paths().end()) named.add_paths(updated->name());
  };
}

void AddFlags(CLI::App& app, const Part& part, const google::protobuf::Descriptor* type, FlagNames& names) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const std::string& name = field->name();
    const bool is_preset =
        part.preset != nullptr && !field->is_repeated() && part.preset->GetReflection()->HasField(*part.preset, field);
    if (IsLeft(field)) continue;
    if (field->message_type() == nullptr || field->is_map() || IsListOfParts(field) ||
        field->message_type() == Timestamp::descriptor()) {
      if (is_preset) continue;
      const std::string flag = FlagOf(field, part);
      // What names the resource stands in the request itself, too: that one counts.
      if (app.get_option_no_throw(flag) != nullptr) continue;
      const Place place = [part, field]() -> Message& {
        if (part.mark) part.mark(field);
        return part.place();
      };
      // The tickets of a call that takes many need no flag.
      AddFieldFlag(app, place, field, name == "names" ? flag + ",TICKETS" : flag, Help(field, NeedOf(part)));
      names[part.path + name] = flag;
      continue;
    }
    // Of a resource that is made or updated, and of a decision, the fields are the request's own for whoever types
    // them.
    const bool inlined = name == "ticket" || name == "change" || name == "message" || name == "decision" ||
                         name == "customer" || name == "member" || name == "engine" || name == "kpi" ||
                         name == "remark" || name == "comment" || name == "triage_policy" || name == "contact_reason";
    const Place inner = [place = part.place, field]() -> Message& {
      return *place().GetReflection()->MutableMessage(&place(), field);
    };
    const Message* preset = is_preset ? &part.preset->GetReflection()->GetMessage(*part.preset, field) : nullptr;
    AddFlags(app,
             {inner, MarkWithin(part, field), preset, part.path + name + ".",
              inlined ? part.prefix : part.prefix + Kebab(name) + "-", part.required && RulesOf(field).required()},
             field->message_type(), names);
  }
}

}  // namespace

FlagNames AddRequestFlags(CLI::App& app, Message& request) {
  FlagNames names;
  AddFlags(app, {[&request]() -> Message& { return request; }, nullptr, &request, "", ""}, request.GetDescriptor(),
           names);
  return names;
}

std::string ValueProblem(const FieldDescriptor* field, const std::string& text) {
  Timestamp ignored;
  int64_t number = 0;
  if (IsInteger(field) && !absl::SimpleAtoi(text, &number)) return fmt::format("{} is no number", ShownValue(text));
  if (EmptiesList(field, text)) return "";
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM && FindEnumValue(field->enum_type(), text) == nullptr) {
    return fmt::format("{} is none of {}", ShownValue(text), fmt::join(EnumNames(field->enum_type()), ", "));
  }
  if (field->is_map() && (text.find('=') == std::string::npos || text.front() == '=')) {
    return fmt::format("{} is not KEY=VALUE", ShownValue(text));
  }
  if (field->message_type() == Timestamp::descriptor() && !ParseTimestamp(text, &ignored)) {
    return fmt::format("{} is no time such as 2026-11-24 or 2026-11-24T15:04:05Z", ShownValue(text));
  }
  if (IsListOfParts(field)) {
    const std::unique_ptr<Message> part(NewPart(field));
    const absl::Status status = FromJson(text, *part, ShownValue(text));
    if (!status.ok()) return std::string(status.message());
  }
  return "";
}

void SetValue(Message& message, const FieldDescriptor* field, const std::string& text) {
  const google::protobuf::Reflection* reflection = message.GetReflection();
  if (field->is_map()) return SetMapEntry(message, field, text);
  if (EmptiesList(field, text)) return;
  if (IsListOfParts(field)) {
    (void)FromJson(text, *reflection->AddMessage(&message, field));
    return;
  }
  if (field->message_type() == Timestamp::descriptor()) {
    ParseTimestamp(text, static_cast<Timestamp*>(reflection->MutableMessage(&message, field)));
    return;
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const auto* value = FindEnumValue(field->enum_type(), text);
    return field->is_repeated() ? reflection->AddEnum(&message, field, value)
                                : reflection->SetEnum(&message, field, value);
  }
  if (IsInteger(field)) {
    int64_t number = 0;
    // What does not fit is refused by the service: its field says the range.
    (void)absl::SimpleAtoi(text, &number);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) return reflection->SetInt64(&message, field, number);
    return reflection->SetInt32(&message, field,
                                static_cast<int32_t>(std::clamp<int64_t>(number, INT32_MIN, INT32_MAX)));
  }
  const std::string whole = FullName(text, RulesOf(field).resource());
  field->is_repeated() ? reflection->AddString(&message, field, whole) : reflection->SetString(&message, field, whole);
}

void FillRequestId(Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || request.GetReflection()->HasField(request, field)) return;
  request.GetReflection()->SetString(&request, field, TimeOrderedUuid(RealRuntime()));
}

std::string FullName(const std::string& name, const std::string& pattern) {
  const auto ids = std::count(pattern.begin(), pattern.end(), '*');
  if (name.empty() || std::count(name.begin(), name.end(), '/') + 1 != ids) return name;
  std::string whole;
  size_t begin = 0;
  for (const char c : pattern) {
    if (c != '*') {
      whole += c;
      continue;
    }
    const size_t end = std::min(name.find('/', begin), name.size());
    whole += name.substr(begin, end - begin);
    begin = end + 1;
  }
  return whole;
}

std::string Kebab(std::string_view name) {
  std::string kebab = absl::AsciiStrToLower(std::string(name));
  for (char& c : kebab) c = c == '_' ? '-' : c;
  return kebab;
}

const google::protobuf::EnumValueDescriptor* FindEnumValue(const EnumDescriptor* type, std::string_view name) {
  for (int i = 1; i < type->value_count(); ++i) {
    if (Kebab(type->value(i)->name()) == Kebab(name)) return type->value(i);
  }
  return nullptr;
}

std::vector<std::string> EnumNames(const EnumDescriptor* type) {
  std::vector<std::string> names;
  for (int i = 1; i < type->value_count(); ++i) names.push_back(type->value(i)->name());
  return names;
}

}  // namespace dangol::cli
