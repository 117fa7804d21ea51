#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/json_types.h"
#include "common/base/text.h"

namespace dangol {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

constexpr int kNanosMax = 999'999'999;

// `foo_bar.baz` is `fooBar.baz`; a path that could not be read back from that is left as it is.
std::string MaskText(std::string_view path) {
  std::string text;
  for (size_t i = 0; i < path.size(); ++i) {
    const auto byte = static_cast<unsigned char>(path[i]);
    if (absl::ascii_isupper(byte)) return std::string(path);
    if (byte != '_') {
      text += path[i];
    } else if (++i < path.size() && absl::ascii_islower(static_cast<unsigned char>(path[i]))) {
      text += absl::ascii_toupper(static_cast<unsigned char>(path[i]));
    } else {
      return std::string(path);
    }
  }
  return text;
}

void AppendEscaped(std::string_view text, std::string& json) {
  const bool readable = IsValidUtf8(text);
  size_t plain = 0;  // behind what is written
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool broken = byte >= 0x80 && !readable;
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f && !broken) continue;
    json += text.substr(plain, i - plain);
    plain = i + 1;
    if (byte == '"' || byte == '\\') {
      json += '\\';
      json += text[i];
    } else if (broken) {
      json += "\\ufffd";
    } else {
      fmt::format_to(std::back_inserter(json), "\\u{:04x}", byte);
    }
  }
  json += text.substr(plain);
}

class Printer {
 public:
  Printer(JsonStyle style, std::string& json) : style_(style), json_(json) {}

  // False: there is a value that has no form in JSON (`problem`).
  bool MessageValue(const Message& message) {
    const Descriptor* type = message.GetDescriptor();
    if (IsObjectInJson(type)) {
      Open('{');
      return Fields(message) && Close('}');
    }
    if (IsWrapper(type)) return Single(message, FieldOf(message, 1), -1);
    switch (type->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return Timestamp(message);
      case Descriptor::WELLKNOWNTYPE_DURATION:
        return Duration(message);
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return Mask(message);
      case Descriptor::WELLKNOWNTYPE_ANY:
        return AnyValue(message);
      case Descriptor::WELLKNOWNTYPE_STRUCT:
        return Map(message, FieldOf(message, 1));
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return List(message, FieldOf(message, 1));
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return DynamicValue(message);
      default:
        return Fail(fmt::format("{} has no form in JSON", type->full_name()));
    }
  }

  const std::string& problem() const { return problem_; }

 private:
  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  // What is written between two brackets.
  void Open(char bracket) {
    json_ += bracket;
    ++depth_;
    first_ = true;
  }
  bool Close(char bracket) {
    --depth_;
    if (!std::exchange(first_, false)) NewLine();
    json_ += bracket;
    return true;
  }
  void Next() {
    if (!std::exchange(first_, false)) json_ += ',';
    NewLine();
  }
  void NewLine() {
    if (style_ == JsonStyle::kPretty) json_.append("\n").append(depth_, ' ');
  }
  void Name(std::string_view name) {
    Next();
    Text(name);
    json_ += style_ == JsonStyle::kPretty ? ": " : ":";
  }
  void Text(std::string_view text) {
    json_ += '"';
    AppendEscaped(text, json_);
    json_ += '"';
  }

  bool Fields(const Message& message) {
    if (style_ == JsonStyle::kComplete) return AllFields(message);
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    return std::ranges::all_of(fields, [&](const FieldDescriptor* field) { return Field(message, field); });
  }

