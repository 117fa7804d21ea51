#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/json_types.h"
#include "common/base/text.h"

namespace dangol {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;
using Kind = JsonReader::Kind;

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

bool IsNumber(std::string_view text) {
  JsonReader reader(text);
  std::string_view digits;
  return reader.Next() == Kind::kNumber && reader.at() == 0 && reader.Number(digits) && digits.size() == text.size();
}

// Such as 12, -0, 1.0 and 1e3.
template <typename Integer>
std::optional<Integer> ParseInteger(std::string_view text) {
  if (!IsNumber(text)) return std::nullopt;
  Integer integer = 0;
  if (absl::SimpleAtoi(ToAbsl(text), &integer)) return integer;
  if (text.find_first_of(".eE") == std::string_view::npos) {
    // Minus zero of what has no sign.
    return text == "-0" ? std::optional<Integer>(0) : std::nullopt;
  }
  double value = 0;
  if (!absl::SimpleAtod(ToAbsl(text), &value) || value != std::trunc(value)) return std::nullopt;
  // The first power of two that is too large is exact as a double; the largest integer may not be.
  const double end = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  const double begin = std::numeric_limits<Integer>::is_signed ? -end : 0.0;
  if (value < begin || value >= end) return std::nullopt;
  return static_cast<Integer>(value);
}

template <typename Real>
std::optional<Real> ParseReal(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<Real>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<Real>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<Real>::infinity();
  double value = 0;
  if (!IsNumber(text) || !absl::SimpleAtod(ToAbsl(text), &value) || !std::isfinite(value)) return std::nullopt;
  if constexpr (std::is_same_v<Real, float>) {
    float rounded = 0;
    if (!absl::SimpleAtof(ToAbsl(text), &rounded) || !std::isfinite(rounded)) return std::nullopt;
    return rounded;
  } else {
    return value;
  }
}

std::optional<bool> ParseBool(std::string_view text) {
  if (text != "true" && text != "false") return std::nullopt;
  return text == "true";
}

std::optional<int> ParseEnum(const google::protobuf::EnumDescriptor* type, std::string_view text) {
  if (const auto* value = type->FindValueByName(std::string(text))) return value->number();
  return ParseInteger<int32_t>(text);
}

// Base64 of both alphabets, with or without padding.
std::optional<std::string> ParseBytes(std::string_view text) {
  std::string bytes;
  const bool read = text.find_first_of("-_") == std::string_view::npos
                        ? absl::Base64Unescape(ToAbsl(text), &bytes)
                        : absl::WebSafeBase64Unescape(ToAbsl(text), &bytes);
  return read ? std::optional(std::move(bytes)) : std::nullopt;
}

// `fooBar.baz` is the path `foo_bar.baz`; one that is written so already is taken as it is.
std::string MaskPath(std::string_view text) {
  std::string path;
  for (char c : text) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) path += '_';
    path += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return path;
}

