#include "common/rpc/validation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/rpc/limits.h"
#include "common/rpc/text_check.h"

namespace dangol::rpc {
namespace {

using dangol::api::v1::FieldRules;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kViolationsMax = 20;
// 1970-01-01T00:00:00Z, before which no system of customers was; 9999-12-31T23:59:59Z, the limit of
// google.protobuf.Timestamp.
constexpr int64_t kTimestampSecondsMin = 0;
constexpr int64_t kTimestampSecondsMax = 253'402'300'799;
// How far ahead a time of the past may be.
constexpr absl::Duration kPastTimeAheadMax = absl::Hours(24);

bool IsSlug(std::string_view text) {
  const bool known = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
  });
  return known && !text.starts_with('/') && !text.ends_with('/') && text.find("//") == std::string_view::npos;
}

// What is wrong with a text or bytes; empty: nothing.
std::string TextProblem(std::string_view text, const FieldRules& rules, bool is_text) {
  const uint32_t bytes_max = rules.max_bytes() == 0 ? kDefaultBytesMax : rules.max_bytes();
  if (text.size() > bytes_max) {
    return fmt::format("{} is longer than {} bytes. Shorten it.", ShownValue(text), bytes_max);
  }
  if (text.empty()) return "";
  if (is_text) {
    if (std::string problem = TextFormProblem(text, rules.multi_line()); !problem.empty()) return problem;
  }
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

std::string TimestampProblem(const Message& message, const FieldRules& rules, absl::Time now) {
  const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
  if (time.seconds() < kTimestampSecondsMin || time.seconds() > kTimestampSecondsMax) {
    return fmt::format("{} seconds is not in the years 1970 to 9999. Send when it was.", time.seconds());
  }
  if (time.nanos() < 0 || time.nanos() > 999'999'999) {
    return fmt::format("{} nanos is not in 0 to 999999999. Send when it was.", time.nanos());
  }
  if (rules.past() && FromProtoTime(time) > now + kPastTimeAheadMax) {
    return fmt::format("{} is more than a day from now. Send when it was.",
                       absl::FormatTime(absl::RFC3339_sec, FromProtoTime(time), absl::UTCTimeZone()));
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
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value =
          index < 0 ? reflection->GetDouble(message, field) : reflection->GetRepeatedDouble(message, field, index);
      return std::isfinite(value) ? "" : fmt::format("{} is not a number. Send one, or leave it out.", value);
    }
    default:
      return "";
  }
}

