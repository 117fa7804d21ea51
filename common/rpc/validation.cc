#include "common/rpc/validation.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/timestamp.pb.h"

#include "common/base/ids.h"

namespace dangol::rpc {
namespace {

using dangol::api::v1::FieldRules;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kViolationsMax = 20;
constexpr uint32_t kDefaultBytesMax = 1024;
constexpr uint32_t kDefaultItemsMax = 100;
// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the limits of google.protobuf.Timestamp.
constexpr int64_t kTimestampSecondsMin = -62'135'596'800;
constexpr int64_t kTimestampSecondsMax = 253'402'300'799;

bool IsSlug(std::string_view text) {
  const bool known = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
  });
  return known && !text.starts_with('/') && !text.ends_with('/') && text.find("//") == std::string_view::npos;
}

// What is wrong with a text; empty: nothing.
std::string TextProblem(std::string_view text, const FieldRules& rules, bool is_text) {
  const uint32_t bytes_max = rules.max_bytes() == 0 ? kDefaultBytesMax : rules.max_bytes();
  if (text.size() > bytes_max) {
    return fmt::format("{} is longer than {} bytes. Shorten it.", ShownValue(text), bytes_max);
  }
  if (is_text && text.find('\0') != std::string_view::npos) {
    return fmt::format("{} holds U+0000. Remove it.", ShownValue(text));
  }
  if (text.empty()) return "";
  if (!rules.resource().empty() && !MatchesResourcePattern(text, rules.resource())) {
    return fmt::format("{} is not a name of the form {}, with an id of 1 to 63 of a-z, 0-9 and - for each *.",
                       ShownValue(text), rules.resource());
  }
  if (rules.resource_id() && !IsResourceId(text)) {
    return fmt::format("{} is not an id: use 1 to 63 of a-z, 0-9 and -, or leave it empty.", ShownValue(text));
  }
  if (rules.slug() && !IsSlug(text)) {
    return fmt::format("{} is not a label: use a-z, 0-9, -, _ and ., with / between levels.", ShownValue(text));
  }
  return "";
}

std::string IntegerProblem(int64_t value, const FieldRules& rules) {
  if (rules.has_minimum() && value < rules.minimum()) {
    return fmt::format("{} is too small: the smallest value is {}.", value, rules.minimum());
  }
  if (rules.has_maximum() && value > rules.maximum()) {
    return fmt::format("{} is too large: the largest value is {}.", value, rules.maximum());
  }
  return "";
}

std::string EnumProblem(int number, const google::protobuf::EnumDescriptor* type, bool zero_allowed) {
  if (type->FindValueByNumber(number) != nullptr && (number != 0 || zero_allowed)) return "";
  std::string values;
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() == 0) continue;
    values += (values.empty() ? "" : ", ") + type->value(i)->name();
  }
  return fmt::format("{} is not a {}: use one of {}.", number, type->name(), values);
}

std::string TimestampProblem(const Message& message) {
  const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
  if (time.seconds() < kTimestampSecondsMin || time.seconds() > kTimestampSecondsMax) {
    return fmt::format("{} seconds is not in the years 1 to 9999.", time.seconds());
  }
  if (time.nanos() < 0 || time.nanos() > 999'999'999) {
    return fmt::format("{} nanos is not in 0 to 999999999.", time.nanos());
  }
  return "";
}

// What is wrong with one value that is no message; `index` is -1 for a field that is not repeated.
std::string ValueProblem(const Message& message, const FieldDescriptor* field, int index, const FieldRules& rules) {
  const Reflection* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text = index < 0 ? reflection->GetStringReference(message, field, &scratch)
                                          : reflection->GetRepeatedStringReference(message, field, index, &scratch);
      return TextProblem(text, rules, field->type() == FieldDescriptor::TYPE_STRING);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return index < 0
                 ? EnumProblem(reflection->GetEnumValue(message, field), field->enum_type(), true)
                 : EnumProblem(reflection->GetRepeatedEnumValue(message, field, index), field->enum_type(), false);
    case FieldDescriptor::CPPTYPE_INT32:
      return IntegerProblem(
          index < 0 ? reflection->GetInt32(message, field) : reflection->GetRepeatedInt32(message, field, index),
          rules);
    case FieldDescriptor::CPPTYPE_INT64:
      return IntegerProblem(
          index < 0 ? reflection->GetInt64(message, field) : reflection->GetRepeatedInt64(message, field, index),
          rules);
    default:
      return "";
  }
}

bool IsPresent(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) return reflection->FieldSize(message, field) > 0;
  return reflection->HasField(message, field);  // proto3: not the default value
}

}  // namespace