void SetMask(Message& mask, std::string_view text) {
  const FieldDescriptor* paths = FieldOf(mask, 1);
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) mask.GetReflection()->AddString(&mask, paths, MaskPath(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

// Timestamp and Duration have the same fields.
template <typename Time>
bool SetTime(Message& message, const std::string& text) {
  Time time;
  if (!TimeUtil::FromString(text, &time)) return false;
  const Reflection& reflection = *message.GetReflection();
  if (time.seconds() != 0) reflection.SetInt64(&message, FieldOf(message, 1), time.seconds());
  if (time.nanos() != 0) reflection.SetInt32(&message, FieldOf(message, 2), time.nanos());
  return true;
}

bool SetMessageFromText(Message& message, std::string_view text) {
  switch (message.GetDescriptor()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return SetTime<google::protobuf::Timestamp>(message, std::string(text));
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return SetTime<google::protobuf::Duration>(message, std::string(text));
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      SetMask(message, text);
      return true;
    default:
      return false;
  }
}

// Calls the reflection's Set or Add of a type.
template <typename Value>
bool Put(Message& message, const FieldDescriptor* field, std::optional<Value> value,
         void (Reflection::*set)(Message*, const FieldDescriptor*, Value) const,
         void (Reflection::*add)(Message*, const FieldDescriptor*, Value) const) {
  if (!value) return false;
  (message.GetReflection()->*(field->is_repeated() ? add : set))(&message, field, *std::move(value));
  return true;
}

Message* PutMessage(Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  return field->is_repeated() ? reflection.AddMessage(&message, field) : reflection.MutableMessage(&message, field);
}

// Where a value may be written as a number or as a text, both are read by this.
bool PutText(Message& message, const FieldDescriptor* field, std::string_view text) {
  using R = Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Put<int32_t>(message, field, ParseInteger<int32_t>(text), &R::SetInt32, &R::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Put<int64_t>(message, field, ParseInteger<int64_t>(text), &R::SetInt64, &R::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Put<uint32_t>(message, field, ParseInteger<uint32_t>(text), &R::SetUInt32, &R::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Put<uint64_t>(message, field, ParseInteger<uint64_t>(text), &R::SetUInt64, &R::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Put<double>(message, field, ParseReal<double>(text), &R::SetDouble, &R::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Put<float>(message, field, ParseReal<float>(text), &R::SetFloat, &R::AddFloat);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Put<bool>(message, field, ParseBool(text), &R::SetBool, &R::AddBool);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Put<int>(message, field, ParseEnum(field->enum_type(), text), &R::SetEnumValue, &R::AddEnumValue);
    case FieldDescriptor::CPPTYPE_STRING: {
      const bool is_text = field->type() == FieldDescriptor::TYPE_STRING;
      return Put<std::string>(message, field, is_text ? std::string(text) : ParseBytes(text), &R::SetString,
                              &R::AddString);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessageFromText(*PutMessage(message, field), text);
  }
  return false;
}

class Parser {
 public:
  explicit Parser(std::string_view json) : reader_(json) {}

  // Each function returns false where the text is not JSON, or is not what the message can hold (`wrong`).
  bool Top(Message& message) { return MessageValue(message) && reader_.End(); }

  std::string wrong() const { return path_.empty() ? wrong_ : fmt::format("{}: {}", path_, wrong_); }

 private:
  bool Wrong(std::string problem) {
    wrong_ = std::move(problem);
    return false;
  }
  // What is wrong within a field is wrong at its path.
  bool At(std::string_view name, bool ok) {
    if (ok || wrong_.empty()) return ok;
    const bool index_follows = path_.starts_with('[');
    path_ = fmt::format("{}{}{}", name, path_.empty() || index_follows ? "" : ".", path_);
    return false;
  }

  bool MessageValue(Message& message) {
    const Descriptor* type = message.GetDescriptor();
    if (IsObjectInJson(type)) return Fields(message, "");
    if (IsWrapper(type)) return Single(message, FieldOf(message, 1));
    if (IsTextInJson(type)) {
      if (reader_.Next() != Kind::kString) return Unexpected("a text");
      if (!reader_.String(text_)) return false;
      return SetMessageFromText(message, text_) || NoValue(type->name());
    }
    switch (type->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_ANY:
        return AnyValue(message);
      case Descriptor::WELLKNOWNTYPE_STRUCT:
        return Map(message, FieldOf(message, 1));
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return List(message, FieldOf(message, 1));
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return DynamicValue(message);
      default:
        return Wrong(fmt::format("{} has no form in JSON", type->full_name()));
    }
  }

  // `skipped`: a name that is passed over.
  bool Fields(Message& message, std::string_view skipped) {
    if (reader_.Next() != Kind::kObject) return Unexpected("an object");
    const Descriptor* type = message.GetDescriptor();
    std::vector<bool> seen(static_cast<size_t>(type->field_count()));
    return reader_.Object([&](const std::string& name) {
      if (!skipped.empty() && name == skipped) return reader_.Skip();
      const FieldDescriptor* field = FindJsonField(type, name);
      if (field == nullptr) return At(name, Wrong(fmt::format("{} has no such field", type->full_name())));
      auto once = seen[static_cast<size_t>(field->index())];
      if (once) return At(name, Wrong("it stands twice"));
      once = true;
      return At(name, Field(message, field));
    });
  }

  bool Field(Message& message, const FieldDescriptor* field) {
    if (reader_.Next() == Kind::kNull && !TakesNull(field)) return reader_.Word();
    if (field->is_map()) return Map(message, field);
    if (field->is_repeated()) return List(message, field);
    const auto* oneof = field->real_containing_oneof();
    if (oneof != nullptr && message.GetReflection()->HasOneof(message, oneof)) {
      return Wrong(fmt::format("only one field of {} can be set", oneof->name()));
    }
    return Single(message, field);
  }

  static bool TakesNull(const FieldDescriptor* field) {
    if (field->is_repeated()) return false;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return IsNullValue(field);
    return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
           field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_VALUE;
  }
  static bool IsNullValue(const FieldDescriptor* field) {
    return field->enum_type()->full_name() == "google.protobuf.NullValue";
  }

  bool List(Message& message, const FieldDescriptor* field) {
    if (reader_.Next() != Kind::kArray) return Unexpected("an array");
    int index = 0;
    return reader_.Array([&] { return At(fmt::format("[{}]", index++), Single(message, field)); });
  }

  bool Map(Message& message, const FieldDescriptor* field) {
    if (reader_.Next() != Kind::kObject) return Unexpected("an object");
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* value = field->message_type()->map_value();
    std::set<std::string> keys;
    return reader_.Object([&](const std::string& name) {
      if (!keys.insert(name).second) return At(name, Wrong("it stands twice"));
      Message* entry = message.GetReflection()->AddMessage(&message, field);
      if (!PutText(*entry, key, name)) return At(name, Wrong("it is no key of this map"));
      return At(name, Single(*entry, value));
    });
  }

  // One value: of a field that is not repeated, or an element of one that is.
  bool Single(Message& message, const FieldDescriptor* field) {
    const Kind next = reader_.Next();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return MessageValue(*PutMessage(message, field));
    switch (next) {
      case Kind::kString:
        if (!reader_.String(text_)) return false;
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return Wrong("true or false was expected");
        return PutText(message, field, text_) || NoValue(NameOf(field));
      case Kind::kNumber: {
        std::string_view digits;
        if (!reader_.Number(digits)) return false;
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return Wrong("a text was expected");
        text_ = digits;
        return PutText(message, field, text_) || NoValue(NameOf(field));
      }
      case Kind::kTrue:
      case Kind::kFalse:
        if (!reader_.Word()) return false;
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_BOOL)
          return Wrong(fmt::format("{} was expected", NameOf(field)));
        return PutText(message, field, next == Kind::kTrue ? "true" : "false");
      case Kind::kNull:
        if (!reader_.Word()) return false;
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM || !IsNullValue(field))
          return Wrong("null is no value of it");
        return PutText(message, field, "0");
      case Kind::kObject:
      case Kind::kArray:
      case Kind::kNothing:
        return Unexpected(NameOf(field));
    }
    return false;
  }

  bool DynamicValue(Message& message) {
    const auto field = [&](int number) { return FieldOf(message, number); };
    const Reflection& reflection = *message.GetReflection();
    switch (reader_.Next()) {
      case Kind::kNull:
        reflection.SetEnumValue(&message, field(1), 0);
        return reader_.Word();
      case Kind::kNumber:
        return Single(message, field(2));
      case Kind::kString:
        return Single(message, field(3));
      case Kind::kTrue:
      case Kind::kFalse:
        return Single(message, field(4));
      case Kind::kObject:
        return MessageValue(*reflection.MutableMessage(&message, field(5)));
      case Kind::kArray:
        return MessageValue(*reflection.MutableMessage(&message, field(6)));
      case Kind::kNothing:
        return reader_.Word();
    }
    return false;
  }

  bool AnyValue(Message& any) {
    if (reader_.Next() != Kind::kObject) return Unexpected("an object");
    const size_t begin = reader_.at();
    std::string url;
    bool empty = true;
    const auto find_type = [&](const std::string& name) {
      empty = false;
      if (name != "@type" || reader_.Next() != Kind::kString) return reader_.Skip();
      return reader_.String(url);
    };
    if (!reader_.Object(find_type)) return false;
    if (empty) return true;
    if (url.empty()) return Wrong("an object with \"@type\" was expected");
    reader_.Return(begin);
    google::protobuf::DynamicMessageFactory factory;
    const std::unique_ptr<Message> part = NewMessageOfAny(url, any, factory);
    if (part == nullptr) return At("@type", Wrong(fmt::format("{} is no type that is known here", ShownValue(url))));
    if (!AnyFields(*part)) return false;
    const Reflection& reflection = *any.GetReflection();
    reflection.SetString(&any, FieldOf(any, 1), url);
    reflection.SetString(&any, FieldOf(any, 2), part->SerializeAsString());
    return true;
  }

  // A type that JSON does not write as an object stands in the member `value`.
  bool AnyFields(Message& part) {
    if (IsObjectInJson(part.GetDescriptor())) return Fields(part, "@type");
    return reader_.Object([&](const std::string& name) {
      if (name == "@type") return reader_.Skip();
      if (name == "value") return At(name, MessageValue(part));
      return At(name, Wrong("only \"value\" can stand beside \"@type\" here"));
    });
  }

  // Another kind of value than `expected`.
  bool Unexpected(std::string_view expected) {
    return reader_.Skip() && Wrong(fmt::format("{} was expected", expected));
  }
  bool NoValue(std::string_view expected) { return Wrong(fmt::format("{} is no {}", ShownValue(text_), expected)); }

  static std::string NameOf(const FieldDescriptor* field) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return field->enum_type()->name();
    if (field->type() == FieldDescriptor::TYPE_STRING) return "text";
    if (field->type() == FieldDescriptor::TYPE_BYTES) return "base64";
    return field->type_name();
  }

  JsonReader reader_;
  std::string text_;  // that was read last
  std::string path_;
  std::string wrong_;
};

}  // namespace

const FieldDescriptor* FindJsonField(const Descriptor* type, std::string_view name) {
  const std::string text(name);
  if (const FieldDescriptor* field = type->FindFieldByName(text)) return field;
  const FieldDescriptor* field = type->FindFieldByCamelcaseName(text);
  if (field != nullptr && field->json_name() == text) return field;
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->json_name() == text) return type->field(i);
  }
  return nullptr;
}

bool SetFieldFromText(Message& message, const FieldDescriptor* field, std::string_view text) {
  return !field->is_map() && IsValidUtf8(text) && PutText(message, field, text);
}

absl::Status FromJson(std::string_view json, Message& message, std::string_view what) {
  message.Clear();
  // What is no JSON at all is said to be so, whatever else is wrong.
  Parser parser(json);
  const bool is_object = JsonReader(json).Next() == Kind::kObject;
  if (is_object && parser.Top(message)) return absl::OkStatus();
  JsonReader syntax(json);
  if (!syntax.Skip() || !syntax.End()) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_JSON",
                 fmt::format("{} is not JSON: {}.", what, syntax.problem()));
  }
  const std::string wrong = is_object
                                ? fmt::format("is not a {}: {}", message.GetDescriptor()->full_name(), parser.wrong())
                                : "must be a JSON object, such as {}";
  return Error(absl::StatusCode::kInvalidArgument, "WRONG_MESSAGE", fmt::format("{} {}.", what, wrong));
}

}  // namespace dangol