bool IsPresent(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
  if (field->is_repeated()) return reflection.FieldSize(message, field) > 0;
  return reflection.HasField(message, field);  // proto3: not the default value
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

// What is wrong with a text of a list, or a key or value of a map: there an empty one says nothing.
std::string ElementProblem(const Message& message, const FieldDescriptor* field, int index, const FieldRules& rules) {
  if (field->type() == FieldDescriptor::TYPE_STRING) {
    std::string scratch;
    const Reflection* reflection = message.GetReflection();
    const std::string& text = index < 0 ? reflection->GetStringReference(message, field, &scratch)
                                        : reflection->GetRepeatedStringReference(message, field, index, &scratch);
    if (text.empty()) return "is empty. Leave it out.";
  }
  return ValueProblem(message, field, index, rules);
}

// The way to a value. Becomes text only where something is wrong.
struct RequestRules::Path {
  const Path* parent;
  const FieldDescriptor* field;
  int index = -1;
  const std::string* key = nullptr;    // of a map
  const Message* masked_by = nullptr;  // the FieldMask that says which fields of this message count

  std::string ToString() const {
    std::string text = parent == nullptr ? field->name() : parent->ToString() + "." + field->name();
    if (key != nullptr) return fmt::format("{}[{}]", text, ShownValue(*key));
    return index < 0 ? text : fmt::format("{}[{}]", text, index);
  }
};

// The violations found so far.
class RequestRules::Report {
 public:
  explicit Report(absl::Time now) : now_(now) {}

  absl::Time now() const { return now_; }
  bool full() const { return violations_.size() >= kViolationsMax; }
  // An empty `problem` is none.
  void Add(const Path& where, std::string problem) {
    if (!problem.empty() && !full()) violations_.push_back({where.ToString(), std::move(problem)});
  }
  absl::Status ToStatus() && { return violations_.empty() ? absl::OkStatus() : InvalidFields(std::move(violations_)); }

 private:
  const absl::Time now_;
  std::vector<FieldViolation> violations_;
};

RequestRules::RequestRules(const Descriptor* request) : request_(request) { Add(request); }

void RequestRules::Add(const Descriptor* message) {
  // The paths of a mask are checked by whoever applies it (common/resource/update_mask.h).
  if (message == google::protobuf::FieldMask::descriptor()) {
    fields_.try_emplace(message);
    return;
  }
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

absl::Status RequestRules::Enforce(Message& request, absl::Time now) const {
  Report report(now);
  Check(request, nullptr, report);
  return std::move(report).ToStatus();
}

// The update mask of a request; null: it has none.
const Message* UpdateMask(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("update_mask");
  return field == nullptr ? nullptr : &request.GetReflection()->GetMessage(request, field);
}

bool Names(const Message& mask, const FieldDescriptor* field) {
  const auto& paths = static_cast<const google::protobuf::FieldMask&>(mask).paths();
  return std::ranges::find(paths, field->name()) != paths.end();
}

void RequestRules::Check(Message& message, const Path* path, Report& report) const {
  const Message* masked_by = path == nullptr ? nullptr : path->masked_by;
  const Message* update_mask = path == nullptr ? UpdateMask(message) : nullptr;
  const Reflection& reflection = *message.GetReflection();  // once: a message has dozens of fields
  for (const Field& field : fields_.at(message.GetDescriptor())) {
    if (report.full()) return;
    const bool present = IsPresent(message, reflection, field.descriptor);
    const bool required = field.rules.required() && (masked_by == nullptr || Names(*masked_by, field.descriptor));
    if (!present && !required) continue;
    if (field.rules.output_only()) {
      reflection.ClearField(&message, field.descriptor);
      continue;
    }
    const Path field_path{path, field.descriptor, -1, nullptr, update_mask};
    if (!present) {
      report.Add(field_path, "is empty and must be set.");
    } else {
      CheckField(message, field, field_path, report);
    }
  }
}

void RequestRules::CheckField(Message& message, const Field& field, const Path& path, Report& report) const {
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* descriptor = field.descriptor;
  const auto check_message = [&](Message& child, const Path& where) {
    if (child.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
      report.Add(where, TimestampProblem(child, field.rules, report.now()));
    } else {
      Check(child, &where, report);
    }
  };
  if (!descriptor->is_repeated()) {
    if (descriptor->message_type() != nullptr) {
      check_message(*reflection->MutableMessage(&message, descriptor), path);
    } else {
      report.Add(path, ValueProblem(message, descriptor, -1, field.rules));
    }
    return;
  }
  const uint32_t items_max = field.rules.max_items() == 0 ? kDefaultItemsMax : field.rules.max_items();
  const int size = reflection->FieldSize(message, descriptor);
  if (static_cast<uint32_t>(size) > items_max) {
    report.Add(path, fmt::format("{} elements are more than {}. Send fewer.", size, items_max));
    return;
  }
  absl::flat_hash_set<std::string> texts;
  for (int i = 0; i < size && !report.full(); ++i) {
    if (descriptor->is_map()) {
      // Rules of a map hold for its keys and values; a key is one line.
      Message* entry = reflection->MutableRepeatedMessage(&message, descriptor, i);
      const FieldDescriptor* key = descriptor->message_type()->map_key();
      const std::string key_text = entry->GetReflection()->GetString(*entry, key);
      const Path where{path.parent, descriptor, -1, &key_text};
      FieldRules key_rules = field.rules;
      key_rules.clear_multi_line();
      report.Add(where, ElementProblem(*entry, key, -1, key_rules));
      report.Add(where, ElementProblem(*entry, descriptor->message_type()->map_value(), -1, field.rules));
    } else if (descriptor->message_type() != nullptr) {
      check_message(*reflection->MutableRepeatedMessage(&message, descriptor, i), {path.parent, descriptor, i});
    } else {
      std::string problem = ElementProblem(message, descriptor, i, field.rules);
      if (problem.empty() && descriptor->type() == FieldDescriptor::TYPE_STRING) {
        const auto [text, is_new] = texts.insert(reflection->GetRepeatedString(message, descriptor, i));
        if (!is_new) problem = fmt::format("{} stands there twice. Send it once.", ShownValue(*text));
      }
      report.Add({path.parent, descriptor, i}, std::move(problem));
    }
  }
}

}  // namespace dangol::rpc