bool MatchesResourcePattern(std::string_view name, std::string_view pattern) {
  while (true) {
    const size_t name_end = name.find('/');
    const size_t pattern_end = pattern.find('/');
    const std::string_view segment = name.substr(0, name_end);
    const std::string_view wanted = pattern.substr(0, pattern_end);
    if (wanted == "*" ? !IsResourceId(segment) : segment != wanted) return false;
    const bool name_ends = name_end == std::string_view::npos;
    const bool pattern_ends = pattern_end == std::string_view::npos;
    if (name_ends || pattern_ends) return name_ends == pattern_ends;
    name.remove_prefix(name_end + 1);
    pattern.remove_prefix(pattern_end + 1);
  }
}

// The way to a value. Becomes text only where something is wrong.
struct RequestRules::Path {
  const Path* parent;
  const FieldDescriptor* field;
  int index = -1;
  const std::string* key = nullptr;  // of a map

  std::string ToString() const {
    std::string text = parent == nullptr ? field->name() : parent->ToString() + "." + field->name();
    if (key != nullptr) return fmt::format("{}[{}]", text, ShownValue(*key));
    return index < 0 ? text : fmt::format("{}[{}]", text, index);
  }
};

RequestRules::RequestRules(const Descriptor* request) : request_(request) { Add(request); }

void RequestRules::Add(const Descriptor* message) {
  if (fields_.contains(message)) return;
  std::vector<Field>& fields = fields_[message];
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    fields.push_back({field, field->options().GetExtension(dangol::api::v1::field)});
  }
  for (int i = 0; i < message->field_count(); ++i) {
    if (message->field(i)->message_type() != nullptr) Add(message->field(i)->message_type());
  }
}

absl::Status RequestRules::Enforce(Message& request) const {
  std::vector<FieldViolation> violations;
  Check(request, nullptr, violations);
  return violations.empty() ? absl::OkStatus() : InvalidFields(std::move(violations));
}

void RequestRules::Check(Message& message, const Path* path, std::vector<FieldViolation>& violations) const {
  for (const Field& field : fields_.at(message.GetDescriptor())) {
    if (violations.size() >= kViolationsMax) return;
    const bool present = IsPresent(message, field.descriptor);
    if (!present && !field.rules.required()) continue;
    if (field.rules.output_only()) {
      message.GetReflection()->ClearField(&message, field.descriptor);
      continue;
    }
    const Path field_path{path, field.descriptor};
    if (!present) {
      violations.push_back({field_path.ToString(), "is empty and must be set."});
    } else {
      CheckField(message, field, field_path, violations);
    }
  }
}

void RequestRules::CheckField(Message& message, const Field& field, const Path& path,
                              std::vector<FieldViolation>& violations) const {
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* descriptor = field.descriptor;
  const auto report = [&](const Path& where, std::string problem) {
    if (!problem.empty() && violations.size() < kViolationsMax)
      violations.push_back({where.ToString(), std::move(problem)});
  };
  const auto check_message = [&](Message& child, const Path& where) {
    if (child.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
      report(where, TimestampProblem(child));
    } else {
      Check(child, &where, violations);
    }
  };
  if (!descriptor->is_repeated()) {
    if (descriptor->message_type() != nullptr) {
      check_message(*reflection->MutableMessage(&message, descriptor), path);
    } else {
      report(path, ValueProblem(message, descriptor, -1, field.rules));
    }
    return;
  }
  const uint32_t items_max = field.rules.max_items() == 0 ? kDefaultItemsMax : field.rules.max_items();
  const int size = reflection->FieldSize(message, descriptor);
  if (static_cast<uint32_t>(size) > items_max) {
    report(path, fmt::format("{} elements are more than {}. Send fewer.", size, items_max));
    return;
  }
  for (int i = 0; i < size && violations.size() < kViolationsMax; ++i) {
    if (descriptor->is_map()) {
      // Rules of a map hold for its keys and values.
      Message* entry = reflection->MutableRepeatedMessage(&message, descriptor, i);
      const FieldDescriptor* key = descriptor->message_type()->map_key();
      const std::string key_text = entry->GetReflection()->GetString(*entry, key);
      const Path where{path.parent, descriptor, -1, &key_text};
      report(where, ValueProblem(*entry, key, -1, field.rules));
      report(where, ValueProblem(*entry, descriptor->message_type()->map_value(), -1, field.rules));
    } else if (descriptor->message_type() != nullptr) {
      check_message(*reflection->MutableRepeatedMessage(&message, descriptor, i), {path.parent, descriptor, i});
    } else {
      report({path.parent, descriptor, i}, ValueProblem(message, descriptor, i, field.rules));
    }
  }
}

}  // namespace dangol::rpc