  bool AllFields(const Message& message) {
    const Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const bool absent = field->has_presence() && !message.GetReflection()->HasField(message, field);
      if (!absent && !Field(message, field)) return false;
    }
    return true;
  }

  bool Field(const Message& message, const FieldDescriptor* field) {
    Name(field->json_name());
    if (field->is_map()) return Map(message, field);
    return field->is_repeated() ? List(message, field) : Single(message, field, -1);
  }

  bool List(const Message& message, const FieldDescriptor* field) {
    Open('[');
    const int size = message.GetReflection()->FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      Next();
      if (!Single(message, field, i)) return false;
    }
    return Close(']');
  }

  // In the order of the keys, so that the same message is the same text.
  bool Map(const Message& message, const FieldDescriptor* field) {
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* value = field->message_type()->map_value();
    const Reflection& reflection = *message.GetReflection();
    std::vector<std::pair<std::string, const Message*>> entries;
    const int size = reflection.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, field, i);
      entries.emplace_back(KeyText(entry, key), &entry);
    }
    std::ranges::sort(entries);
    Open('{');
    for (const auto& [name, entry] : entries) {
      Name(name);
      if (!Single(*entry, value, -1)) return false;
    }
    return Close('}');
  }

  static std::string KeyText(const Message& entry, const FieldDescriptor* key) {
    const Reflection& reflection = *entry.GetReflection();
    switch (key->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return fmt::format("{}", reflection.GetInt32(entry, key));
      case FieldDescriptor::CPPTYPE_INT64:
        return fmt::format("{}", reflection.GetInt64(entry, key));
      case FieldDescriptor::CPPTYPE_UINT32:
        return fmt::format("{}", reflection.GetUInt32(entry, key));
      case FieldDescriptor::CPPTYPE_UINT64:
        return fmt::format("{}", reflection.GetUInt64(entry, key));
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection.GetBool(entry, key) ? "true" : "false";
      default:
        return reflection.GetString(entry, key);
    }
  }

  // One value; `index`: of a repeated field, or -1.
  bool Single(const Message& message, const FieldDescriptor* field, int index) {
    const Reflection& reflection = *message.GetReflection();
    const auto get = [&](auto single, auto repeated) {
      return index < 0 ? (reflection.*single)(message, field) : (reflection.*repeated)(message, field, index);
    };
    using R = Reflection;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Number(get(&R::GetInt32, &R::GetRepeatedInt32));
      case FieldDescriptor::CPPTYPE_UINT32:
        return Number(get(&R::GetUInt32, &R::GetRepeatedUInt32));
      // More than a double holds.
      case FieldDescriptor::CPPTYPE_INT64:
        return NumberText(get(&R::GetInt64, &R::GetRepeatedInt64));
      case FieldDescriptor::CPPTYPE_UINT64:
        return NumberText(get(&R::GetUInt64, &R::GetRepeatedUInt64));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Real(get(&R::GetDouble, &R::GetRepeatedDouble));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return Real(get(&R::GetFloat, &R::GetRepeatedFloat));
      case FieldDescriptor::CPPTYPE_BOOL:
        json_ += get(&R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
        return true;
      case FieldDescriptor::CPPTYPE_ENUM:
        return Enum(field->enum_type(), get(&R::GetEnumValue, &R::GetRepeatedEnumValue));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& value = index < 0 ? reflection.GetStringReference(message, field, &scratch)
                                             : reflection.GetRepeatedStringReference(message, field, index, &scratch);
        Text(field->type() == FieldDescriptor::TYPE_STRING ? value : absl::Base64Escape(value));
        return true;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return MessageValue(index < 0 ? reflection.GetMessage(message, field)
                                      : reflection.GetRepeatedMessage(message, field, index));
    }
    return false;
  }

  template <typename Value>
  bool Number(Value value) {
    fmt::format_to(std::back_inserter(json_), "{}", value);
    return true;
  }
  template <typename Value>
  bool NumberText(Value value) {
    fmt::format_to(std::back_inserter(json_), "\"{}\"", value);
    return true;
  }
  template <typename Value>
  bool Real(Value value) {
    if (std::isfinite(value)) return Number(value);
    Text(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    return true;
  }

  bool Enum(const google::protobuf::EnumDescriptor* type, int number) {
    if (type->full_name() == "google.protobuf.NullValue") {
      json_ += "null";
    } else if (const auto* value = type->FindValueByNumber(number)) {
      Text(value->name());
    } else {
      Number(number);
    }
    return true;
  }

  bool Timestamp(const Message& message) {
    google::protobuf::Timestamp time;
    time.set_seconds(message.GetReflection()->GetInt64(message, FieldOf(message, 1)));
    time.set_nanos(message.GetReflection()->GetInt32(message, FieldOf(message, 2)));
    if (time.seconds() < TimeUtil::kTimestampMinSeconds || time.seconds() > TimeUtil::kTimestampMaxSeconds ||
        time.nanos() < 0 || time.nanos() > kNanosMax) {
      return Fail("a time is outside of the years 1 to 9999");
    }
    const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
    fmt::format_to(std::back_inserter(json_), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", civil.year(), civil.month(),
                   civil.day(), civil.hour(), civil.minute(), civil.second());
    Fraction(time.nanos());
    json_ += "Z\"";
    return true;
  }

  // None, or 3, 6 or 9 digits.
  void Fraction(int nanos) {
    if (nanos == 0) return;
    if (nanos % 1'000'000 == 0) {
      fmt::format_to(std::back_inserter(json_), ".{:03}", nanos / 1'000'000);
    } else if (nanos % 1'000 == 0) {
      fmt::format_to(std::back_inserter(json_), ".{:06}", nanos / 1'000);
    } else {
      fmt::format_to(std::back_inserter(json_), ".{:09}", nanos);
    }
  }

  bool Duration(const Message& message) {
    google::protobuf::Duration time;
    time.set_seconds(message.GetReflection()->GetInt64(message, FieldOf(message, 1)));
    time.set_nanos(message.GetReflection()->GetInt32(message, FieldOf(message, 2)));
    const bool one_sign = time.seconds() == 0 || time.nanos() == 0 || (time.seconds() < 0) == (time.nanos() < 0);
    if (time.seconds() < TimeUtil::kDurationMinSeconds || time.seconds() > TimeUtil::kDurationMaxSeconds ||
        time.nanos() < -kNanosMax || time.nanos() > kNanosMax || !one_sign) {
      return Fail("a duration is longer than 10,000 years, or has two signs");
    }
    json_ += time.seconds() < 0 || time.nanos() < 0 ? "\"-" : "\"";
    Number(std::abs(time.seconds()));
    Fraction(std::abs(time.nanos()));
    json_ += "s\"";
    return true;
  }

  bool Mask(const Message& message) {
    const FieldDescriptor* paths = FieldOf(message, 1);
    const int size = message.GetReflection()->FieldSize(message, paths);
    std::string text;
    for (int i = 0; i < size; ++i) {
      if (i > 0) text += ',';
      text += MaskText(message.GetReflection()->GetRepeatedString(message, paths, i));
    }
    Text(text);
    return true;
  }

  bool DynamicValue(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    if (fields.empty()) return Fail("a google.protobuf.Value holds nothing");
    if (fields[0]->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE &&
        !std::isfinite(message.GetReflection()->GetDouble(message, fields[0]))) {
      return Fail("a google.protobuf.Value holds no finite number");
    }
    return Single(message, fields[0], -1);
  }

  bool AnyValue(const Message& any) {
    const Reflection& reflection = *any.GetReflection();
    const std::string url = reflection.GetString(any, FieldOf(any, 1));
    const std::string bytes = reflection.GetString(any, FieldOf(any, 2));
    Open('{');
    if (url.empty() && bytes.empty()) return Close('}');
    google::protobuf::DynamicMessageFactory factory;
    const std::unique_ptr<Message> part = NewMessageOfAny(url, any, factory);
    if (part == nullptr || !part->ParseFromString(bytes)) {
      return Fail(fmt::format("an Any holds no message of {}", ShownValue(url)));
    }
    Name("@type");
    Text(url);
    if (IsObjectInJson(part->GetDescriptor())) {
      return Fields(*part) && Close('}');
    }
    Name("value");
    return MessageValue(*part) && Close('}');
  }

  const JsonStyle style_;
  std::string& json_;
  size_t depth_ = 0;
  bool first_ = true;  // nothing stands behind the last bracket
  std::string problem_;
};

}  // namespace

absl::StatusOr<std::string> FormatJson(const Message& message, JsonStyle style) {
  std::string json;
  Printer printer(style, json);
  if (printer.MessageValue(message)) return json;
  return absl::InternalError(
      fmt::format("{} has no form in JSON: {}", message.GetDescriptor()->full_name(), printer.problem()));
}

std::string ToJson(const Message& message, JsonStyle style) {
  absl::StatusOr<std::string> json = FormatJson(message, style);
  return json.ok() ? *std::move(json) : fmt::format("{{}} /* {} */", std::string(json.status().message()));
}

std::string EscapeJson(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  AppendEscaped(text, escaped);
  return escaped;
}

}  // namespace dangol
