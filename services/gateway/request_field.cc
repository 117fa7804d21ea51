#include "services/gateway/request_field.h"

#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/text.h"

namespace dangol::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

const FieldDescriptor* FindField(const google::protobuf::Descriptor* message, std::string_view name) {
  const std::string text(name);
  const FieldDescriptor* field = message->FindFieldByName(text);
  if (field != nullptr) return field;
  for (int i = 0; i < message->field_count(); ++i) {
    if (message->field(i)->json_name() == text) return message->field(i);
  }
  return nullptr;
}

// Calls the reflection's Set or Add of a type.
template <typename Value>
bool Put(Message& message, const FieldDescriptor* field, const std::optional<Value>& value,
         void (google::protobuf::Reflection::*set)(Message*, const FieldDescriptor*, Value) const,
         void (google::protobuf::Reflection::*add)(Message*, const FieldDescriptor*, Value) const) {
  if (!value) return false;
  (message.GetReflection()->*(field->is_repeated() ? add : set))(&message, field, *value);
  return true;
}

template <typename Number>
std::optional<Number> Parsed(std::string_view text, bool (*parse)(absl::string_view, Number*)) {
  Number number = 0;
  if (!parse(ToAbsl(text), &number)) return std::nullopt;
  return number;
}

std::optional<int> EnumNumber(const google::protobuf::EnumDescriptor* type, std::string_view text) {
  if (const auto* value = type->FindValueByName(std::string(text))) return value->number();
  int number = 0;
  if (absl::SimpleAtoi(ToAbsl(text), &number)) return number;
  return std::nullopt;
}

// Those that JSON writes as one text.
bool IsTextMessage(const google::protobuf::Descriptor* type) {
  const std::string& name = type->full_name();
  return name == "google.protobuf.Timestamp" || name == "google.protobuf.Duration" ||
         name == "google.protobuf.FieldMask";
}

bool PutMessage(Message& message, const FieldDescriptor* field, std::string_view text) {
  if (!IsTextMessage(field->message_type())) return false;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  Message* part =
      field->is_repeated() ? reflection.AddMessage(&message, field) : reflection.MutableMessage(&message, field);
  // Names of JSON stand in a mask; those of the proto are taken, too, as everywhere.
  return google::protobuf::util::JsonStringToMessage(fmt::format("\"{}\"", EscapeJson(text)), part).ok();
}

bool PutText(Message& message, const FieldDescriptor* field, std::string_view text) {
  using R = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Put<int32_t>(message, field, Parsed<int32_t>(text, &absl::SimpleAtoi<int32_t>), &R::SetInt32,
                          &R::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Put<int64_t>(message, field, Parsed<int64_t>(text, &absl::SimpleAtoi<int64_t>), &R::SetInt64,
                          &R::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Put<uint32_t>(message, field, Parsed<uint32_t>(text, &absl::SimpleAtoi<uint32_t>), &R::SetUInt32,
                           &R::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Put<uint64_t>(message, field, Parsed<uint64_t>(text, &absl::SimpleAtoi<uint64_t>), &R::SetUInt64,
                           &R::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Put<double>(message, field, Parsed<double>(text, &absl::SimpleAtod), &R::SetDouble, &R::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Put<float>(message, field, Parsed<float>(text, &absl::SimpleAtof), &R::SetFloat, &R::AddFloat);
    case FieldDescriptor::CPPTYPE_BOOL: {
      std::optional<bool> value;
      if (text == "true" || text == "false") value = text == "true";
      return Put<bool>(message, field, value, &R::SetBool, &R::AddBool);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return Put<int>(message, field, EnumNumber(field->enum_type(), text), &R::SetEnumValue, &R::AddEnumValue);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::optional<std::string> value;
      if (field->type() == FieldDescriptor::TYPE_STRING) {
        if (IsValidUtf8(text)) value = text;
      } else if (std::string bytes; absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) {
        value = std::move(bytes);
      }
      return Put<std::string>(message, field, value, &R::SetString, &R::AddString);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return PutMessage(message, field, text);
  }
  return false;
}

}  // namespace

absl::Status SetField(Message& request, std::string_view path, std::string_view text) {
  Message* message = &request;
  std::string_view rest = path;
  while (true) {
    const size_t dot = rest.find('.');
    const FieldDescriptor* field = FindField(message->GetDescriptor(), rest.substr(0, dot));
    if (field == nullptr) {
      return InvalidField(path, fmt::format("{} has no such field", message->GetDescriptor()->full_name()));
    }
    if (dot == std::string_view::npos) {
      const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      if (field->is_map() || (is_message && !IsTextMessage(field->message_type()))) {
        return InvalidField(path, "a message cannot stand in the query: name its fields with dots, or call by POST");
      }
      if (PutText(*message, field, text)) return absl::OkStatus();
      return InvalidField(path, fmt::format("{} is no value of this field", ShownValue(text)));
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) {
      return InvalidField(path, fmt::format("{} has no fields of its own", field->name()));
    }
    message = message->GetReflection()->MutableMessage(message, field);
    rest = rest.substr(dot + 1);
  }
}

}  // namespace dangol::gateway
